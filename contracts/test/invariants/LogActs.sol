// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {LogId} from "../../src/libraries/LogIds.sol";
import {Trees} from "../support/Trees.sol";
import {LaterActs} from "./LaterActs.sol";
import {Why} from "./Town.sol";

/// @title Closing logs, forking them, and waiting
contract LogActs is LaterActs {
    uint32 internal constant MOST_GENERATIONS = 4;

    constructor() {
        foundTown();
    }

    function pass(uint256 seed) external {
        vm.warp(block.timestamp + [uint256(1), 60, 1800, 3600, 3601, 6 hours, 1 days, 4 days, 11 days][draw(seed, "time", 9)]);
    }

    /// @dev The authority closes a log at its last checkpoint, or at the one before: then the last one's entries are barred.
    function closeLog(uint256 seed) external {
        if (draw(seed, "whether", 3) != 0) return;
        uint32 institution = [HOSPITAL, HOSPITAL_B, PHARMACY, PHARMACY_B][draw(seed, "whose", 4)];
        LogId id = logOf(institution);
        uint256 count = _checkpointBooks[id].length;
        if (count == 0 || id.generation() >= MOST_GENERATIONS) return;
        uint256 which = count > 1 && draw(seed, "cut", 2) == 0 ? count - 2 : count - 1;
        CheckpointBook memory last = _checkpointBooks[id][which];
        LogId next = log.closeLog(id, last.size, "reason");
        _closedAt[id] = last.size;
        logs.push(next);
        for (uint256 i = 0; i < last.size; ++i) {
            leaves[next].push(leaves[id][i]);
        }
        anchored[next] = last.size;
        _checkpointBooks[next].push(CheckpointBook(last.size, last.size, uint64(block.timestamp), last.root));
    }

    /// @dev Anchoring what doesn't continue a log, or not one's own, or what was closed.
    function forgeCheckpoint(uint256 seed) external {
        LogId id = logs[draw(seed, "log", logs.length)];
        uint256 count = _checkpointBooks[id].length;
        if (count == 0) return;
        uint64 head = _checkpointBooks[id][count - 1].size;
        uint256 way = draw(seed, "way", 6);
        (uint64 size, bytes32 root, bytes32[] memory proof) = (head + 1, bytes32(0), new bytes32[](0));
        address sender = accountOf(id.institution());
        Why why = _closedAt[id] == 0 ? Why.Fork : Why.Closed;
        bytes32[] memory forged = _forged(id, head, way == 4 ? bytes32(0) : bytes32("forged"));
        root = Trees.root(forged, head + 1);
        if (way == 0) proof = Trees.consistency(forged, head, head + 1);
        if (way == 1) root = keccak256("no tree at all");
        if (way == 2) (size, root) = (head, Trees.root(forged, head));
        if (way == 3) (size, root) = (0, bytes32(0));
        if (way == 4) {
            // A true continuation. For an open log it is another institution that sends it.
            proof = Trees.consistency(forged, head, head + 1);
            if (_closedAt[id] == 0) sender = accountOf(id.institution() == HOSPITAL ? PHARMACY : HOSPITAL);
        }
        if (way == 5) {
            if (head == 1 || _isRecorded(id, head - 1)) return;
            (size, root) = (head - 1, Trees.root(leaves[id], head - 1));
        }
        vm.prank(sender);
        try log.anchor(id, size, root, proof) {
            judge(why, true);
        } catch {
            judge(why, false);
        }
    }

    /// @dev A log's leaves with its first one changed (or not), and one more.
    function _forged(LogId id, uint64 size, bytes32 first) private view returns (bytes32[] memory forged) {
        forged = new bytes32[](size + 1);
        for (uint256 i = 0; i < size; ++i) {
            forged[i] = leaves[id][i];
        }
        if (first != 0) forged[0] = first;
        forged[size] = keccak256("one more");
    }

    function _isRecorded(LogId id, uint64 size) private view returns (bool) {
        for (uint256 i = 0; i < _checkpointBooks[id].length; ++i) {
            if (_checkpointBooks[id][i].size == size) return true;
        }
        return false;
    }
}
