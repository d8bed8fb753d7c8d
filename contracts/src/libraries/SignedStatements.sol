// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IClaimRegister} from "../interfaces/IClaimRegister.sol";

/// @title What people sign: authorship of a record, presentation of a claim (docs/protocol.md, section 5; EIP-712)
library SignedStatements {
    bytes32 internal constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 internal constant NAME_HASH = keccak256("RxLedger");
    bytes32 internal constant VERSION_HASH = keccak256("1");
    bytes32 internal constant AUTHORSHIP_TYPEHASH = keccak256(
        "Authorship(uint32 institution,uint16 kind,bytes32 record,uint32 claimCount,uint64 notBefore,uint64 notAfter,bytes32 terms,uint64 signedAt)"
    );
    bytes32 internal constant PRESENTATION_TYPEHASH = keccak256(
        "Presentation(bytes32 claim,uint32 restoreCount,uint32 spender,bytes32 useHash,bytes32 into,uint64 deadline)"
    );

    struct Presentation {
        bytes32 claim;
        uint32 restoreCount;
        uint32 spender;
        bytes32 useHash;
        bytes32 into;
        uint64 deadline;
    }

    function domainSeparator(uint256 chainId, address register) internal pure returns (bytes32) {
        return keccak256(abi.encode(DOMAIN_TYPEHASH, NAME_HASH, VERSION_HASH, chainId, register));
    }

    function authorshipHash(uint32 institution, IClaimRegister.Entry memory entry, uint64 signedAt)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(
            abi.encode(
                AUTHORSHIP_TYPEHASH,
                institution,
                entry.kind,
                entry.record,
                entry.claimCount,
                entry.notBefore,
                entry.notAfter,
                entry.terms,
                signedAt
            )
        );
    }

    function presentationHash(Presentation memory presentation) internal pure returns (bytes32) {
        return keccak256(abi.encode(PRESENTATION_TYPEHASH, presentation));
    }

    function digest(bytes32 separator, bytes32 structHash) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", separator, structHash));
    }

    /// @notice Who signed; zero for anything but 65 bytes with `v` 27 or 28, a low `s` and a recoverable key.
    function signerOf(bytes32 digest_, bytes memory signature) internal pure returns (address) {
        (address signer, ECDSA.RecoverError fault,) = ECDSA.tryRecover(digest_, signature);
        return fault == ECDSA.RecoverError.NoError ? signer : address(0);
    }
}
