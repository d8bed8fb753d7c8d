package qbft

import (
	"sort"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/log"
)

// takeMessage judges what a peer sent: who said it, about which height, and passes it on if it may matter.
func (a *Agreement) takeMessage(message *Message, from *Link) {
	height := message.Signed.Statement.Height
	if a.set == nil || height < a.height() {
		return
	}
	signer, err := message.Signed.signer(a.genesis)
	if err != nil {
		log.Debug("A statement is nobody's", "err", err)
		return
	}
	if height > a.height() || !a.started {
		a.keepEarly(message, signer)
		return
	}
	if !a.set.has(signer) || message.Signed.Statement.Round > a.round+maxRoundsAhead {
		log.Debug("A statement is left aside", "signer", signer)
		return
	}
	if err := message.verifyForm(len(a.set.validators)); err != nil {
		log.Warn("A statement is malformed", "signer", signer, "err", err)
		return
	}
	if !a.count(message, signer) {
		// It may count when it is said again. It isn't passed on: a faulty validator would be given a louder voice.
		a.transport.forget(message)
		return
	}
	a.transport.broadcast(message, from)
}

// keepEarly keeps what is said of a height that hasn't begun here, of each validator so much. A validator that the
// next block brings in isn't known yet: what is not kept will be said again.
func (a *Agreement) keepEarly(message *Message, signer common.Address) {
	if message.Signed.Statement.Height > a.height()+1 || !a.set.has(signer) || a.earlyOf[signer] >= maxEarly {
		a.transport.forget(message)
		return
	}
	a.early = append(a.early, message)
	a.earlyOf[signer]++
}

// takeEarly judges what came before its height began.
func (a *Agreement) takeEarly() {
	waiting := a.early
	a.early, a.earlyOf = nil, make(map[common.Address]int)
	for _, message := range waiting {
		a.takeMessage(message, nil)
	}
}

// count takes a statement for what it is worth, and tells whether it was worth anything new.
func (a *Agreement) count(message *Message, signer common.Address) bool {
	said := message.Signed.Statement
	switch said.Kind {
	case Proposal:
		return a.countProposal(message, signer)
	case Prepare:
		if keep(a.prepares, said.Round, signer, message.Signed) {
			a.checkPrepared(said.Round)
			return true
		}
	case Commit:
		if keep(a.commits, said.Round, signer, message.Signed) {
			a.checkCommitted(said.Round)
			return true
		}
	case RoundChange:
		return a.countRoundChange(message, signer)
	}
	return false
}

// keep adds a statement to its round's; a validator's first one counts.
func keep(rounds map[uint64]map[common.Address]Signed, round uint64, signer common.Address, signed Signed) bool {
	if rounds[round] == nil {
		rounds[round] = make(map[common.Address]Signed)
	}
	if _, known := rounds[round][signer]; known {
		return false
	}
	rounds[round][signer] = signed
	return true
}

func (a *Agreement) countProposal(message *Message, signer common.Address) bool {
	said, block := message.Signed.Statement, message.block()
	if said.Round < a.round || a.proposals[said.Round] != nil || block == nil || block.Hash() != said.Digest {
		return false
	}
	if Proposer(a.set.validators, a.parent.Coinbase, said.Round) != signer ||
		!justifies(message, signer, a.genesis, a.set) {
		log.Warn("A proposal is not its sender's to make", "height", said.Height, "round", said.Round)
		return false
	}
	extra, err := ParseExtraData(block.Extra())
	if err != nil || uint64(extra.Round) != said.Round || len(extra.Seals) > 0 {
		log.Warn("A proposal carries another round, or seals", "height", said.Height, "round", said.Round)
		return false
	}
	if a.runs[said.Digest] == nil {
		run, err := a.builder.run(block, a.parent)
		if err != nil {
			log.Warn("A proposed block is refused", "height", said.Height, "round", said.Round, "err", err)
			return false
		}
		a.runs[said.Digest] = run
	}
	a.proposals[said.Round] = message
	if said.Round > a.round {
		a.beginRound(said.Round)
	}
	if a.isValidator() && !a.hasSaid(Prepare, said.Round) {
		a.say(Statement{Kind: Prepare, Height: said.Height, Round: said.Round, Digest: said.Digest}, &Message{})
	}
	// Others may have been quicker than the proposal.
	a.checkPrepared(said.Round)
	a.checkCommitted(said.Round)
	return true
}

// checkPrepared commits to the proposal of a round once a quorum is prepared for it.
func (a *Agreement) checkPrepared(round uint64) {
	proposal := a.proposals[round]
	if proposal == nil || round != a.round || !a.isValidator() || (a.prepared != nil && a.prepRound >= round) {
		return
	}
	digest := proposal.Signed.Statement.Digest
	var prepares []Signed
	for _, prepare := range a.prepares[round] {
		if prepare.Statement.Digest == digest {
			prepares = append(prepares, prepare)
		}
	}
	if len(prepares) < Quorum(len(a.set.validators)) {
		return
	}
	a.prepared = &Message{Signed: proposal.Signed, Blocks: proposal.Blocks, Prepares: prepares}
	a.prepRound = round
	hash, err := SealHash(proposal.block().Header(), uint32(round))
	if err != nil {
		log.Error("A proposal can't be committed to", "err", err)
		return
	}
	seal, err := crypto.Sign(hash.Bytes(), a.key)
	if err != nil {
		log.Error("A seal can't be made", "err", err)
		return
	}
	a.say(Statement{Kind: Commit, Height: a.height(), Round: round, Digest: digest, Seal: seal}, &Message{})
}

// checkCommitted writes the block of a round once a quorum committed to it.
func (a *Agreement) checkCommitted(round uint64) {
	proposal := a.proposals[round]
	if proposal == nil {
		return
	}
	header := proposal.block().Header()
	hash, err := SealHash(header, uint32(round))
	if err != nil {
		return
	}
	var seals [][]byte
	for signer, commit := range a.commits[round] {
		if commit.Statement.Digest != proposal.Signed.Statement.Digest {
			continue
		}
		if by, err := Signer(hash, commit.Statement.Seal); err == nil && by == signer {
			seals = append(seals, commit.Statement.Seal)
		}
	}
	if len(seals) < Quorum(len(a.set.validators)) {
		return
	}
	a.write(proposal.block(), round, seals)
}

func (a *Agreement) write(block *types.Block, round uint64, seals [][]byte) {
	run := a.runs[block.Hash()]
	extra, err := ParseExtraData(block.Extra())
	if run == nil || err != nil || a.chain.CurrentBlock().Hash() != a.parent.Hash() {
		return
	}
	extra.Round, extra.Seals = uint32(round), seals
	// The transactions are those that were run here, whatever came with a later message.
	sealed := run.block.WithSeal(WithExtraData(block.Header(), *extra))
	if err := VerifySeals(sealed.Header(), a.set.validators); err != nil {
		log.Error("The seals of a block don't hold", "err", err)
		return
	}
	if _, err := a.chain.WriteBlockAndSetHead(sealed, run.receipts, run.logs, run.state, true); err != nil {
		log.Error("A block can't be written", "number", sealed.Number(), "err", err)
		return
	}
	log.Info("Block", "number", sealed.Number(), "round", round, "txs", len(sealed.Transactions()), "hash", sealed.Hash())
	a.followChain()
}

func (a *Agreement) countRoundChange(message *Message, signer common.Address) bool {
	said := message.Signed.Statement
	if said.Round == 0 || !a.isCertified(message) {
		return false
	}
	if a.changes[said.Round] == nil {
		a.changes[said.Round] = make(map[common.Address]*Message)
	}
	if a.changes[said.Round][signer] != nil {
		return false
	}
	a.changes[said.Round][signer] = message
	a.followOthers()
	changes := a.changes[said.Round]
	if said.Round != a.round || len(changes) < Quorum(len(a.set.validators)) || !a.isTurn(a.round) ||
		a.proposals[a.round] != nil {
		return true
	}
	signed := make([]Signed, 0, len(changes))
	for _, change := range changes {
		signed = append(signed, change.Signed)
	}
	a.propose(said.Round, signed)
	return true
}

// isCertified tells whether a round change that claims a prepared block brings it, and its prepares.
func (a *Agreement) isCertified(message *Message) bool {
	said := message.Signed.Statement
	if len(said.Prepared) == 0 {
		return true
	}
	claim, block := said.Prepared[0], message.block()
	return claim.Round < said.Round && block != nil && block.Hash() == claim.Digest &&
		certifies(message.Prepares, said.Height, claim, a.genesis, a.set)
}

// followOthers goes to a later round when more validators are there than can be faulty.
func (a *Agreement) followOthers() {
	furthest := make(map[common.Address]uint64)
	for round, changes := range a.changes {
		for signer := range changes {
			if round > a.round && round > furthest[signer] {
				furthest[signer] = round
			}
		}
	}
	if len(furthest) <= FaultsBorne(len(a.set.validators)) {
		return
	}
	rounds := make([]uint64, 0, len(furthest))
	for _, round := range furthest {
		rounds = append(rounds, round)
	}
	sort.Slice(rounds, func(i, j int) bool { return rounds[i] < rounds[j] })
	// The latest round that so many have reached that one of them at least is honest.
	a.changeRound(rounds[len(rounds)-1-FaultsBorne(len(a.set.validators))])
}
