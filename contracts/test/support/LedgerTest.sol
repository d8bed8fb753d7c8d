// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {CheckpointLog} from "../../src/CheckpointLog.sol";
import {ClaimRegister} from "../../src/ClaimRegister.sol";
import {LedgerDirectory} from "../../src/LedgerDirectory.sol";
import {IClaimRegister} from "../../src/interfaces/IClaimRegister.sol";
import {EntryCodec} from "../../src/libraries/EntryCodec.sol";
import {LogId, LogIds} from "../../src/libraries/LogIds.sol";
import {SignedStatements} from "../../src/libraries/SignedStatements.sol";
import {UseHash} from "../../src/libraries/UseHash.sol";
import {TestCase} from "./TestCase.sol";
import {Trees} from "./Trees.sol";

/// @title A small ledger for the tests: a hospital, a pharmacy, an insurer, and who signs for them
/// @dev This contract is the authority. A record's commitment is a hash of its name.
abstract contract LedgerWorld is TestCase {
    uint32 internal constant HOSPITAL = 1;
    uint32 internal constant PHARMACY = 2;
    uint32 internal constant INSURER = 3;
    uint256 internal constant DOCTOR_KEY = 0xd0c;
    uint256 internal constant PHARMACIST_KEY = 0xfa;
    uint256 internal constant HOLDER_KEY = 0x401d;
    uint64 internal constant START = 1_790_000_000;
    uint64 internal constant FOREVER = type(uint64).max;

    LedgerDirectory internal directory;
    CheckpointLog internal log;
    ClaimRegister internal register;

    address internal hospital = address(0xa1);
    address internal pharmacy = address(0xa2);
    address internal insurer = address(0xa3);

    mapping(LogId => bytes32[]) internal leaves;
    mapping(LogId => uint64) internal anchored;

    function deployLedger() internal {
        vm.warp(START);
        bytes memory code = type(LedgerDirectory).creationCode;
        directory = LedgerDirectory(_deploy("RXLEDGER_LEDGER_DIRECTORY", code, abi.encode(address(this), 0)));
        code = type(CheckpointLog).creationCode;
        log = CheckpointLog(_deploy("RXLEDGER_CHECKPOINT_LOG", code, abi.encode(directory)));
        code = type(ClaimRegister).creationCode;
        register = ClaimRegister(_deploy("RXLEDGER_CLAIM_REGISTER", code, abi.encode(directory, log)));
        directory.bindCheckpointLog(address(log));
        directory.registerInstitution(HOSPITAL, 1, hospital, 0);
        directory.registerInstitution(PHARMACY, 2, pharmacy, 0);
        directory.registerInstitution(INSURER, 4, insurer, 0);
        directory.grantCredential(vm.addr(DOCTOR_KEY), HOSPITAL, 1, 0, FOREVER);
        directory.grantCredential(vm.addr(PHARMACIST_KEY), PHARMACY, 2, 0, FOREVER);
        vm.warp(START + 100);
    }

    /// @dev Another code for a contract, with a guard taken out, comes in by the environment: tests that can't fail prove nothing.
    function _deploy(string memory variable, bytes memory code, bytes memory arguments)
        private
        returns (address deployed)
    {
        bytes memory creation = abi.encodePacked(vm.envOr(variable, code), arguments);
        assembly ("memory-safe") {
            deployed := create(0, add(creation, 32), mload(creation))
        }
        assertTrue(deployed != address(0), "deployed");
    }

    function logOf(uint32 institution) internal view returns (LogId) {
        return log.currentLog(institution);
    }

    function accountOf(uint32 institution) internal view returns (address) {
        return directory.accountOf(institution);
    }

    /// @dev Anchors all leaves of an institution's log.
    function anchor(uint32 institution) internal returns (uint64 size) {
        LogId id = logOf(institution);
        size = uint64(leaves[id].length);
        bytes32[] memory proof = Trees.consistency(leaves[id], anchored[id], size);
        bytes32 root = Trees.root(leaves[id], size);
        vm.prank(accountOf(institution));
        log.anchor(id, size, root, proof);
        anchored[id] = size;
    }

    function sign(uint256 key, bytes32 structHash) internal view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, SignedStatements.digest(register.domainSeparator(), structHash));
        return abi.encodePacked(r, s, v);
    }

    function holders(uint32 count) internal pure returns (address[] memory found) {
        found = new address[](count);
        for (uint256 i = 0; i < count; ++i) {
            found[i] = vm.addr(HOLDER_KEY + i);
        }
    }

    /// @dev Logs and anchors an entry, alone in its checkpoint.
    function issue(uint32 institution, uint256 key, IClaimRegister.Entry memory entry)
        internal
        returns (IClaimRegister.EntryProof memory proof)
    {
        uint64 signedAt = uint64(block.timestamp);
        bytes memory signature = sign(key, SignedStatements.authorshipHash(institution, entry, signedAt));
        entry.author = keccak256(signature);
        LogId id = logOf(institution);
        leaves[id].push(EntryCodec.leafHash(entry));
        uint64 size = anchor(institution);
        bytes32[] memory path = Trees.inclusion(leaves[id], size, size - 1);
        return IClaimRegister.EntryProof(id, size, size - 1, path, entry, signedAt, signature, 0);
    }

    function prescribe(bytes32 record, uint32 claimCount) internal returns (IClaimRegister.EntryProof memory) {
        bytes32 terms = keccak256(abi.encodePacked(holders(claimCount)));
        return issue(
            HOSPITAL, DOCTOR_KEY, IClaimRegister.Entry(1, record, 0, claimCount, START, START + 30 days, terms)
        );
    }

    function claimOf(IClaimRegister.EntryProof memory proof, uint32 ordinal) internal pure returns (bytes32) {
        return EntryCodec.claimKey(
            proof.log.institution(), proof.entry.kind, proof.entry.record, proof.entry.notBefore, ordinal
        );
    }

    /// @dev The use of one claim, with a pack or (no token) without.
    function spendOf(
        IClaimRegister.EntryProof memory proof,
        uint32 ordinal,
        uint32 restoreCount,
        IClaimRegister.PackUse memory pack
    ) internal view returns (IClaimRegister.Spend memory) {
        IClaimRegister.ClaimUse[] memory claims = new IClaimRegister.ClaimUse[](1);
        claims[0] = IClaimRegister.ClaimUse(claimOf(proof, ordinal), restoreCount);
        IClaimRegister.PackUse[] memory packs = new IClaimRegister.PackUse[](pack.token == 0 ? 0 : 1);
        if (pack.token != 0) packs[0] = pack;
        bytes32 into = keccak256(abi.encode("dispensing", claims, packs));
        return IClaimRegister.Spend(1, PHARMACY, INSURER, claims, packs, into, uint64(block.timestamp));
    }

    function useHashOf(IClaimRegister.Spend memory spend) internal pure returns (bytes32) {
        return UseHash.hash(spend.kind, spend.spender, spend.payer, spend.claims, spend.packs);
    }

    function dispenseItem(IClaimRegister.EntryProof memory proof, uint32 ordinal, IClaimRegister.Spend memory spend)
        internal
        view
        returns (IClaimRegister.DispenseItem memory item)
    {
        uint64 deadline = uint64(block.timestamp) + 600;
        bytes32 structHash = SignedStatements.presentationHash(
            SignedStatements.Presentation(
                spend.claims[0].claim, spend.claims[0].restoreCount, PHARMACY, useHashOf(spend), spend.into, deadline
            )
        );
        item.payer = spend.payer;
        item.into = spend.into;
        item.grants = new IClaimRegister.Grant[](1);
        item.grants[0] = IClaimRegister.Grant(proof, holders(proof.entry.claimCount));
        item.claims = new IClaimRegister.ClaimRef[](1);
        bytes memory presentation = sign(HOLDER_KEY + ordinal, structHash);
        item.claims[0] =
            IClaimRegister.ClaimRef(0, ordinal, spend.claims[0].restoreCount, deadline, presentation);
        item.packs = spend.packs;
    }

    function dispense(IClaimRegister.DispenseItem memory item) internal {
        IClaimRegister.DispenseItem[] memory items = new IClaimRegister.DispenseItem[](1);
        items[0] = item;
        vm.prank(pharmacy);
        register.dispense(items);
    }

    function noPack() internal pure returns (IClaimRegister.PackUse memory) {
        return IClaimRegister.PackUse(0, 0, 0);
    }
}

/// @title A test on that ledger
abstract contract LedgerTest is LedgerWorld {
    function setUp() public virtual {
        deployLedger();
    }
}
