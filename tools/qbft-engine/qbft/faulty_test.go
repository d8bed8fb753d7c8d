package qbft

import (
	"bytes"
	"fmt"
	"math/big"
	"math/rand"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/p2p"
	"github.com/ethereum/go-ethereum/p2p/enode"
)

func TestAProposerOfTwoBlocksSplitsNobody(t *testing.T) {
	n := newNetwork(t, 4)
	faulty := n.proposerOf(0)
	honest := n.others(faulty)
	n.silenced[faulty] = true
	n.beginRounds()
	for mark, to := range map[byte][]int{1: honest[:2], 2: honest[2:]} {
		block := n.block(faulty, 0, mark)
		n.say(faulty, n.proposal(1, 0, block), &Message{Blocks: types.Blocks{block}}, to...)
		prepare := Statement{Kind: Prepare, Height: 1, Digest: block.Hash()}
		n.say(faulty, prepare, &Message{}, to...)
		n.say(faulty, n.commit(faulty, 0, block), &Message{}, to...)
	}
	n.settle(nil)
	if err := n.verifyOneChain(honest); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < 3; i++ {
		n.giveUp(honest...)
		n.settle(nil)
	}
	n.mustAgree(honest, 1)
}

func TestOfTwoProposalsOfARoundTheFirstOneCounts(t *testing.T) {
	n := newNetwork(t, 4)
	faulty := n.proposerOf(0)
	to := n.others(faulty)[0]
	n.silenced[faulty] = true
	n.beginRounds()
	for mark := byte(1); mark <= 2; mark++ {
		block := n.block(faulty, 0, mark)
		n.say(faulty, n.proposal(1, 0, block), &Message{Blocks: types.Blocks{block}}, to)
	}
	prepares := 0
	for _, said := range n.nodes[to].own {
		if said.Signed.Statement.Kind == Prepare {
			prepares++
		}
	}
	if prepares != 1 {
		t.Errorf("it prepares for %d blocks in one round", prepares)
	}
}

func TestAProposerCannotVoteInAnothersName(t *testing.T) {
	n := newNetwork(t, 4)
	faulty := n.proposerOf(0)
	honest := n.others(faulty)
	n.silenced[faulty] = true
	n.beginRounds()
	n.nodes[faulty].builder.address = n.nodes[honest[0]].address
	block := n.withExtra(n.block(faulty, 0, 0), func(extra *ExtraData) {
		extra.Vote = &Vote{Subject: n.nodes[honest[1]].address}
	})
	n.say(faulty, n.proposal(1, 0, block), &Message{Blocks: types.Blocks{block}}, honest...)
	for _, i := range honest {
		if n.nodes[i].proposals[0] != nil {
			t.Fatalf("node %d takes a block with another's name for its proposer", i)
		}
	}
}

// withOtherBody is a block of the same header, and so of the same hash, with one transaction more in its body.
func withOtherBody(block *types.Block) *types.Block {
	return block.WithBody(types.Transactions{types.NewTx(&types.LegacyTx{Nonce: 9, Gas: 21_000, GasPrice: new(big.Int)})}, nil)
}

func TestABlockProposedAgainKeepsItsTransactions(t *testing.T) {
	n := newNetwork(t, 4)
	block := n.prepareInFirstRound()
	faulty := n.proposerOf(1)
	honest := n.others(faulty)
	n.silenced[faulty] = true
	n.giveUp(n.others()...)
	n.settle(func(letter) bool { return true })
	changes, prepares := n.changesTo(1, n.others()...)
	forged := withOtherBody(withRound(block, 1))
	if forged.Hash() != block.Hash() {
		t.Fatal("the hash is another one")
	}
	message := &Message{Blocks: types.Blocks{forged}, RoundChanges: changes, Prepares: prepares}
	n.say(faulty, n.proposal(1, 1, forged), message, honest...)
	n.settle(nil)
	if err := n.verifyOneChain(honest); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < 2; i++ {
		n.giveUp(honest...)
		n.settle(nil)
	}
	n.mustAgree(honest, 1)
}

func TestAPreparedBlockWithOtherTransactionsMisleadsNoHonestProposer(t *testing.T) {
	n := newNetwork(t, 4)
	block := n.prepareInFirstRound()
	faulty, honestProposer := n.proposerOf(2), n.proposerOf(1)
	claim := Statement{Kind: RoundChange, Height: 1, Round: 1, Prepared: []Prepared{{0, block.Hash()}}}
	message := &Message{Blocks: types.Blocks{withOtherBody(block)}, Prepares: n.nodes[0].prepared.Prepares}
	n.say(faulty, claim, message, honestProposer)
	if len(n.nodes[honestProposer].changes[1]) > 0 {
		t.Error("it is taken")
	}
}

func TestWhoRelaysCannotSpoilAMessageByBringingItFirst(t *testing.T) {
	n := newNetwork(t, 4)
	proposer := n.proposerOf(0)
	faulty, honest := n.others(proposer)[0], n.others(proposer)[1]
	n.beginRounds()
	whole := n.nodes[proposer].own[0]
	bare := &Message{Signed: whole.Signed}
	n.send(faulty, bare, honest)
	n.send(faulty, &Message{Signed: whole.Signed, Blocks: types.Blocks{withOtherBody(whole.block())}}, honest)
	n.send(proposer, whole, honest)
	if n.nodes[honest].proposals[0] == nil {
		t.Error("the whole proposal was taken for known")
	}
}

func TestWhatDoesNotCountIsNotPassedOn(t *testing.T) {
	n := newNetwork(t, 4)
	faulty := n.others(n.proposerOf(0))[0]
	to := n.others(faulty, n.proposerOf(0))[0]
	n.beginRounds()
	n.settle(nil)
	n.beginRounds()
	n.waiting = nil
	block := n.block(faulty, 0, 1)
	claim := Statement{Kind: RoundChange, Height: 2, Round: 5, Prepared: []Prepared{{4, block.Hash()}}}
	n.say(faulty, claim, &Message{Blocks: types.Blocks{block}}, to)
	n.say(faulty, Statement{Kind: RoundChange, Height: 2, Round: 5}, &Message{Blocks: types.Blocks{block}}, to)
	for _, l := range n.waiting {
		if l.from == to && l.code == consensusCode && decoded(t, l).Signed.Statement.Round == 5 {
			t.Error("a round change that proves nothing is passed on")
		}
	}
}

func TestOneValidatorAloneMovesNobodyToALaterRound(t *testing.T) {
	n := newNetwork(t, 4)
	n.beginRounds()
	for round := uint64(1); round < maxRoundsAhead; round++ {
		n.say(3, Statement{Kind: RoundChange, Height: 1, Round: round}, &Message{}, 0)
	}
	if n.nodes[0].round != 0 {
		t.Errorf("node 0 is in round %d", n.nodes[0].round)
	}
}

func TestWordsTooEarlyAreKeptInBounds(t *testing.T) {
	n := newNetwork(t, 4)
	node := n.nodes[0] // its height has begun, its round has not
	for i := 0; i < 10*maxEarly; i++ {
		said := Statement{Kind: Prepare, Height: 1 + uint64(i%2), Round: uint64(i), Digest: common.Hash{1}}
		n.say(3, said, &Message{}, 0)
		stranger, err := sign(said, node.genesis, newKey(t))
		if err != nil {
			t.Fatal(err)
		}
		n.send(3, &Message{Signed: stranger}, 0)
	}
	if len(node.early) != maxEarly {
		t.Errorf("%d are kept", len(node.early))
	}
	n.silenced[3] = true
	n.beginRounds()
	n.settle(nil)
	for i := 0; i < 2 && n.height(0) == 0; i++ {
		n.giveUp(0, 1, 2)
		n.settle(nil)
	}
	n.mustAgree([]int{0, 1, 2}, 1)
}

func TestBlocksThatBreakARuleAreNotPreparedFor(t *testing.T) {
	n := newNetwork(t, 4)
	faulty := n.proposerOf(0)
	honest := n.others(faulty)
	n.silenced[faulty] = true
	n.beginRounds()
	good := n.block(faulty, 0, 1)
	with := func(change func(*types.Header)) *types.Block {
		header := good.Header()
		change(header)
		return good.WithSeal(header)
	}
	far := new(big.Int).Add(good.Number(), new(big.Int).Lsh(common.Big1, 64))
	for name, block := range map[string]*types.Block{
		"number beyond 64 bits": with(func(h *types.Header) { h.Number = far }),
		"another number":        with(func(h *types.Header) { h.Number = big.NewInt(2) }),
		"another parent":        with(func(h *types.Header) { h.ParentHash = common.Hash{1} }),
		"another mixHash":       with(func(h *types.Header) { h.MixDigest = common.Hash{} }),
		"a nonce":               with(func(h *types.Header) { h.Nonce = types.BlockNonce{1} }),
		"another difficulty":    with(func(h *types.Header) { h.Difficulty = big.NewInt(2) }),
		"from tomorrow":         with(func(h *types.Header) { h.Time += 86_400 }),
		"no base fee":           with(func(h *types.Header) { h.BaseFee = nil }),
		"a base fee":            with(func(h *types.Header) { h.BaseFee = big.NewInt(1) }),
		"another state":         with(func(h *types.Header) { h.Root = common.Hash{1} }),
		"gas that wasn't used":  with(func(h *types.Header) { h.GasUsed = 21_000 }),
		"a limit leapt up":      with(func(h *types.Header) { h.GasLimit *= 2 }),
		"extraData cut off":     with(func(h *types.Header) { h.Extra = h.Extra[:40] }),
		"no extraData":          with(func(h *types.Header) { h.Extra = nil }),
		"other validators":      n.withExtra(good, func(e *ExtraData) { e.Validators = e.Validators[:3] }),
		"another round":         n.withExtra(good, func(e *ExtraData) { e.Round = 1 }),
		"seals already":         n.withExtra(good, func(e *ExtraData) { e.Seals = [][]byte{make([]byte, 65)} }),
	} {
		n.say(faulty, n.proposal(1, 0, block), &Message{Blocks: types.Blocks{block}}, honest...)
		for _, i := range honest {
			if n.nodes[i].proposals[0] != nil {
				t.Fatalf("%s: prepared for by node %d", name, i)
			}
		}
	}
	n.say(faulty, n.proposal(1, 0, good), &Message{Blocks: types.Blocks{good}}, honest...)
	n.settle(nil)
	n.mustAgree(honest, 1)
}

func TestSealsOfBlocksFromPeersAreChecked(t *testing.T) {
	n := newNetwork(t, 4)
	n.beginRounds()
	n.settle(func(l letter) bool { return l.to == 3 || l.from == 3 })
	sealed := n.nodes[0].chain.CurrentBlock()
	late := n.nodes[3]
	unsealed := func(change func(*ExtraData)) *types.Block { return n.withExtra(sealed, change) }
	stranger := func(e *ExtraData) {
		hash, err := SealHash(sealed.Header(), e.Round)
		if err != nil {
			t.Fatal(err)
		}
		seal, err := crypto.Sign(hash.Bytes(), newKey(t))
		if err != nil {
			t.Fatal(err)
		}
		e.Seals[0] = seal
	}
	for name, block := range map[string]*types.Block{
		"no seals":         unsealed(func(e *ExtraData) { e.Seals = nil }),
		"too few":          unsealed(func(e *ExtraData) { e.Seals = e.Seals[:2] }),
		"one twice":        unsealed(func(e *ExtraData) { e.Seals[1] = e.Seals[0] }),
		"one more, twice":  unsealed(func(e *ExtraData) { e.Seals = append(e.Seals, e.Seals[0]) }),
		"a stranger's":     unsealed(stranger),
		"of another round": unsealed(func(e *ExtraData) { e.Round = 1 }),
		"other body":       withOtherBody(sealed),
	} {
		late.takeBlocks(types.Blocks{block})
		if n.height(3) != 0 {
			t.Fatalf("%s: taken", name)
		}
	}
	late.takeBlocks(types.Blocks{sealed})
	if n.height(3) != 1 {
		t.Error("the sealed block isn't taken")
	}
}

func TestALiarAboutItsHeightKeepsNobodyFromCatchingUp(t *testing.T) {
	n := newNetwork(t, 4)
	late, liar := 3, 0
	for height := 0; height < 3; height++ {
		n.beginRounds()
		n.settle(func(l letter) bool { return l.to == late || l.from == late })
	}
	// It tells of a height that nobody has reached, and answers no question for blocks.
	n.nodes[late].transport.links[enode.ID{byte(liar)}].told = true
	n.nodes[late].transport.links[enode.ID{byte(liar)}].height = 1<<64 - 1
	for _, i := range []int{1, 2} {
		n.nodes[i].transport.announce()
	}
	for i := 0; i < 100 && n.height(late) < 3; i++ {
		n.settle(func(l letter) bool { return l.from == liar || l.to == liar })
		n.nodes[late].wantedAt = n.nodes[late].wantedAt.AddDate(-1, 0, 0)
		n.nodes[late].askForBlocks()
	}
	if n.height(late) != 3 {
		t.Errorf("it is at block %d", n.height(late))
	}
}

func TestGarbageIsRefusedAndHarmsNobody(t *testing.T) {
	n := newNetwork(t, 4)
	n.beginRounds()
	n.collect()
	valid := append([]letter{}, n.waiting...)
	chance := rand.New(rand.NewSource(1))
	for i := 0; i < 4000; i++ {
		content := make([]byte, chance.Intn(300))
		chance.Read(content)
		if i%2 == 0 { // a true message with a few bytes changed
			content = append([]byte{}, valid[chance.Intn(len(valid))].content...)
			for j := 0; j <= chance.Intn(3); j++ {
				content[chance.Intn(len(content))] = byte(chance.Intn(256))
			}
		}
		_ = n.deliver(letter{3, chance.Intn(3), uint64(chance.Intn(codes + 2)), content})
	}
	n.settle(func(l letter) bool { return l.from == 3 || l.to == 3 })
	for i := 0; i < 3 && n.height(0) == 0; i++ {
		n.giveUp(0, 1, 2)
		n.settle(func(l letter) bool { return l.from == 3 || l.to == 3 })
	}
	if err := n.verifyOneChain([]int{0, 1, 2}); err != nil || n.height(0) == 0 {
		t.Errorf("height %d, %v", n.height(0), err)
	}
}

func TestWhatIsTooLongIsNotRead(t *testing.T) {
	n := newNetwork(t, 4)
	unread := bytes.NewReader(make([]byte, 8))
	message := p2p.Msg{Code: consensusCode, Size: messageMaxBytes + 1, Payload: unread}
	if err := n.nodes[0].transport.take(n.nodes[0].transport.links[enode.ID{1}], message); err == nil {
		t.Error("it is taken")
	}
}

// TestNoScheduleAndNoFaultyValidatorSplitsTheChain plays many courses of events chosen by chance: messages are late,
// out of order, doubled or lost, patience ends anywhere, and one validator of four says whatever may do harm. Then
// the wires hold and the faulty one is silent: the others must go on.
func TestNoScheduleAndNoFaultyValidatorSplitsTheChain(t *testing.T) {
	courses := 12
	if more, err := strconv.Atoi(os.Getenv("QBFT_COURSES")); err == nil {
		courses = more
	}
	heights := uint64(0)
	for seed := 0; seed < courses; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			chance := rand.New(rand.NewSource(int64(seed)))
			n := newNetworkOf(t, 4, seed)
			play := &course{network: n, chance: chance, faulty: chance.Intn(4), lose: chance.Float64() / 3}
			play.honest = n.others(play.faulty)
			for i := 0; i < 400; i++ {
				play.step()
				if err := n.verifyOneChain(play.honest); err != nil {
					t.Fatalf("after step %d: %v", i, err)
				}
			}
			before := play.highest()
			play.calm(before + 2)
			heights += before
		})
	}
	if heights == 0 {
		t.Error("no block was agreed on under attack: nothing was tried out")
	}
}

type course struct {
	*network
	chance *rand.Rand
	faulty int
	honest []int
	lose   float64
	heard  []*Message // what the faulty one knows, to say it again
}

func (c *course) highest() uint64 {
	highest := uint64(0)
	for _, i := range c.honest {
		if height := c.height(i); height > highest {
			highest = height
		}
	}
	return highest
}

func (c *course) step() {
	if c.chance.Intn(8) == 0 && len(c.waiting) > 0 {
		c.waiting = append(c.waiting, c.waiting[c.chance.Intn(len(c.waiting))]) // doubled
	}
	switch draw := c.chance.Intn(100); {
	case draw < 4:
		c.giveUp(c.chance.Intn(len(c.nodes)))
	case draw < 8:
		c.nodes[c.chance.Intn(len(c.nodes))].repeatRound()
	case draw < 14:
		c.beginRounds()
	case draw < 16:
		c.restart(c.chance.Intn(len(c.nodes)))
	case draw < 34:
		c.attack()
	default:
		c.settleOne(c.chance, c.lose)
	}
	for _, l := range c.waiting {
		if l.to == c.faulty && l.code == consensusCode && len(c.heard) < 200 {
			c.heard = append(c.heard, decoded(c.t, l))
		}
	}
}

// attack says something false, or something true to some only. The faulty one's own node keeps up with the others, and
// what it says as an honest one would arrives too.
func (c *course) attack() {
	node := c.nodes[c.faulty]
	if !node.started {
		return
	}
	var to []int
	for _, i := range c.honest {
		if c.chance.Intn(2) == 0 {
			to = append(to, i)
		}
	}
	height := node.height()
	round := uint64(c.chance.Intn(int(node.round) + 2))
	block := c.someBlock(height, round)
	switch c.chance.Intn(6) {
	case 0:
		c.say(c.faulty, c.proposal(height, round, block), c.justified(round, block), to...)
	case 1:
		c.say(c.faulty, Statement{Kind: Prepare, Height: height, Round: round, Digest: block.Hash()}, &Message{}, to...)
	case 2:
		c.say(c.faulty, c.commit(c.faulty, round, block), &Message{}, to...)
	case 3: // it denies that it was prepared
		c.say(c.faulty, Statement{Kind: RoundChange, Height: height, Round: round + 1}, &Message{}, to...)
	case 4: // it claims to be, for want of a better one with prepares of another round
		claim := Statement{Kind: RoundChange, Height: height, Round: round + 1, Prepared: []Prepared{{round, block.Hash()}}}
		message := &Message{Blocks: types.Blocks{block}}
		for _, prepare := range node.prepares[round] {
			message.Prepares = append(message.Prepares, prepare)
		}
		c.say(c.faulty, claim, message, to...)
	case 5:
		if len(c.heard) > 0 {
			c.send(c.faulty, c.heard[c.chance.Intn(len(c.heard))], to...)
		}
	}
}

// someBlock is one that is under way already, or a new one, of which there are three.
func (c *course) someBlock(height, round uint64) *types.Block {
	known := c.nodes[c.honest[c.chance.Intn(len(c.honest))]].proposals[round]
	if known != nil && known.Signed.Statement.Height == height && c.chance.Intn(2) == 0 {
		return known.block()
	}
	return c.block(c.faulty, round, byte(1+c.chance.Intn(3)))
}

// justified is a proposal with what it can find to justify it, all of it or some.
func (c *course) justified(round uint64, block *types.Block) *Message {
	message := &Message{Blocks: types.Blocks{block}}
	if round == 0 {
		return message
	}
	for _, change := range c.nodes[c.faulty].changes[round] {
		if len(change.Signed.Statement.Prepared) == 0 || c.chance.Intn(2) == 0 {
			message.RoundChanges = append(message.RoundChanges, change.Signed)
			message.Prepares = change.Prepares
		}
	}
	return message
}

// calm has all that was said arrive, and the honest go on without the faulty one.
func (c *course) calm(target uint64) {
	c.t.Helper()
	c.silenced[c.faulty] = true
	mute := func(l letter) bool { return l.from == c.faulty || l.to == c.faulty }
	c.settle(mute)
	for patience := 0; patience < 60 && c.lowest() < target; patience++ {
		for _, i := range c.honest {
			c.nodes[i].transport.announce()
		}
		c.settle(mute)
		for _, i := range c.honest { // as a node does by its clock
			c.nodes[i].wantedAt = time.Time{}
			c.nodes[i].askForBlocks()
		}
		c.settle(mute)
		if c.lowest() < c.highest() {
			continue
		}
		c.beginRounds()
		for _, i := range c.honest {
			c.nodes[i].repeatRound()
		}
		c.settle(mute)
		if patience%2 == 1 {
			c.giveUpLast()
			c.settle(mute)
		}
	}
	if c.lowest() < target {
		c.t.Errorf("the honest stay at blocks %d to %d", c.lowest(), c.highest())
		for _, i := range c.honest {
			node := c.nodes[i]
			c.t.Logf("node %d: height %d, round %d, begun %t", i, c.height(i), node.round, node.started)
		}
	}
	if err := c.verifyOneChain(c.honest); err != nil {
		c.t.Error(err)
	}
}

func (c *course) lowest() uint64 {
	lowest := c.height(c.honest[0])
	for _, i := range c.honest {
		if height := c.height(i); height < lowest {
			lowest = height
		}
	}
	return lowest
}

// giveUpLast has those lose patience who are in the earliest round, whose time is over first.
func (c *course) giveUpLast() {
	earliest := c.nodes[c.honest[0]].round
	for _, i := range c.honest {
		if c.nodes[i].round < earliest {
			earliest = c.nodes[i].round
		}
	}
	for _, i := range c.honest {
		if c.nodes[i].round == earliest {
			c.giveUp(i)
		}
	}
}
