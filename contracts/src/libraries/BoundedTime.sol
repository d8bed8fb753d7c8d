// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ILedgerDirectory} from "../interfaces/ILedgerDirectory.sol";
import {Kinds} from "./Kinds.sol";

/// @title Bounded time (docs/protocol.md, 7.1)
/// @notice Bounds are inclusive. Sums are made in 256 bits, where 64-bit times can't overflow.
library BoundedTime {
    function isFromTheFuture(uint64 signedAt, uint64 anchoredAt) internal pure returns (bool) {
        return signedAt > uint256(anchoredAt) + Kinds.SKEW;
    }

    /// @notice Whether something that began at `start` was anchored within `window` of it.
    function isInTime(uint64 start, uint64 anchoredAt, uint32 window) internal pure returns (bool) {
        return anchoredAt <= uint256(start) + window;
    }

    /// @notice Whether the outage numbered `excuse - 1` of this institution, or of all, excuses its lateness.
    function isExcused(
        ILedgerDirectory directory,
        uint256 excuse,
        uint32 institution,
        uint64 start,
        uint64 anchoredAt,
        uint32 window
    ) internal view returns (bool) {
        if (excuse == 0) return false;
        ILedgerDirectory.Outage memory outage = directory.outageAt(excuse - 1);
        if (outage.institution != 0 && outage.institution != institution) return false;
        return outage.from <= uint256(start) + window && anchoredAt <= uint256(outage.until) + window;
    }
}
