package qbft

import (
	"crypto/ecdsa"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/log"
)

const (
	maxEarly       = 32 // one validator's messages that are kept for the height that begins next
	maxDoublings   = 16
	catchUpEvery   = 500 * time.Millisecond
	maxRoundsAhead = 64
)

// Agreement takes a node through the heights of the chain. One loop owns all of its state.
type Agreement struct {
	key       *ecdsa.PrivateKey
	address   common.Address
	chain     *core.BlockChain
	engine    *Engine
	builder   *Builder
	transport *Transport
	genesis   common.Hash
	// journalPath is the file of what must outlive the process; without one, nothing does.
	journalPath string

	parent    *types.Header
	set       *tally
	started   bool // the block period is over: round 0 has begun
	round     uint64
	proposals map[uint64]*Message
	prepares  map[uint64]map[common.Address]Signed
	commits   map[uint64]map[common.Address]Signed
	changes   map[uint64]map[common.Address]*Message
	prepared  *Message // the prepares and the block of the latest round in which a quorum prepared
	prepRound uint64
	runs      map[common.Hash]*executed
	own       []*Message // what this validator said at this height, for peers that join
	early     []*Message
	earlyOf   map[common.Address]int // how many of them are whose

	periodOver <-chan time.Time
	roundOver  <-chan time.Time
	wantedAt   time.Time
	quit       chan struct{}
	done       chan struct{}
}

// NewAgreement makes the agreement of one node.
//
// admits says whose transactions go into blocks; journalPath is the file of what must outlive the process.
func NewAgreement(
	key *ecdsa.PrivateKey, chain *core.BlockChain, pool *core.TxPool, engine *Engine, transport *Transport,
	admits func(common.Address) bool, journalPath string,
) *Agreement {
	address := crypto.PubkeyToAddress(key.PublicKey)
	return &Agreement{
		key: key, address: address, chain: chain, engine: engine, transport: transport,
		builder: &Builder{chain: chain, pool: pool, engine: engine, address: address, admits: admits},
		genesis: chain.Genesis().Hash(), journalPath: journalPath,
		earlyOf: make(map[common.Address]int),
		quit:    make(chan struct{}), done: make(chan struct{}),
	}
}

// Start implements node.Lifecycle.
func (a *Agreement) Start() error {
	go a.loop()
	return nil
}

// Stop implements node.Lifecycle.
func (a *Agreement) Stop() error {
	close(a.quit)
	<-a.done
	return nil
}

func (a *Agreement) loop() {
	defer close(a.done)
	grown := a.watchHead()
	catchUp := time.NewTicker(catchUpEvery)
	defer catchUp.Stop()
	again := time.NewTicker(time.Duration(a.engine.Settings.RequestTimeout) * time.Second)
	defer again.Stop()
	a.begin()
	for {
		select {
		case <-a.quit:
			return
		case <-grown:
			a.followChain()
		case <-a.periodOver:
			a.beginRounds()
		case <-a.roundOver:
			a.changeRound(a.round + 1)
		case came := <-a.transport.arrivals:
			a.takeArrival(came)
		case <-catchUp.C:
			a.askForBlocks()
		case <-again.C:
			a.repeatRound()
		}
	}
}

// watchHead is a channel that fires after the chain grew. Events are taken up in a goroutine of their own, since the
// chain waits for those who subscribed, and this loop writes to the chain.
func (a *Agreement) watchHead() <-chan struct{} {
	heads, grown := make(chan core.ChainHeadEvent, 16), make(chan struct{}, 1)
	subscription := a.chain.SubscribeChainHeadEvent(heads)
	go func() {
		defer subscription.Unsubscribe()
		for {
			select {
			case <-heads:
				select {
				case grown <- struct{}{}:
				default:
				}
			case <-subscription.Err():
				return
			case <-a.quit:
				return
			}
		}
	}()
	return grown
}

func (a *Agreement) height() uint64 { return a.parent.Number.Uint64() + 1 }

func (a *Agreement) isValidator() bool { return a.set != nil && a.set.has(a.address) }

// begin takes up the height at which the node stopped, with what it said of it.
func (a *Agreement) begin() {
	a.beginHeight()
	a.recall()
}

// beginHeight forgets what was said about the last height and waits for the block period to be over.
func (a *Agreement) beginHeight() {
	a.parent = a.chain.CurrentBlock().Header()
	a.started, a.round, a.prepared = false, 0, nil
	a.proposals = make(map[uint64]*Message)
	a.prepares = make(map[uint64]map[common.Address]Signed)
	a.commits = make(map[uint64]map[common.Address]Signed)
	a.changes = make(map[uint64]map[common.Address]*Message)
	a.runs = make(map[common.Hash]*executed)
	a.own, a.periodOver, a.roundOver = nil, nil, nil
	counted, err := a.engine.tallies.afterBlock(a.parent, lookup(a.chain, nil))
	if err != nil {
		log.Error("The validators can't be told", "block", a.parent.Number, "err", err)
		a.set = nil
		return
	}
	a.set = counted
	a.periodOver = after(time.Unix(int64(a.parent.Time+a.engine.Settings.BlockPeriod), 0))
}

func (a *Agreement) followChain() {
	if a.chain.CurrentBlock().Hash() == a.parent.Hash() {
		return
	}
	a.beginHeight()
	a.transport.announce()
}

// beginRounds begins round 0 once the block period is over, or the one in which the node stopped, and takes up what
// was said of this height before.
func (a *Agreement) beginRounds() {
	a.periodOver, a.started = nil, true
	height, recalled := a.height(), append([]*Message(nil), a.own...)
	a.beginRound(a.round)
	for _, message := range recalled {
		if a.height() == height {
			a.count(message, a.address)
		}
	}
	a.takeEarly()
}

func (a *Agreement) beginRound(round uint64) {
	a.round = round
	doublings := round
	if doublings > maxDoublings {
		doublings = maxDoublings
	}
	a.roundOver = after(time.Now().Add(time.Duration(a.engine.Settings.RequestTimeout) * time.Second << doublings))
	if round == 0 && a.isTurn(0) && !a.hasSaid(Proposal, 0) {
		a.propose(0, nil)
	}
}

func (a *Agreement) isTurn(round uint64) bool {
	return a.isValidator() && Proposer(a.set.validators, a.parent.Coinbase, round) == a.address
}

// say signs a statement, keeps it, sends it, and takes it as one of a validator's.
func (a *Agreement) say(statement Statement, message *Message) {
	signed, err := sign(statement, a.genesis, a.key)
	if err != nil {
		log.Error("A statement can't be signed", "err", err)
		return
	}
	message.Signed = signed
	a.own = append(a.own, message)
	if err := a.remember(); err != nil {
		log.Error("Nothing is said that can't be kept", "err", err)
		a.own = a.own[:len(a.own)-1]
		return
	}
	a.transport.broadcast(message, nil)
	a.count(message, a.address)
}

func (a *Agreement) propose(round uint64, changes []Signed) {
	message := &Message{RoundChanges: changes}
	var block *types.Block
	if claim := highestPrepared(changes); claim != nil {
		certificate := a.findCertificate(round, *claim)
		if certificate == nil {
			return
		}
		message.Prepares = certificate.Prepares
		block = withRound(certificate.block(), round)
	} else {
		built, err := a.builder.build(a.parent, uint32(round))
		if err != nil {
			log.Error("No block can be built", "err", err)
			return
		}
		block = built
	}
	message.Blocks = []*types.Block{block}
	a.say(Statement{Kind: Proposal, Height: a.height(), Round: round, Digest: block.Hash()}, message)
}

func withRound(block *types.Block, round uint64) *types.Block {
	extra, err := ParseExtraData(block.Extra())
	if err != nil {
		return block
	}
	extra.Round, extra.Seals = uint32(round), nil
	return block.WithSeal(WithExtraData(block.Header(), *extra))
}

// findCertificate is the round change that brought the block and the prepares of this claim.
func (a *Agreement) findCertificate(round uint64, claim Prepared) *Message {
	for _, change := range a.changes[round] {
		for _, own := range change.Signed.Statement.Prepared {
			if own == claim && change.block() != nil {
				return change
			}
		}
	}
	return nil
}

// changeRound gives a round up and tells the others, with what was prepared in it or before.
func (a *Agreement) changeRound(round uint64) {
	a.beginRound(round)
	if !a.isValidator() {
		return
	}
	log.Info("A round is given up", "height", a.height(), "next", round)
	statement := Statement{Kind: RoundChange, Height: a.height(), Round: round}
	message := &Message{}
	if a.prepared != nil {
		statement.Prepared = []Prepared{{Round: a.prepRound, Digest: a.prepared.Signed.Statement.Digest}}
		message.Blocks, message.Prepares = a.prepared.Blocks, a.prepared.Prepares
	}
	a.say(statement, message)
}

// repeatRound says again what was said in this round, and the latest round change: links lose messages.
func (a *Agreement) repeatRound() {
	if !a.started {
		return
	}
	for _, message := range a.own {
		if message.Signed.Statement.Round == a.round {
			a.transport.broadcast(message, nil)
		}
	}
}

func (a *Agreement) takeArrival(came arrival) {
	switch {
	case came.message != nil:
		a.takeMessage(came.message, came.link)
	case len(came.blocks) > 0:
		a.takeBlocks(came.blocks)
	case came.joined:
		for _, message := range a.own {
			came.link.send(consensusCode, message)
		}
		a.askForBlocks()
	}
}

func (a *Agreement) takeBlocks(blocks types.Blocks) {
	a.wantedAt = time.Time{}
	for _, block := range blocks {
		if block.NumberU64() != a.chain.CurrentBlock().NumberU64()+1 {
			continue
		}
		if _, err := a.chain.InsertChain(types.Blocks{block}); err != nil {
			log.Warn("A peer's block is refused", "number", block.Number(), "err", err)
			return
		}
	}
	a.followChain()
	a.askForBlocks()
}

// askForBlocks asks a peer with a longer chain for what is missing, if nobody was asked just now.
func (a *Agreement) askForBlocks() {
	ahead := a.transport.findAhead()
	if ahead == nil || time.Since(a.wantedAt) < 4*catchUpEvery {
		return
	}
	a.wantedAt = time.Now()
	ahead.send(blocksWantedCode, a.height())
}
