// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IClaimRegister} from "../interfaces/IClaimRegister.sol";
import {MerkleProof9162} from "./MerkleProof9162.sol";

/// @title An entry's bytes, leaf hash and claim keys (docs/protocol.md, sections 3 and 4.1)
library EntryCodec {
    /// @notice The 224 bytes that the log hashes.
    function encode(IClaimRegister.Entry memory entry) internal pure returns (bytes memory) {
        return abi.encode(entry);
    }

    function leafHash(IClaimRegister.Entry memory entry) internal pure returns (bytes32) {
        return MerkleProof9162.leafHash(encode(entry));
    }

    function claimKey(uint32 institution, uint16 kind, bytes32 record, uint64 notBefore, uint32 ordinal)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(institution, kind, record, notBefore, ordinal));
    }

    /// @notice The holders hash: keccak of the addresses, each left-padded to 32 bytes.
    function holdersHash(address[] calldata holders) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(holders));
    }
}
