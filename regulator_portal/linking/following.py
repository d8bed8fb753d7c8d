"""What follows the register: its events, the index of entries, the judging of what is linked.

One piece of each at a time, so that nothing waits long; all that matters stands in the database.
"""

import uuid

from ledger_chain.errors import ChainError
from regulator_portal.linking.indexing import Indexing
from regulator_portal.linking.judging import Judging
from regulator_portal.mirror.chain_checks import CheckedChain
from regulator_portal.mirror.tools import CouldNotCheck, Tools, explain_fault
from regulator_portal.register.mirroring import RegisterMirroring, note_problem
from regulator_portal.register.rechecking import RegisterRechecking
from regulator_portal.register.repository import RegisterRepository


class Following:
    """Goes on with everything beyond the logs. `begin` names the block up to which the chain was checked."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._mirroring: RegisterMirroring | None = None
        self._rechecking: RegisterRechecking | None = None
        self._indexing = Indexing(tools)
        self._judging = Judging(tools, str(uuid.uuid4()))
        self.problem: CouldNotCheck | None = None

    def begin(self, chain: CheckedChain) -> None:
        """Go on up to a block of a chain that was found to be the trusted one."""
        self._mirroring = RegisterMirroring(self._tools, chain)

    def is_recheck_due(self, seconds: float) -> bool:
        """Whether the register's last recheck is so long ago."""
        with self._tools.database.reading() as session:
            row = RegisterRepository(session).find_mirror()
        if row is None or row.as_of_block is None:
            return False
        return self._tools.clock() - (row.rechecked_at or 0) >= seconds

    def recheck(self) -> None:
        """Have the register rechecked, unless that is under way."""
        if self._rechecking is None:
            self._rechecking = RegisterRechecking(self._tools, str(uuid.uuid4()))

    def advance(self) -> bool:
        """Do one piece of each; return whether there is nothing more to do for now."""
        is_done = self._follow_register()
        is_indexed = self._indexing.advance()
        return self._judging.advance() and is_indexed and is_done

    def _follow_register(self) -> bool:
        """Take the register's mirror and recheck one span forward; a silent node ends both for now."""
        try:
            if self._mirroring is not None:
                if not self._mirroring.advance():
                    return False
                self._mirroring, self.problem = None, None
            if self._rechecking is not None:
                if not self._rechecking.advance():
                    return False
                self._rechecking = None
        except (ChainError, CouldNotCheck) as fault:
            self.problem = explain_fault(fault)
            note_problem(self._tools, self.problem)
            self._mirroring = self._rechecking = None
        return True
