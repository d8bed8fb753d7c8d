// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ILedgerAuthority} from "./interfaces/ILedgerAuthority.sol";

/// @title The authority: several parties who act only together
/// @notice What it does and remembers is described in {ILedgerAuthority}.
contract LedgerAuthority is ILedgerAuthority {
    /// @inheritdoc ILedgerAuthority
    uint64 public constant LIFETIME = 30 days;

    /// @inheritdoc ILedgerAuthority
    uint16 public threshold;
    /// @inheritdoc ILedgerAuthority
    uint32 public epoch;
    address[] private _members;
    mapping(uint32 epoch => mapping(address account => bool)) private _isMember;
    Proposal[] private _proposals;
    mapping(uint256 proposal => mapping(address member => bool)) private _approved;

    modifier onlyMember() {
        if (!isMember(msg.sender)) revert LedgerAuthorityNotMember(msg.sender);
        _;
    }

    constructor(address[] memory members_, uint16 threshold_) {
        _changeMembers(members_, threshold_);
    }

    /// @inheritdoc ILedgerAuthority
    function propose(address target, bytes calldata callData, uint64 expiresAt)
        external
        onlyMember
        returns (uint256 proposal)
    {
        if (target.code.length == 0) revert LedgerAuthorityTargetInvalid(target);
        uint64 latest = uint64(block.timestamp) + LIFETIME;
        uint64 until = expiresAt == 0 ? latest : expiresAt;
        if (until < block.timestamp || until > latest) revert LedgerAuthorityExpiryInvalid(expiresAt);
        proposal = _proposals.length;
        _proposals.push(Proposal(target, until, epoch, 0, false, false, msg.sender, callData));
        emit Proposed(proposal, msg.sender, target, callData, until);
        _approve(proposal);
    }

    /// @inheritdoc ILedgerAuthority
    function approve(uint256 proposal) external onlyMember {
        _requireOpen(proposal);
        _approve(proposal);
    }

    /// @inheritdoc ILedgerAuthority
    function withdrawApproval(uint256 proposal) external onlyMember {
        Proposal storage open = _requireOpen(proposal);
        if (!_approved[proposal][msg.sender]) revert LedgerAuthorityNotApproved(proposal, msg.sender);
        _approved[proposal][msg.sender] = false;
        open.approvals -= 1;
        emit ApprovalWithdrawn(proposal, msg.sender, open.approvals);
    }

    /// @inheritdoc ILedgerAuthority
    function cancel(uint256 proposal) external onlyMember {
        Proposal storage open = _requireOpen(proposal);
        if (open.proposer != msg.sender) revert LedgerAuthorityNotProposer(proposal, msg.sender);
        open.cancelled = true;
        emit Cancelled(proposal, msg.sender);
    }

    /// @inheritdoc ILedgerAuthority
    function changeMembers(address[] calldata members_, uint16 threshold_) external {
        if (msg.sender != address(this)) revert LedgerAuthorityNotSelf(msg.sender);
        _changeMembers(members_, threshold_);
    }

    /// @inheritdoc ILedgerAuthority
    function members() external view returns (address[] memory) {
        return _members;
    }

    /// @inheritdoc ILedgerAuthority
    function isMember(address account) public view returns (bool) {
        return _isMember[epoch][account];
    }

    /// @inheritdoc ILedgerAuthority
    function proposalCount() external view returns (uint256) {
        return _proposals.length;
    }

    /// @inheritdoc ILedgerAuthority
    function proposalAt(uint256 proposal) external view returns (Proposal memory) {
        if (proposal >= _proposals.length) revert LedgerAuthorityProposalUnknown(proposal);
        return _proposals[proposal];
    }

    /// @inheritdoc ILedgerAuthority
    function hasApproved(uint256 proposal, address member) external view returns (bool) {
        return _approved[proposal][member];
    }

    function _requireOpen(uint256 proposal) private view returns (Proposal storage open) {
        if (proposal >= _proposals.length) revert LedgerAuthorityProposalUnknown(proposal);
        open = _proposals[proposal];
        if (open.executed || open.cancelled || open.epoch != epoch) revert LedgerAuthorityProposalClosed(proposal);
        if (block.timestamp > open.expiresAt) revert LedgerAuthorityProposalExpired(proposal, open.expiresAt);
    }

    function _approve(uint256 proposal) private {
        if (_approved[proposal][msg.sender]) revert LedgerAuthorityApprovedAlready(proposal, msg.sender);
        _approved[proposal][msg.sender] = true;
        Proposal storage open = _proposals[proposal];
        open.approvals += 1;
        emit Approved(proposal, msg.sender, open.approvals);
        if (open.approvals >= threshold) _execute(proposal, open);
    }

    /// @dev Marked as made before the call, so that nothing called from there can make it again.
    function _execute(uint256 proposal, Proposal storage open) private {
        open.executed = true;
        address target = open.target;
        (bool ok, bytes memory result) = target.call(open.callData);
        if (!ok) _bubble(result);
        emit Executed(proposal, target, result);
    }

    /// @dev The target's own error says best what was wrong; handing it on needs its bytes as they are.
    function _bubble(bytes memory reason) private pure {
        assembly ("memory-safe") {
            revert(add(reason, 32), mload(reason))
        }
    }

    function _changeMembers(address[] memory members_, uint16 threshold_) private {
        if (threshold_ == 0 || threshold_ > members_.length || members_.length > type(uint8).max) {
            revert LedgerAuthorityMembersInvalid(members_.length, threshold_);
        }
        uint32 next = epoch + 1;
        for (uint256 i = 0; i < members_.length; ++i) {
            address member = members_[i];
            if (member == address(0) || _isMember[next][member]) revert LedgerAuthorityMemberInvalid(member);
            _isMember[next][member] = true;
        }
        epoch = next;
        threshold = threshold_;
        _members = members_;
        emit MembersChanged(next, members_, threshold_);
    }
}
