package qbft

import (
	"os"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// ofKind has letters with statements of these kinds lost.
func ofKind(t *testing.T, kinds ...Kind) func(letter) bool {
	return func(l letter) bool {
		if l.code != consensusCode {
			return false
		}
		said := decoded(t, l).Signed.Statement
		for _, kind := range kinds {
			if said.Kind == kind {
				return true
			}
		}
		return false
	}
}

func decoded(t *testing.T, l letter) *Message {
	t.Helper()
	message := new(Message)
	if err := decode(l.content, message); err != nil {
		t.Fatal(err)
	}
	return message
}

func TestABlockIsAgreedOnInOneRound(t *testing.T) {
	for _, validators := range []int{1, 2, 3, 4, 7} {
		n := newNetwork(t, validators)
		for height := uint64(1); height <= 3; height++ {
			n.beginRounds()
			n.settle(nil)
			n.mustAgree(n.others(), height)
		}
	}
}

func TestWithoutAQuorumNoBlockIsMade(t *testing.T) {
	n := newNetwork(t, 4)
	gone := func(l letter) bool { return l.from > 1 || l.to > 1 }
	n.beginRounds()
	n.settle(gone)
	for i := 0; i < 6; i++ {
		n.giveUp(0, 1)
		n.settle(gone)
	}
	n.mustAgree(n.others(), 0)
}

func TestASilentProposerIsPassedOver(t *testing.T) {
	n := newNetwork(t, 4)
	silent := n.proposerOf(0)
	n.silenced[silent] = true
	n.beginRounds()
	n.settle(nil)
	n.giveUp(n.others(silent)...)
	n.settle(nil)
	n.mustAgree(n.others(), 1)
	extra, err := ParseExtraData(n.nodes[0].chain.CurrentBlock().Extra())
	if err != nil || extra.Round != 1 {
		t.Errorf("agreed on in round %d, %v", extra.Round, err)
	}
}

func TestNodesInDifferentRoundsMeetInTheLatest(t *testing.T) {
	n := newNetwork(t, 4)
	apart := func(letter) bool { return true }
	n.beginRounds()
	n.settle(apart)
	for i := range n.nodes {
		for round := 0; round <= i; round++ {
			n.giveUp(i)
		}
	}
	n.settle(apart)
	for _, node := range n.nodes {
		node.repeatRound()
	}
	n.settle(nil)
	for i := 0; i < 3 && n.height(0) == 0; i++ {
		n.giveUp(n.others()...)
		n.settle(nil)
	}
	n.mustAgree(n.others(), 1)
}

// TestWhatAQuorumPreparedForComesBack: all are prepared for a block, one has written it, and no other knows that.
// Whatever is agreed on later must be that block.
func TestWhatAQuorumPreparedForComesBack(t *testing.T) {
	n := newNetwork(t, 4)
	n.beginRounds()
	knows := n.proposerOf(2)
	n.settle(func(l letter) bool { return l.to != knows && ofKind(t, Commit)(l) || l.code != consensusCode })
	if n.height(knows) != 1 {
		t.Fatal("the one doesn't know the block")
	}
	first := n.nodes[knows].chain.CurrentBlock().Hash()
	rest := n.others(knows)
	cutOff := func(l letter) bool { return l.from == knows || l.to == knows }
	n.giveUp(rest...)
	n.settle(cutOff)
	n.mustAgree(n.others(), 1)
	extra, err := ParseExtraData(n.nodes[rest[0]].chain.CurrentBlock().Extra())
	if err != nil || extra.Round != 1 || n.nodes[rest[0]].chain.CurrentBlock().Hash() != first {
		t.Errorf("another block, or in round %d: %v", extra.Round, err)
	}
}

// TestValidatorsThatStartAgainTogetherAgreeOnNoSecondBlock: one has written a block, the others, who committed to it,
// end before they know, and start again without that one.
func TestValidatorsThatStartAgainTogetherAgreeOnNoSecondBlock(t *testing.T) {
	n := newNetwork(t, 4)
	n.beginRounds()
	knows := n.proposerOf(2)
	n.settle(func(l letter) bool { return l.to != knows && ofKind(t, Commit)(l) || l.code != consensusCode })
	if n.height(knows) != 1 {
		t.Fatal("the one doesn't know the block")
	}
	rest := n.others(knows)
	cutOff := func(l letter) bool { return l.from == knows || l.to == knows }
	for _, i := range rest { // whatever block they make now is another one
		n.nodes[i].engine.wishes[common.Address{9}] = true
	}
	n.restart(rest...)
	n.beginRounds()
	n.settle(cutOff)
	for i := 0; i < 4 && n.height(rest[0]) == 0; i++ {
		n.giveUp(rest...)
		n.settle(cutOff)
	}
	for _, i := range rest {
		if n.height(i) < 1 {
			t.Fatalf("node %d has no block", i)
		}
	}
	if err := n.verifyOneChain(n.others()); err != nil {
		t.Error(err)
	}
}

func TestAValidatorThatStartsAgainContradictsNothingItSaid(t *testing.T) {
	n := newNetwork(t, 4)
	proposer := n.proposerOf(0)
	to := n.others(proposer)[0]
	n.silenced[proposer] = true
	n.beginRounds()
	for mark := byte(1); mark <= 2; mark++ {
		block := n.block(proposer, 0, mark)
		n.say(proposer, n.proposal(1, 0, block), &Message{Blocks: types.Blocks{block}}, to)
		n.restart(to)
		n.nodes[to].beginRounds()
	}
	n.restart(proposer)
	n.nodes[proposer].beginRounds()
	for i, kind := range map[int]Kind{to: Prepare, proposer: Proposal} {
		said := 0
		for _, message := range n.nodes[i].own {
			if message.Signed.Statement.Kind == kind {
				said++
			}
		}
		if said != 1 {
			t.Errorf("node %d made %d statements of kind %s in one round", i, said, kind)
		}
	}
	n.giveUp(to)
	n.restart(to)
	n.nodes[to].beginRounds()
	if n.nodes[to].round != 1 {
		t.Errorf("it is back in round %d", n.nodes[to].round)
	}
}

func TestAJournalOfAnotherHeightOrADamagedOneIsNotTakenUp(t *testing.T) {
	n := newNetwork(t, 4)
	n.beginRounds()
	n.settle(nil)
	n.restart(0)
	if len(n.nodes[0].own) > 0 || n.nodes[0].prepared != nil {
		t.Error("the last height's is taken up")
	}
	if err := os.WriteFile(n.nodes[1].journalPath, []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	n.restart(1)
	n.beginRounds()
	n.settle(nil)
	n.mustAgree(n.others(), 2)
}

// giveUpBeforeHearing has node 0 give up its round, and only then hear the others' messages of a kind.
func (n *network) giveUpBeforeHearing(kind Kind) {
	n.t.Helper()
	var late []letter
	isLate := ofKind(n.t, kind)
	n.settle(func(l letter) bool {
		if isLate(l) {
			late = append(late, l)
			return true
		}
		return false
	})
	n.giveUp(0)
	n.waiting = nil
	for _, l := range late {
		if l.to == 0 {
			if err := n.deliver(l); err != nil {
				n.t.Fatal(err)
			}
		}
	}
}

// TestWhoGaveARoundUpCommitsToNothingInIt: it told the others that it was not prepared, and they rely on that.
func TestWhoGaveARoundUpCommitsToNothingInIt(t *testing.T) {
	n := newNetwork(t, 4)
	n.beginRounds()
	n.giveUpBeforeHearing(Prepare)
	if len(n.nodes[0].prepares[0]) < 3 {
		t.Fatal("no quorum's prepares are there")
	}
	for _, said := range n.nodes[0].own {
		if said.Signed.Statement.Kind == Commit {
			t.Error("it commits to the block of round 0")
		}
	}
}

// prepareInFirstRound has all nodes be prepared for the first block, and none commit to it; the block.
func (n *network) prepareInFirstRound() *types.Block {
	n.t.Helper()
	n.beginRounds()
	n.settle(ofKind(n.t, Commit))
	node := n.nodes[0]
	if node.prepared == nil || n.height(0) != 0 {
		n.t.Fatal("they aren't prepared, or it is written already")
	}
	return node.prepared.block()
}

// changesTo are these validators' round changes as their nodes signed them.
func (n *network) changesTo(round uint64, of ...int) (changes, prepares []Signed) {
	for _, i := range of {
		for _, said := range n.nodes[i].own {
			if said.Signed.Statement.Kind == RoundChange && said.Signed.Statement.Round == round {
				changes = append(changes, said.Signed)
				prepares = said.Prepares
			}
		}
	}
	return changes, prepares
}

func TestAProposalAfterRoundZeroMustBeJustified(t *testing.T) {
	n := newNetwork(t, 4)
	block := n.prepareInFirstRound()
	faulty := n.proposerOf(1)
	honest := n.others(faulty)
	n.silenced[faulty] = true
	n.giveUp(n.others()...)
	n.settle(func(letter) bool { return true })
	changes, prepares := n.changesTo(1, n.others()...)
	if len(changes) != 4 || len(prepares) < 3 {
		t.Fatalf("%d round changes, %d prepares", len(changes), len(prepares))
	}
	other, again := n.block(faulty, 1, 1), withRound(block, 1)
	unprepared := n.signed(faulty, Statement{Kind: RoundChange, Height: 1, Round: 1})
	stranger, err := sign(Statement{Kind: RoundChange, Height: 1, Round: 1}, n.nodes[0].genesis, newKey(t))
	if err != nil {
		t.Fatal(err)
	}
	claim := Prepared{Round: 0, Digest: other.Hash()}
	lie := n.signed(faulty, Statement{Kind: RoundChange, Height: 1, Round: 1, Prepared: []Prepared{claim}})
	later := n.signed(faulty, Statement{Kind: RoundChange, Height: 1, Round: 2})
	nextHeight := n.signed(faulty, Statement{Kind: RoundChange, Height: 2, Round: 1})
	two := [2]Signed{changes[honest[0]], changes[honest[1]]}
	for name, message := range map[string]*Message{
		"nothing":                        {Blocks: types.Blocks{other}},
		"another block than prepared":    {Blocks: types.Blocks{other}, RoundChanges: changes, Prepares: prepares},
		"without the prepares":           {Blocks: types.Blocks{again}, RoundChanges: changes},
		"with too few prepares":          {Blocks: types.Blocks{again}, RoundChanges: changes, Prepares: prepares[:2]},
		"one prepare three times":        {Blocks: types.Blocks{again}, RoundChanges: changes, Prepares: []Signed{prepares[0], prepares[0], prepares[0]}},
		"with too few round changes":     {Blocks: types.Blocks{again}, RoundChanges: two[:], Prepares: prepares},
		"one round change three times":   {Blocks: types.Blocks{other}, RoundChanges: []Signed{unprepared, unprepared, unprepared}},
		"a stranger's round change":      {Blocks: types.Blocks{again}, RoundChanges: []Signed{two[0], two[1], stranger}, Prepares: prepares},
		"a round change of another one":  {Blocks: types.Blocks{again}, RoundChanges: []Signed{two[0], two[1], later}, Prepares: prepares},
		"one of another height":          {Blocks: types.Blocks{again}, RoundChanges: []Signed{two[0], two[1], nextHeight}, Prepares: prepares},
		"a claim of no quorum":           {Blocks: types.Blocks{other}, RoundChanges: []Signed{two[0], two[1], lie}, Prepares: prepares},
		"two honest and one that forgot": {Blocks: types.Blocks{other}, RoundChanges: []Signed{two[0], two[1], unprepared}},
		"more round changes than voices": {Blocks: types.Blocks{again}, RoundChanges: append(append([]Signed{}, changes...), unprepared), Prepares: prepares},
		"more prepares than voices":      {Blocks: types.Blocks{again}, RoundChanges: changes, Prepares: append(append([]Signed{}, prepares...), prepares...)},
	} {
		n.say(faulty, n.proposal(1, 1, message.Blocks[0]), message, honest...)
		for _, i := range honest {
			if n.nodes[i].proposals[1] != nil {
				t.Fatalf("%s: taken by node %d", name, i)
			}
		}
	}
	n.say(faulty, n.proposal(1, 1, again), &Message{Blocks: types.Blocks{again}, RoundChanges: changes, Prepares: prepares}, honest...)
	n.settle(nil)
	n.mustAgree(honest, 1)
	if n.nodes[honest[0]].chain.CurrentBlock().Hash() != block.Hash() {
		t.Error("another block came of it")
	}
}

func TestARoundChangeThatClaimsAPreparedBlockMustProveIt(t *testing.T) {
	n := newNetwork(t, 4)
	block := n.prepareInFirstRound()
	faulty := n.proposerOf(0)
	honest := n.others(faulty)
	prepares := n.nodes[honest[0]].prepared.Prepares
	other := n.block(faulty, 0, 1)
	claims := func(round uint64, digest common.Hash) Statement {
		return Statement{Kind: RoundChange, Height: 1, Round: 1, Prepared: []Prepared{{round, digest}}}
	}
	for name, each := range map[string]struct {
		statement Statement
		message   Message
	}{
		"another block":        {claims(0, other.Hash()), Message{Blocks: types.Blocks{other}, Prepares: prepares}},
		"no prepares":          {claims(0, block.Hash()), Message{Blocks: types.Blocks{block}}},
		"too few prepares":     {claims(0, block.Hash()), Message{Blocks: types.Blocks{block}, Prepares: prepares[:2]}},
		"no block":             {claims(0, block.Hash()), Message{Prepares: prepares}},
		"not the block":        {claims(0, block.Hash()), Message{Blocks: types.Blocks{other}, Prepares: prepares}},
		"prepared in this one": {claims(1, block.Hash()), Message{Blocks: types.Blocks{block}, Prepares: prepares}},
		"a block, no claim":    {Statement{Kind: RoundChange, Height: 1, Round: 1}, Message{Blocks: types.Blocks{other}}},
		"prepares, no claim":   {Statement{Kind: RoundChange, Height: 1, Round: 1}, Message{Prepares: prepares}},
		"to round 0":           {Statement{Kind: RoundChange, Height: 1}, Message{}},
		"two claims": {Statement{Kind: RoundChange, Height: 1, Round: 1, Prepared: []Prepared{
			{0, block.Hash()}, {0, block.Hash()},
		}}, Message{Blocks: types.Blocks{block}, Prepares: prepares}},
	} {
		message := each.message
		n.say(faulty, each.statement, &message, honest...)
		for _, i := range honest {
			if len(n.nodes[i].changes[0])+len(n.nodes[i].changes[1]) > 0 {
				t.Fatalf("%s: taken by node %d", name, i)
			}
		}
	}
	n.say(faulty, claims(0, block.Hash()), &Message{Blocks: types.Blocks{block}, Prepares: prepares}, honest...)
	if len(n.nodes[honest[0]].changes[1]) != 1 {
		t.Error("one that is proved is not taken")
	}
}

func TestStatementsOfOthersAndOfOtherTimesCountForNothing(t *testing.T) {
	n := newNetwork(t, 4)
	n.beginRounds()
	n.settle(nil)
	first := n.nodes[0].chain.CurrentBlock()
	n.beginRounds()
	n.settle(ofKind(t, Proposal, Prepare, Commit, RoundChange))
	by, to := 1, 0
	node := n.nodes[to]
	digest := common.Hash{7}
	prepare := Statement{Kind: Prepare, Height: 2, Digest: digest}
	heard := func() int {
		heard := 0
		for round := range node.prepares {
			for signer := range node.prepares[round] {
				if signer != node.address {
					heard++
				}
			}
		}
		return heard + len(node.commits)
	}
	stranger, err := sign(prepare, node.genesis, newKey(t))
	if err != nil {
		t.Fatal(err)
	}
	elsewhere, err := sign(prepare, common.Hash{1}, n.keys[by])
	if err != nil {
		t.Fatal(err)
	}
	forged := n.signed(by, prepare)
	forged.Statement.Digest = common.Hash{8}
	unknownKind := n.signed(by, Statement{Kind: 9, Height: 2, Digest: digest})
	old := n.signed(by, Statement{Kind: Prepare, Height: 1, Digest: first.Hash()})
	farAhead := n.signed(by, Statement{Kind: Prepare, Height: 2, Round: node.round + maxRoundsAhead + 1, Digest: digest})
	sealed := n.signed(by, Statement{Kind: Prepare, Height: 2, Digest: digest, Seal: make([]byte, 65)})
	bare := n.signed(by, Statement{Kind: Commit, Height: 2, Digest: digest})
	for name, said := range map[string]Signed{
		"a stranger's": stranger, "of another chain": elsewhere, "changed on its way": forged, "of no kind": unknownKind,
		"of an old height": old, "of a round far ahead": farAhead, "a prepare with a seal": sealed,
		"a commit without": bare, "unsigned": {Statement: prepare},
	} {
		n.send(by, &Message{Signed: said}, to)
		if heard() > 0 {
			t.Fatalf("%s: taken", name)
		}
	}
	n.say(by, prepare, &Message{}, to)
	n.say(by, Statement{Kind: Prepare, Height: 2, Digest: common.Hash{9}}, &Message{}, to)
	if heard() != 1 {
		t.Errorf("of a validator's two prepares of one round %d count", heard())
	}
	if node.prepares[0][addressOf(n.keys[by])].Statement.Digest != digest {
		t.Error("the later one of two counts")
	}
}

func TestCommitsWithoutTheirSealsMakeNoBlock(t *testing.T) {
	n := newNetwork(t, 4)
	n.silenced[0], n.silenced[1], n.silenced[2] = true, true, true
	n.beginRounds()
	proposer, block := n.proposerOf(0), (*types.Block)(nil)
	for _, said := range n.nodes[proposer].own {
		if said.Signed.Statement.Kind == Proposal {
			block = said.block()
		}
	}
	n.silenced[proposer] = false
	n.send(proposer, n.nodes[proposer].own[0], 3)
	for by := 0; by < 3; by++ {
		statement := n.commit(by, 1, block) // a seal of another round
		statement.Round = 0
		n.say(by, statement, &Message{}, 3)
	}
	if n.height(3) != 0 {
		t.Error("a block is written whose seals don't hold")
	}
}

func TestACommitInTimeCompletesAnEarlierRound(t *testing.T) {
	n := newNetwork(t, 4)
	n.beginRounds()
	n.giveUpBeforeHearing(Commit)
	if n.height(0) != 1 {
		t.Error("a quorum's seals of round 0 are there, and no block is written")
	}
}
