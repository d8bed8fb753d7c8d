// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ICheckpointLog} from "../interfaces/ICheckpointLog.sol";
import {IClaimRegister} from "../interfaces/IClaimRegister.sol";
import {ILedgerDirectory} from "../interfaces/ILedgerDirectory.sol";
import {BoundedTime} from "./BoundedTime.sol";
import {EntryCodec} from "./EntryCodec.sol";
import {Kinds} from "./Kinds.sol";
import {MerkleProof9162} from "./MerkleProof9162.sol";
import {SignedStatements} from "./SignedStatements.sol";

/// @title Whether an entry proof is good (docs/protocol.md, section 8)
library EntryProofs {
    /// @notice Against whom proofs are judged.
    struct Judges {
        ILedgerDirectory directory;
        ICheckpointLog checkpointLog;
        bytes32 domainSeparator;
    }

    /// @notice Reverts with the reason unless the entry was anchored, signed by an entitled author in bounded time.
    /// @return anchoredAt the block time of the first checkpoint that holds the entry
    function requireGood(IClaimRegister.EntryProof calldata proof, Kinds.Kind memory kind, Judges memory judges)
        internal
        view
        returns (uint64 anchoredAt)
    {
        IClaimRegister.Entry memory entry = proof.entry;
        if (entry.claimCount > kind.maxClaims || entry.notAfter < entry.notBefore) {
            revert IClaimRegister.ClaimRegisterEntryTermsInvalid(entry.claimCount, entry.notBefore, entry.notAfter);
        }
        anchoredAt = _requireAnchored(proof, entry, judges.checkpointLog);
        uint32 institution = proof.log.institution();
        _requireIssuing(institution, entry.kind, kind.issuers, anchoredAt, judges.directory);
        address signer = _requireSigned(proof, entry, institution, judges.domainSeparator);
        _requireEntitled(signer, institution, kind.author, proof.signedAt, judges.directory);
        _requireEntitled(signer, institution, kind.author, anchoredAt, judges.directory);
        _requireTimely(proof, institution, anchoredAt, kind.signingWindow, judges.directory);
    }

    function _requireAnchored(
        IClaimRegister.EntryProof calldata proof,
        IClaimRegister.Entry memory entry,
        ICheckpointLog checkpointLog
    ) private view returns (uint64) {
        ICheckpointLog.Checkpoint memory checkpoint = checkpointLog.provable(proof.log, proof.size);
        if (proof.index < checkpoint.previousSize || proof.index >= checkpoint.size) {
            revert IClaimRegister.ClaimRegisterEntryIndexOutside(proof.index, checkpoint.previousSize, checkpoint.size);
        }
        bytes32 leaf = EntryCodec.leafHash(entry);
        if (!MerkleProof9162.isIncluded(leaf, proof.index, checkpoint.size, proof.path, checkpoint.root)) {
            revert IClaimRegister.ClaimRegisterEntryNotIncluded(proof.log, proof.size, proof.index);
        }
        return checkpoint.anchoredAt;
    }

    function _requireIssuing(
        uint32 institution,
        uint16 kind,
        uint8 issuers,
        uint64 anchoredAt,
        ILedgerDirectory directory
    ) private view {
        if (directory.isInstitutionBarred(institution)) {
            revert IClaimRegister.ClaimRegisterEntryInstitutionBarred(institution);
        }
        ILedgerDirectory.InstitutionState memory state = directory.institutionAt(institution, anchoredAt);
        if (state.status != ILedgerDirectory.InstitutionStatus.Active || state.roles & issuers == 0) {
            revert IClaimRegister.ClaimRegisterEntryNotIssuing(institution, kind, anchoredAt);
        }
    }

    function _requireSigned(
        IClaimRegister.EntryProof calldata proof,
        IClaimRegister.Entry memory entry,
        uint32 institution,
        bytes32 domainSeparator
    ) private pure returns (address signer) {
        bytes32 signatureHash = keccak256(proof.signature);
        if (signatureHash != entry.author) {
            revert IClaimRegister.ClaimRegisterEntryAuthorDiffers(entry.author, signatureHash);
        }
        bytes32 structHash = SignedStatements.authorshipHash(institution, entry, proof.signedAt);
        signer = SignedStatements.signerOf(SignedStatements.digest(domainSeparator, structHash), proof.signature);
        if (signer == address(0)) revert IClaimRegister.ClaimRegisterEntrySignatureInvalid();
    }

    function _requireEntitled(
        address signer,
        uint32 institution,
        uint8 role,
        uint64 moment,
        ILedgerDirectory directory
    ) private view {
        if (!directory.isEntitled(signer, institution, role, moment)) {
            revert IClaimRegister.ClaimRegisterEntryNotEntitled(signer, institution, role, moment);
        }
    }

    function _requireTimely(
        IClaimRegister.EntryProof calldata proof,
        uint32 institution,
        uint64 anchoredAt,
        uint32 window,
        ILedgerDirectory directory
    ) private view {
        if (BoundedTime.isFromTheFuture(proof.signedAt, anchoredAt)) {
            revert IClaimRegister.ClaimRegisterEntryFromTheFuture(proof.signedAt, anchoredAt);
        }
        if (BoundedTime.isInTime(proof.signedAt, anchoredAt, window)) return;
        if (!BoundedTime.isExcused(directory, proof.excuse, institution, proof.signedAt, anchoredAt, window)) {
            revert IClaimRegister.ClaimRegisterEntryLate(proof.signedAt, anchoredAt, proof.excuse);
        }
    }
}
