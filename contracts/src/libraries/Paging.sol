// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title Bounds of a page of a list
library Paging {
    /// @notice How many of `total` things a page holds that starts at `offset` and is at most `limit` long.
    function count(uint256 total, uint256 offset, uint256 limit) internal pure returns (uint256) {
        if (offset >= total) return 0;
        uint256 rest = total - offset;
        return limit < rest ? limit : rest;
    }
}
