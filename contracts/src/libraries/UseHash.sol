// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IClaimRegister} from "../interfaces/IClaimRegister.sol";

/// @title The hash of a use: who uses which claims and packs for whom (docs/protocol.md, 4.2; EIP-712 hashStruct)
library UseHash {
    bytes32 internal constant CLAIM_USE_TYPEHASH = keccak256("ClaimUse(bytes32 claim,uint32 restoreCount)");
    bytes32 internal constant PACK_USE_TYPEHASH =
        keccak256("PackUse(bytes32 token,uint32 totalUnits,uint32 unitsUsed)");
    bytes32 internal constant USE_TYPEHASH = keccak256(
        "Use(uint16 kind,uint32 spender,uint32 payer,ClaimUse[] claims,PackUse[] packs)"
        "ClaimUse(bytes32 claim,uint32 restoreCount)"
        "PackUse(bytes32 token,uint32 totalUnits,uint32 unitsUsed)"
    );

    function hash(
        uint16 kind,
        uint32 spender,
        uint32 payer,
        IClaimRegister.ClaimUse[] memory claims,
        IClaimRegister.PackUse[] memory packs
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(USE_TYPEHASH, kind, spender, payer, _claimsHash(claims), _packsHash(packs)));
    }

    function _claimsHash(IClaimRegister.ClaimUse[] memory claims) private pure returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](claims.length);
        for (uint256 i = 0; i < claims.length; ++i) {
            hashes[i] = keccak256(abi.encode(CLAIM_USE_TYPEHASH, claims[i].claim, claims[i].restoreCount));
        }
        return keccak256(abi.encodePacked(hashes));
    }

    function _packsHash(IClaimRegister.PackUse[] memory packs) private pure returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](packs.length);
        for (uint256 i = 0; i < packs.length; ++i) {
            hashes[i] =
                keccak256(abi.encode(PACK_USE_TYPEHASH, packs[i].token, packs[i].totalUnits, packs[i].unitsUsed));
        }
        return keccak256(abi.encodePacked(hashes));
    }
}
