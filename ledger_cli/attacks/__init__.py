"""Try to cheat: twenty attacks, each really carried out, each with an honest twin that passes.

Used by `rxledger demo`, by the attack room of `rxledger run`, and by tests that switch a guard off.
"""
