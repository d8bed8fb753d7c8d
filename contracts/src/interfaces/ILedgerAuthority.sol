// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title The authority: several parties who act only together
/// @notice `n` members, of whom `m` (the threshold) must approve the very same call before it is made.
/// Members and threshold are changed by such a call of the authority to itself.
interface ILedgerAuthority {
    /// @notice One call that members approve. It is void once it expired, was cancelled, was made, or the members changed.
    /// @param target the contract that is called
    /// @param expiresAt the last moment (Unix seconds) at which it can still be approved
    /// @param epoch the membership under which it was proposed: approvals under another one don't count
    /// @param approvals how many members approve now
    struct Proposal {
        address target;
        uint64 expiresAt;
        uint32 epoch;
        uint16 approvals;
        bool executed;
        bool cancelled;
        address proposer;
        bytes callData;
    }

    event Proposed(uint256 indexed proposal, address indexed proposer, address indexed target, bytes callData, uint64 expiresAt);
    event Approved(uint256 indexed proposal, address indexed member, uint16 approvals);
    event ApprovalWithdrawn(uint256 indexed proposal, address indexed member, uint16 approvals);
    event Cancelled(uint256 indexed proposal, address indexed member);
    event Executed(uint256 indexed proposal, address indexed target, bytes result);
    event MembersChanged(uint32 indexed epoch, address[] members, uint16 threshold);

    error LedgerAuthorityNotMember(address sender);
    error LedgerAuthorityNotSelf(address sender);
    error LedgerAuthorityNotProposer(uint256 proposal, address sender);
    error LedgerAuthorityMembersInvalid(uint256 members, uint16 threshold);
    error LedgerAuthorityMemberInvalid(address member);
    error LedgerAuthorityProposalUnknown(uint256 proposal);
    error LedgerAuthorityProposalClosed(uint256 proposal);
    error LedgerAuthorityProposalExpired(uint256 proposal, uint64 expiresAt);
    error LedgerAuthorityExpiryInvalid(uint64 expiresAt);
    error LedgerAuthorityTargetInvalid(address target);
    error LedgerAuthorityApprovedAlready(uint256 proposal, address member);
    error LedgerAuthorityNotApproved(uint256 proposal, address member);

    /// @notice Proposes a call, with the proposer's approval. With a threshold of one it is made at once.
    /// @param expiresAt last moment for approvals; 0 means `LIFETIME` from now, later than that is refused
    /// @return proposal its number, from 0
    function propose(address target, bytes calldata callData, uint64 expiresAt) external returns (uint256 proposal);

    /// @notice Approves a proposal; the approval that reaches the threshold makes the call. If the call fails, so does the approval.
    function approve(uint256 proposal) external;

    /// @notice Takes back the sender's own approval.
    function withdrawApproval(uint256 proposal) external;

    /// @notice Ends a proposal; by its proposer.
    function cancel(uint256 proposal) external;

    /// @notice Replaces all members and the threshold; only by a call of the authority to itself. Open proposals become void.
    function changeMembers(address[] calldata members_, uint16 threshold_) external;

    /// @notice How long a proposal can be approved at most, in seconds.
    function LIFETIME() external view returns (uint64);

    function threshold() external view returns (uint16);
    function epoch() external view returns (uint32);
    function members() external view returns (address[] memory);
    function isMember(address account) external view returns (bool);
    function proposalCount() external view returns (uint256);
    function proposalAt(uint256 proposal) external view returns (Proposal memory);
    function hasApproved(uint256 proposal, address member) external view returns (bool);
}
