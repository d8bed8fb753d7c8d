"""The regulator's web portal: mirrors every log, verifies records, and keeps findings.

It trusts nobody's server: gateways' answers are untrusted bytes, and what the regulator's own node says is
compared with the blocks and checkpoints that the portal has pinned before.
"""
