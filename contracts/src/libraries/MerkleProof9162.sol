// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title Merkle proofs of RFC 9162, with SHA-256
/// @notice Sections 2.1.1 (hashes), 2.1.3.2 (inclusion) and 2.1.4.2 (consistency). The variable names are the RFC's.
library MerkleProof9162 {
    /// @dev A tree of 2^64 leaves is 64 levels high; a consistency proof has one node more at most.
    uint256 internal constant MAX_NODES = 64;

    function leafHash(bytes memory leafData) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(bytes1(0x00), leafData));
    }

    /// @dev Twenty of these are made for each entry that is proven. In Solidity each would copy its 65 bytes twice, to new
    /// memory every time. The call fails only for want of gas, and then without a reason: see ClaimRegister.
    function nodeHash(bytes32 left, bytes32 right) internal view returns (bytes32 hash) {
        assembly ("memory-safe") {
            let input := mload(0x40)
            mstore8(input, 0x01)
            mstore(add(input, 1), left)
            mstore(add(input, 33), right)
            if iszero(staticcall(gas(), 2, input, 65, 0, 32)) { revert(0, 0) }
            hash := mload(0)
        }
    }

    /// @notice Whether `hash` is leaf `index` of the tree of `size` leaves with that root.
    function isIncluded(bytes32 hash, uint64 index, uint64 size, bytes32[] calldata path, bytes32 root)
        internal
        view
        returns (bool)
    {
        if (index >= size || path.length > MAX_NODES) return false;
        (uint64 fn, uint64 sn) = (index, size - 1);
        bytes32 r = hash;
        for (uint256 i = 0; i < path.length; ++i) {
            if (sn == 0) return false;
            if (_isRight(fn, sn)) {
                r = nodeHash(path[i], r);
                (fn, sn) = _skipLevels(fn, sn);
            } else {
                r = nodeHash(r, path[i]);
            }
            (fn, sn) = (fn >> 1, sn >> 1);
        }
        return sn == 0 && r == root;
    }

    /// @notice Whether the tree (newSize, newRoot) begins with all leaves of the tree (oldSize, oldRoot), in order.
    /// Equal sizes need equal roots and an empty proof. A tree of size 0 proves nothing: false.
    function isConsistent(
        uint64 oldSize,
        uint64 newSize,
        bytes32 oldRoot,
        bytes32 newRoot,
        bytes32[] calldata proof
    ) internal view returns (bool) {
        if (oldSize == 0 || oldSize > newSize || proof.length > MAX_NODES) return false;
        if (oldSize == newSize) return proof.length == 0 && oldRoot == newRoot;
        bool oldIsComplete = oldSize & (oldSize - 1) == 0;
        if (proof.length == 0) return false;
        (uint64 fn, uint64 sn) = (oldSize - 1, newSize - 1);
        while (fn & 1 == 1) (fn, sn) = (fn >> 1, sn >> 1);
        return _foldsToBoth(proof, oldIsComplete, fn, sn, oldRoot, newRoot);
    }

    /// @dev RFC 9162 2.1.4.2, steps 5 to 7. Where the old tree is complete, its root is the first node and isn't in the proof.
    function _foldsToBoth(
        bytes32[] calldata proof,
        bool oldIsComplete,
        uint64 fn,
        uint64 sn,
        bytes32 oldRoot,
        bytes32 newRoot
    ) private view returns (bool) {
        bytes32 fr = oldIsComplete ? oldRoot : proof[0];
        bytes32 sr = fr;
        for (uint256 i = oldIsComplete ? 0 : 1; i < proof.length; ++i) {
            if (sn == 0) return false;
            if (_isRight(fn, sn)) {
                fr = nodeHash(proof[i], fr);
                sr = nodeHash(proof[i], sr);
                (fn, sn) = _skipLevels(fn, sn);
            } else {
                sr = nodeHash(sr, proof[i]);
            }
            (fn, sn) = (fn >> 1, sn >> 1);
        }
        return sn == 0 && fr == oldRoot && sr == newRoot;
    }

    /// @dev Whether the node at `fn` of a level that ends at `sn` has its sibling on the left.
    function _isRight(uint64 fn, uint64 sn) private pure returns (bool) {
        return fn & 1 == 1 || fn == sn;
    }

    /// @dev The last node of a level without a sibling rises unchanged until it has one.
    function _skipLevels(uint64 fn, uint64 sn) private pure returns (uint64, uint64) {
        while (fn & 1 == 0 && fn != 0) (fn, sn) = (fn >> 1, sn >> 1);
        return (fn, sn);
    }
}
