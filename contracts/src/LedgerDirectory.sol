// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ILedgerDirectory} from "./interfaces/ILedgerDirectory.sol";
import {Paging} from "./libraries/Paging.sol";

/// @title The directory: who may do what, and since when
/// @notice What it does and remembers is described in {ILedgerDirectory}.
contract LedgerDirectory is ILedgerDirectory {
    /// @dev One slot; Credential without its keys.
    struct Term {
        uint64 from;
        uint64 until;
        uint64 revokedFrom;
        uint64 recordedAt;
    }

    /// @dev Where a credential of an institution is to be found; one slot.
    struct TermRef {
        address holder;
        uint8 role;
        uint32 index;
    }

    /// @dev Log ids then stay exact as JSON integers, which end at 2^53 - 1.
    uint32 private constant LARGEST_NUMBER = 2 ** 21 - 1;
    uint8 private constant ALL_ROLES = 31;
    uint8 private constant LARGEST_PRACTITIONER_ROLE = 6;
    uint16 private constant ALL_PRACTITIONER_ROLES = 0x7e;
    uint64 private constant NOT_REVOKED = type(uint64).max;
    /// @dev {isEntitled} looks through all of them, at the cost of whoever uses what the holder signed.
    uint256 private constant MAX_TERMS = 32;

    /// @inheritdoc ILedgerDirectory
    address public immutable authority;
    /// @inheritdoc ILedgerDirectory
    uint64 public immutable grantDelay;
    /// @inheritdoc ILedgerDirectory
    address public checkpointLog;

    uint32[] private _numbers;
    mapping(uint32 institution => InstitutionState[]) private _states;
    mapping(uint32 institution => Account[]) private _accounts;
    /// @inheritdoc ILedgerDirectory
    mapping(address account => uint32) public institutionOf;
    mapping(uint32 institution => Allowance) private _allowances;
    mapping(uint32 institution => mapping(uint8 role => mapping(address holder => Term[]))) private _terms;
    mapping(uint32 institution => TermRef[]) private _termRefs;
    Outage[] private _outages;

    modifier onlyAuthority() {
        if (msg.sender != authority) revert LedgerDirectoryNotAuthority(msg.sender);
        _;
    }

    modifier known(uint32 institution) {
        if (_states[institution].length == 0) revert LedgerDirectoryInstitutionUnknown(institution);
        _;
    }

    constructor(address authority_, uint64 grantDelay_) {
        if (authority_ == address(0)) revert LedgerDirectoryAddressInvalid(authority_);
        authority = authority_;
        grantDelay = grantDelay_;
    }

    /// @inheritdoc ILedgerDirectory
    function bindCheckpointLog(address checkpointLog_) external onlyAuthority {
        if (checkpointLog != address(0)) revert LedgerDirectoryBoundAlready(checkpointLog);
        if (checkpointLog_.code.length == 0) revert LedgerDirectoryAddressInvalid(checkpointLog_);
        checkpointLog = checkpointLog_;
        emit CheckpointLogBound(checkpointLog_);
    }

    /// @inheritdoc ILedgerDirectory
    function registerInstitution(uint32 institution, uint8 roles, address account, uint64 from)
        external
        onlyAuthority
    {
        if (institution == 0 || institution > LARGEST_NUMBER) revert LedgerDirectoryNumberInvalid(institution);
        if (_states[institution].length != 0) revert LedgerDirectoryInstitutionKnown(institution);
        _requireRoles(institution, roles);
        _numbers.push(institution);
        emit InstitutionRegistered(institution);
        _assign(institution, account);
        _record(institution, InstitutionStatus.Active, roles, _delayed(from));
    }

    /// @inheritdoc ILedgerDirectory
    function grantRoles(uint32 institution, uint8 roles, uint64 from) external onlyAuthority known(institution) {
        _requireRoles(institution, roles);
        _record(institution, InstitutionStatus.Active, roles, _delayed(from));
    }

    /// @inheritdoc ILedgerDirectory
    function restrictRoles(uint32 institution, uint8 roles) external onlyAuthority known(institution) {
        InstitutionState memory state = institutionAt(institution, _now());
        if (roles == state.roles || roles & ~state.roles != 0) {
            revert LedgerDirectoryRolesNotFewer(institution, state.roles, roles);
        }
        _record(institution, state.status, roles, _now());
    }

    /// @inheritdoc ILedgerDirectory
    function suspendInstitution(uint32 institution) external onlyAuthority known(institution) {
        InstitutionState memory state = institutionAt(institution, _now());
        if (state.status == InstitutionStatus.Barred) revert LedgerDirectoryInstitutionIsBarred(institution);
        _record(institution, InstitutionStatus.Suspended, state.roles, _now());
    }

    /// @inheritdoc ILedgerDirectory
    function barInstitution(uint32 institution) external onlyAuthority known(institution) {
        _record(institution, InstitutionStatus.Barred, institutionAt(institution, _now()).roles, _now());
    }

    /// @inheritdoc ILedgerDirectory
    function assignAccount(uint32 institution, address account) external onlyAuthority known(institution) {
        _assign(institution, account);
    }

    /// @inheritdoc ILedgerDirectory
    function grantCredential(address holder, uint32 institution, uint8 role, uint64 from, uint64 until)
        external
        known(institution)
    {
        if (holder == address(0)) revert LedgerDirectoryAddressInvalid(holder);
        if (role == 0 || role > LARGEST_PRACTITIONER_ROLE) revert LedgerDirectoryRoleInvalid(role);
        bool byInstitution = msg.sender != authority;
        if (byInstitution) _useAllowance(institution, role);
        uint64 effectiveFrom = _delayed(from);
        if (until < effectiveFrom) revert LedgerDirectoryPeriodInvalid(effectiveFrom, until);
        Term[] storage terms = _terms[institution][role][holder];
        if (terms.length == MAX_TERMS) revert LedgerDirectoryCredentialsExhausted(holder, institution, role, MAX_TERMS);
        uint32 index = uint32(terms.length);
        terms.push(Term(effectiveFrom, until, NOT_REVOKED, _now()));
        _termRefs[institution].push(TermRef(holder, role, index));
        emit CredentialGranted(holder, institution, role, index, effectiveFrom, until, byInstitution);
    }

    /// @inheritdoc ILedgerDirectory
    function revokeCredential(address holder, uint32 institution, uint8 role, uint32 index, uint64 revokedFrom)
        external
    {
        if (msg.sender != authority) {
            _requireActing(institution);
            if (revokedFrom != 0) revert LedgerDirectoryRevocationInvalid(revokedFrom);
        }
        uint64 holdsFrom = revokedFrom == 0 ? _now() : revokedFrom;
        if (holdsFrom > block.timestamp) revert LedgerDirectoryRevocationInvalid(revokedFrom);
        Term[] storage terms = _terms[institution][role][holder];
        if (index >= terms.length) revert LedgerDirectoryCredentialUnknown(holder, institution, role, index);
        if (terms[index].revokedFrom <= holdsFrom) {
            revert LedgerDirectoryRevokedAlready(holder, institution, role, terms[index].revokedFrom);
        }
        terms[index].revokedFrom = holdsFrom;
        emit CredentialRevoked(holder, institution, role, index, holdsFrom);
    }

    /// @inheritdoc ILedgerDirectory
    function allowEnrolment(uint32 institution, uint16 roles, uint32 limit, uint64 from)
        external
        onlyAuthority
        known(institution)
    {
        if (roles & ~ALL_PRACTITIONER_ROLES != 0) revert LedgerDirectoryRolesInvalid(institution, roles);
        bool ended = roles == 0 || limit == 0;
        uint64 effectiveFrom = ended ? _now() : _delayed(from);
        Allowance storage allowance = _allowances[institution];
        (allowance.from, allowance.roles, allowance.limit) = (effectiveFrom, roles, limit);
        emit EnrolmentAllowed(institution, roles, limit, effectiveFrom);
    }

    /// @inheritdoc ILedgerDirectory
    function recordOutage(uint32 institution, uint64 from, uint64 until, bytes32 reason)
        external
        returns (uint256 outage)
    {
        if (msg.sender != authority && msg.sender != checkpointLog) revert LedgerDirectoryNotEntitled(msg.sender);
        if (institution != 0 && _states[institution].length == 0) {
            revert LedgerDirectoryInstitutionUnknown(institution);
        }
        if (until < from) revert LedgerDirectoryPeriodInvalid(from, until);
        outage = _outages.length;
        _outages.push(Outage(from, until, _now(), institution, reason));
        emit OutageRecorded(outage, institution, from, until, reason);
    }

    /// @inheritdoc ILedgerDirectory
    function institutionAt(uint32 institution, uint64 moment) public view returns (InstitutionState memory state) {
        InstitutionState[] storage states = _states[institution];
        for (uint256 i = states.length; i > 0; --i) {
            if (states[i - 1].effectiveFrom <= moment) return states[i - 1];
        }
    }

    /// @inheritdoc ILedgerDirectory
    function isInstitutionBarred(uint32 institution) external view returns (bool) {
        return institutionAt(institution, _now()).status == InstitutionStatus.Barred;
    }

    /// @inheritdoc ILedgerDirectory
    function institutionActing(address account) public view returns (uint32 institution, uint8 roles) {
        uint32 owner = institutionOf[account];
        if (owner == 0 || accountOf(owner) != account) return (0, 0);
        InstitutionState memory state = institutionAt(owner, _now());
        if (state.status != InstitutionStatus.Active) return (0, 0);
        return (owner, state.roles);
    }

    /// @inheritdoc ILedgerDirectory
    function accountOf(uint32 institution) public view returns (address) {
        Account[] storage accounts = _accounts[institution];
        return accounts.length == 0 ? address(0) : accounts[accounts.length - 1].account;
    }

    /// @inheritdoc ILedgerDirectory
    function isEntitled(address holder, uint32 institution, uint8 role, uint64 moment) external view returns (bool) {
        Term[] storage terms = _terms[institution][role][holder];
        for (uint256 i = terms.length; i > 0; --i) {
            Term memory term = terms[i - 1];
            if (term.from <= moment && moment <= term.until && moment < term.revokedFrom) return true;
        }
        return false;
    }

    /// @inheritdoc ILedgerDirectory
    function allowanceOf(uint32 institution) external view returns (Allowance memory) {
        return _allowances[institution];
    }

    /// @inheritdoc ILedgerDirectory
    function institutionCount() external view returns (uint256) {
        return _numbers.length;
    }

    /// @inheritdoc ILedgerDirectory
    function institutions(uint256 offset, uint256 limit) external view returns (uint32[] memory page) {
        uint256 count = Paging.count(_numbers.length, offset, limit);
        page = new uint32[](count);
        for (uint256 i = 0; i < count; ++i) {
            page[i] = _numbers[offset + i];
        }
    }

    /// @inheritdoc ILedgerDirectory
    function statesOf(uint32 institution) external view returns (InstitutionState[] memory) {
        return _states[institution];
    }

    /// @inheritdoc ILedgerDirectory
    function accountsOf(uint32 institution) external view returns (Account[] memory) {
        return _accounts[institution];
    }

    /// @inheritdoc ILedgerDirectory
    function credentialCount(uint32 institution) external view returns (uint256) {
        return _termRefs[institution].length;
    }

    /// @inheritdoc ILedgerDirectory
    function credentials(uint32 institution, uint256 offset, uint256 limit)
        external
        view
        returns (Credential[] memory page)
    {
        uint256 count = Paging.count(_termRefs[institution].length, offset, limit);
        page = new Credential[](count);
        for (uint256 i = 0; i < count; ++i) {
            TermRef memory found = _termRefs[institution][offset + i];
            Term memory term = _terms[institution][found.role][found.holder][found.index];
            page[i] = Credential(
                found.holder, institution, found.role, found.index, term.from, term.until, term.revokedFrom, term.recordedAt
            );
        }
    }

    /// @inheritdoc ILedgerDirectory
    function outageCount() external view returns (uint256) {
        return _outages.length;
    }

    /// @inheritdoc ILedgerDirectory
    function outageAt(uint256 outage) external view returns (Outage memory) {
        if (outage >= _outages.length) revert LedgerDirectoryOutageUnknown(outage);
        return _outages[outage];
    }

    /// @inheritdoc ILedgerDirectory
    function outages(uint256 offset, uint256 limit) external view returns (Outage[] memory page) {
        uint256 count = Paging.count(_outages.length, offset, limit);
        page = new Outage[](count);
        for (uint256 i = 0; i < count; ++i) {
            page[i] = _outages[offset + i];
        }
    }

    function _now() private view returns (uint64) {
        return uint64(block.timestamp);
    }

    /// @dev Approvals take days: a start that has passed meanwhile moves to the earliest moment allowed.
    function _delayed(uint64 from) private view returns (uint64) {
        uint64 earliest = _now() + grantDelay;
        return from < earliest ? earliest : from;
    }

    function _requireRoles(uint32 institution, uint8 roles) private pure {
        if (roles == 0 || roles > ALL_ROLES) revert LedgerDirectoryRolesInvalid(institution, roles);
    }

    function _requireActing(uint32 institution) private view {
        (uint32 acting,) = institutionActing(msg.sender);
        if (acting == 0 || acting != institution) revert LedgerDirectoryNotEntitled(msg.sender);
    }

    function _record(uint32 institution, InstitutionStatus status, uint8 roles, uint64 effectiveFrom) private {
        _states[institution].push(InstitutionState(effectiveFrom, _now(), status, roles));
        emit InstitutionStateRecorded(institution, status, roles, effectiveFrom);
    }

    function _assign(uint32 institution, address account) private {
        if (account == address(0)) revert LedgerDirectoryAddressInvalid(account);
        uint32 owner = institutionOf[account];
        if (owner != 0) revert LedgerDirectoryAccountTaken(account, owner);
        institutionOf[account] = institution;
        _accounts[institution].push(Account(account, _now()));
        emit AccountAssigned(institution, account);
    }

    function _useAllowance(uint32 institution, uint8 role) private {
        _requireActing(institution);
        Allowance storage allowance = _allowances[institution];
        bool allowed = block.timestamp >= allowance.from && (allowance.roles >> role) & 1 == 1;
        if (!allowed || allowance.used >= allowance.limit) {
            revert LedgerDirectoryAllowanceExceeded(institution, role, allowance.used, allowance.limit);
        }
        allowance.used += 1;
    }
}
