// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {LedgerDirectory} from "../src/LedgerDirectory.sol";
import {ILedgerDirectory} from "../src/interfaces/ILedgerDirectory.sol";
import {TestCase} from "./support/TestCase.sol";

contract LedgerDirectoryTest is TestCase {
    uint64 internal constant START = 1_790_000_000;
    uint64 internal constant DELAY = 2 days;
    address internal account = address(0xa1);
    address internal doctor = address(0xd1);
    address internal mallory = address(0xbad);

    LedgerDirectory internal directory;

    function setUp() public {
        vm.warp(START);
        directory = new LedgerDirectory(address(this), DELAY);
        directory.registerInstitution(1, 3, account, 0);
    }

    function test_registerInstitution_takesEffectAfterTheDelay() public {
        assertEq(_status(1, START + DELAY - 1), 0);
        assertEq(_status(1, START + DELAY), 1);
        (uint32 acting,) = directory.institutionActing(account);
        assertEq(acting, 0);
        vm.warp(START + DELAY);
        (acting,) = directory.institutionActing(account);
        assertEq(acting, 1);
    }

    function test_registerInstitution_revertsWithInstitutionKnown() public {
        vm.expectRevert(abi.encodeWithSelector(ILedgerDirectory.LedgerDirectoryInstitutionKnown.selector, 1));
        directory.registerInstitution(1, 3, mallory, 0);
    }

    function test_registerInstitution_revertsWithNumberInvalid() public {
        vm.expectRevert(abi.encodeWithSelector(ILedgerDirectory.LedgerDirectoryNumberInvalid.selector, 0));
        directory.registerInstitution(0, 3, mallory, 0);
        vm.expectRevert(abi.encodeWithSelector(ILedgerDirectory.LedgerDirectoryNumberInvalid.selector, 2 ** 21));
        directory.registerInstitution(2 ** 21, 3, mallory, 0);
    }

    function test_registerInstitution_revertsWithRolesInvalid() public {
        vm.expectRevert(abi.encodeWithSelector(ILedgerDirectory.LedgerDirectoryRolesInvalid.selector, 2, 32));
        directory.registerInstitution(2, 32, mallory, 0);
    }

    function test_registerInstitution_revertsWithNotAuthority() public {
        vm.prank(mallory);
        vm.expectRevert(abi.encodeWithSelector(ILedgerDirectory.LedgerDirectoryNotAuthority.selector, mallory));
        directory.registerInstitution(2, 3, mallory, 0);
    }

    function test_assignAccount_actsAtOnceAndTheOldOneNoMore() public {
        vm.warp(START + DELAY);
        directory.assignAccount(1, address(0xa2));
        (uint32 acting,) = directory.institutionActing(address(0xa2));
        assertEq(acting, 1);
        (acting,) = directory.institutionActing(account);
        assertEq(acting, 0);
        assertEq(directory.institutionOf(account), 1);
    }

    function test_assignAccount_revertsWithAccountTaken() public {
        directory.registerInstitution(2, 3, address(0xa2), 0);
        directory.assignAccount(1, address(0xa3));
        vm.expectRevert(abi.encodeWithSelector(ILedgerDirectory.LedgerDirectoryAccountTaken.selector, account, 1));
        directory.assignAccount(2, account);
    }

    function test_suspendInstitution_holdsAtOnceAndSupersedesWhatWasToCome() public {
        directory.suspendInstitution(1);
        assertEq(_status(1, START), 2);
        assertEq(_status(1, START + DELAY), 2);
        directory.grantRoles(1, 3, 0);
        assertEq(_status(1, START + DELAY - 1), 2);
        assertEq(_status(1, START + DELAY), 1);
    }

    function test_suspendInstitution_revertsWithInstitutionIsBarred() public {
        directory.barInstitution(1);
        assertTrue(directory.isInstitutionBarred(1), "barred at once");
        vm.expectRevert(abi.encodeWithSelector(ILedgerDirectory.LedgerDirectoryInstitutionIsBarred.selector, 1));
        directory.suspendInstitution(1);
    }

    function test_restrictRoles_revertsWithRolesNotFewer() public {
        vm.warp(START + DELAY);
        vm.expectRevert(abi.encodeWithSelector(ILedgerDirectory.LedgerDirectoryRolesNotFewer.selector, 1, 3, 4));
        directory.restrictRoles(1, 4);
        directory.restrictRoles(1, 2);
        assertEq(directory.institutionAt(1, START + DELAY).roles, 2);
        assertEq(directory.institutionAt(1, START + DELAY - 1).roles, 0);
    }

    function test_grantCredential_holdsFromTheDelayToItsEnd() public {
        directory.grantCredential(doctor, 1, 1, START, START + 10 days);
        assertTrue(!directory.isEntitled(doctor, 1, 1, START + DELAY - 1), "not before the delay");
        assertTrue(directory.isEntitled(doctor, 1, 1, START + DELAY), "from the delay");
        assertTrue(directory.isEntitled(doctor, 1, 1, START + 10 days), "to its end");
        assertTrue(!directory.isEntitled(doctor, 1, 1, START + 10 days + 1), "not after its end");
        assertTrue(!directory.isEntitled(doctor, 1, 2, START + DELAY), "not in another role");
    }

    function test_grantCredential_revertsWithPeriodInvalid() public {
        vm.expectPartialRevert(ILedgerDirectory.LedgerDirectoryPeriodInvalid.selector);
        directory.grantCredential(doctor, 1, 1, START, START + DELAY - 1);
    }

    function test_grantCredential_revertsWithCredentialsExhausted() public {
        for (uint256 i = 0; i < 32; ++i) {
            directory.grantCredential(doctor, 1, 1, START, type(uint64).max);
        }
        vm.expectRevert(
            abi.encodeWithSelector(
                ILedgerDirectory.LedgerDirectoryCredentialsExhausted.selector, doctor, 1, 1, 32
            )
        );
        directory.grantCredential(doctor, 1, 1, START, type(uint64).max);
        directory.grantCredential(doctor, 1, 2, START, type(uint64).max);
    }

    function test_grantCredential_revertsWithRoleInvalid() public {
        vm.expectRevert(abi.encodeWithSelector(ILedgerDirectory.LedgerDirectoryRoleInvalid.selector, 7));
        directory.grantCredential(doctor, 1, 7, 0, type(uint64).max);
    }

    function test_revokeCredential_mayHoldFromEarlierByTheAuthorityOnly() public {
        directory.grantCredential(doctor, 1, 1, 0, type(uint64).max);
        vm.warp(START + 10 days);
        directory.revokeCredential(doctor, 1, 1, 0, START + 5 days);
        assertTrue(directory.isEntitled(doctor, 1, 1, START + 5 days - 1), "before the key was stolen");
        assertTrue(!directory.isEntitled(doctor, 1, 1, START + 5 days), "from then");
        vm.expectPartialRevert(ILedgerDirectory.LedgerDirectoryRevokedAlready.selector);
        directory.revokeCredential(doctor, 1, 1, 0, START + 6 days);
        directory.revokeCredential(doctor, 1, 1, 0, START + 4 days);
        assertTrue(!directory.isEntitled(doctor, 1, 1, START + 4 days), "earlier still");
    }

    function test_revokeCredential_byTheInstitutionFromNowOnly() public {
        directory.grantCredential(doctor, 1, 1, 0, type(uint64).max);
        vm.warp(START + 10 days);
        vm.prank(account);
        vm.expectRevert(
            abi.encodeWithSelector(ILedgerDirectory.LedgerDirectoryRevocationInvalid.selector, START + 5 days)
        );
        directory.revokeCredential(doctor, 1, 1, 0, START + 5 days);
        vm.prank(account);
        directory.revokeCredential(doctor, 1, 1, 0, 0);
        assertTrue(directory.isEntitled(doctor, 1, 1, START + 10 days - 1), "what was signed stands");
        assertTrue(!directory.isEntitled(doctor, 1, 1, START + 10 days), "from now");
    }

    function test_revokeCredential_revertsWithNotEntitled() public {
        directory.grantCredential(doctor, 1, 1, 0, type(uint64).max);
        vm.prank(mallory);
        vm.expectRevert(abi.encodeWithSelector(ILedgerDirectory.LedgerDirectoryNotEntitled.selector, mallory));
        directory.revokeCredential(doctor, 1, 1, 0, 0);
    }

    function test_allowEnrolment_letsAnInstitutionEnrolItsOwnStaffUpToItsLimit() public {
        directory.allowEnrolment(1, 1 << 1, 2, 0);
        vm.prank(account);
        vm.expectRevert(abi.encodeWithSelector(ILedgerDirectory.LedgerDirectoryNotEntitled.selector, account));
        directory.grantCredential(doctor, 1, 1, 0, type(uint64).max);
        vm.warp(START + DELAY);
        vm.prank(account);
        directory.grantCredential(doctor, 1, 1, 0, type(uint64).max);
        vm.prank(account);
        vm.expectPartialRevert(ILedgerDirectory.LedgerDirectoryAllowanceExceeded.selector);
        directory.grantCredential(doctor, 1, 2, 0, type(uint64).max);
        vm.prank(account);
        directory.grantCredential(address(0xd2), 1, 1, 0, type(uint64).max);
        vm.prank(account);
        vm.expectRevert(
            abi.encodeWithSelector(ILedgerDirectory.LedgerDirectoryAllowanceExceeded.selector, 1, 1, 2, 2)
        );
        directory.grantCredential(address(0xd3), 1, 1, 0, type(uint64).max);
        assertTrue(!directory.isEntitled(doctor, 1, 1, START + 2 * DELAY - 1), "its grants wait too");
        assertTrue(directory.isEntitled(doctor, 1, 1, START + 2 * DELAY), "then they hold");
    }

    function test_bindCheckpointLog_revertsWithBoundAlready() public {
        directory.bindCheckpointLog(address(this));
        vm.expectRevert(
            abi.encodeWithSelector(ILedgerDirectory.LedgerDirectoryBoundAlready.selector, address(this))
        );
        directory.bindCheckpointLog(address(directory));
    }

    function test_recordOutage_revertsWithNotEntitled() public {
        vm.prank(account);
        vm.expectRevert(abi.encodeWithSelector(ILedgerDirectory.LedgerDirectoryNotEntitled.selector, account));
        directory.recordOutage(1, START, START, 0);
    }

    function test_recordOutage_revertsWithPeriodInvalid() public {
        vm.expectRevert(
            abi.encodeWithSelector(ILedgerDirectory.LedgerDirectoryPeriodInvalid.selector, START, START - 1)
        );
        directory.recordOutage(1, START, START - 1, 0);
    }

    function test_lists_arePaged() public {
        for (uint32 i = 2; i <= 5; ++i) {
            directory.registerInstitution(i, 1, address(uint160(0xb0 + i)), 0);
            directory.grantCredential(doctor, 1, 1, 0, type(uint64).max);
        }
        assertEq(directory.institutions(3, 10).length, 2);
        assertEq(directory.institutions(5, 10).length, 0);
        assertEq(directory.institutions(0, 2)[1], 2);
        assertEq(directory.credentials(1, 1, 2).length, 2);
        assertEq(directory.credentials(1, 3, 9)[0].index, 3);
    }

    function testFuzz_institutionAt_isTheLatestRecordedThatIsEffective(uint64[6] memory offsets, uint64 moment) public {
        vm.warp(START + DELAY);
        uint64[] memory effective = new uint64[](6);
        for (uint8 i = 0; i < 6; ++i) {
            uint64 from = START + DELAY + uint64(between(offsets[i], 0, 10 days));
            directory.grantRoles(1, i + 1, from);
            effective[i] = from < START + 2 * DELAY ? START + 2 * DELAY : from;
        }
        moment = START + 2 * DELAY + uint64(between(moment, 0, 12 days));
        uint8 expected = 3;
        for (uint8 i = 0; i < 6; ++i) {
            if (effective[i] <= moment) expected = i + 1;
        }
        assertEq(directory.institutionAt(1, moment).roles, expected);
    }

    function _status(uint32 institution, uint64 moment) private view returns (uint256) {
        return uint256(directory.institutionAt(institution, moment).status);
    }
}
