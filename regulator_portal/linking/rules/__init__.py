"""The rules by which linked records are judged: pure questions to what the portal itself has mirrored.

Each rule answers with a `Ruling`: passed, the finding's verdict, awaited (pending), or could not check. What
can't be checked is never a finding, and closes none.
"""
