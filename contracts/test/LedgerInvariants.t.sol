// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ICheckpointLog} from "../src/interfaces/ICheckpointLog.sol";
import {IClaimRegister} from "../src/interfaces/IClaimRegister.sol";
import {ClaimWords, PackWords} from "../src/libraries/ClaimWords.sol";
import {LogId, LogIds} from "../src/libraries/LogIds.sol";
import {LedgerWorld} from "./support/LedgerTest.sol";
import {TestCase} from "./support/TestCase.sol";

/// @dev Acts at random: issues, dispenses (good and bad), restores, waits; and keeps its own books of what was done.
contract RandomActor is LedgerWorld {
    uint256 internal constant PACKS = 3;
    uint32 internal constant PACK_TOTAL = 5;

    struct Use {
        IClaimRegister.Spend spend;
        bool restored;
    }

    IClaimRegister.EntryProof[] internal _issued;
    Use[] internal _uses;
    uint64[] public sizes;
    mapping(uint64 size => bytes32) public rootOf;
    mapping(uint64 size => uint64) public timeOf;
    bytes32[] public claims;
    mapping(bytes32 claim => uint256) public timesUsed;
    mapping(bytes32 claim => uint256) public timesRestored;
    mapping(bytes32 token => uint256) public unitsUsed;
    mapping(bytes32 token => uint256) public unitsFreed;
    mapping(bytes32 token => uint256) public unitsReturned;

    constructor() {
        deployLedger();
    }

    function issueOne() external {
        IClaimRegister.EntryProof memory proof = prescribe(keccak256(abi.encode(_issued.length)), 1);
        _issued.push(proof);
        claims.push(claimOf(proof, 0));
        sizes.push(proof.size);
        rootOf[proof.size] = log.checkpoint(proof.log, proof.size).root;
        timeOf[proof.size] = uint64(block.timestamp);
    }

    function useOne(uint256 which, uint256 pack, uint32 units, uint32 restoreCount) external {
        if (_issued.length == 0) return;
        IClaimRegister.EntryProof memory proof = _issued[which % _issued.length];
        bytes32 claim = claimOf(proof, 0);
        bytes32 token = bytes32(1 + pack % PACKS);
        units = uint32(between(units, 1, PACK_TOTAL));
        // Mostly the right restore count, now and then a wrong one.
        uint32 count = restoreCount % 5 == 0 ? restoreCount : uint32(timesRestored[claim]);
        IClaimRegister.Spend memory spend =
            spendOf(proof, 0, count, IClaimRegister.PackUse(token, PACK_TOTAL, units));
        uint256 before = register.claimWord(claim);
        dispense(dispenseItem(proof, 0, spend));
        if (register.claimWord(claim) == before) return;
        timesUsed[claim] += 1;
        unitsUsed[token] += units;
        _uses.push();
        _copy(spend, _uses[_uses.length - 1].spend);
    }

    function restoreOne(uint256 which) external {
        if (_uses.length == 0) return;
        Use storage use = _uses[which % _uses.length];
        IClaimRegister.RestoreItem[] memory items = new IClaimRegister.RestoreItem[](1);
        items[0] = IClaimRegister.RestoreItem(use.spend, "restore", "reason");
        bytes32 claim = use.spend.claims[0].claim;
        uint256 before = register.claimWord(claim);
        vm.prank(pharmacy);
        register.restore(items);
        if (register.claimWord(claim) == before) return;
        assertTrue(!use.restored, "one use is restored once");
        use.restored = true;
        timesRestored[claim] += 1;
        bool undone = block.timestamp <= use.spend.time + 3600;
        (undone ? unitsFreed : unitsReturned)[use.spend.packs[0].token] += use.spend.packs[0].unitsUsed;
    }

    function wait_(uint16 seconds_) external {
        vm.warp(block.timestamp + seconds_);
    }

    function sizeCount() external view returns (uint256) {
        return sizes.length;
    }

    function claimCount() external view returns (uint256) {
        return claims.length;
    }

    function packCount() external pure returns (uint256) {
        return PACKS;
    }

    function checkpointOf(uint64 size) external view returns (ICheckpointLog.Checkpoint memory) {
        return log.checkpoint(LogIds.build(HOSPITAL, 1), size);
    }

    function headSize() external view returns (uint64) {
        return log.head(LogIds.build(HOSPITAL, 1)).size;
    }

    function claimWord(bytes32 claim) external view returns (uint256) {
        return register.claimWord(claim);
    }

    function packWord(bytes32 token) external view returns (uint256) {
        return register.packWord(token);
    }

    /// @dev The compiler doesn't copy arrays of structs to storage.
    function _copy(IClaimRegister.Spend memory from, IClaimRegister.Spend storage to) private {
        (to.kind, to.spender, to.payer, to.into, to.time) = (from.kind, from.spender, from.payer, from.into, from.time);
        to.claims.push(from.claims[0]);
        to.packs.push(from.packs[0]);
    }
}

contract LedgerInvariants is TestCase {
    RandomActor internal actor;

    function setUp() public {
        actor = new RandomActor();
    }

    /// @dev forge calls only these.
    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(actor);
    }

    function invariant_whatIsAnchoredStays() public view {
        uint64 last = 0;
        for (uint256 i = 0; i < actor.sizeCount(); ++i) {
            uint64 size = actor.sizes(i);
            ICheckpointLog.Checkpoint memory found = actor.checkpointOf(size);
            assertEq(found.root, actor.rootOf(size));
            assertEq(found.anchoredAt, actor.timeOf(size));
            assertEq(found.previousSize, last);
            last = size;
        }
        assertEq(actor.headSize(), last);
    }

    function invariant_aClaimIsUsedOnceForEachRestore() public view {
        for (uint256 i = 0; i < actor.claimCount(); ++i) {
            bytes32 claim = actor.claims(i);
            uint256 used = actor.timesUsed(claim);
            uint256 restored = actor.timesRestored(claim);
            assertTrue(used == restored || used == restored + 1, "used at most once between restores");
            uint256 word = actor.claimWord(claim);
            assertEq(ClaimWords.restoreCountOf(word), restored);
            assertEq(ClaimWords.statusOf(word), used - restored);
        }
    }

    function invariant_packsAreConserved() public view {
        for (uint256 i = 1; i <= actor.packCount(); ++i) {
            bytes32 token = bytes32(i);
            (uint32 total, uint32 used, uint32 returned) = PackWords.parse(actor.packWord(token));
            assertTrue(used <= total && returned <= used, "never more than there is");
            assertEq(used, actor.unitsUsed(token) - actor.unitsFreed(token));
            assertEq(returned, actor.unitsReturned(token));
        }
    }
}
