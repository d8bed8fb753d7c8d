// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {CheckpointLog} from "../src/CheckpointLog.sol";
import {ICheckpointLog} from "../src/interfaces/ICheckpointLog.sol";
import {ILedgerDirectory} from "../src/interfaces/ILedgerDirectory.sol";
import {LogId, LogIds} from "../src/libraries/LogIds.sol";
import {LedgerTest} from "./support/LedgerTest.sol";
import {Trees} from "./support/Trees.sol";

contract CheckpointLogTest is LedgerTest {
    LogId internal id;

    function setUp() public override {
        super.setUp();
        id = LogIds.build(HOSPITAL, 1);
    }

    function test_anchor_recordsWithTheBlockTime() public {
        _grow(3);
        vm.warp(START + 200);
        _grow(2);
        ICheckpointLog.Checkpoint memory second = log.checkpoint(id, 5);
        assertEq(second.previousSize, 3);
        assertEq(second.anchoredAt, START + 200);
        assertEq(log.head(id).size, 5);
        assertEq(log.checkpoint(id, 3).anchoredAt, START + 100);
    }

    function test_anchor_isANoOpForWhatIsRecorded() public {
        _grow(3);
        _grow(2);
        vm.warp(START + 999);
        bytes32 root = Trees.root(leaves[id], 3);
        vm.prank(hospital);
        log.anchor(id, 3, root, new bytes32[](0));
        assertEq(log.checkpoint(id, 3).anchoredAt, START + 100);
        assertEq(log.head(id).size, 5);
    }

    function test_anchor_revertsWithNotAccount() public {
        vm.prank(pharmacy);
        vm.expectRevert(abi.encodeWithSelector(ICheckpointLog.CheckpointLogNotAccount.selector, pharmacy, id));
        log.anchor(id, 1, bytes32(uint256(1)), new bytes32[](0));
    }

    function test_anchor_revertsWithSizeZero() public {
        vm.prank(hospital);
        vm.expectRevert(abi.encodeWithSelector(ICheckpointLog.CheckpointLogSizeZero.selector, id));
        log.anchor(id, 0, 0, new bytes32[](0));
    }

    function test_anchor_revertsWithRootMismatch() public {
        _grow(3);
        bytes32 recorded = log.head(id).root;
        vm.prank(hospital);
        vm.expectRevert(
            abi.encodeWithSelector(ICheckpointLog.CheckpointLogRootMismatch.selector, id, 3, recorded, bytes32(0))
        );
        log.anchor(id, 3, 0, new bytes32[](0));
    }

    function test_anchor_revertsWithSizeUnknown() public {
        _grow(3);
        vm.prank(hospital);
        vm.expectRevert(abi.encodeWithSelector(ICheckpointLog.CheckpointLogSizeUnknown.selector, id, 2, 3));
        log.anchor(id, 2, 0, new bytes32[](0));
    }

    function test_anchor_revertsWithProofUnexpected() public {
        vm.prank(hospital);
        vm.expectRevert(abi.encodeWithSelector(ICheckpointLog.CheckpointLogProofUnexpected.selector, id, 1));
        log.anchor(id, 1, bytes32(uint256(1)), new bytes32[](1));
    }

    function test_anchor_revertsWithUnknown() public {
        LogId next = LogIds.build(HOSPITAL, 2);
        vm.prank(hospital);
        vm.expectRevert(abi.encodeWithSelector(ICheckpointLog.CheckpointLogUnknown.selector, next));
        log.anchor(next, 1, bytes32(uint256(1)), new bytes32[](0));
    }

    function test_anchor_revertsWhileSuspended() public {
        directory.suspendInstitution(HOSPITAL);
        vm.prank(hospital);
        vm.expectRevert(abi.encodeWithSelector(ICheckpointLog.CheckpointLogNotAccount.selector, hospital, id));
        log.anchor(id, 1, bytes32(uint256(1)), new bytes32[](0));
    }

    function test_closeLog_opensTheSuccessorAndRecordsTheOutage() public {
        _grow(3);
        _grow(4);
        vm.warp(START + 1000);
        LogId next = log.closeLog(id, 3, "lost key");
        assertEq(LogId.unwrap(next), LogId.unwrap(LogIds.build(HOSPITAL, 2)));
        assertTrue(log.isBarred(id, 7) && !log.isBarred(id, 3), "what comes after is barred");
        ICheckpointLog.Checkpoint memory opening = log.checkpoint(next, 3);
        assertEq(opening.previousSize, 3);
        assertEq(opening.root, log.checkpoint(id, 3).root);
        ILedgerDirectory.Outage memory outage = directory.outageAt(0);
        assertEq(outage.from, START + 100);
        assertEq(outage.until, START + 1000);
        assertEq(outage.institution, HOSPITAL);
    }

    function test_closeLog_revertsWithNotAuthority() public {
        _grow(3);
        vm.prank(hospital);
        vm.expectRevert(abi.encodeWithSelector(ICheckpointLog.CheckpointLogNotAuthority.selector, hospital));
        log.closeLog(id, 3, 0);
    }

    function test_closeLog_revertsWithNotRecorded() public {
        _grow(3);
        vm.expectRevert(abi.encodeWithSelector(ICheckpointLog.CheckpointLogNotRecorded.selector, id, 2));
        log.closeLog(id, 2, 0);
    }

    function test_anchor_revertsWithClosedAndTheSuccessorContinues() public {
        _grow(3);
        log.closeLog(id, 3, 0);
        vm.prank(hospital);
        vm.expectRevert(abi.encodeWithSelector(ICheckpointLog.CheckpointLogClosed.selector, id, 4));
        log.anchor(id, 4, 0, new bytes32[](0));
        LogId next = log.currentLog(HOSPITAL);
        leaves[next] = leaves[id];
        anchored[next] = 3;
        leaves[next].push(bytes32(uint256(99)));
        anchor(HOSPITAL);
        assertEq(log.head(next).size, 4);
    }

    function testFuzz_anchor_growsByAnySteps(uint8[5] memory steps, uint256 seed) public {
        for (uint256 i = 0; i < steps.length; ++i) {
            _growBy(between(steps[i], 1, 20), seed);
            assertEq(log.head(id).root, Trees.root(leaves[id], leaves[id].length));
        }
    }

    function testFuzz_anchor_revertsForAnotherHistory(uint8 before, uint8 more, uint256 changed) public {
        uint256 oldSize = between(before, 1, 20);
        uint256 newSize = oldSize + between(more, 1, 20);
        _growBy(oldSize, 0);
        bytes32[] memory other = new bytes32[](newSize);
        for (uint256 i = 0; i < newSize; ++i) {
            other[i] = i < oldSize ? leaves[id][i] : bytes32(i);
        }
        other[between(changed, 0, oldSize - 1)] ^= bytes32(uint256(1));
        bytes32 root = Trees.root(other, newSize);
        bytes32[] memory proof = Trees.consistency(other, oldSize, newSize);
        vm.prank(hospital);
        vm.expectRevert(
            abi.encodeWithSelector(ICheckpointLog.CheckpointLogProofInvalid.selector, id, oldSize, newSize)
        );
        log.anchor(id, uint64(newSize), root, proof);
    }

    function _grow(uint256 count) private {
        _growBy(count, 0);
    }

    function _growBy(uint256 count, uint256 seed) private {
        for (uint256 i = 0; i < count; ++i) {
            leaves[id].push(keccak256(abi.encode(seed, leaves[id].length)));
        }
        anchor(HOSPITAL);
    }
}
