// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title The words that claims and packs are kept in (docs/protocol.md, 4.3)
library ClaimWords {
    uint256 internal constant UNUSED = 0;
    uint256 internal constant DISPENSED = 1;
    uint256 internal constant SETTLED = 2;
    uint256 internal constant VOID = 3;

    uint32 internal constant MAX_RESTORES = 16_383;
    uint256 private constant DIGEST_MASK = (1 << 240) - 1;

    function build(uint256 status, uint32 restoreCount, uint256 digest) internal pure returns (uint256) {
        return status << 254 | uint256(restoreCount) << 240 | digest;
    }

    function statusOf(uint256 word) internal pure returns (uint256) {
        return word >> 254;
    }

    function restoreCountOf(uint256 word) internal pure returns (uint32) {
        return uint32(word >> 240 & MAX_RESTORES);
    }

    function digestOf(uint256 word) internal pure returns (uint256) {
        return word & DIGEST_MASK;
    }

    /// @notice What a use leaves in the words of its claims.
    function useDigest(bytes32 into, bytes32 useHash, uint32 spender, uint64 time) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(into, useHash, spender, time))) & DIGEST_MASK;
    }
}

/// @title The word of a pack: totalUnits | used << 32 | returned << 64
library PackWords {
    function build(uint32 total, uint32 used, uint32 returned) internal pure returns (uint256) {
        return uint256(total) | uint256(used) << 32 | uint256(returned) << 64;
    }

    function parse(uint256 word) internal pure returns (uint32 total, uint32 used, uint32 returned) {
        return (uint32(word), uint32(word >> 32), uint32(word >> 64));
    }
}
