// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title The directory: who may do what, and since when
/// @notice Institutions, their accounts, their staff's credentials, and outages. Nothing is overwritten: every question is asked
/// as of a time, and answered with all that is recorded by now. Only the authority grants; what it grants takes effect no sooner
/// than `grantDelay` after it is recorded; what it takes away, at once. All times are Unix seconds, bounds inclusive.
interface ILedgerDirectory {
    enum InstitutionStatus {
        Unknown,
        Active,
        Suspended,
        Barred
    }

    /// @notice One recorded state of an institution; the state at `t` is the latest recorded one with `effectiveFrom <= t`.
    /// @param roles bit set: hospital 1, pharmacy 2, insurer 4, manufacturer 8, regulator 16
    struct InstitutionState {
        uint64 effectiveFrom;
        uint64 recordedAt;
        InstitutionStatus status;
        uint8 roles;
    }

    /// @notice An account that acts for an institution on chain (it anchors and sends its acts), and when it was given to it.
    struct Account {
        address account;
        uint64 since;
    }

    /// @notice A practitioner's right to sign in a role for an institution: `from <= t <= until` and `t < revokedFrom`.
    /// @param role doctor 1, pharmacist 2, adjudicator 3, releaser 4, officer 5, clerk 6
    /// @param revokedFrom the largest uint64 while not revoked
    /// @param index which of the credentials of this holder, institution and role
    struct Credential {
        address holder;
        uint32 institution;
        uint8 role;
        uint32 index;
        uint64 from;
        uint64 until;
        uint64 revokedFrom;
        uint64 recordedAt;
    }

    /// @notice What an institution may enrol by itself.
    /// @param roles bit set: bit r for practitioner role r
    /// @param limit how many credentials in all, ever
    /// @param used how many it has enrolled by itself so far
    struct Allowance {
        uint64 from;
        uint16 roles;
        uint32 limit;
        uint32 used;
    }

    /// @notice A time in which an institution (0: all) could not anchor, recorded by the authority or by the closing of a log.
    struct Outage {
        uint64 from;
        uint64 until;
        uint64 recordedAt;
        uint32 institution;
        bytes32 reason;
    }

    event CheckpointLogBound(address indexed checkpointLog);
    event InstitutionRegistered(uint32 indexed institution);
    event InstitutionStateRecorded(uint32 indexed institution, InstitutionStatus status, uint8 roles, uint64 effectiveFrom);
    event AccountAssigned(uint32 indexed institution, address indexed account);
    event CredentialGranted(
        address indexed holder, uint32 indexed institution, uint8 indexed role, uint32 index, uint64 from, uint64 until, bool byInstitution
    );
    event CredentialRevoked(
        address indexed holder, uint32 indexed institution, uint8 indexed role, uint32 index, uint64 revokedFrom
    );
    event EnrolmentAllowed(uint32 indexed institution, uint16 roles, uint32 limit, uint64 from);
    event OutageRecorded(uint256 indexed outage, uint32 indexed institution, uint64 from, uint64 until, bytes32 reason);

    error LedgerDirectoryNotAuthority(address sender);
    error LedgerDirectoryNotEntitled(address sender);
    error LedgerDirectoryAddressInvalid(address account);
    error LedgerDirectoryBoundAlready(address checkpointLog);
    error LedgerDirectoryNumberInvalid(uint32 institution);
    error LedgerDirectoryInstitutionUnknown(uint32 institution);
    error LedgerDirectoryInstitutionKnown(uint32 institution);
    error LedgerDirectoryInstitutionIsBarred(uint32 institution);
    error LedgerDirectoryRolesInvalid(uint32 institution, uint16 roles);
    error LedgerDirectoryRoleInvalid(uint8 role);
    error LedgerDirectoryRolesNotFewer(uint32 institution, uint8 held, uint8 wanted);
    error LedgerDirectoryAccountTaken(address account, uint32 institution);
    error LedgerDirectoryPeriodInvalid(uint64 from, uint64 until);
    error LedgerDirectoryAllowanceExceeded(uint32 institution, uint8 role, uint32 used, uint32 limit);
    error LedgerDirectoryCredentialUnknown(address holder, uint32 institution, uint8 role, uint32 index);
    /// @notice The holder has had as many credentials of this role at this institution as one may have.
    error LedgerDirectoryCredentialsExhausted(address holder, uint32 institution, uint8 role, uint256 limit);
    error LedgerDirectoryRevokedAlready(address holder, uint32 institution, uint8 role, uint64 revokedFrom);
    error LedgerDirectoryRevocationInvalid(uint64 revokedFrom);
    error LedgerDirectoryOutageUnknown(uint256 outage);

    /// @notice Names, once and for ever, the checkpoint log whose closings are recorded as outages here.
    function bindCheckpointLog(address checkpointLog_) external;

    /// @notice Registers an institution with its roles and its account, effective from `from` but no sooner than the delay.
    function registerInstitution(uint32 institution, uint8 roles, address account, uint64 from) external;

    /// @notice Makes an institution active with these roles, from `from` but no sooner than the delay.
    function grantRoles(uint32 institution, uint8 roles, uint64 from) external;

    /// @notice Takes roles away at once: `roles` are those that it keeps.
    function restrictRoles(uint32 institution, uint8 roles) external;

    /// @notice At once: it can neither anchor nor act; what it had anchored while active stays usable. A barred one can't become
    /// merely suspended: that would be a grant without its delay.
    function suspendInstitution(uint32 institution) external;

    /// @notice At once: nothing of it can be used any more.
    function barInstitution(uint32 institution) external;

    /// @notice Gives an institution a new account at once. The old one belongs to it for ever, but acts no more.
    function assignAccount(uint32 institution, address account) external;

    /// @notice Grants a credential; by the authority, or by the institution's own account within its allowance.
    function grantCredential(address holder, uint32 institution, uint8 role, uint64 from, uint64 until) external;

    /// @notice Revokes a credential at once. The authority may name an earlier time from which it holds (a stolen key), also
    /// one earlier than that of a revocation before; an institution revokes its own staff from now on only, so that it can't
    /// disown what they signed.
    /// @param revokedFrom 0 means now
    function revokeCredential(address holder, uint32 institution, uint8 role, uint32 index, uint64 revokedFrom) external;

    /// @notice Lets an institution enrol its own staff, from `from` but no sooner than the delay; no roles or limit 0: no more, at once.
    function allowEnrolment(uint32 institution, uint16 roles, uint32 limit, uint64 from) external;

    /// @notice Records an outage of an institution (0: of all); by the authority, or by the bound checkpoint log when it closes a log.
    /// @return outage its number, from 0
    function recordOutage(uint32 institution, uint64 from, uint64 until, bytes32 reason) external returns (uint256 outage);

    function authority() external view returns (address);
    function grantDelay() external view returns (uint64);
    function checkpointLog() external view returns (address);

    /// @notice The state of an institution at a time; status Unknown if there is none.
    function institutionAt(uint32 institution, uint64 moment) external view returns (InstitutionState memory);

    /// @notice Whether it is barred now.
    function isInstitutionBarred(uint32 institution) external view returns (bool);

    /// @notice The active institution whose present account this is, with its roles; zeros if there is none.
    function institutionActing(address account) external view returns (uint32 institution, uint8 roles);

    /// @notice The institution to which an account belongs for ever, whether it acts for it or not; 0 if none.
    function institutionOf(address account) external view returns (uint32 institution);

    /// @notice The present account of an institution.
    function accountOf(uint32 institution) external view returns (address);

    /// @notice Whether a practitioner holds a role at an institution at a time.
    function isEntitled(address holder, uint32 institution, uint8 role, uint64 moment) external view returns (bool);

    function allowanceOf(uint32 institution) external view returns (Allowance memory);

    function institutionCount() external view returns (uint256);

    /// @notice Institution numbers in order of registration, from `offset`, at most `limit`.
    function institutions(uint256 offset, uint256 limit) external view returns (uint32[] memory);

    /// @notice All recorded states of an institution, in order.
    function statesOf(uint32 institution) external view returns (InstitutionState[] memory);

    /// @notice All accounts of an institution, in order; the last one acts.
    function accountsOf(uint32 institution) external view returns (Account[] memory);

    function credentialCount(uint32 institution) external view returns (uint256);

    /// @notice Credentials of an institution in order of recording, from `offset`, at most `limit`.
    function credentials(uint32 institution, uint256 offset, uint256 limit) external view returns (Credential[] memory);

    function outageCount() external view returns (uint256);
    function outageAt(uint256 outage) external view returns (Outage memory);

    /// @notice Outages of all institutions in order of recording, from `offset`, at most `limit`.
    function outages(uint256 offset, uint256 limit) external view returns (Outage[] memory);
}
