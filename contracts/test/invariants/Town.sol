// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IClaimRegister} from "../../src/interfaces/IClaimRegister.sol";
import {ClaimWords} from "../../src/libraries/ClaimWords.sol";
import {EntryCodec} from "../../src/libraries/EntryCodec.sol";
import {LogId} from "../../src/libraries/LogIds.sol";
import {SignedStatements} from "../../src/libraries/SignedStatements.sol";
import {LedgerWorld} from "../support/LedgerTest.sol";
import {Trees} from "../support/Trees.sol";

/// @dev Why an act must be refused; or that it mustn't.
enum Why {
    Allowed,
    Role,
    Author,
    Late,
    Proof,
    Closed,
    Used,
    Window,
    Presentation,
    Pack,
    Unrecorded,
    Party,
    Fork
}

/// @title A town of institutions, some of whom cheat, and the books of what should have come of it
/// @dev The books are a second account of the rules, kept beside the contracts. Each act says beforehand how it must end.
abstract contract Town is LedgerWorld {
    uint32 internal constant HOSPITAL_B = 4;
    uint32 internal constant PHARMACY_B = 5;
    uint32 internal constant INSURER_B = 6;
    uint32 internal constant SUSPENDED = 7;
    uint256 internal constant STRANGER_KEY = 0x5742;
    uint256 internal constant REVOKED_KEY = 0x7e70;
    uint256 internal constant TOKENS = 3;

    /// @dev What should stand of a claim.
    struct ClaimBook {
        bool known;
        uint256 status;
        uint32 restores;
        uint256 digest;
        uint256 use;
        uint64 timesDispensed;
        uint64 timesSettled;
        uint64 timesReversed;
    }

    struct PackBook {
        uint32 total;
        uint32 used;
        uint32 returned;
    }

    struct CheckpointBook {
        uint64 size;
        uint64 previousSize;
        uint64 anchoredAt;
        bytes32 root;
    }

    bytes32[] public claims;
    mapping(bytes32 claim => ClaimBook) internal _claimBooks;
    mapping(bytes32 token => PackBook) internal _packBooks;
    LogId[] public logs;
    mapping(LogId => CheckpointBook[]) internal _checkpointBooks;
    /// @dev The size at which a log was closed; 0 for an open one.
    mapping(LogId => uint64) internal _closedAt;

    /// @dev Acts that were done although there was that reason against them.
    mapping(Why => uint256) public cameThrough;
    mapping(Why => uint256) public attempted;
    /// @dev Acts that were refused although there was nothing against them.
    uint256 public refusedWrongly;

    function foundTown() internal {
        deployLedger();
        directory.registerInstitution(HOSPITAL_B, 1, address(0xb1), 0);
        directory.registerInstitution(PHARMACY_B, 2, address(0xb2), 0);
        directory.registerInstitution(INSURER_B, 4, address(0xb3), 0);
        directory.registerInstitution(SUSPENDED, 2, address(0xc2), 0);
        directory.suspendInstitution(SUSPENDED);
        for (uint32 institution = 1; institution <= SUSPENDED; ++institution) {
            directory.grantCredential(vm.addr(doctorOf(institution)), institution, 1, 0, FOREVER);
            directory.grantCredential(vm.addr(pharmacistOf(institution)), institution, 2, 0, FOREVER);
            logs.push(logOf(institution));
        }
        directory.grantCredential(vm.addr(REVOKED_KEY), HOSPITAL, 1, START, FOREVER);
        // Grants begin when they are recorded, so the key was entitled for an hour.
        vm.warp(START + 3700);
        directory.revokeCredential(vm.addr(REVOKED_KEY), HOSPITAL, 1, 0, uint64(block.timestamp));
    }

    /// @dev Everybody has people with both credentials: then it is the institution's own role that counts.
    function doctorOf(uint32 institution) internal pure returns (uint256) {
        return 0xd0c000 + institution;
    }

    function pharmacistOf(uint32 institution) internal pure returns (uint256) {
        return 0xfa0000 + institution;
    }

    function rolesOf(uint32 institution) internal pure returns (uint8) {
        if (institution == HOSPITAL || institution == HOSPITAL_B) return 1;
        if (institution == PHARMACY || institution == PHARMACY_B) return 2;
        return institution == INSURER || institution == INSURER_B ? 4 : 0;
    }

    /// @dev One of `count`, by a seed and what it is drawn for.
    function draw(uint256 seed, string memory what, uint256 count) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, what))) % count;
    }

    /// @dev Notes how an act ended that should have ended as `why` says.
    function judge(Why why, bool done) internal {
        attempted[why] += 1;
        if (why == Why.Allowed && !done) refusedWrongly += 1;
        if (why != Why.Allowed && done) cameThrough[why] += 1;
    }

    /// @dev Logs an entry and anchors it; signed by `key`, stating `signedAt`.
    function issueSigned(uint32 institution, uint256 key, IClaimRegister.Entry memory entry, uint64 signedAt)
        internal
        returns (IClaimRegister.EntryProof memory)
    {
        bytes memory signature = sign(key, SignedStatements.authorshipHash(institution, entry, signedAt));
        entry.author = keccak256(signature);
        LogId id = logOf(institution);
        leaves[id].push(EntryCodec.leafHash(entry));
        uint64 before = anchored[id];
        uint64 size = anchor(institution);
        bytes32 root = Trees.root(leaves[id], size);
        _checkpointBooks[id].push(CheckpointBook(size, before, uint64(block.timestamp), root));
        bytes32[] memory path = Trees.inclusion(leaves[id], size, size - 1);
        return IClaimRegister.EntryProof(id, size, size - 1, path, entry, signedAt, signature, 0);
    }

    function isBarred(IClaimRegister.EntryProof memory proof) internal view returns (bool) {
        return _closedAt[proof.log] != 0 && proof.size > _closedAt[proof.log];
    }

    function know(bytes32 claim) internal {
        if (_claimBooks[claim].known) return;
        _claimBooks[claim].known = true;
        claims.push(claim);
    }

    function isStatus(bytes32 claim, uint256 status) internal view returns (bool) {
        return _claimBooks[claim].status == status;
    }

    // What the invariants read.

    function claimCount() external view returns (uint256) {
        return claims.length;
    }

    function logCount() external view returns (uint256) {
        return logs.length;
    }

    function checkpointCount(LogId id) external view returns (uint256) {
        return _checkpointBooks[id].length;
    }

    function checkpointBook(LogId id, uint256 index) external view returns (CheckpointBook memory) {
        return _checkpointBooks[id][index];
    }

    function claimBook(bytes32 claim) external view returns (ClaimBook memory) {
        return _claimBooks[claim];
    }

    function packBook(bytes32 token) external view returns (PackBook memory) {
        return _packBooks[token];
    }

    function closedAt(LogId id) external view returns (uint64) {
        return _closedAt[id];
    }

    function tokenCount() external pure returns (uint256) {
        return TOKENS;
    }

    function contracts() external view returns (address, address) {
        return (address(log), address(register));
    }
}
