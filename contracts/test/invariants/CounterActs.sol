// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IClaimRegister} from "../../src/interfaces/IClaimRegister.sol";
import {ClaimWords} from "../../src/libraries/ClaimWords.sol";
import {EntryCodec} from "../../src/libraries/EntryCodec.sol";
import {SignedStatements} from "../../src/libraries/SignedStatements.sol";
import {UseHash} from "../../src/libraries/UseHash.sol";
import {Trees} from "../support/Trees.sol";
import {Town, Why} from "./Town.sol";

/// @title Prescribing and dispensing, honestly and not
abstract contract CounterActs is Town {
    /// @dev A prescription as it was logged. `fault`: what is wrong with it, if anything.
    struct Rx {
        IClaimRegister.EntryProof proof;
        uint256 holderKeys;
        bool isOpen;
        Why fault;
    }

    /// @dev A claim chosen for a use.
    struct Pick {
        bytes32 claim;
        uint16 grant;
        uint32 ordinal;
        uint256 holderKey;
    }

    /// @dev A dispensing about to be tried, and how it must end.
    struct Plan {
        uint32 spender;
        IClaimRegister.DispenseItem item;
        IClaimRegister.Spend spend;
        Pick[] picks;
        Why why;
    }

    Rx[] internal _rxs;
    /// @dev ABI-encoded Spend of each dispensing that was done: the compiler doesn't copy arrays of structs to storage.
    bytes[] internal _uses;
    uint256 internal _serial;

    function prescribe(uint256 seed) external {
        uint32 issuer = draw(seed, "hospital", 2) == 0 ? HOSPITAL : HOSPITAL_B;
        uint256 key = doctorOf(issuer);
        uint64 signedAt = uint64(block.timestamp);
        Why fault = Why.Allowed;
        uint256 way = draw(seed, "way", 28);
        if (way == 0) (key, fault) = (STRANGER_KEY, Why.Author);
        if (way == 1) (key, fault) = (doctorOf(issuer == HOSPITAL ? HOSPITAL_B : HOSPITAL), Why.Author);
        if (way == 2) (key, fault) = (pharmacistOf(issuer), Why.Author);
        if (way == 3) (issuer, key, signedAt, fault) = (HOSPITAL, REVOKED_KEY, START + 3650, Why.Author);
        if (way == 4) (signedAt, fault) = (signedAt - 1 days - 1, Why.Late);
        if (way == 5) (signedAt, fault) = (signedAt + 301, Why.Late);
        if (way == 6) (issuer, key, fault) = (PHARMACY, doctorOf(PHARMACY), Why.Role);
        if (way == 7) signedAt = signedAt + 300;
        // A signed time before the credential began isn't only late.
        if (way == 4 && signedAt < START + 100) fault = Why.Author;
        _prescribe(seed, issuer, key, signedAt, fault);
    }

    /// @dev The same prescription, signed once more by its doctor and logged once more, perhaps in a successor log.
    function logAgain(uint256 seed) external {
        if (_rxs.length == 0) return;
        Rx memory rx = _rxs[draw(seed, "rx", _rxs.length)];
        uint32 issuer = rx.proof.log.institution();
        if (rolesOf(issuer) != 1) return;
        rx.proof = issueSigned(issuer, doctorOf(issuer), rx.proof.entry, uint64(block.timestamp));
        rx.fault = Why.Allowed;
        _rxs.push(rx);
    }

    function dispense(uint256 seed) external {
        if (_rxs.length == 0) return;
        Plan memory plan = _plan(seed, _spender(seed));
        _book(plan);
        IClaimRegister.DispenseItem[] memory items = new IClaimRegister.DispenseItem[](1);
        items[0] = plan.item;
        _send(plan.spender, items);
        judge(plan.why, _isDone(plan));
    }

    /// @dev Two in one batch: each ends as it would have alone, after the other.
    function dispenseTwo(uint256 seed, uint256 another) external {
        if (_rxs.length == 0) return;
        uint32 spender = _spender(seed);
        Plan memory first = _plan(seed, spender);
        _book(first);
        Plan memory second = _plan(another, spender);
        _book(second);
        IClaimRegister.DispenseItem[] memory items = new IClaimRegister.DispenseItem[](2);
        (items[0], items[1]) = (first.item, second.item);
        _send(spender, items);
        judge(first.why, _isDone(first));
        judge(second.why, _isDone(second));
    }

    /// @dev A stranger calls the part of the contract that only the contract itself may call.
    function dispenseInside(uint256 seed) external {
        if (_rxs.length == 0) return;
        Plan memory plan = _plan(seed, PHARMACY);
        vm.prank(address(0xbad));
        try register.dispenseItem(PHARMACY, 2, plan.item) {
            judge(Why.Role, true);
        } catch {
            judge(Why.Role, false);
        }
    }

    function _prescribe(uint256 seed, uint32 issuer, uint256 key, uint64 signedAt, Why fault) private {
        uint32 count = uint32(1 + draw(seed, "claims", 3));
        uint256 holderKeys = 0x401d0000 + 64 * _rxs.length;
        bool isOpen = draw(seed, "open", 8) == 0;
        uint64 notBefore = uint64(block.timestamp) + (draw(seed, "begins", 5) == 0 ? 1 days : 0);
        uint64 notAfter = notBefore + [uint64(0), 1 hours, 2 days, 6 days][draw(seed, "window", 4)];
        bytes32 terms = isOpen ? bytes32(0) : EntryCodecMemory.holdersHash(_holders(holderKeys, count));
        bytes32 record = keccak256(abi.encode("rx", ++_serial));
        IClaimRegister.EntryProof memory proof =
            issueSigned(issuer, key, IClaimRegister.Entry(1, record, 0, count, notBefore, notAfter, terms), signedAt);
        _rxs.push(Rx(proof, holderKeys, isOpen, fault));
        for (uint32 ordinal = 0; ordinal < count; ++ordinal) {
            know(claimOf(proof, ordinal));
        }
    }

    function _holders(uint256 keys, uint256 count) internal pure returns (address[] memory found) {
        found = new address[](count);
        for (uint256 i = 0; i < count; ++i) {
            found[i] = vm.addr(keys + i);
        }
    }

    function _spender(uint256 seed) private pure returns (uint32) {
        uint256 who = draw(seed, "spender", 12);
        if (who == 0) return INSURER;
        if (who == 1) return SUSPENDED;
        return [PHARMACY, PHARMACY_B, HOSPITAL, HOSPITAL_B, PHARMACY][who % 5];
    }

    function _plan(uint256 seed, uint32 spender) private returns (Plan memory plan) {
        plan.spender = spender;
        if (rolesOf(spender) & 3 == 0) plan.why = Why.Role;
        uint256 grants = _rxs.length > 1 && draw(seed, "grants", 4) == 0 ? 2 : 1;
        plan.item.grants = new IClaimRegister.Grant[](grants);
        uint256 first = draw(seed, "rx", _rxs.length);
        Pick[] memory picks = new Pick[](2 * grants);
        uint256 count = 0;
        for (uint16 g = 0; g < grants; ++g) {
            Rx memory rx = _rxs[(first + g) % _rxs.length];
            count = _pick(seed, rx, g, picks, count);
            _grant(seed, rx, plan, g);
        }
        plan.picks = _sorted(picks, count);
        _spend(seed, plan);
        _present(seed, plan);
    }

    /// @dev One or two of a prescription's claims.
    function _pick(uint256 seed, Rx memory rx, uint16 grant, Pick[] memory picks, uint256 count)
        private
        pure
        returns (uint256)
    {
        uint32 claimCount = rx.proof.entry.claimCount;
        uint32 start = uint32(draw(seed, "ordinal", claimCount));
        uint256 wanted = claimCount > 1 && draw(seed, "two", 2) == 0 ? 2 : 1;
        for (uint32 i = 0; i < wanted; ++i) {
            uint32 ordinal = (start + i) % claimCount;
            picks[count++] = Pick(claimOf(rx.proof, ordinal), grant, ordinal, rx.holderKeys + ordinal);
        }
        return count;
    }

    function _grant(uint256 seed, Rx memory rx, Plan memory plan, uint16 g) private view {
        if (rx.fault != Why.Allowed) _against(plan, rx.fault);
        if (isBarred(rx.proof)) _against(plan, Why.Closed);
        if (rx.isOpen && rx.proof.log.institution() != plan.spender) _against(plan, Why.Role);
        IClaimRegister.Grant memory grant = plan.item.grants[g];
        grant.proof = rx.proof;
        if (!rx.isOpen) grant.holders = _holders(rx.holderKeys, rx.proof.entry.claimCount);
        uint256 way = draw(seed, "proof", 40);
        if (way < 6 && _bend(way, grant)) _against(plan, Why.Proof);
    }

    /// @dev Makes a proof false; whether it did.
    function _bend(uint256 way, IClaimRegister.Grant memory grant) private view returns (bool) {
        IClaimRegister.EntryProof memory proof = grant.proof;
        if (way == 0) {
            proof.entry.claimCount += 1;
            if (proof.entry.terms != 0) {
                grant.holders = _holders(STRANGER_KEY, proof.entry.claimCount);
                proof.entry.terms = EntryCodecMemory.holdersHash(grant.holders);
            }
        } else if (way == 1) {
            proof.entry.notAfter += 30 days;
        } else if (way == 2) {
            if (proof.path.length == 0) return false;
            proof.path[0] ^= bytes32(uint256(1));
        } else if (way == 3) {
            proof.index += 1;
        } else if (way == 4) {
            // The doctor signs once more, as if it had been at another time.
            proof.signedAt -= 60;
            proof.signature = _signature(proof);
        } else {
            // A later checkpoint holds it too, with a true path; but it is not the first.
            uint64 later = log.head(proof.log).size;
            if (later == proof.size) return false;
            proof.path = Trees.inclusion(leaves[proof.log], later, proof.index);
            proof.size = later;
        }
        return true;
    }

    function _signature(IClaimRegister.EntryProof memory proof) private view returns (bytes memory) {
        uint32 issuer = proof.log.institution();
        return sign(doctorOf(issuer), SignedStatements.authorshipHash(issuer, proof.entry, proof.signedAt));
    }

    function _sorted(Pick[] memory picks, uint256 count) private pure returns (Pick[] memory sorted) {
        sorted = new Pick[](count);
        for (uint256 i = 0; i < count; ++i) {
            uint256 j = i;
            for (; j > 0 && sorted[j - 1].claim > picks[i].claim; --j) {
                sorted[j] = sorted[j - 1];
            }
            sorted[j] = picks[i];
        }
    }

    function _spend(uint256 seed, Plan memory plan) private {
        IClaimRegister.Spend memory spend = plan.spend;
        (spend.kind, spend.spender, spend.time) = (1, plan.spender, uint64(block.timestamp));
        spend.payer = [INSURER, INSURER, INSURER_B, 0, PHARMACY][draw(seed, "payer", 5)];
        spend.into = keccak256(abi.encode("dispensing", ++_serial));
        spend.claims = new IClaimRegister.ClaimUse[](plan.picks.length);
        for (uint256 i = 0; i < plan.picks.length; ++i) {
            bytes32 claim = plan.picks[i].claim;
            spend.claims[i] = IClaimRegister.ClaimUse(claim, _claimBooks[claim].restores);
            // Of a prescription that was logged twice: the item must be refused, as not ascending.
            if (i > 0 && claim == plan.picks[i - 1].claim) _against(plan, Why.Used);
            if (!isStatus(claim, ClaimWords.UNUSED)) _against(plan, Why.Used);
            _checkWindow(plan, plan.item.grants[plan.picks[i].grant].proof.entry);
        }
        // The restore count of a use that was undone, as in a presentation that was kept from then.
        if (draw(seed, "old", 3) == 0 && spend.claims[0].restoreCount > 0) {
            spend.claims[0].restoreCount -= 1;
            _against(plan, Why.Presentation);
        }
        _pack(seed, plan);
    }

    function _checkWindow(Plan memory plan, IClaimRegister.Entry memory entry) private view {
        bool inWindow = block.timestamp >= entry.notBefore && block.timestamp <= entry.notAfter + 3 days;
        if (!inWindow) _against(plan, Why.Window);
    }

    function _pack(uint256 seed, Plan memory plan) private view {
        uint256 count = draw(seed, "packs", 3);
        uint256 start = draw(seed, "token", TOKENS - 1);
        plan.spend.packs = new IClaimRegister.PackUse[](count);
        for (uint256 i = 0; i < count; ++i) {
            bytes32 token = bytes32(1 + start + i);
            // The first total stands; some state another one later.
            uint32 total = draw(seed, "total", 4) == 0 ? 20 : 10;
            uint32 units = uint32(1 + draw(seed, "units", 5));
            plan.spend.packs[i] = IClaimRegister.PackUse(token, total, units);
            PackBook memory book = _packBooks[token];
            if (units > (book.total == 0 ? total : book.total) - book.used) _against(plan, Why.Pack);
        }
    }

    function _present(uint256 seed, Plan memory plan) private view {
        IClaimRegister.DispenseItem memory item = plan.item;
        (item.payer, item.into, item.packs) = (plan.spend.payer, plan.spend.into, plan.spend.packs);
        item.claims = new IClaimRegister.ClaimRef[](plan.picks.length);
        uint256 way = draw(seed, "presentation", 30);
        for (uint256 i = 0; i < plan.picks.length; ++i) {
            Pick memory pick = plan.picks[i];
            IClaimRegister.ClaimRef memory ref = item.claims[i];
            (ref.grant, ref.ordinal) = (pick.grant, pick.ordinal);
            ref.restoreCount = plan.spend.claims[i].restoreCount;
            if (item.grants[pick.grant].holders.length == 0) continue;
            ref.deadline = uint64(block.timestamp) + 600;
            bool isFalse = way < 6 && i == plan.picks.length - 1;
            if (isFalse) _against(plan, Why.Presentation);
            ref.presentation = _sign(plan, i, ref, isFalse ? way : 99);
        }
    }

    /// @dev A presentation: right, or wrong in one of six ways.
    function _sign(Plan memory plan, uint256 position, IClaimRegister.ClaimRef memory ref, uint256 way)
        private
        view
        returns (bytes memory)
    {
        IClaimRegister.Spend memory spend = plan.spend;
        SignedStatements.Presentation memory said = SignedStatements.Presentation(
            spend.claims[position].claim, ref.restoreCount, spend.spender, useHashOf(spend), spend.into, ref.deadline
        );
        uint256 key = plan.picks[position].holderKey;
        if (way == 0) key = STRANGER_KEY;
        if (way == 1) said.spender = said.spender == PHARMACY ? PHARMACY_B : PHARMACY;
        if (way == 2) said.into = "another dispensing";
        if (way == 3) said.useHash = "another use";
        if (way == 4) said.restoreCount += 1;
        if (way == 5) (said.deadline, ref.deadline) = (uint64(block.timestamp) - 1, uint64(block.timestamp) - 1);
        return sign(key, SignedStatements.presentationHash(said));
    }

    /// @dev The first reason stands.
    function _against(Plan memory plan, Why why) private pure {
        if (plan.why == Why.Allowed) plan.why = why;
    }

    function _book(Plan memory plan) private {
        if (plan.why != Why.Allowed) return;
        IClaimRegister.Spend memory spend = plan.spend;
        _uses.push(abi.encode(spend));
        uint256 digest = ClaimWords.useDigest(spend.into, useHashOf(spend), spend.spender, spend.time);
        for (uint256 i = 0; i < spend.claims.length; ++i) {
            ClaimBook storage book = _claimBooks[spend.claims[i].claim];
            (book.status, book.digest, book.use) = (ClaimWords.DISPENSED, digest, _uses.length);
            book.timesDispensed += 1;
        }
        for (uint256 i = 0; i < spend.packs.length; ++i) {
            PackBook storage book = _packBooks[spend.packs[i].token];
            if (book.total == 0) book.total = spend.packs[i].totalUnits;
            book.used += spend.packs[i].unitsUsed;
        }
    }

    function _send(uint32 spender, IClaimRegister.DispenseItem[] memory items) private {
        vm.prank(accountOf(spender));
        try register.dispense(items) {} catch {}
    }

    function _isDone(Plan memory plan) private view returns (bool) {
        IClaimRegister.Spend memory spend = plan.spend;
        uint256 digest = ClaimWords.useDigest(spend.into, useHashOf(spend), spend.spender, spend.time);
        return ClaimWords.digestOf(register.claimWord(spend.claims[0].claim)) == digest;
    }
}

/// @dev The contract's own hash takes its addresses from the call.
library EntryCodecMemory {
    function holdersHash(address[] memory holders) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(holders));
    }
}
