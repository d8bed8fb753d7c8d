// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {LedgerAuthority} from "../src/LedgerAuthority.sol";
import {ILedgerAuthority} from "../src/interfaces/ILedgerAuthority.sol";
import {TestCase} from "./support/TestCase.sol";

/// @dev What the authority calls in these tests.
contract Target {
    uint256 public value;

    error TargetRefuses(uint256 value);

    function set(uint256 value_) external {
        if (value_ == 13) revert TargetRefuses(value_);
        value = value_;
    }
}

contract LedgerAuthorityTest is TestCase {
    LedgerAuthority internal authority;
    Target internal target;
    address internal alice = address(1);
    address internal bob = address(2);
    address internal carol = address(3);
    address internal mallory = address(4);

    function setUp() public {
        authority = new LedgerAuthority(_three(alice, bob, carol), 2);
        target = new Target();
    }

    function test_approve_makesTheCallAtTheThreshold() public {
        uint256 proposal = _propose(7);
        assertEq(target.value(), 0);
        vm.prank(bob);
        authority.approve(proposal);
        assertEq(target.value(), 7);
        vm.prank(carol);
        vm.expectRevert(
            abi.encodeWithSelector(ILedgerAuthority.LedgerAuthorityProposalClosed.selector, proposal)
        );
        authority.approve(proposal);
    }

    function test_propose_revertsWithNotMember() public {
        vm.prank(mallory);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAuthority.LedgerAuthorityNotMember.selector, mallory));
        authority.propose(address(target), abi.encodeCall(Target.set, (1)), 0);
    }

    function test_propose_revertsWithTargetInvalid() public {
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAuthority.LedgerAuthorityTargetInvalid.selector, mallory));
        authority.propose(mallory, "", 0);
    }

    function test_propose_revertsWithExpiryInvalid() public {
        vm.prank(alice);
        uint64 tooLate = uint64(block.timestamp) + 31 days;
        vm.expectRevert(abi.encodeWithSelector(ILedgerAuthority.LedgerAuthorityExpiryInvalid.selector, tooLate));
        authority.propose(address(target), abi.encodeCall(Target.set, (1)), tooLate);
    }

    function test_approve_revertsWithApprovedAlready() public {
        uint256 proposal = _propose(7);
        vm.prank(alice);
        vm.expectRevert(
            abi.encodeWithSelector(ILedgerAuthority.LedgerAuthorityApprovedAlready.selector, proposal, alice)
        );
        authority.approve(proposal);
    }

    function test_approve_revertsWithProposalExpired() public {
        uint256 proposal = _propose(7);
        vm.warp(block.timestamp + 30 days + 1);
        vm.prank(bob);
        vm.expectPartialRevert(ILedgerAuthority.LedgerAuthorityProposalExpired.selector);
        authority.approve(proposal);
    }

    function test_approve_revertsWithTheTargetsOwnError() public {
        uint256 proposal = _propose(13);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(Target.TargetRefuses.selector, 13));
        authority.approve(proposal);
        assertTrue(!authority.hasApproved(proposal, bob), "a failed call leaves no approval");
    }

    function test_withdrawApproval_takesItBack() public {
        uint256 proposal = _propose(7);
        vm.prank(alice);
        authority.withdrawApproval(proposal);
        vm.prank(bob);
        authority.approve(proposal);
        assertEq(target.value(), 0);
        vm.prank(carol);
        authority.approve(proposal);
        assertEq(target.value(), 7);
    }

    function test_cancel_revertsWithNotProposer() public {
        uint256 proposal = _propose(7);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAuthority.LedgerAuthorityNotProposer.selector, proposal, bob));
        authority.cancel(proposal);
    }

    function test_cancel_endsTheProposal() public {
        uint256 proposal = _propose(7);
        vm.prank(alice);
        authority.cancel(proposal);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAuthority.LedgerAuthorityProposalClosed.selector, proposal));
        authority.approve(proposal);
    }

    function test_changeMembers_revertsWithNotSelf() public {
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAuthority.LedgerAuthorityNotSelf.selector, alice));
        authority.changeMembers(_three(alice, bob, mallory), 1);
    }

    function test_changeMembers_voidsOpenProposals() public {
        uint256 old = _propose(7);
        vm.prank(alice);
        uint256 change = authority.propose(
            address(authority), abi.encodeCall(ILedgerAuthority.changeMembers, (_three(bob, carol, mallory), 2)), 0
        );
        vm.prank(bob);
        authority.approve(change);
        assertTrue(!authority.isMember(alice) && authority.isMember(mallory), "members changed");
        vm.prank(mallory);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAuthority.LedgerAuthorityProposalClosed.selector, old));
        authority.approve(old);
        assertEq(target.value(), 0);
    }

    function test_constructor_revertsWithMembersInvalid() public {
        vm.expectPartialRevert(ILedgerAuthority.LedgerAuthorityMembersInvalid.selector);
        new LedgerAuthority(_three(alice, bob, carol), 4);
        vm.expectPartialRevert(ILedgerAuthority.LedgerAuthorityMembersInvalid.selector);
        new LedgerAuthority(_three(alice, bob, carol), 0);
    }

    function test_constructor_revertsWithMemberInvalid() public {
        vm.expectRevert(abi.encodeWithSelector(ILedgerAuthority.LedgerAuthorityMemberInvalid.selector, bob));
        new LedgerAuthority(_three(alice, bob, bob), 2);
    }

    function testFuzz_approve_strangersNeverCount(address stranger) public {
        vm.assume(!authority.isMember(stranger));
        uint256 proposal = _propose(7);
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAuthority.LedgerAuthorityNotMember.selector, stranger));
        authority.approve(proposal);
    }

    function _propose(uint256 value) private returns (uint256) {
        vm.prank(alice);
        return authority.propose(address(target), abi.encodeCall(Target.set, (value)), 0);
    }

    function _three(address a, address b, address c) private pure returns (address[] memory list) {
        list = new address[](3);
        (list[0], list[1], list[2]) = (a, b, c);
    }
}
