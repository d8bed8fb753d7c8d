// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ICheckpointLog} from "./interfaces/ICheckpointLog.sol";
import {ILedgerDirectory} from "./interfaces/ILedgerDirectory.sol";
import {LogId, LogIds} from "./libraries/LogIds.sol";
import {MerkleProof9162} from "./libraries/MerkleProof9162.sol";

/// @title Checkpoints: what each institution's log held, and since when
/// @notice What it does and remembers is described in {ICheckpointLog}.
contract CheckpointLog is ICheckpointLog {
    /// @inheritdoc ICheckpointLog
    uint256 public constant STORAGE_VERSION = 1;

    /// @dev Slot 0, and fixed: storage proofs depend on it (docs/protocol.md, 4.4).
    mapping(LogId log => mapping(uint64 size => Checkpoint)) private _checkpoints;
    mapping(LogId log => uint64) private _headSizes;
    mapping(LogId log => Closing) private _closings;
    mapping(uint32 institution => uint32) private _latestGenerations;

    ILedgerDirectory private immutable _directory;

    constructor(ILedgerDirectory directory_) {
        if (address(directory_).code.length == 0) revert CheckpointLogDirectoryInvalid(address(directory_));
        _directory = directory_;
    }

    /// @inheritdoc ICheckpointLog
    function anchor(LogId log, uint64 newSize, bytes32 newRoot, bytes32[] calldata consistencyProof) external {
        _requireAccount(log);
        if (newSize == 0) revert CheckpointLogSizeZero(log);
        Checkpoint storage recorded = _checkpoints[log][newSize];
        if (recorded.size != 0) {
            if (recorded.root != newRoot) revert CheckpointLogRootMismatch(log, newSize, recorded.root, newRoot);
            return;
        }
        _requireOpen(log, newSize);
        uint64 headSize = _headSizes[log];
        if (newSize < headSize) revert CheckpointLogSizeUnknown(log, newSize, headSize);
        _requireContinues(log, headSize, newSize, newRoot, consistencyProof);
        _record(log, headSize, newSize, newRoot);
    }

    /// @inheritdoc ICheckpointLog
    function closeLog(LogId log, uint64 size, bytes32 reason) external returns (LogId next) {
        if (msg.sender != _directory.authority()) revert CheckpointLogNotAuthority(msg.sender);
        _requireOpen(log, size);
        Checkpoint memory last = _checkpoints[log][size];
        if (last.size == 0) revert CheckpointLogNotRecorded(log, size);
        uint32 institution = log.institution();
        uint32 generation = log.generation() + 1;
        next = LogIds.build(institution, generation);
        uint64 closedAt = uint64(block.timestamp);
        _closings[log] = Closing(size, closedAt, next);
        _latestGenerations[institution] = generation;
        uint256 outage = _directory.recordOutage(institution, last.anchoredAt, closedAt, reason);
        emit LogClosed(log, next, size, closedAt, outage);
        _record(next, size, size, last.root);
    }

    /// @inheritdoc ICheckpointLog
    function directory() external view returns (address) {
        return address(_directory);
    }

    /// @inheritdoc ICheckpointLog
    function checkpoint(LogId log, uint64 size) external view returns (Checkpoint memory) {
        return _checkpoints[log][size];
    }

    /// @inheritdoc ICheckpointLog
    function head(LogId log) external view returns (Checkpoint memory) {
        return _checkpoints[log][_headSizes[log]];
    }

    /// @inheritdoc ICheckpointLog
    function provable(LogId log, uint64 size) external view returns (Checkpoint memory found) {
        found = _checkpoints[log][size];
        if (found.size == 0) revert CheckpointLogNotRecorded(log, size);
        if (isBarred(log, size)) revert CheckpointLogBarred(log, size);
    }

    /// @inheritdoc ICheckpointLog
    function isBarred(LogId log, uint64 size) public view returns (bool) {
        Closing storage end = _closings[log];
        return end.closedAt != 0 && size > end.size;
    }

    /// @inheritdoc ICheckpointLog
    function currentLog(uint32 institution) public view returns (LogId) {
        uint32 generation = _latestGenerations[institution];
        return LogIds.build(institution, generation == 0 ? 1 : generation);
    }

    /// @inheritdoc ICheckpointLog
    function closing(LogId log) external view returns (Closing memory) {
        return _closings[log];
    }

    /// @inheritdoc ICheckpointLog
    function successor(LogId log) external view returns (LogId) {
        return _closings[log].successor;
    }

    function _requireAccount(LogId log) private view {
        (uint32 acting,) = _directory.institutionActing(msg.sender);
        if (acting == 0 || acting != log.institution()) revert CheckpointLogNotAccount(msg.sender, log);
    }

    function _requireOpen(LogId log, uint64 size) private view {
        if (_closings[log].closedAt != 0) revert CheckpointLogClosed(log, size);
        if (LogId.unwrap(log) != LogId.unwrap(currentLog(log.institution()))) revert CheckpointLogUnknown(log);
    }

    function _requireContinues(
        LogId log,
        uint64 headSize,
        uint64 newSize,
        bytes32 newRoot,
        bytes32[] calldata consistencyProof
    ) private view {
        if (headSize == 0) {
            if (consistencyProof.length != 0) revert CheckpointLogProofUnexpected(log, consistencyProof.length);
            return;
        }
        bytes32 headRoot = _checkpoints[log][headSize].root;
        if (!MerkleProof9162.isConsistent(headSize, newSize, headRoot, newRoot, consistencyProof)) {
            revert CheckpointLogProofInvalid(log, headSize, newSize);
        }
    }

    function _record(LogId log, uint64 previousSize, uint64 size, bytes32 root) private {
        uint64 anchoredAt = uint64(block.timestamp);
        _checkpoints[log][size] = Checkpoint(root, previousSize, size, anchoredAt);
        _headSizes[log] = size;
        emit CheckpointAnchored(log, size, root, previousSize, anchoredAt);
    }
}
