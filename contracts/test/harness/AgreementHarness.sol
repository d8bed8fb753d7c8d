// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IClaimRegister} from "../../src/interfaces/IClaimRegister.sol";
import {BoundedTime} from "../../src/libraries/BoundedTime.sol";
import {ClaimWords} from "../../src/libraries/ClaimWords.sol";
import {EntryCodec} from "../../src/libraries/EntryCodec.sol";
import {MerkleProof9162} from "../../src/libraries/MerkleProof9162.sol";
import {SignedStatements} from "../../src/libraries/SignedStatements.sol";
import {UseHash} from "../../src/libraries/UseHash.sol";

/// @title What the agreement test asks of the contracts' libraries, many cases a call. Never deployed but for that test.
contract AgreementHarness {
    struct Inclusion {
        bytes32 leaf;
        uint64 index;
        uint64 size;
        bytes32[] path;
        bytes32 root;
    }

    struct Consistency {
        uint64 oldSize;
        uint64 newSize;
        bytes32 oldRoot;
        bytes32 newRoot;
        bytes32[] proof;
    }

    struct Key {
        uint32 institution;
        uint16 kind;
        bytes32 record;
        uint64 notBefore;
        uint32 ordinal;
    }

    struct Use {
        uint16 kind;
        uint32 spender;
        uint32 payer;
        IClaimRegister.ClaimUse[] claims;
        IClaimRegister.PackUse[] packs;
    }

    struct Digest {
        bytes32 into;
        bytes32 useHash;
        uint32 spender;
        uint64 time;
    }

    struct Authorship {
        uint32 institution;
        IClaimRegister.Entry entry;
        uint64 signedAt;
    }

    struct Moments {
        uint64 signedAt;
        uint64 anchoredAt;
        uint32 window;
    }

    function inclusions(Inclusion[] calldata cases) external view returns (bool[] memory verdicts) {
        verdicts = new bool[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i) {
            Inclusion calldata c = cases[i];
            verdicts[i] = MerkleProof9162.isIncluded(c.leaf, c.index, c.size, c.path, c.root);
        }
    }

    function consistencies(Consistency[] calldata cases) external view returns (bool[] memory verdicts) {
        verdicts = new bool[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i) {
            Consistency calldata c = cases[i];
            verdicts[i] = MerkleProof9162.isConsistent(c.oldSize, c.newSize, c.oldRoot, c.newRoot, c.proof);
        }
    }

    function entries(IClaimRegister.Entry[] calldata cases)
        external
        pure
        returns (bytes[] memory encoded, bytes32[] memory leaves)
    {
        encoded = new bytes[](cases.length);
        leaves = new bytes32[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i) {
            encoded[i] = EntryCodec.encode(cases[i]);
            leaves[i] = EntryCodec.leafHash(cases[i]);
        }
    }

    function claimKeys(Key[] calldata cases) external pure returns (bytes32[] memory keys) {
        keys = new bytes32[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i) {
            Key calldata c = cases[i];
            keys[i] = EntryCodec.claimKey(c.institution, c.kind, c.record, c.notBefore, c.ordinal);
        }
    }

    function holdersHashes(address[][] calldata cases) external pure returns (bytes32[] memory hashes) {
        hashes = new bytes32[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i) {
            hashes[i] = EntryCodec.holdersHash(cases[i]);
        }
    }

    function useHashes(Use[] calldata cases) external pure returns (bytes32[] memory hashes) {
        hashes = new bytes32[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i) {
            Use calldata c = cases[i];
            hashes[i] = UseHash.hash(c.kind, c.spender, c.payer, c.claims, c.packs);
        }
    }

    function useDigests(Digest[] calldata cases) external pure returns (uint256[] memory digests) {
        digests = new uint256[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i) {
            digests[i] = ClaimWords.useDigest(cases[i].into, cases[i].useHash, cases[i].spender, cases[i].time);
        }
    }

    /// @notice Who signed each authorship, in the domain of a chain and a register; zero for a signature that is refused.
    function authors(uint256 chainId, address register, Authorship[] calldata cases, bytes[] calldata signatures)
        external
        pure
        returns (address[] memory signers)
    {
        bytes32 separator = SignedStatements.domainSeparator(chainId, register);
        signers = new address[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i) {
            Authorship calldata c = cases[i];
            bytes32 structHash = SignedStatements.authorshipHash(c.institution, c.entry, c.signedAt);
            signers[i] = SignedStatements.signerOf(SignedStatements.digest(separator, structHash), signatures[i]);
        }
    }

    /// @notice As {authors}, of presentations.
    function presenters(
        uint256 chainId,
        address register,
        SignedStatements.Presentation[] calldata cases,
        bytes[] calldata signatures
    ) external pure returns (address[] memory signers) {
        bytes32 separator = SignedStatements.domainSeparator(chainId, register);
        signers = new address[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i) {
            bytes32 digest = SignedStatements.digest(separator, SignedStatements.presentationHash(cases[i]));
            signers[i] = SignedStatements.signerOf(digest, signatures[i]);
        }
    }

    /// @notice The commitments of records, from the data of all leaves of their field trees (docs/protocol.md, section 2).
    function commitments(bytes[][] calldata cases) external view returns (bytes32[] memory found) {
        found = new bytes32[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i) {
            bytes32[] memory leaves = new bytes32[](cases[i].length);
            for (uint256 j = 0; j < leaves.length; ++j) {
                leaves[j] = MerkleProof9162.leafHash(cases[i][j]);
            }
            bytes32 root = _root(leaves, 0, leaves.length);
            found[i] =
                sha256(abi.encodePacked("RxLedger commitment v1", bytes1(0x00), uint32(leaves.length), root));
        }
    }

    /// @notice 0 in time, 1 late, 2 from the future.
    function timings(Moments[] calldata cases) external pure returns (uint8[] memory verdicts) {
        verdicts = new uint8[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i) {
            Moments calldata c = cases[i];
            if (BoundedTime.isFromTheFuture(c.signedAt, c.anchoredAt)) verdicts[i] = 2;
            else if (!BoundedTime.isInTime(c.signedAt, c.anchoredAt, c.window)) verdicts[i] = 1;
        }
    }

    /// @dev The tree hash as RFC 9162 2.1.1 defines it, by recursion: another way than the proofs' loops.
    function _root(bytes32[] memory leaves, uint256 start, uint256 end) private view returns (bytes32) {
        if (end - start == 1) return leaves[start];
        uint256 split = 1;
        while (split << 1 < end - start) split <<= 1;
        return MerkleProof9162.nodeHash(_root(leaves, start, start + split), _root(leaves, start + split, end));
    }
}
