// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IClaimRegister} from "../src/interfaces/IClaimRegister.sol";
import {ClaimWords, PackWords} from "../src/libraries/ClaimWords.sol";
import {LedgerTest} from "./support/LedgerTest.sol";

/// @dev Settling, reversing, restoring, voiding: what was used is all that they move, whatever is said of it.
contract ClaimRegisterLaterActsTest is LedgerTest {
    uint32 private constant TOTAL = 9;

    function testFuzz_settle_refusesAnyChangeToTheUse(uint256 way, uint256 by) public {
        (IClaimRegister.SettleItem memory item, bytes32 claim) = _dispensed(1);
        bool isChanged = _change(item.spend, between(way, 0, 9), by);
        _settle(item);
        assertEq(
            ClaimWords.statusOf(register.claimWord(claim)), isChanged ? ClaimWords.DISPENSED : ClaimWords.SETTLED
        );
    }

    function testFuzz_settle_refusesAnyChangeToTheRecord(uint256 way, uint256 by) public {
        (IClaimRegister.SettleItem memory item, bytes32 claim) = _dispensed(1);
        way = between(way, 0, 6);
        uint64 other = uint64(between(by, 1, 1000));
        IClaimRegister.EntryProof memory used = item.used;
        if (way == 0) used.entry.record ^= bytes32(uint256(other));
        if (way == 1) used.entry.terms ^= bytes32(uint256(other));
        if (way == 2) used.signedAt += other;
        if (way == 3) used.index += other;
        if (way == 4) used.size += other;
        if (way == 5) used.entry.kind = uint16(3 + between(by, 1, 100));
        if (way == 6) used.signature[between(by, 0, 63)] ^= 0x01;
        _settle(item);
        assertEq(ClaimWords.statusOf(register.claimWord(claim)), ClaimWords.DISPENSED);
    }

    /// @dev The record window ends a day after the use, to the second.
    function testFuzz_settle_needsTheRecordInTime(uint64 delay) public {
        delay = uint64(between(delay, 1 days - 2, 1 days + 2));
        (IClaimRegister.SettleItem memory item, bytes32 claim) = _dispensed(delay);
        _settle(item);
        bool isInTime = delay <= 1 days;
        assertEq(
            ClaimWords.statusOf(register.claimWord(claim)), isInTime ? ClaimWords.SETTLED : ClaimWords.DISPENSED
        );
    }

    function testFuzz_reverse_refusesAnyChangeToTheUse(uint256 way, uint256 by) public {
        (IClaimRegister.SettleItem memory item, bytes32 claim) = _dispensed(1);
        _settle(item);
        bool isChanged = _change(item.spend, between(way, 0, 9), by);
        IClaimRegister.ReverseItem[] memory items = new IClaimRegister.ReverseItem[](1);
        items[0] = IClaimRegister.ReverseItem(item.spend, item.moves, "reversal", "reason");
        vm.prank(insurer);
        register.reverse(items);
        assertEq(
            ClaimWords.statusOf(register.claimWord(claim)), isChanged ? ClaimWords.SETTLED : ClaimWords.DISPENSED
        );
    }

    function testFuzz_restore_refusesAnyChangeToTheUse(uint256 way, uint256 by) public {
        (IClaimRegister.SettleItem memory item, bytes32 claim) = _dispensed(1);
        uint256 before = register.packWord("pack");
        bool isChanged = _change(item.spend, between(way, 0, 9), by);
        _restore(item.spend);
        assertEq(register.claimWord(claim) >> 240, isChanged ? 1 << 14 : 1);
        if (isChanged) assertEq(register.packWord("pack"), before);
    }

    /// @dev Within the hour a scan is undone; later the pack has come back, and is used up all the same.
    function testFuzz_restore_freesUnitsWithinTheHourOnly(uint64 delay, uint32 units) public {
        units = uint32(between(units, 1, TOTAL));
        delay = uint64(between(delay, 0, 12 days));
        IClaimRegister.EntryProof memory rx = prescribe("rx", 1);
        IClaimRegister.Spend memory spend = spendOf(rx, 0, 0, IClaimRegister.PackUse("pack", TOTAL, units));
        dispense(dispenseItem(rx, 0, spend));
        vm.warp(block.timestamp + delay);
        _restore(spend);
        uint256 expected = PackWords.build(TOTAL, units, 0);
        if (delay <= 1 hours) expected = PackWords.build(TOTAL, 0, 0);
        else if (delay <= 10 days) expected = PackWords.build(TOTAL, units, units);
        assertEq(register.packWord("pack"), expected);
        assertEq(register.claimWord(claimOf(rx, 0)) >> 240, delay <= 10 days ? 1 : 1 << 14);
    }

    /// @dev Whatever set of claims is voided: those, for ever, and no other.
    function testFuzz_voidClaims_takesJustTheNamed(uint8 mask) public {
        IClaimRegister.EntryProof memory rx = prescribe("rx", 8);
        uint32[] memory ordinals = new uint32[](8);
        uint256 count = 0;
        for (uint32 i = 0; i < 8; ++i) {
            if (mask >> i & 1 == 1) ordinals[count++] = i;
        }
        assembly ("memory-safe") {
            mstore(ordinals, count)
        }
        IClaimRegister.VoidItem[] memory items = new IClaimRegister.VoidItem[](1);
        items[0] = IClaimRegister.VoidItem(1, "rx", rx.entry.notBefore, ordinals, "void", "reason");
        vm.prank(hospital);
        register.voidClaims(items);
        for (uint32 i = 0; i < 8; ++i) {
            dispense(dispenseItem(rx, i, spendOf(rx, i, 0, noPack())));
            uint256 expected = mask >> i & 1 == 1 ? ClaimWords.VOID : ClaimWords.DISPENSED;
            assertEq(ClaimWords.statusOf(register.claimWord(claimOf(rx, i))), expected);
        }
    }

    /// @dev Only the lists that are in order and within the use move anything.
    function testFuzz_settle_movesOnlyAscendingPositions(uint16[3] memory moves) public {
        (IClaimRegister.SettleItem memory item, bytes32 claim) = _dispensed(1);
        item.moves = new uint16[](3);
        for (uint256 i = 0; i < 3; ++i) {
            item.moves[i] = moves[i];
        }
        _settle(item);
        assertEq(ClaimWords.statusOf(register.claimWord(claim)), ClaimWords.DISPENSED);
    }

    /// @dev A dispensing of one claim and one pack, its record anchored after `delay`.
    function _dispensed(uint64 delay) private returns (IClaimRegister.SettleItem memory item, bytes32 claim) {
        IClaimRegister.EntryProof memory rx = prescribe("rx", 1);
        IClaimRegister.Spend memory spend = spendOf(rx, 0, 0, IClaimRegister.PackUse("pack", TOTAL, 2));
        dispense(dispenseItem(rx, 0, spend));
        vm.warp(block.timestamp + delay);
        IClaimRegister.EntryProof memory used = issue(
            PHARMACY, PHARMACIST_KEY, IClaimRegister.Entry(3, spend.into, 0, 0, 0, 0, useHashOf(spend))
        );
        item = IClaimRegister.SettleItem(spend, used, 0, new uint16[](1), "settlement", "reason");
        claim = claimOf(rx, 0);
    }

    /// @dev Changes the use in one of ten ways; whether that changed anything.
    function _change(IClaimRegister.Spend memory spend, uint256 way, uint256 by) private pure returns (bool) {
        uint32 other = uint32(between(by, 1, 1000));
        if (way == 0) spend.spender += other;
        if (way == 1) spend.payer += other;
        if (way == 2) spend.time += other;
        if (way == 3) spend.into ^= bytes32(uint256(other));
        if (way == 4) spend.claims[0].restoreCount += other;
        if (way == 5) spend.claims[0].claim ^= bytes32(uint256(other));
        if (way == 6) spend.packs[0].unitsUsed += other;
        if (way == 7) spend.packs[0].token ^= bytes32(uint256(other));
        if (way == 8) spend.packs = new IClaimRegister.PackUse[](0);
        return way != 9;
    }

    function _settle(IClaimRegister.SettleItem memory item) private {
        IClaimRegister.SettleItem[] memory items = new IClaimRegister.SettleItem[](1);
        items[0] = item;
        vm.prank(insurer);
        register.settle(items);
    }

    function _restore(IClaimRegister.Spend memory spend) private {
        IClaimRegister.RestoreItem[] memory items = new IClaimRegister.RestoreItem[](1);
        items[0] = IClaimRegister.RestoreItem(spend, "restore", "reason");
        vm.prank(pharmacy);
        register.restore(items);
    }
}
