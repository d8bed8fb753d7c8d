// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @dev The id of one institution's log: `institution << 32 | generation`, generation from 1.
type LogId is uint64;

using LogIds for LogId global;

/// @title Log ids
library LogIds {
    function build(uint32 institution_, uint32 generation_) internal pure returns (LogId) {
        return LogId.wrap(uint64(institution_) << 32 | generation_);
    }

    function institution(LogId log) internal pure returns (uint32) {
        return uint32(LogId.unwrap(log) >> 32);
    }

    function generation(LogId log) internal pure returns (uint32) {
        return uint32(LogId.unwrap(log));
    }
}
