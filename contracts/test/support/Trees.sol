// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {MerkleProof9162} from "../../src/libraries/MerkleProof9162.sol";

/// @title Trees and proofs by their definitions (RFC 9162 2.1.1, 2.1.3.1, 2.1.4.1): recursion, where the contracts loop
library Trees {
    function root(bytes32[] memory leaves, uint256 size) internal view returns (bytes32) {
        return _root(leaves, 0, size);
    }

    function inclusion(bytes32[] memory leaves, uint256 size, uint256 index)
        internal
        view
        returns (bytes32[] memory path)
    {
        bytes32[] memory nodes = new bytes32[](64);
        uint256 count = _path(leaves, 0, size, index, nodes);
        return _cut(nodes, count);
    }

    function consistency(bytes32[] memory leaves, uint256 oldSize, uint256 newSize)
        internal
        view
        returns (bytes32[] memory proof)
    {
        if (oldSize == 0 || oldSize == newSize) return new bytes32[](0);
        bytes32[] memory nodes = new bytes32[](64);
        uint256 count = _subproof(leaves, 0, newSize, oldSize, true, nodes);
        return _cut(nodes, count);
    }

    function _root(bytes32[] memory leaves, uint256 start, uint256 end) private view returns (bytes32) {
        if (end - start == 1) return leaves[start];
        uint256 middle = start + _split(end - start);
        return MerkleProof9162.nodeHash(_root(leaves, start, middle), _root(leaves, middle, end));
    }

    function _path(bytes32[] memory leaves, uint256 start, uint256 end, uint256 index, bytes32[] memory nodes)
        private
        view
        returns (uint256 count)
    {
        if (end - start == 1) return 0;
        uint256 middle = start + _split(end - start);
        if (index < middle) {
            count = _path(leaves, start, middle, index, nodes);
            nodes[count] = _root(leaves, middle, end);
        } else {
            count = _path(leaves, middle, end, index, nodes);
            nodes[count] = _root(leaves, start, middle);
        }
        return count + 1;
    }

    function _subproof(
        bytes32[] memory leaves,
        uint256 start,
        uint256 end,
        uint256 oldEnd,
        bool whole,
        bytes32[] memory nodes
    ) private view returns (uint256 count) {
        if (oldEnd == end) {
            if (whole) return 0;
            nodes[0] = _root(leaves, start, end);
            return 1;
        }
        uint256 middle = start + _split(end - start);
        if (oldEnd <= middle) {
            count = _subproof(leaves, start, middle, oldEnd, whole, nodes);
            nodes[count] = _root(leaves, middle, end);
        } else {
            count = _subproof(leaves, middle, end, oldEnd, false, nodes);
            nodes[count] = _root(leaves, start, middle);
        }
        return count + 1;
    }

    function _split(uint256 size) private pure returns (uint256 split) {
        split = 1;
        while (split << 1 < size) split <<= 1;
    }

    function _cut(bytes32[] memory nodes, uint256 count) private pure returns (bytes32[] memory cut) {
        cut = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            cut[i] = nodes[i];
        }
    }
}
