"""Step 4 of a verification: the checkpoint is on the chain that the verifier trusts (protocol, section 9).

Online a node of that chain is asked. Offline the block must be sealed by the validators whom the trust file
names, and the checkpoint's words proven from its state root; what was recorded later can't be seen then.
"""

from __future__ import annotations

from ledger_proofs import qbft
from ledger_proofs.bundle_proofs import AccountProof, StateProof
from ledger_proofs.chain_view import ChainView, Trust
from ledger_proofs.errors import AnchorMismatch, CannotCheck
from ledger_proofs.headers import parse_header
from ledger_proofs.proven_state import ProvenState, verify_words
from ledger_proofs.records import LAST_SECOND, format_utc_time
from ledger_proofs.reports import Comparison
from ledger_proofs.storage_layout import checkpoint_slots
from ledger_proofs.validators import ValidatorHistory, verify_sealed
from ledger_proofs.verification import Verification
from ledger_proofs.wording import sealed_anchor_message


def verify_anchor(run: Verification) -> None:
    """Step 4: the checkpoint is on the chain that the verifier trusts, as stated, and isn't barred."""
    _verify_stated_block(run)
    if run.trust is None:
        raise CannotCheck(
            "no trust given: say which chain and contracts count (a trust file)", code="anchor.no_trust"
        )
    anchor = run.bundle.anchor
    for name in ("chain_id", "genesis_hash"):
        if not run.compare(name, getattr(run.trust, name), getattr(anchor, name)):
            raise AnchorMismatch("anchored on another chain", code="anchor.other_chain", where=name)
    for name in ("directory", "checkpoint_log", "claim_register"):
        if not run.compare(name, getattr(run.trust, name), getattr(anchor, name)):
            raise AnchorMismatch("anchored in other contracts", code="anchor.other_contracts", where=name)
    if run.chain is None:
        _verify_sealed_anchor(run, run.trust)
    else:
        _verify_node_is_trusted(run.chain, run.trust)
        _verify_recorded(run, run.chain)


def _verify_recorded(run: Verification, chain: ChainView) -> None:
    """Ask the chain for the checkpoint, and for the block that is to hold it."""
    anchor, checkpoint = run.bundle.anchor, run.bundle.checkpoint
    found = chain.find_checkpoint(checkpoint.log, checkpoint.size)
    if chain.block_number() < anchor.block_number:
        raise CannotCheck("the node hasn't got that block yet; try again", code="anchor.node_behind")
    if found is None:
        raise AnchorMismatch("the chain has no such checkpoint", code="anchor.not_recorded")
    for name in ("root", "previous_size", "anchored_at"):
        if not run.compare(f"checkpoint's {name}", getattr(found, name), getattr(checkpoint, name)):
            raise AnchorMismatch(f"the chain's checkpoint has another {name}", where=name)
    if chain.is_barred(checkpoint.log, checkpoint.size):
        raise AnchorMismatch("the log was closed before this checkpoint: it is barred", code="anchor.barred")
    _verify_block_on_chain(run, chain)


def _verify_sealed_anchor(run: Verification, trust: Trust) -> None:
    """Without a node: the header's seals, and the checkpoint's words proven from its state root."""
    anchor = run.bundle.anchor
    if trust.validators is None or trust.code_hashes is None:
        raise CannotCheck(
            "offline: the trust file names no validators, and a development chain has none; give the address "
            "of a node",
            code="anchor.offline",
        )
    if anchor.header is None or anchor.account_proof is None or anchor.storage_proofs is None:
        raise CannotCheck(
            "offline: the bundle carries no header or no proof, its chain's node gave none; give the address "
            "of a node",
            code="anchor.no_proof",
        )
    header = _parse_sealed(anchor.header)
    sealers = _verify_seals(run, header, trust.validators)
    stated = AccountProof(anchor.checkpoint_log, anchor.account_proof, anchor.storage_proofs)
    verify_words(header, trust.code_hashes.checkpoint_log, stated)
    run.compare("checkpoint's root", run.bundle.checkpoint.root, anchor.storage_proofs[0].value)
    latest = header
    if run.bundle.state is not None:
        latest = _parse_sealed(run.bundle.state.header)
        state = _open_state(run, latest, trust, run.bundle.state)
        _verify_seals(run, latest, trust.validators)
        if state.is_barred(run.bundle.checkpoint.log, run.bundle.checkpoint.size):
            raise AnchorMismatch(
                "the log was closed before this checkpoint: it is barred", code="anchor.barred"
            )
        run.proven = state
    run.passed_words = sealed_anchor_message(
        *sealers, _named(latest), is_open=run.proven is not None, known=_known_until(latest, trust.validators)
    )


def _open_state(run: Verification, header: qbft.SealedHeader, trust: Trust, state: StateProof) -> ProvenState:
    """The state that the bundle proves, as of the claims' block; the header's seals aren't checked here."""
    anchor, stated = run.bundle.anchor, run.bundle.claims.as_of_block
    if not run.compare("number in the state's header", stated, header.number):
        raise AnchorMismatch("the state's header is another block's", code="state.header")
    if header.number < anchor.block_number:
        raise AnchorMismatch("the state is older than the anchor", code="state.older")
    asked = {trust.directory, trust.checkpoint_log}
    # Each step proves what it asks: what nothing asks would ride along unproven.
    if run.bundle.claims.words:
        asked.add(trust.claim_register)
    addresses = {each.address for each in state.accounts}
    if len(addresses) != len(state.accounts) or not addresses <= asked:
        raise AnchorMismatch(
            "the state is of contracts that nothing asks, or of one twice", code="state.accounts"
        )
    is_same_block = header.number == anchor.block_number
    if is_same_block and not run.compare("hash of the header", anchor.block_hash, header.block_hash):
        raise AnchorMismatch("two headers of one number", code="state.header")
    return ProvenState(header, trust, state)


def _verify_seals(run: Verification, header: qbft.SealedHeader, history: ValidatorHistory) -> tuple[int, int]:
    """How many of how many validators sealed."""
    count = len(verify_sealed(header, history).validators)
    sealed = len(header.seals)
    label = f"seals needed and found on block {header.number}"
    run.compared.append(Comparison(label, str(qbft.quorum(count)), str(sealed)))
    return sealed, count


def _named(header: qbft.SealedHeader) -> tuple[int, str]:
    """A block's number, and its time as people read it."""
    seconds = header.header.timestamp
    return header.number, format_utc_time(seconds) if seconds <= LAST_SECOND else str(seconds)


def _known_until(header: qbft.SealedHeader, history: ValidatorHistory) -> tuple[int, str] | None:
    """The last block whose validators are known, and when that was, where the header's is a later one."""
    if header.number <= history.as_of_block:
        return None
    return history.as_of_block, format_utc_time(history.as_of)


def _parse_sealed(header_rlp: bytes) -> qbft.SealedHeader:
    if parse_header(header_rlp).mix_hash != qbft.BFT_MIX_HASH:
        raise CannotCheck(
            "offline: the block isn't sealed by validators (a development chain's aren't); give the address "
            "of a node",
            code="anchor.not_sealed",
        )
    return qbft.parse_header(header_rlp)


def _verify_stated_block(run: Verification) -> None:
    anchor, checkpoint = run.bundle.anchor, run.bundle.checkpoint
    if anchor.header is not None:
        header = parse_header(anchor.header)
        if not run.compare("hash of the header", anchor.block_hash, qbft.chain_hash(anchor.header)):
            raise AnchorMismatch("the header is another block's", code="anchor.header", where="block_hash")
        if not run.compare("number in the header", anchor.block_number, header.number):
            raise AnchorMismatch("the header is another block's", code="anchor.header", where="block_number")
        if header.timestamp < checkpoint.anchored_at:
            run.compare("time in the header", checkpoint.anchored_at, header.timestamp)
            raise AnchorMismatch("the block is older than the checkpoint", code="anchor.header")
    if anchor.storage_proofs is not None:
        slots = checkpoint_slots(checkpoint.log, checkpoint.size)
        stated = [(each.slot, each.value) for each in anchor.storage_proofs]
        if stated != list(zip(slots, checkpoint.words(), strict=True)):
            raise AnchorMismatch("the storage proofs are of something else", code="anchor.storage_proofs")


def _verify_node_is_trusted(chain: ChainView, trust: Trust) -> None:
    if chain.chain_id() != trust.chain_id or chain.genesis_hash() != trust.genesis_hash:
        raise CannotCheck(
            "the node is on another chain than the trusted one; give the address of one that is on it",
            code="anchor.node_on_other_chain",
        )


def _verify_block_on_chain(run: Verification, chain: ChainView) -> None:
    """Check that the stated block is the chain's, and no older than the checkpoint that it is to hold."""
    anchor, anchored_at = run.bundle.anchor, run.bundle.checkpoint.anchored_at
    number = anchor.block_number
    if not run.compare(f"hash of block {number}", chain.block_hash(number), anchor.block_hash):
        raise AnchorMismatch("that block is another", code="anchor.other_block", where="block_hash")
    # A header that was given is bound by that hash, and its time has been looked at.
    if anchor.header is None and chain.block_time(number) < anchored_at:
        raise AnchorMismatch("older than the checkpoint", code="anchor.other_block", where="block_number")
