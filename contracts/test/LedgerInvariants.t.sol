// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {CheckpointLog} from "../src/CheckpointLog.sol";
import {ClaimRegister} from "../src/ClaimRegister.sol";
import {ICheckpointLog} from "../src/interfaces/ICheckpointLog.sol";
import {ClaimWords, PackWords} from "../src/libraries/ClaimWords.sol";
import {LogId} from "../src/libraries/LogIds.sol";
import {LogActs} from "./invariants/LogActs.sol";
import {Town, Why} from "./invariants/Town.sol";
import {TestCase} from "./support/TestCase.sol";

/// @title What holds after any acts of anybody
/// @dev tests/integration/contracts/test_invariants_can_fail.py takes guards out of the contracts and sees each of these fail.
contract LedgerInvariants is TestCase {
    LogActs internal town;
    CheckpointLog internal log;
    ClaimRegister internal register;

    function setUp() public {
        town = new LogActs();
        (address log_, address register_) = town.contracts();
        (log, register) = (CheckpointLog(log_), ClaimRegister(register_));
    }

    /// @dev forge calls only these.
    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(town);
    }

    function invariant_whatIsAnchoredStays() public view {
        for (uint256 i = 0; i < town.logCount(); ++i) {
            LogId id = town.logs(i);
            uint256 count = town.checkpointCount(id);
            for (uint256 j = 0; j < count; ++j) {
                Town.CheckpointBook memory book = town.checkpointBook(id, j);
                ICheckpointLog.Checkpoint memory found = log.checkpoint(id, book.size);
                assertEq(found.root, book.root);
                assertEq(found.anchoredAt, book.anchoredAt);
                assertEq(found.previousSize, book.previousSize);
            }
            assertEq(log.head(id).size, count == 0 ? 0 : town.checkpointBook(id, count - 1).size);
        }
        _nothingCameThrough(Why.Fork);
    }

    function invariant_aClaimIsUsedOnceForEachRestore() public view {
        for (uint256 i = 0; i < town.claimCount(); ++i) {
            Town.ClaimBook memory book = town.claimBook(town.claims(i));
            uint256 word = register.claimWord(town.claims(i));
            bool isUsed = book.status == ClaimWords.DISPENSED || book.status == ClaimWords.SETTLED;
            assertEq(book.timesDispensed - book.restores, isUsed ? 1 : 0);
            assertEq(word, ClaimWords.build(book.status, book.restores, book.digest));
        }
        _nothingCameThrough(Why.Used);
    }

    function invariant_settledIsNeverMoreThanDispensed() public view {
        for (uint256 i = 0; i < town.claimCount(); ++i) {
            Town.ClaimBook memory book = town.claimBook(town.claims(i));
            bool isSettled = ClaimWords.statusOf(register.claimWord(town.claims(i))) == ClaimWords.SETTLED;
            assertEq(book.timesSettled - book.timesReversed, isSettled ? 1 : 0);
            assertTrue(!isSettled || book.timesDispensed > book.restores, "settled, so dispensed and not restored");
        }
        _nothingCameThrough(Why.Party);
    }

    function invariant_packsAreConserved() public view {
        for (uint256 i = 1; i <= town.tokenCount(); ++i) {
            Town.PackBook memory book = town.packBook(bytes32(i));
            (uint32 total, uint32 used, uint32 returned) = PackWords.parse(register.packWord(bytes32(i)));
            assertTrue(used <= total && returned <= used, "never more than there is");
            assertEq(total, book.total);
            assertEq(used, book.used);
            assertEq(returned, book.returned);
        }
        _nothingCameThrough(Why.Pack);
    }

    function invariant_nobodyActsOutsideTheirRole() public view {
        _nothingCameThrough(Why.Role);
    }

    function invariant_onlyEntitledAuthorsCount() public view {
        _nothingCameThrough(Why.Author);
    }

    function invariant_lateStatementsDontCount() public view {
        _nothingCameThrough(Why.Late);
    }

    function invariant_onlyWhatIsAnchoredCounts() public view {
        _nothingCameThrough(Why.Proof);
    }

    function invariant_nothingIsUsedOutsideItsWindow() public view {
        _nothingCameThrough(Why.Window);
    }

    function invariant_onlyTheHolderPresents() public view {
        _nothingCameThrough(Why.Presentation);
    }

    function invariant_onlyRecordedDispensingsAreSettled() public view {
        for (uint256 i = 0; i < town.claimCount(); ++i) {
            if (ClaimWords.statusOf(register.claimWord(town.claims(i))) != ClaimWords.SETTLED) continue;
            assertTrue(town.isRecorded(town.claimBook(town.claims(i)).use), "its dispensing is on record");
        }
        _nothingCameThrough(Why.Unrecorded);
    }

    function invariant_closedLogsStayClosed() public view {
        for (uint256 i = 0; i < town.logCount(); ++i) {
            LogId id = town.logs(i);
            assertEq(log.closing(id).size, town.closedAt(id));
        }
        _nothingCameThrough(Why.Closed);
    }

    /// @dev A refused item takes nothing from its neighbour, nor from anybody later.
    function invariant_whatIsRightIsDone() public view {
        assertEq(town.refusedWrongly(), 0);
    }

    function _nothingCameThrough(Why why) private view {
        assertEq(town.cameThrough(why), 0);
    }
}
