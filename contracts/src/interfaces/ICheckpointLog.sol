// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {LogId} from "../libraries/LogIds.sol";

/// @title Checkpoints: what each institution's log held, and since when
/// @notice A checkpoint is recorded only with a proof that it continues the one before (RFC 9162, 2.1.4): what is anchored
/// stays. A log's id is `institution << 32 | generation`.
interface ICheckpointLog {
    /// @notice One recorded state of a log. An entry at `index` is proven against the checkpoint with
    /// `previousSize <= index < size`; `anchoredAt` is then the entry's anchoring time.
    struct Checkpoint {
        bytes32 root;
        uint64 previousSize;
        uint64 size;
        uint64 anchoredAt;
    }

    /// @notice The end of a log: its last valid size, when it was closed, and the log that continues it.
    struct Closing {
        uint64 size;
        uint64 closedAt;
        LogId successor;
    }

    event CheckpointAnchored(
        LogId indexed log, uint64 indexed size, bytes32 root, uint64 previousSize, uint64 anchoredAt
    );
    event LogClosed(LogId indexed log, LogId indexed successor, uint64 size, uint64 closedAt, uint256 outage);

    error CheckpointLogNotAccount(address sender, LogId log);
    error CheckpointLogNotAuthority(address sender);
    error CheckpointLogDirectoryInvalid(address directory);
    error CheckpointLogUnknown(LogId log);
    error CheckpointLogSizeZero(LogId log);
    error CheckpointLogRootMismatch(LogId log, uint64 size, bytes32 recorded, bytes32 offered);
    error CheckpointLogSizeUnknown(LogId log, uint64 size, uint64 head);
    error CheckpointLogClosed(LogId log, uint64 size);
    error CheckpointLogProofInvalid(LogId log, uint64 head, uint64 size);
    error CheckpointLogProofUnexpected(LogId log, uint256 nodes);
    error CheckpointLogNotRecorded(LogId log, uint64 size);
    error CheckpointLogBarred(LogId log, uint64 size);

    /// @notice Records that `log` has `newSize` entries under `newRoot`; by the present account of its active institution.
    /// What is recorded already with that root is no error and changes nothing.
    /// @param consistencyProof from the head to the new root; empty for the first checkpoint of a log
    function anchor(LogId log, uint64 newSize, bytes32 newRoot, bytes32[] calldata consistencyProof) external;

    /// @notice Closes a log at one of its checkpoints and opens its successor there; by the authority. Later checkpoints of it
    /// are barred. The time since that checkpoint is recorded as an outage of the institution, with the reason.
    function closeLog(LogId log, uint64 size, bytes32 reason) external returns (LogId successor);

    function directory() external view returns (address);

    /// @notice The version of the storage layout on which storage proofs depend.
    function STORAGE_VERSION() external view returns (uint256);

    /// @notice The checkpoint of a log at a size; all zero if none is recorded.
    function checkpoint(LogId log, uint64 size) external view returns (Checkpoint memory);

    /// @notice The latest checkpoint of a log; all zero if there is none.
    function head(LogId log) external view returns (Checkpoint memory);

    /// @notice The checkpoint at a size, if entries may be proven by it: reverts if it isn't recorded, or barred.
    function provable(LogId log, uint64 size) external view returns (Checkpoint memory);

    /// @notice Whether a checkpoint of that size is cut off by the closing of the log.
    function isBarred(LogId log, uint64 size) external view returns (bool);

    /// @notice The log in which an institution's records go now.
    function currentLog(uint32 institution) external view returns (LogId);

    /// @notice The end of a log; all zero while it is open.
    function closing(LogId log) external view returns (Closing memory);

    /// @notice The log that continues a closed one; 0 while it is open.
    function successor(LogId log) external view returns (LogId);
}
