// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title The table of kinds (docs/protocol.md, 3.1)
library Kinds {
    /// @notice One row. Roles are bit sets, except `author`, which is one practitioner role; windows are in seconds.
    struct Kind {
        uint8 issuers;
        uint8 author;
        uint8 users;
        uint16 usedInto;
        bool settledByPayer;
        bool packs;
        uint32 signingWindow;
        uint32 recordWindow;
        uint32 restoreWindow;
        uint32 offlineGrace;
        uint32 maxClaims;
    }

    /// @dev Clock skew allowed either way.
    uint64 internal constant SKEW = 300;
    /// @dev Within this time of a use, its undoing frees the packs' units.
    uint64 internal constant UNDO = 3600;

    uint8 internal constant HOSPITAL = 1;
    uint8 internal constant PHARMACY = 2;
    uint8 internal constant INSURER = 4;
    uint8 internal constant MANUFACTURER = 8;
    uint8 internal constant REGULATOR = 16;

    uint8 internal constant DOCTOR = 1;
    uint8 internal constant PHARMACIST = 2;
    uint8 internal constant ADJUDICATOR = 3;
    uint8 internal constant RELEASER = 4;
    uint8 internal constant OFFICER = 5;
    uint8 internal constant CLERK = 6;

    uint16 internal constant PRESCRIPTION = 1;
    uint16 internal constant REVIEW = 2;
    uint16 internal constant DISPENSING = 3;
    uint16 internal constant SETTLEMENT = 4;
    uint16 internal constant VOID = 5;
    uint16 internal constant RESTORE = 6;
    uint16 internal constant REVERSAL = 7;
    uint16 internal constant REFUSAL = 8;
    uint16 internal constant LOT = 9;
    uint16 internal constant INVOICE = 10;
    uint16 internal constant DEMAND = 11;
    uint16 internal constant ACCESS = 12;

    uint32 internal constant SIGNING_WINDOW = 1 days;

    /// @notice The row of a kind; all zero for one that isn't listed.
    function row(uint16 kind) internal pure returns (Kind memory) {
        if (kind == PRESCRIPTION) {
            return Kind(
                HOSPITAL, DOCTOR, HOSPITAL | PHARMACY, DISPENSING, true, true, SIGNING_WINDOW, 1 days, 10 days, 3 days, 64
            );
        }
        if (kind == INVOICE) {
            return Kind(
                HOSPITAL | PHARMACY, CLERK, INSURER, SETTLEMENT, false, false, SIGNING_WINDOW, 1 days, 30 days, 0, 1
            );
        }
        (uint8 issuers, uint8 author) = _signers(kind);
        return Kind(issuers, author, 0, 0, false, false, issuers == 0 ? 0 : SIGNING_WINDOW, 0, 0, 0, 0);
    }

    /// @dev Who issues and who signs a kind that carries no claims.
    function _signers(uint16 kind) private pure returns (uint8 issuers, uint8 author) {
        if (kind == REVIEW || kind == DISPENSING || kind == RESTORE || kind == REFUSAL) {
            return (HOSPITAL | PHARMACY, PHARMACIST);
        }
        if (kind == SETTLEMENT || kind == REVERSAL) return (INSURER, ADJUDICATOR);
        if (kind == VOID) return (HOSPITAL, DOCTOR);
        if (kind == LOT) return (MANUFACTURER, RELEASER);
        if (kind == DEMAND) return (REGULATOR, OFFICER);
        if (kind == ACCESS) return (HOSPITAL | PHARMACY | INSURER | MANUFACTURER, CLERK);
        return (0, 0);
    }
}
