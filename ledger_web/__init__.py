"""What every web service of the house shares: the kit of its pages, and the plumbing under its endpoints.

It knows no noun of the field, no record and no chain: gateway and portal share it without sharing any trust.
"""
