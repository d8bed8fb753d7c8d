// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {LogId} from "../libraries/LogIds.sol";

/// @title The claim register: each claim is used once
/// @notice One word for each claim and each pack, and the acts that change them (docs/protocol.md, sections 4 and 8).
/// An item of a batch is done as a whole or refused as a whole; a refused item leaves the others.
interface IClaimRegister {
    /// @notice What a log holds of a record (docs/protocol.md, section 3).
    struct Entry {
        uint16 kind;
        bytes32 record;
        bytes32 author;
        uint32 claimCount;
        uint64 notBefore;
        uint64 notAfter;
        bytes32 terms;
    }

    /// @notice That an entry was anchored, and that its author signed it.
    /// @param size the size of the first checkpoint that holds the entry
    /// @param path RFC 9162 inclusion proof
    /// @param signature the author's over `Authorship`, r || s || v
    /// @param excuse the number + 1 of the outage that excuses lateness; 0: none
    struct EntryProof {
        LogId log;
        uint64 size;
        uint64 index;
        bytes32[] path;
        Entry entry;
        uint64 signedAt;
        bytes signature;
        uint256 excuse;
    }

    /// @notice An entry that carries claims, with the one-time addresses that its terms bind (none: for its institution only).
    struct Grant {
        EntryProof proof;
        address[] holders;
    }

    /// @notice The use of one claim.
    /// @param grant which grant of the item carries it
    /// @param presentation signature by the claim's one-time key over `Presentation`; empty where there are no holders
    struct ClaimRef {
        uint16 grant;
        uint32 ordinal;
        uint32 restoreCount;
        uint64 deadline;
        bytes presentation;
    }

    struct ClaimUse {
        bytes32 claim;
        uint32 restoreCount;
    }

    struct PackUse {
        bytes32 token;
        uint32 totalUnits;
        uint32 unitsUsed;
    }

    /// @param payer who will settle it; 0: nobody
    /// @param into the commitment of the record that states the use
    /// @param claims strictly ascending by claim key
    /// @param packs strictly ascending by token
    struct DispenseItem {
        uint32 payer;
        bytes32 into;
        Grant[] grants;
        ClaimRef[] claims;
        PackUse[] packs;
    }

    /// @notice The preimage of the digest that the claims of one use carry.
    struct Spend {
        uint16 kind;
        uint32 spender;
        uint32 payer;
        ClaimUse[] claims;
        PackUse[] packs;
        bytes32 into;
        uint64 time;
    }

    /// @param used the entry of the record that the claims were used into
    /// @param recordExcuse the number + 1 of the outage that excuses its anchoring after the record window; 0: none
    /// @param moves which claims of the spend are settled: strictly ascending positions in its list
    /// @param settlement the commitment of the signed record that states it
    struct SettleItem {
        Spend spend;
        EntryProof used;
        uint256 recordExcuse;
        uint16[] moves;
        bytes32 settlement;
        bytes32 reason;
    }

    struct RestoreItem {
        Spend spend;
        bytes32 restore;
        bytes32 reason;
    }

    struct ReverseItem {
        Spend spend;
        uint16[] moves;
        bytes32 reversal;
        bytes32 reason;
    }

    /// @param ordinals which claims of the entry: strictly ascending
    struct VoidItem {
        uint16 kind;
        bytes32 record;
        uint64 notBefore;
        uint32[] ordinals;
        bytes32 voidRecord;
        bytes32 reason;
    }

    enum Act {
        Dispense,
        Settle,
        Void,
        Restore,
        Reverse
    }

    /// @param offline whether a claim was taken after its window, in the offline grace
    event Dispensed(
        bytes32 indexed into,
        uint32 indexed spender,
        uint32 indexed payer,
        uint16 kind,
        uint64 time,
        bool offline,
        bytes32 useHash,
        ClaimUse[] claims,
        PackUse[] packs
    );
    event Settled(
        bytes32 indexed into,
        uint32 indexed spender,
        uint32 indexed payer,
        bytes32 settlement,
        bytes32 reason,
        bytes32[] claims
    );
    event Voided(
        bytes32 indexed record,
        uint32 indexed institution,
        bytes32 indexed voidRecord,
        uint16 kind,
        uint64 notBefore,
        uint64 time,
        bytes32 reason,
        uint32[] ordinals,
        bytes32[] claims
    );
    /// @param undone whether it was within the undo time, so that the packs' units are free again
    event Restored(
        bytes32 indexed into,
        uint32 indexed spender,
        bytes32 indexed restore,
        bytes32 reason,
        bool undone,
        bytes32[] claims,
        PackUse[] packs
    );
    event Reversed(
        bytes32 indexed into,
        uint32 indexed spender,
        uint32 indexed payer,
        bytes32 reversal,
        bytes32 reason,
        bytes32[] claims
    );
    /// @notice An item of a batch was refused, and nothing of it was done.
    /// @param institution who sent it
    /// @param index its position in the batch
    /// @param subject the record that it names: into, or a voided record
    /// @param reason the custom error, ABI-encoded
    event Refused(Act indexed act, uint32 indexed institution, bytes32 indexed subject, uint256 index, bytes reason);

    error ClaimRegisterContractInvalid(address account);
    error ClaimRegisterNotSelf(address sender);
    error ClaimRegisterSenderNotActing(address sender);
    error ClaimRegisterBatchTooLarge(uint256 items, uint256 callBytes);
    error ClaimRegisterBatchEmpty();
    /// @notice The item didn't end for want of gas; nothing of the batch is done. Send it with more.
    error ClaimRegisterGasShort(uint256 index);

    error ClaimRegisterKindUnusable(uint16 kind);
    error ClaimRegisterKindMixed(uint16 expected, uint16 found);
    error ClaimRegisterKindNotSettled(uint16 kind);
    error ClaimRegisterRoleMissing(uint32 institution, uint16 kind);
    error ClaimRegisterPayerNotAllowed(uint16 kind, uint32 payer);
    error ClaimRegisterPacksNotAllowed(uint16 kind);
    error ClaimRegisterCountInvalid(uint256 grants, uint256 claims, uint256 packs);
    error ClaimRegisterIntoMissing();
    error ClaimRegisterStatementMissing();
    error ClaimRegisterGrantUnknown(uint256 claimPosition, uint16 grant);
    error ClaimRegisterOrdinalUnknown(uint256 claimPosition, uint32 ordinal, uint32 claimCount);
    error ClaimRegisterClaimsNotAscending(uint256 position);
    error ClaimRegisterPacksNotAscending(uint256 position);
    error ClaimRegisterMovesInvalid(uint256 position);
    error ClaimRegisterHoldersMismatch(bytes32 terms, bytes32 holdersHash);
    error ClaimRegisterHolderCount(uint32 claimCount, uint256 holders);
    error ClaimRegisterIssuerOnly(uint32 issuer, uint32 spender);
    error ClaimRegisterNotUnused(bytes32 claim, uint256 word);
    error ClaimRegisterNotDispensed(bytes32 claim, uint256 word);
    error ClaimRegisterNotSettled(bytes32 claim, uint256 word);
    error ClaimRegisterRestoreCountDiffers(bytes32 claim, uint32 recorded, uint32 stated);
    error ClaimRegisterRestoresExhausted(bytes32 claim);
    error ClaimRegisterDigestDiffers(bytes32 claim, uint256 word, uint256 digest);
    error ClaimRegisterTooEarly(bytes32 claim, uint64 notBefore, uint64 time);
    error ClaimRegisterTooLate(bytes32 claim, uint64 lastMoment, uint64 time);
    error ClaimRegisterDeadlinePassed(bytes32 claim, uint64 deadline, uint64 time);
    error ClaimRegisterPresentationInvalid(bytes32 claim, address holder, address recovered);
    error ClaimRegisterPresentationUnexpected(bytes32 claim);
    error ClaimRegisterPackUnitsInvalid(bytes32 token, uint32 totalUnits, uint32 unitsUsed);
    error ClaimRegisterPackExhausted(bytes32 token, uint32 totalUnits, uint32 used, uint32 unitsUsed);
    error ClaimRegisterNotPayer(uint32 payer, uint32 sender);
    error ClaimRegisterNotSpender(uint32 spender, uint32 sender);
    error ClaimRegisterWrongRecord(bytes32 expected, bytes32 found);
    error ClaimRegisterWrongTerms(bytes32 expected, bytes32 found);
    error ClaimRegisterRecordLate(uint64 usedAt, uint64 anchoredAt, uint256 recordExcuse);
    error ClaimRegisterRestoreLate(uint64 usedAt, uint64 lastMoment, uint64 time);

    error ClaimRegisterEntryIndexOutside(uint64 index, uint64 previousSize, uint64 size);
    error ClaimRegisterEntryNotIncluded(LogId log, uint64 size, uint64 index);
    error ClaimRegisterEntryTermsInvalid(uint32 claimCount, uint64 notBefore, uint64 notAfter);
    error ClaimRegisterEntryAuthorDiffers(bytes32 author, bytes32 signatureHash);
    error ClaimRegisterEntrySignatureInvalid();
    error ClaimRegisterEntryNotEntitled(address signer, uint32 institution, uint8 role, uint64 moment);
    error ClaimRegisterEntryNotIssuing(uint32 institution, uint16 kind, uint64 moment);
    error ClaimRegisterEntryInstitutionBarred(uint32 institution);
    error ClaimRegisterEntryFromTheFuture(uint64 signedAt, uint64 anchoredAt);
    error ClaimRegisterEntryLate(uint64 signedAt, uint64 anchoredAt, uint256 excuse);

    /// @notice Uses claims, each item's all together, and counts its packs.
    function dispense(DispenseItem[] calldata items) external;

    /// @notice Settles claims of dispensings whose own record was anchored in time; by the payer.
    function settle(SettleItem[] calldata items) external;

    /// @notice Takes unused claims back for ever; by the institution that issued them.
    function voidClaims(VoidItem[] calldata items) external;

    /// @notice Makes all claims of one use usable again; by its spender.
    function restore(RestoreItem[] calldata items) external;

    /// @notice Turns settled claims back to dispensed; by the payer.
    function reverse(ReverseItem[] calldata items) external;

    function directory() external view returns (address);
    function checkpointLog() external view returns (address);

    /// @notice The version of the storage layout on which storage proofs depend.
    function STORAGE_VERSION() external view returns (uint256);

    /// @notice The EIP-712 domain separator (docs/protocol.md, section 5).
    function domainSeparator() external view returns (bytes32);

    /// @notice status << 254 | restoreCount << 240 | digest; zero for a claim that nobody used.
    function claimWord(bytes32 claim) external view returns (uint256);

    /// @notice totalUnits | used << 32 | returned << 64; zero for a pack that nobody used.
    function packWord(bytes32 token) external view returns (uint256);

    function claimWords(bytes32[] calldata claims) external view returns (uint256[] memory);
    function packWords(bytes32[] calldata tokens) external view returns (uint256[] memory);

    /// @notice The row of the kinds table by which this contract judges; all zero for a kind that it doesn't know.
    function kindRow(uint16 kind)
        external
        view
        returns (
            uint8 issuers,
            uint8 author,
            uint8 users,
            uint16 usedInto,
            bool settledByPayer,
            bool packs,
            uint32 signingWindow,
            uint32 recordWindow,
            uint32 restoreWindow,
            uint32 offlineGrace,
            uint32 maxClaims
        );
}
