// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {AgreementHarness} from "./harness/AgreementHarness.sol";
import {TestCase} from "./support/TestCase.sol";
import {Trees} from "./support/Trees.sol";

contract MerkleProof9162Test is TestCase {
    uint256 internal constant LARGEST = 70;
    AgreementHarness internal harness;

    function setUp() public {
        harness = new AgreementHarness();
    }

    function test_everyInclusionProofOfSmallTreesHolds() public view {
        for (uint256 size = 1; size <= 17; ++size) {
            bytes32[] memory leaves = _leaves(size, 0);
            bytes32 root = Trees.root(leaves, size);
            for (uint256 index = 0; index < size; ++index) {
                assertTrue(_included(leaves[index], index, size, Trees.inclusion(leaves, size, index), root), "holds");
            }
        }
    }

    function test_everyConsistencyProofOfSmallTreesHolds() public view {
        bytes32[] memory leaves = _leaves(17, 0);
        for (uint256 newSize = 1; newSize <= 17; ++newSize) {
            for (uint256 oldSize = 1; oldSize <= newSize; ++oldSize) {
                bytes32[] memory proof = Trees.consistency(leaves, oldSize, newSize);
                assertTrue(_consistent(leaves, oldSize, newSize, proof), "holds");
            }
        }
    }

    function test_treesOfSizeZeroProveNothing() public view {
        bytes32[] memory none = new bytes32[](0);
        assertTrue(!_included(0, 0, 0, none, 0), "nothing is in an empty tree");
        AgreementHarness.Consistency[] memory cases = new AgreementHarness.Consistency[](1);
        cases[0] = AgreementHarness.Consistency(0, 5, 0, bytes32(uint256(1)), none);
        assertTrue(!harness.consistencies(cases)[0], "an empty tree isn't a beginning that can be proven");
    }

    function testFuzz_inclusion_breaksWithAnyNode(uint256 seed, uint256 size, uint256 index, uint256 node) public view {
        size = between(size, 2, LARGEST);
        index = between(index, 0, size - 1);
        bytes32[] memory leaves = _leaves(size, seed);
        bytes32 root = Trees.root(leaves, size);
        bytes32[] memory path = Trees.inclusion(leaves, size, index);
        assertTrue(_included(leaves[index], index, size, path, root), "the true proof holds");
        path[between(node, 0, path.length - 1)] ^= bytes32(uint256(1));
        assertTrue(!_included(leaves[index], index, size, path, root), "a changed one doesn't");
    }

    function testFuzz_inclusion_bindsTheIndex(uint256 seed, uint256 size, uint256 index, uint256 other) public view {
        size = between(size, 2, LARGEST);
        index = between(index, 0, size - 1);
        other = between(other, 0, size - 1);
        vm.assume(other != index);
        bytes32[] memory leaves = _leaves(size, seed);
        bytes32[] memory path = Trees.inclusion(leaves, size, index);
        assertTrue(!_included(leaves[index], other, size, path, Trees.root(leaves, size)), "another place");
    }

    function testFuzz_consistency_breaksWithAnyNode(uint256 seed, uint256 oldSize, uint256 newSize, uint256 node)
        public
        view
    {
        newSize = between(newSize, 2, LARGEST);
        oldSize = between(oldSize, 1, newSize - 1);
        bytes32[] memory leaves = _leaves(newSize, seed);
        bytes32[] memory proof = Trees.consistency(leaves, oldSize, newSize);
        assertTrue(_consistent(leaves, oldSize, newSize, proof), "the true proof holds");
        proof[between(node, 0, proof.length - 1)] ^= bytes32(uint256(1));
        assertTrue(!_consistent(leaves, oldSize, newSize, proof), "a changed one doesn't");
    }

    function _included(bytes32 leaf, uint256 index, uint256 size, bytes32[] memory path, bytes32 root)
        private
        view
        returns (bool)
    {
        AgreementHarness.Inclusion[] memory cases = new AgreementHarness.Inclusion[](1);
        cases[0] = AgreementHarness.Inclusion(leaf, uint64(index), uint64(size), path, root);
        return harness.inclusions(cases)[0];
    }

    function _consistent(bytes32[] memory leaves, uint256 oldSize, uint256 newSize, bytes32[] memory proof)
        private
        view
        returns (bool)
    {
        AgreementHarness.Consistency[] memory cases = new AgreementHarness.Consistency[](1);
        cases[0] = AgreementHarness.Consistency(
            uint64(oldSize), uint64(newSize), Trees.root(leaves, oldSize), Trees.root(leaves, newSize), proof
        );
        return harness.consistencies(cases)[0];
    }

    function _leaves(uint256 size, uint256 seed) private pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](size);
        for (uint256 i = 0; i < size; ++i) {
            leaves[i] = keccak256(abi.encode(seed, i));
        }
    }
}
