// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IClaimRegister} from "../src/interfaces/IClaimRegister.sol";
import {ClaimWords, PackWords} from "../src/libraries/ClaimWords.sol";
import {LedgerTest} from "./support/LedgerTest.sol";
import {Vm} from "./support/Vm.sol";

contract ClaimRegisterTest is LedgerTest {
    function test_dispense_setsTheWordsOfClaimsAndPacks() public {
        IClaimRegister.EntryProof memory rx = prescribe("rx", 2);
        IClaimRegister.Spend memory spend = spendOf(rx, 1, 0, IClaimRegister.PackUse("pack", 30, 4));
        dispense(dispenseItem(rx, 1, spend));
        uint256 digest = ClaimWords.useDigest(spend.into, useHashOf(spend), PHARMACY, spend.time);
        assertEq(register.claimWord(claimOf(rx, 1)), ClaimWords.build(ClaimWords.DISPENSED, 0, digest));
        assertEq(register.claimWord(claimOf(rx, 0)), 0);
        assertEq(register.packWord("pack"), PackWords.build(30, 4, 0));
    }

    function test_settle_movesTheClaim() public {
        (IClaimRegister.SettleItem memory item, bytes32 claim) = _settleItem();
        _settle(item);
        assertEq(ClaimWords.statusOf(register.claimWord(claim)), ClaimWords.SETTLED);
    }

    function test_settle_refusesAnotherTimeThanTheUses() public {
        (IClaimRegister.SettleItem memory item, bytes32 claim) = _settleItem();
        item.spend.time -= 1;
        vm.recordLogs();
        _settle(item);
        assertTrue(
            _isRefusedWith(vm.getRecordedLogs(), IClaimRegister.ClaimRegisterDigestDiffers.selector), "not that use"
        );
        assertEq(ClaimWords.statusOf(register.claimWord(claim)), ClaimWords.DISPENSED);
    }

    function test_dispense_refusesOneItemAndDoesTheOther() public {
        IClaimRegister.EntryProof memory rx = prescribe("rx", 2);
        IClaimRegister.DispenseItem[] memory items = new IClaimRegister.DispenseItem[](2);
        items[0] = dispenseItem(rx, 0, spendOf(rx, 0, 5, noPack()));
        items[1] = dispenseItem(rx, 1, spendOf(rx, 1, 0, noPack()));
        vm.recordLogs();
        vm.prank(pharmacy);
        register.dispense(items);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 2);
        assertTrue(
            _isRefusedWith(logs, IClaimRegister.ClaimRegisterRestoreCountDiffers.selector), "with its own reason"
        );
        assertEq(register.claimWord(claimOf(rx, 0)), 0);
        assertEq(ClaimWords.statusOf(register.claimWord(claimOf(rx, 1))), ClaimWords.DISPENSED);
    }

    function test_dispense_revertsWithSenderNotActing() public {
        vm.prank(address(0xbad));
        vm.expectRevert(
            abi.encodeWithSelector(IClaimRegister.ClaimRegisterSenderNotActing.selector, address(0xbad))
        );
        register.dispense(new IClaimRegister.DispenseItem[](1));
    }

    function test_dispense_revertsWithBatchEmpty() public {
        vm.prank(pharmacy);
        vm.expectRevert(IClaimRegister.ClaimRegisterBatchEmpty.selector);
        register.dispense(new IClaimRegister.DispenseItem[](0));
    }

    function test_voidClaims_revertsWithBatchTooLarge() public {
        vm.prank(hospital);
        vm.expectPartialRevert(IClaimRegister.ClaimRegisterBatchTooLarge.selector);
        register.voidClaims(new IClaimRegister.VoidItem[](101));
        IClaimRegister.VoidItem[] memory items = new IClaimRegister.VoidItem[](1);
        items[0].ordinals = new uint32[](4000);
        vm.prank(hospital);
        vm.expectPartialRevert(IClaimRegister.ClaimRegisterBatchTooLarge.selector);
        register.voidClaims(items);
    }

    function test_items_revertWithNotSelf() public {
        IClaimRegister.DispenseItem memory item;
        vm.prank(pharmacy);
        vm.expectRevert(abi.encodeWithSelector(IClaimRegister.ClaimRegisterNotSelf.selector, pharmacy));
        register.dispenseItem(PHARMACY, 2, item);
        IClaimRegister.SettleItem memory settlement;
        vm.prank(insurer);
        vm.expectRevert(abi.encodeWithSelector(IClaimRegister.ClaimRegisterNotSelf.selector, insurer));
        register.settleItem(INSURER, 4, settlement);
        IClaimRegister.VoidItem memory voided;
        vm.prank(hospital);
        vm.expectRevert(abi.encodeWithSelector(IClaimRegister.ClaimRegisterNotSelf.selector, hospital));
        register.voidItem(HOSPITAL, 1, voided);
        IClaimRegister.RestoreItem memory restored;
        vm.prank(pharmacy);
        vm.expectRevert(abi.encodeWithSelector(IClaimRegister.ClaimRegisterNotSelf.selector, pharmacy));
        register.restoreItem(PHARMACY, restored);
        IClaimRegister.ReverseItem memory reversed;
        vm.prank(insurer);
        vm.expectRevert(abi.encodeWithSelector(IClaimRegister.ClaimRegisterNotSelf.selector, insurer));
        register.reverseItem(INSURER, reversed);
    }

    /// @dev Whatever gas is sent, a good item is done or the whole transaction fails: never refused for want of gas.
    function testFuzz_dispense_isNeverRefusedForWantOfGas(uint256 gasSent) public {
        IClaimRegister.EntryProof memory rx = prescribe("rx", 1);
        IClaimRegister.DispenseItem[] memory items = new IClaimRegister.DispenseItem[](1);
        items[0] = dispenseItem(rx, 0, spendOf(rx, 0, 0, IClaimRegister.PackUse("pack", 1, 1)));
        gasSent = between(gasSent, 30_000, 260_000);
        vm.recordLogs();
        vm.prank(pharmacy);
        (bool ok,) = address(register).call{gas: gasSent}(abi.encodeCall(IClaimRegister.dispense, (items)));
        bool done = ClaimWords.statusOf(register.claimWord(claimOf(rx, 0))) == ClaimWords.DISPENSED;
        assertTrue(ok == done, "done, or the whole transaction failed");
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; ok && i < logs.length; ++i) {
            assertTrue(logs[i].topics[0] != IClaimRegister.Refused.selector, "no refusal");
        }
    }

    function test_dispense_failsWithLittleGas() public {
        testFuzz_dispense_isNeverRefusedForWantOfGas(0);
        assertEq(register.packWord("pack"), 0);
    }

    function test_dispense_isDoneWithEnoughGas() public {
        testFuzz_dispense_isNeverRefusedForWantOfGas(230_000);
        assertEq(register.packWord("pack"), PackWords.build(1, 1, 0));
    }

    function test_domainSeparator_followsTheChainId() public {
        bytes32 before = register.domainSeparator();
        vm.chainId(99);
        assertTrue(register.domainSeparator() != before, "signatures of one chain don't count on its fork");
    }

    function testFuzz_dispense_countsAPackNeverBeyondItsTotal(uint32 total, uint32[4] memory units) public {
        total = uint32(between(total, 1, 1000));
        IClaimRegister.EntryProof memory rx = prescribe("rx", 4);
        uint256 expected = 0;
        for (uint32 i = 0; i < 4; ++i) {
            uint32 used = uint32(between(units[i], 1, total));
            bool fits = expected + used <= total;
            if (fits) expected += used;
            // Totals stated later don't count.
            bool done = _useOfPack(rx, i, IClaimRegister.PackUse("pack", total + i, used));
            assertTrue(done == fits, "claims and packs are used together or not at all");
        }
        assertEq(register.packWord("pack"), PackWords.build(total, uint32(expected), 0));
    }

    function _useOfPack(IClaimRegister.EntryProof memory rx, uint32 ordinal, IClaimRegister.PackUse memory pack)
        private
        returns (bool)
    {
        dispense(dispenseItem(rx, ordinal, spendOf(rx, ordinal, 0, pack)));
        return ClaimWords.statusOf(register.claimWord(claimOf(rx, ordinal))) == ClaimWords.DISPENSED;
    }

    function testFuzz_dispense_refusesAnyChangeToWhatWasSigned(uint256 way) public {
        IClaimRegister.EntryProof memory rx = prescribe("rx", 1);
        IClaimRegister.DispenseItem memory item =
            dispenseItem(rx, 0, spendOf(rx, 0, 0, IClaimRegister.PackUse("pack", 2, 1)));
        _change(item, way % 10);
        dispense(item);
        assertEq(register.claimWord(claimOf(rx, 0)), 0);
        assertEq(register.packWord("pack"), 0);
    }

    function _change(IClaimRegister.DispenseItem memory item, uint256 way) private pure {
        IClaimRegister.EntryProof memory proof = item.grants[0].proof;
        if (way == 0) item.payer += 1;
        else if (way == 1) item.into ^= bytes32(uint256(1));
        else if (way == 2) item.packs[0].unitsUsed = 2;
        else if (way == 3) item.packs[0].totalUnits = 3;
        else if (way == 4) item.claims[0].deadline += 1;
        else if (way == 5) item.grants[0].holders[0] = address(1);
        else if (way == 6) proof.signedAt -= 1;
        else if (way == 7) proof.entry.notAfter += 1;
        else if (way == 8) proof.entry.record ^= bytes32(uint256(1));
        else proof.signature[5] ^= 0x01;
    }

    function _settleItem() private returns (IClaimRegister.SettleItem memory item, bytes32 claim) {
        IClaimRegister.EntryProof memory rx = prescribe("rx", 1);
        IClaimRegister.Spend memory spend = spendOf(rx, 0, 0, noPack());
        dispense(dispenseItem(rx, 0, spend));
        IClaimRegister.EntryProof memory used = issue(
            PHARMACY, PHARMACIST_KEY, IClaimRegister.Entry(3, spend.into, 0, 0, 0, 0, useHashOf(spend))
        );
        item = IClaimRegister.SettleItem(spend, used, 0, new uint16[](1), "settlement", "reason");
        claim = claimOf(rx, 0);
    }

    function _settle(IClaimRegister.SettleItem memory item) private {
        IClaimRegister.SettleItem[] memory items = new IClaimRegister.SettleItem[](1);
        items[0] = item;
        vm.prank(insurer);
        register.settle(items);
    }

    function _isRefusedWith(Vm.Log[] memory logs, bytes4 selector) private pure returns (bool) {
        if (logs[0].topics[0] != IClaimRegister.Refused.selector) return false;
        (, bytes memory reason) = abi.decode(logs[0].data, (uint256, bytes));
        return bytes4(reason) == selector;
    }
}
