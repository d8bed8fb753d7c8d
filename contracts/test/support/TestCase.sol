// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {Vm} from "./Vm.sol";

/// @title A test contract, with the few assertions that these tests need
abstract contract TestCase {
    /// @dev forge looks for this.
    bool public constant IS_TEST = true;
    /// @dev Where forge's cheat codes are: the low bytes of keccak256("hevm cheat code").
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    error TestCaseNotEqual(uint256 expected, uint256 observed);
    error TestCaseNot(string what);

    function assertEq(uint256 observed, uint256 expected) internal pure {
        if (observed != expected) revert TestCaseNotEqual(expected, observed);
    }

    function assertEq(bytes32 observed, bytes32 expected) internal pure {
        assertEq(uint256(observed), uint256(expected));
    }

    function assertEq(address observed, address expected) internal pure {
        assertEq(uint160(observed), uint160(expected));
    }

    function assertTrue(bool holds, string memory what) internal pure {
        if (!holds) revert TestCaseNot(what);
    }

    /// @dev A number of a fuzzer in a range, both ends included.
    function between(uint256 number, uint256 least, uint256 most) internal pure returns (uint256) {
        return least + number % (most - least + 1);
    }
}
