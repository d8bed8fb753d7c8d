// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ICheckpointLog} from "./interfaces/ICheckpointLog.sol";
import {IClaimRegister} from "./interfaces/IClaimRegister.sol";
import {ILedgerDirectory} from "./interfaces/ILedgerDirectory.sol";
import {BoundedTime} from "./libraries/BoundedTime.sol";
import {ClaimWords, PackWords} from "./libraries/ClaimWords.sol";
import {EntryCodec} from "./libraries/EntryCodec.sol";
import {EntryProofs} from "./libraries/EntryProofs.sol";
import {Kinds} from "./libraries/Kinds.sol";
import {SignedStatements} from "./libraries/SignedStatements.sol";
import {UseHash} from "./libraries/UseHash.sol";

/// @title The claim register: each claim is used once
/// @notice What it does and remembers is described in {IClaimRegister}.
/// @dev Each item is a call of the contract to itself, so that a refusal takes back all of that item and nothing else.
contract ClaimRegister is IClaimRegister {
    /// @dev What the items of a dispensing have in common, once their grants are judged.
    struct Terms {
        Kinds.Kind kind;
        uint16 kindNumber;
        uint32 spender;
        uint64 time;
        bool offline;
    }

    uint256 private constant MAX_ITEMS = 100;
    uint256 private constant MAX_CALL_BYTES = 120_000;
    uint256 private constant MAX_GRANTS = 16;
    uint256 private constant MAX_CLAIMS = 64;
    uint256 private constant MAX_PACKS = 64;

    /// @inheritdoc IClaimRegister
    uint256 public constant STORAGE_VERSION = 1;

    /// @dev Slot 0, and fixed: storage proofs depend on it (docs/protocol.md, 4.4).
    mapping(bytes32 claim => uint256 word) private _claims;
    /// @dev Slot 1, and fixed.
    mapping(bytes32 token => uint256 word) private _packs;

    ILedgerDirectory private immutable _directory;
    ICheckpointLog private immutable _checkpointLog;
    uint256 private immutable _chainId;
    bytes32 private immutable _separator;

    modifier onlySelf() {
        if (msg.sender != address(this)) revert ClaimRegisterNotSelf(msg.sender);
        _;
    }

    constructor(ILedgerDirectory directory_, ICheckpointLog checkpointLog_) {
        if (address(directory_).code.length == 0) revert ClaimRegisterContractInvalid(address(directory_));
        if (address(checkpointLog_).code.length == 0 || checkpointLog_.directory() != address(directory_)) {
            revert ClaimRegisterContractInvalid(address(checkpointLog_));
        }
        _directory = directory_;
        _checkpointLog = checkpointLog_;
        _chainId = block.chainid;
        _separator = SignedStatements.domainSeparator(block.chainid, address(this));
    }

    /// @inheritdoc IClaimRegister
    function dispense(DispenseItem[] calldata items) external {
        (uint32 sender, uint8 roles) = _requireBatch(items.length);
        for (uint256 i = 0; i < items.length; ++i) {
            try this.dispenseItem(sender, roles, items[i]) {}
            catch (bytes memory reason) {
                _refuse(Act.Dispense, sender, items[i].into, i, reason);
            }
        }
    }

    /// @inheritdoc IClaimRegister
    function settle(SettleItem[] calldata items) external {
        (uint32 sender, uint8 roles) = _requireBatch(items.length);
        for (uint256 i = 0; i < items.length; ++i) {
            try this.settleItem(sender, roles, items[i]) {}
            catch (bytes memory reason) {
                _refuse(Act.Settle, sender, items[i].spend.into, i, reason);
            }
        }
    }

    /// @inheritdoc IClaimRegister
    function voidClaims(VoidItem[] calldata items) external {
        (uint32 sender, uint8 roles) = _requireBatch(items.length);
        for (uint256 i = 0; i < items.length; ++i) {
            try this.voidItem(sender, roles, items[i]) {}
            catch (bytes memory reason) {
                _refuse(Act.Void, sender, items[i].record, i, reason);
            }
        }
    }

    /// @inheritdoc IClaimRegister
    function restore(RestoreItem[] calldata items) external {
        (uint32 sender,) = _requireBatch(items.length);
        for (uint256 i = 0; i < items.length; ++i) {
            try this.restoreItem(sender, items[i]) {}
            catch (bytes memory reason) {
                _refuse(Act.Restore, sender, items[i].spend.into, i, reason);
            }
        }
    }

    /// @inheritdoc IClaimRegister
    function reverse(ReverseItem[] calldata items) external {
        (uint32 sender,) = _requireBatch(items.length);
        for (uint256 i = 0; i < items.length; ++i) {
            try this.reverseItem(sender, items[i]) {}
            catch (bytes memory reason) {
                _refuse(Act.Reverse, sender, items[i].spend.into, i, reason);
            }
        }
    }

    /// @notice One item of {dispense}; only the contract itself calls it.
    function dispenseItem(uint32 sender, uint8 roles, DispenseItem calldata item) external onlySelf {
        Terms memory terms = _requireTerms(sender, roles, item);
        for (uint256 i = 0; i < item.grants.length; ++i) {
            _requireGrant(item.grants[i], terms);
        }
        ClaimUse[] memory uses = _usesOf(item, terms);
        PackUse[] memory packs = item.packs;
        bytes32 useHash = UseHash.hash(terms.kindNumber, sender, item.payer, uses, packs);
        uint256 digest = ClaimWords.useDigest(item.into, useHash, sender, terms.time);
        for (uint256 i = 0; i < uses.length; ++i) {
            _requirePresented(item, i, uses[i].claim, useHash, terms);
            _claims[uses[i].claim] = ClaimWords.build(ClaimWords.DISPENSED, uses[i].restoreCount, digest);
        }
        _countPacks(packs);
        emit Dispensed(
            item.into, sender, item.payer, terms.kindNumber, terms.time, terms.offline, useHash, uses, packs
        );
    }

    /// @notice One item of {settle}; only the contract itself calls it.
    function settleItem(uint32 sender, uint8 roles, SettleItem calldata item) external onlySelf {
        Spend calldata spend = item.spend;
        Kinds.Kind memory kind = _requirePayer(sender, spend);
        if (roles & Kinds.INSURER == 0) revert ClaimRegisterRoleMissing(sender, kind.usedInto);
        _requireStatement(item.settlement);
        bytes32 useHash = _useHashOf(spend);
        _requireRecorded(item, kind, useHash);
        uint256 digest = ClaimWords.useDigest(spend.into, useHash, spend.spender, spend.time);
        bytes32[] memory moved = _move(spend, item.moves, digest, ClaimWords.DISPENSED, ClaimWords.SETTLED);
        emit Settled(spend.into, spend.spender, sender, item.settlement, item.reason, moved);
    }

    /// @notice One item of {voidClaims}; only the contract itself calls it.
    function voidItem(uint32 sender, uint8 roles, VoidItem calldata item) external onlySelf {
        Kinds.Kind memory kind = _requireUsable(item.kind);
        if (roles & kind.issuers == 0) revert ClaimRegisterRoleMissing(sender, item.kind);
        _requireStatement(item.voidRecord);
        uint256 count = item.ordinals.length;
        if (count == 0 || count > MAX_CLAIMS) revert ClaimRegisterCountInvalid(1, count, 0);
        uint64 time = uint64(block.timestamp);
        uint256 digest = ClaimWords.useDigest(item.voidRecord, item.reason, sender, time);
        bytes32[] memory voided = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            uint32 ordinal = item.ordinals[i];
            if (i > 0 && ordinal <= item.ordinals[i - 1]) revert ClaimRegisterClaimsNotAscending(i);
            if (ordinal >= kind.maxClaims) revert ClaimRegisterOrdinalUnknown(i, ordinal, kind.maxClaims);
            voided[i] = EntryCodec.claimKey(sender, item.kind, item.record, item.notBefore, ordinal);
            uint256 word = _claims[voided[i]];
            if (ClaimWords.statusOf(word) != ClaimWords.UNUSED) revert ClaimRegisterNotUnused(voided[i], word);
            _claims[voided[i]] = ClaimWords.build(ClaimWords.VOID, ClaimWords.restoreCountOf(word), digest);
        }
        emit Voided(
            item.record,
            sender,
            item.voidRecord,
            item.kind,
            item.notBefore,
            time,
            item.reason,
            item.ordinals,
            voided
        );
    }

    /// @notice One item of {restore}; only the contract itself calls it.
    function restoreItem(uint32 sender, RestoreItem calldata item) external onlySelf {
        Spend calldata spend = item.spend;
        if (spend.spender != sender) revert ClaimRegisterNotSpender(spend.spender, sender);
        Kinds.Kind memory kind = _requireUsable(spend.kind);
        _requireSpendCounts(spend);
        _requireStatement(item.restore);
        uint256 lastMoment = uint256(spend.time) + kind.restoreWindow;
        if (block.timestamp > lastMoment) {
            revert ClaimRegisterRestoreLate(spend.time, uint64(lastMoment), uint64(block.timestamp));
        }
        uint256 digest = ClaimWords.useDigest(spend.into, _useHashOf(spend), spend.spender, spend.time);
        bytes32[] memory restored = _restoreClaims(spend, digest);
        bool undone = block.timestamp <= uint256(spend.time) + Kinds.UNDO;
        _returnPacks(spend.packs, undone);
        emit Restored(spend.into, sender, item.restore, item.reason, undone, restored, spend.packs);
    }

    /// @notice One item of {reverse}; only the contract itself calls it.
    function reverseItem(uint32 sender, ReverseItem calldata item) external onlySelf {
        Spend calldata spend = item.spend;
        _requirePayer(sender, spend);
        _requireStatement(item.reversal);
        uint256 digest = ClaimWords.useDigest(spend.into, _useHashOf(spend), spend.spender, spend.time);
        bytes32[] memory moved = _move(spend, item.moves, digest, ClaimWords.SETTLED, ClaimWords.DISPENSED);
        emit Reversed(spend.into, spend.spender, sender, item.reversal, item.reason, moved);
    }

    /// @inheritdoc IClaimRegister
    function directory() external view returns (address) {
        return address(_directory);
    }

    /// @inheritdoc IClaimRegister
    function checkpointLog() external view returns (address) {
        return address(_checkpointLog);
    }

    /// @inheritdoc IClaimRegister
    function domainSeparator() public view returns (bytes32) {
        return block.chainid == _chainId
            ? _separator
            : SignedStatements.domainSeparator(block.chainid, address(this));
    }

    /// @inheritdoc IClaimRegister
    function claimWord(bytes32 claim) external view returns (uint256) {
        return _claims[claim];
    }

    /// @inheritdoc IClaimRegister
    function packWord(bytes32 token) external view returns (uint256) {
        return _packs[token];
    }

    /// @inheritdoc IClaimRegister
    function claimWords(bytes32[] calldata claims) external view returns (uint256[] memory words) {
        words = new uint256[](claims.length);
        for (uint256 i = 0; i < claims.length; ++i) {
            words[i] = _claims[claims[i]];
        }
    }

    /// @inheritdoc IClaimRegister
    function packWords(bytes32[] calldata tokens) external view returns (uint256[] memory words) {
        words = new uint256[](tokens.length);
        for (uint256 i = 0; i < tokens.length; ++i) {
            words[i] = _packs[tokens[i]];
        }
    }

    /// @inheritdoc IClaimRegister
    function kindRow(uint16 kind)
        external
        pure
        returns (uint8, uint8, uint8, uint16, bool, bool, uint32, uint32, uint32, uint32, uint32)
    {
        Kinds.Kind memory row = Kinds.row(kind);
        return (
            row.issuers,
            row.author,
            row.users,
            row.usedInto,
            row.settledByPayer,
            row.packs,
            row.signingWindow,
            row.recordWindow,
            row.restoreWindow,
            row.offlineGrace,
            row.maxClaims
        );
    }

    function _requireBatch(uint256 items) private view returns (uint32 sender, uint8 roles) {
        if (items == 0) revert ClaimRegisterBatchEmpty();
        if (items > MAX_ITEMS || msg.data.length > MAX_CALL_BYTES) {
            revert ClaimRegisterBatchTooLarge(items, msg.data.length);
        }
        (sender, roles) = _directory.institutionActing(msg.sender);
        if (sender == 0) revert ClaimRegisterSenderNotActing(msg.sender);
    }

    /// @dev Every refusal carries a custom error. An end without one is an end for want of gas (63/64 of it went into the
    /// item, EIP-150): were that recorded as a refusal, an item could be refused for how much gas was sent with its batch.
    function _refuse(Act act, uint32 sender, bytes32 subject, uint256 index, bytes memory reason) private {
        if (reason.length == 0) revert ClaimRegisterGasShort(index);
        emit Refused(act, sender, subject, index, reason);
    }

    function _requireUsable(uint16 kindNumber) private pure returns (Kinds.Kind memory kind) {
        kind = Kinds.row(kindNumber);
        if (kind.maxClaims == 0) revert ClaimRegisterKindUnusable(kindNumber);
    }

    function _requireStatement(bytes32 commitment) private pure {
        if (commitment == 0) revert ClaimRegisterStatementMissing();
    }

    function _requireTerms(uint32 sender, uint8 roles, DispenseItem calldata item)
        private
        view
        returns (Terms memory terms)
    {
        (uint256 grants, uint256 claims, uint256 packs) = (item.grants.length, item.claims.length, item.packs.length);
        bool empty = grants == 0 || claims == 0;
        if (empty || grants > MAX_GRANTS || claims > MAX_CLAIMS || packs > MAX_PACKS) {
            revert ClaimRegisterCountInvalid(grants, claims, packs);
        }
        if (item.into == 0) revert ClaimRegisterIntoMissing();
        uint16 kindNumber = item.grants[0].proof.entry.kind;
        Kinds.Kind memory kind = _requireUsable(kindNumber);
        if (roles & kind.users == 0) revert ClaimRegisterRoleMissing(sender, kindNumber);
        if (item.payer != 0 && !kind.settledByPayer) revert ClaimRegisterPayerNotAllowed(kindNumber, item.payer);
        if (packs != 0 && !kind.packs) revert ClaimRegisterPacksNotAllowed(kindNumber);
        return Terms(kind, kindNumber, sender, uint64(block.timestamp), false);
    }

    function _requireGrant(Grant calldata grant, Terms memory terms) private view {
        uint16 found = grant.proof.entry.kind;
        if (found != terms.kindNumber) revert ClaimRegisterKindMixed(terms.kindNumber, found);
        EntryProofs.requireGood(grant.proof, terms.kind, _judges());
        bytes32 holdersTerms = grant.proof.entry.terms;
        uint256 holders = grant.holders.length;
        if (holdersTerms == 0) {
            uint32 issuer = grant.proof.log.institution();
            if (issuer != terms.spender) revert ClaimRegisterIssuerOnly(issuer, terms.spender);
            if (holders != 0) revert ClaimRegisterHolderCount(0, holders);
            return;
        }
        if (holders != grant.proof.entry.claimCount) {
            revert ClaimRegisterHolderCount(grant.proof.entry.claimCount, holders);
        }
        bytes32 holdersHash = EntryCodec.holdersHash(grant.holders);
        if (holdersHash != holdersTerms) revert ClaimRegisterHoldersMismatch(holdersTerms, holdersHash);
    }

    /// @dev The claims of an item by their keys, each found unused and in its window.
    function _usesOf(DispenseItem calldata item, Terms memory terms) private view returns (ClaimUse[] memory uses) {
        uses = new ClaimUse[](item.claims.length);
        for (uint256 i = 0; i < uses.length; ++i) {
            ClaimRef calldata ref = item.claims[i];
            if (ref.grant >= item.grants.length) revert ClaimRegisterGrantUnknown(i, ref.grant);
            EntryProof calldata proof = item.grants[ref.grant].proof;
            if (ref.ordinal >= proof.entry.claimCount) {
                revert ClaimRegisterOrdinalUnknown(i, ref.ordinal, proof.entry.claimCount);
            }
            bytes32 claim = EntryCodec.claimKey(
                proof.log.institution(), terms.kindNumber, proof.entry.record, proof.entry.notBefore, ref.ordinal
            );
            if (i > 0 && claim <= uses[i - 1].claim) revert ClaimRegisterClaimsNotAscending(i);
            _requireUnused(claim, ref.restoreCount);
            _requireWindow(claim, proof.entry, terms);
            uses[i] = ClaimUse(claim, ref.restoreCount);
        }
    }

    function _requireUnused(bytes32 claim, uint32 restoreCount) private view {
        uint256 word = _claims[claim];
        if (ClaimWords.statusOf(word) != ClaimWords.UNUSED) revert ClaimRegisterNotUnused(claim, word);
        uint32 recorded = ClaimWords.restoreCountOf(word);
        if (recorded != restoreCount) revert ClaimRegisterRestoreCountDiffers(claim, recorded, restoreCount);
    }

    function _requireWindow(bytes32 claim, Entry calldata entry, Terms memory terms) private pure {
        if (terms.time < entry.notBefore) revert ClaimRegisterTooEarly(claim, entry.notBefore, terms.time);
        if (terms.time <= entry.notAfter) return;
        uint256 lastMoment = uint256(entry.notAfter) + terms.kind.offlineGrace;
        if (terms.time > lastMoment) revert ClaimRegisterTooLate(claim, uint64(lastMoment), terms.time);
        terms.offline = true;
    }

    function _requirePresented(
        DispenseItem calldata item,
        uint256 position,
        bytes32 claim,
        bytes32 useHash,
        Terms memory terms
    ) private view {
        ClaimRef calldata ref = item.claims[position];
        address[] calldata holders = item.grants[ref.grant].holders;
        if (holders.length == 0) {
            if (ref.presentation.length != 0) revert ClaimRegisterPresentationUnexpected(claim);
            return;
        }
        if (terms.time > ref.deadline) revert ClaimRegisterDeadlinePassed(claim, ref.deadline, terms.time);
        bytes32 structHash = SignedStatements.presentationHash(
            SignedStatements.Presentation(claim, ref.restoreCount, terms.spender, useHash, item.into, ref.deadline)
        );
        bytes32 digest = SignedStatements.digest(domainSeparator(), structHash);
        address recovered = SignedStatements.signerOf(digest, ref.presentation);
        address holder = holders[ref.ordinal];
        if (recovered == address(0) || recovered != holder) {
            revert ClaimRegisterPresentationInvalid(claim, holder, recovered);
        }
    }

    /// @dev The first total stated for a pack stands; a later one that differs is for verifiers to find.
    function _countPacks(PackUse[] memory packs) private {
        for (uint256 i = 0; i < packs.length; ++i) {
            PackUse memory pack = packs[i];
            if (i > 0 && pack.token <= packs[i - 1].token) revert ClaimRegisterPacksNotAscending(i);
            if (pack.totalUnits == 0 || pack.unitsUsed == 0) {
                revert ClaimRegisterPackUnitsInvalid(pack.token, pack.totalUnits, pack.unitsUsed);
            }
            (uint32 total, uint32 used, uint32 returned) = PackWords.parse(_packs[pack.token]);
            if (total == 0) total = pack.totalUnits;
            if (pack.unitsUsed > total - used) {
                revert ClaimRegisterPackExhausted(pack.token, total, used, pack.unitsUsed);
            }
            _packs[pack.token] = PackWords.build(total, used + pack.unitsUsed, returned);
        }
    }

    /// @dev A scan undone at once frees the units; a pack that came back later is never sold again.
    function _returnPacks(PackUse[] calldata packs, bool undone) private {
        for (uint256 i = 0; i < packs.length; ++i) {
            uint32 units = packs[i].unitsUsed;
            (uint32 total, uint32 used, uint32 returned) = PackWords.parse(_packs[packs[i].token]);
            _packs[packs[i].token] =
                undone ? PackWords.build(total, used - units, returned) : PackWords.build(total, used, returned + units);
        }
    }

    function _requireSpendCounts(Spend calldata spend) private pure {
        bool valid = spend.claims.length != 0 && spend.claims.length <= MAX_CLAIMS && spend.packs.length <= MAX_PACKS;
        if (!valid) revert ClaimRegisterCountInvalid(0, spend.claims.length, spend.packs.length);
    }

    function _requirePayer(uint32 sender, Spend calldata spend) private pure returns (Kinds.Kind memory kind) {
        kind = _requireUsable(spend.kind);
        if (!kind.settledByPayer) revert ClaimRegisterKindNotSettled(spend.kind);
        if (spend.payer != sender) revert ClaimRegisterNotPayer(spend.payer, sender);
        _requireSpendCounts(spend);
    }

    function _useHashOf(Spend calldata spend) private pure returns (bytes32) {
        return UseHash.hash(spend.kind, spend.spender, spend.payer, spend.claims, spend.packs);
    }

    /// @dev Nobody is paid for an act that isn't on record.
    function _requireRecorded(SettleItem calldata item, Kinds.Kind memory kind, bytes32 useHash) private view {
        EntryProof calldata used = item.used;
        Spend calldata spend = item.spend;
        if (used.entry.kind != kind.usedInto) revert ClaimRegisterKindMixed(kind.usedInto, used.entry.kind);
        uint32 issuer = used.log.institution();
        if (issuer != spend.spender) revert ClaimRegisterNotSpender(spend.spender, issuer);
        if (used.entry.record != spend.into) revert ClaimRegisterWrongRecord(spend.into, used.entry.record);
        if (used.entry.terms != useHash) revert ClaimRegisterWrongTerms(useHash, used.entry.terms);
        uint64 anchoredAt = EntryProofs.requireGood(used, Kinds.row(kind.usedInto), _judges());
        if (BoundedTime.isInTime(spend.time, anchoredAt, kind.recordWindow)) return;
        bool excused =
            BoundedTime.isExcused(_directory, item.recordExcuse, issuer, spend.time, anchoredAt, kind.recordWindow);
        if (!excused) revert ClaimRegisterRecordLate(spend.time, anchoredAt, item.recordExcuse);
    }

    /// @dev Moves the listed claims of a use from one status to another; the digest shows that they are that use's.
    function _move(Spend calldata spend, uint16[] calldata moves, uint256 digest, uint256 from, uint256 to)
        private
        returns (bytes32[] memory moved)
    {
        if (moves.length == 0) revert ClaimRegisterMovesInvalid(0);
        moved = new bytes32[](moves.length);
        for (uint256 i = 0; i < moves.length; ++i) {
            bool ascending = i == 0 || moves[i] > moves[i - 1];
            if (!ascending || moves[i] >= spend.claims.length) revert ClaimRegisterMovesInvalid(i);
            ClaimUse calldata use = spend.claims[moves[i]];
            _requireUsed(use, digest, from);
            _claims[use.claim] = ClaimWords.build(to, use.restoreCount, digest);
            moved[i] = use.claim;
        }
    }

    function _restoreClaims(Spend calldata spend, uint256 digest) private returns (bytes32[] memory restored) {
        restored = new bytes32[](spend.claims.length);
        for (uint256 i = 0; i < restored.length; ++i) {
            ClaimUse calldata use = spend.claims[i];
            _requireUsed(use, digest, ClaimWords.DISPENSED);
            if (use.restoreCount >= ClaimWords.MAX_RESTORES) revert ClaimRegisterRestoresExhausted(use.claim);
            _claims[use.claim] = ClaimWords.build(ClaimWords.UNUSED, use.restoreCount + 1, 0);
            restored[i] = use.claim;
        }
    }

    function _requireUsed(ClaimUse calldata use, uint256 digest, uint256 status) private view {
        uint256 word = _claims[use.claim];
        if (ClaimWords.statusOf(word) != status) {
            if (status == ClaimWords.DISPENSED) revert ClaimRegisterNotDispensed(use.claim, word);
            revert ClaimRegisterNotSettled(use.claim, word);
        }
        uint32 recorded = ClaimWords.restoreCountOf(word);
        if (recorded != use.restoreCount) {
            revert ClaimRegisterRestoreCountDiffers(use.claim, recorded, use.restoreCount);
        }
        if (ClaimWords.digestOf(word) != digest) revert ClaimRegisterDigestDiffers(use.claim, word, digest);
    }

    function _judges() private view returns (EntryProofs.Judges memory) {
        return EntryProofs.Judges(_directory, _checkpointLog, domainSeparator());
    }
}
