// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IClaimRegister} from "../../src/interfaces/IClaimRegister.sol";
import {ClaimWords} from "../../src/libraries/ClaimWords.sol";
import {CounterActs} from "./CounterActs.sol";
import {Why} from "./Town.sol";

/// @title Recording, settling, reversing, restoring and voiding, honestly and not
abstract contract LaterActs is CounterActs {
    /// @dev What was last logged for a dispensing. `fault`: why nothing can be settled on it.
    struct Statement {
        IClaimRegister.EntryProof proof;
        Why fault;
    }

    mapping(uint256 use => Statement) internal _statements;
    uint256 private _lookedAt;

    function record(uint256 seed) external {
        (uint256 use, IClaimRegister.Spend memory spend) = _use(seed);
        if (use == 0) return;
        IClaimRegister.Entry memory entry = IClaimRegister.Entry(3, spend.into, 0, 0, 0, 0, useHashOf(spend));
        uint32 logger = spend.spender;
        uint256 key = pharmacistOf(logger);
        Why fault = block.timestamp > spend.time + 1 days ? Why.Late : Why.Allowed;
        uint256 way = draw(seed, "way", 10);
        if (way == 0) (key, fault) = (STRANGER_KEY, Why.Author);
        if (way == 1) (key, fault) = (doctorOf(logger), Why.Author);
        if (way == 2) (entry.record, fault) = (keccak256(abi.encode(spend.into)), Why.Unrecorded);
        if (way == 3) (entry.terms, fault) = (keccak256(abi.encode(entry.terms)), Why.Unrecorded);
        if (way == 4) (entry.kind, fault) = (2, Why.Unrecorded);
        if (way == 5) {
            logger = logger == PHARMACY ? PHARMACY_B : PHARMACY;
            (key, fault) = (pharmacistOf(logger), Why.Party);
        }
        _statements[use] = Statement(issueSigned(logger, key, entry, uint64(block.timestamp)), fault);
    }

    function settle(uint256 seed) external {
        (uint256 use, IClaimRegister.Spend memory spend) = _use(seed);
        if (use == 0) return;
        IClaimRegister.SettleItem[] memory items = new IClaimRegister.SettleItem[](1);
        items[0].spend = spend;
        items[0].moves = _moves(seed, spend);
        items[0].settlement = keccak256(abi.encode("settlement", ++_serial));
        uint32 sender = draw(seed, "sender", 6) == 0 ? INSURER_B : spend.payer == 0 ? INSURER : spend.payer;
        Why why = sender != spend.payer ? Why.Party : rolesOf(sender) & 4 == 0 ? Why.Role : Why.Allowed;
        // Whoever isn't named in the use says that they are.
        if (why == Why.Party && draw(seed, "doctored", 2) == 0) spend.payer = sender;
        Statement memory statement = _statements[use];
        // Another dispensing's record in the place of a missing one, if there is any.
        if (statement.proof.size == 0) statement = Statement(_statements[1].proof, Why.Unrecorded);
        if (why == Why.Allowed) why = statement.fault;
        if (why == Why.Allowed && isBarred(statement.proof)) why = Why.Closed;
        if (why == Why.Allowed) why = _movable(use, items[0].spend, items[0].moves, ClaimWords.DISPENSED);
        items[0].used = statement.proof;
        if (why == Why.Allowed) _move(items[0].spend, items[0].moves, ClaimWords.SETTLED);
        bytes32 first = spend.claims[items[0].moves[0]].claim;
        uint256 before = register.claimWord(first);
        vm.prank(accountOf(sender));
        try register.settle(items) {} catch {}
        judge(why, register.claimWord(first) != before);
    }

    function reverse(uint256 seed) external {
        (uint256 use, IClaimRegister.Spend memory spend) = _use(seed);
        if (use == 0) return;
        IClaimRegister.ReverseItem[] memory items = new IClaimRegister.ReverseItem[](1);
        items[0] = IClaimRegister.ReverseItem(spend, _moves(seed, spend), "reversal", "reason");
        uint32 sender = draw(seed, "sender", 4) == 0 ? INSURER_B : spend.payer == 0 ? INSURER : spend.payer;
        Why why = sender != spend.payer ? Why.Party : _movable(use, spend, items[0].moves, ClaimWords.SETTLED);
        if (why == Why.Party && draw(seed, "doctored", 2) == 0) spend.payer = sender;
        if (why == Why.Allowed) _move(spend, items[0].moves, ClaimWords.DISPENSED);
        bytes32 first = spend.claims[items[0].moves[0]].claim;
        uint256 before = register.claimWord(first);
        vm.prank(accountOf(sender));
        try register.reverse(items) {} catch {}
        judge(why, register.claimWord(first) != before);
    }

    function restore(uint256 seed) external {
        (uint256 use, IClaimRegister.Spend memory spend) = _use(seed);
        if (use == 0) return;
        IClaimRegister.RestoreItem[] memory items = new IClaimRegister.RestoreItem[](1);
        items[0] = IClaimRegister.RestoreItem(spend, "restore", "reason");
        uint32 sender = draw(seed, "sender", 5) == 0 ? HOSPITAL : spend.spender;
        Why why = sender != spend.spender ? Why.Party : _movable(use, spend, _all(spend), ClaimWords.DISPENSED);
        if (why == Why.Allowed && block.timestamp > spend.time + 10 days) why = Why.Window;
        if (why == Why.Party && draw(seed, "doctored", 2) == 0) spend.spender = sender;
        if (why == Why.Allowed) _bookRestore(spend);
        bytes32 first = spend.claims[0].claim;
        uint256 before = register.claimWord(first);
        vm.prank(accountOf(sender));
        try register.restore(items) {} catch {}
        judge(why, register.claimWord(first) != before);
    }

    /// @dev Another hospital can void too, but only what it issued itself: other claims, whatever the record is called.
    function voidOne(uint256 seed) external {
        if (_rxs.length == 0) return;
        IClaimRegister.Entry memory entry = _rxs[draw(seed, "rx", _rxs.length)].proof.entry;
        uint32 sender = [HOSPITAL, HOSPITAL_B, HOSPITAL, PHARMACY][draw(seed, "sender", 4)];
        IClaimRegister.VoidItem[] memory items = new IClaimRegister.VoidItem[](1);
        items[0] =
            IClaimRegister.VoidItem(1, entry.record, entry.notBefore, new uint32[](1), keccak256("void"), "reason");
        items[0].ordinals[0] = uint32(draw(seed, "ordinal", entry.claimCount));
        bytes32 claim = _claimKey(sender, entry, items[0].ordinals[0]);
        know(claim);
        Why why = rolesOf(sender) & 1 == 0
            ? Why.Role
            : isStatus(claim, ClaimWords.UNUSED) ? Why.Allowed : Why.Used;
        uint256 before = register.claimWord(claim);
        if (why == Why.Allowed) _bookVoid(claim, items[0], sender);
        vm.prank(accountOf(sender));
        try register.voidClaims(items) {} catch {}
        judge(why, register.claimWord(claim) != before);
    }

    function isRecorded(uint256 use) external view returns (bool) {
        return _statements[use].proof.size != 0;
    }

    /// @dev A dispensing that was done, by number from 1, and its preimage; often the one that was last looked at.
    function _use(uint256 seed) private returns (uint256 use, IClaimRegister.Spend memory spend) {
        if (_uses.length == 0) return (0, spend);
        use = _lookedAt != 0 && draw(seed, "same", 2) == 0 ? _lookedAt : 1 + draw(seed, "use", _uses.length);
        _lookedAt = use;
        spend = abi.decode(_uses[use - 1], (IClaimRegister.Spend));
    }

    /// @dev All claims of a use, or its last.
    function _moves(uint256 seed, IClaimRegister.Spend memory spend) private pure returns (uint16[] memory moves) {
        if (draw(seed, "moves", 2) == 0) return _all(spend);
        moves = new uint16[](1);
        moves[0] = uint16(spend.claims.length - 1);
    }

    function _all(IClaimRegister.Spend memory spend) private pure returns (uint16[] memory moves) {
        moves = new uint16[](spend.claims.length);
        for (uint16 i = 0; i < moves.length; ++i) {
            moves[i] = i;
        }
    }

    /// @dev Whether each of them stands at that status by this very use.
    function _movable(uint256 use, IClaimRegister.Spend memory spend, uint16[] memory moves, uint256 from)
        private
        view
        returns (Why)
    {
        for (uint256 i = 0; i < moves.length; ++i) {
            ClaimBook storage book = _claimBooks[spend.claims[moves[i]].claim];
            if (book.status != from || book.use != use) return Why.Used;
        }
        return Why.Allowed;
    }

    function _move(IClaimRegister.Spend memory spend, uint16[] memory moves, uint256 to) private {
        for (uint256 i = 0; i < moves.length; ++i) {
            ClaimBook storage book = _claimBooks[spend.claims[moves[i]].claim];
            book.status = to;
            if (to == ClaimWords.SETTLED) book.timesSettled += 1;
            else book.timesReversed += 1;
        }
    }

    function _bookRestore(IClaimRegister.Spend memory spend) private {
        for (uint256 i = 0; i < spend.claims.length; ++i) {
            ClaimBook storage book = _claimBooks[spend.claims[i].claim];
            (book.status, book.digest, book.use) = (ClaimWords.UNUSED, 0, 0);
            book.restores += 1;
        }
        for (uint256 i = 0; i < spend.packs.length; ++i) {
            PackBook storage book = _packBooks[spend.packs[i].token];
            if (block.timestamp <= spend.time + 1 hours) book.used -= spend.packs[i].unitsUsed;
            else book.returned += spend.packs[i].unitsUsed;
        }
    }

    function _bookVoid(bytes32 claim, IClaimRegister.VoidItem memory item, uint32 sender) private {
        ClaimBook storage book = _claimBooks[claim];
        book.status = ClaimWords.VOID;
        book.digest = ClaimWords.useDigest(item.voidRecord, item.reason, sender, uint64(block.timestamp));
    }

    function _claimKey(uint32 institution, IClaimRegister.Entry memory entry, uint32 ordinal)
        private
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(institution, entry.kind, entry.record, entry.notBefore, ordinal));
    }
}
