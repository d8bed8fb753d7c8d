package qbft

import (
	"fmt"
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

var a, b, c, d, e = common.Address{1}, common.Address{2}, common.Address{3}, common.Address{4}, common.Address{5}

func tallyOf(validators ...common.Address) *tally {
	return &tally{validators: validators, votes: map[common.Address]map[common.Address]bool{}}
}

func (t *tally) named() string { return fmt.Sprint(t.validators) }

func add(subject common.Address) *Vote  { return &Vote{Subject: subject, Add: true} }
func drop(subject common.Address) *Vote { return &Vote{Subject: subject} }

func TestMoreThanHalfBringAValidatorIn(t *testing.T) {
	two := tallyOf(a, b, c, d).after(a, add(e)).after(b, add(e))
	if two.has(e) {
		t.Error("half of four are enough")
	}
	if three := two.after(c, add(e)); three.named() != tallyOf(a, b, c, d, e).named() || len(three.votes) > 0 {
		t.Errorf("after three votes: %v, open %v", three.validators, three.votes)
	}
	if two.has(e) {
		t.Error("an earlier block's tally was changed")
	}
}

func TestOneValidatorsVotesCountOnce(t *testing.T) {
	counted := tallyOf(a, b, c, d)
	for i := 0; i < 5; i++ {
		counted = counted.after(a, add(e))
	}
	if counted.has(e) {
		t.Error("one validator brought another in alone")
	}
}

func TestAStrangersVoteCountsForNothing(t *testing.T) {
	if counted := tallyOf(a).after(b, add(b)).after(e, drop(a)); counted.named() != tallyOf(a).named() {
		t.Errorf("now %v", counted.validators)
	}
}

func TestAVoteIsTakenBackByItsOpposite(t *testing.T) {
	counted := tallyOf(a, b, c, d).after(a, drop(d)).after(b, drop(d)).after(a, add(d)).after(c, drop(d))
	if !counted.has(d) {
		t.Error("a vote counts that was taken back")
	}
	if counted = counted.after(a, drop(d)); counted.has(d) {
		t.Error("a vote given again doesn't count")
	}
}

func TestVotesOfOneWhoIsOutAreForgotten(t *testing.T) {
	counted := tallyOf(a, b, c, d).after(d, add(e)).after(a, add(e))
	counted = counted.after(a, drop(d)).after(b, drop(d)).after(c, drop(d))
	if counted = counted.after(b, add(e)); !counted.has(e) {
		t.Error("two of three are no majority")
	}
	counted = tallyOf(a, b, c, d).after(d, add(e)).after(a, drop(d)).after(b, drop(d)).after(c, drop(d)).after(a, add(e))
	if counted.has(e) {
		t.Error("the vote of one who is out counts")
	}
}

func TestTheLastValidatorStays(t *testing.T) {
	if counted := tallyOf(a).after(a, drop(a)); !counted.has(a) {
		t.Error("nobody is left")
	}
}

func TestVotesToAddAValidatorTwiceAddItOnce(t *testing.T) {
	if counted := tallyOf(a, b, c).after(a, add(c)).after(b, add(c)); counted.named() != tallyOf(a, b, c).named() {
		t.Errorf("now %v", counted.validators)
	}
}

func TestEverybodysTurnComes(t *testing.T) {
	validators := []common.Address{b, c, d}
	for _, each := range []struct {
		last  common.Address
		round uint64
		want  common.Address
	}{
		{common.Address{}, 0, b}, // after the first block, which nobody proposed
		{b, 0, c}, {c, 0, d}, {d, 0, b}, {b, 1, d}, {b, 2, b}, {b, 3, c}, {d, 5, d},
		{a, 0, b}, {e, 0, b}, {common.Address{2, 1}, 0, c}, // the last proposer was voted out
		{b, 1<<64 - 2, Proposer(validators, b, (1<<64-2)%3)},
	} {
		if turn := Proposer(validators, each.last, each.round); turn != each.want {
			t.Errorf("after %s in round %d: %s", each.last, each.round, turn)
		}
	}
}

// chainOf is a run of headers with these proposers and votes; the first one lists who validates.
func chainOf(validators []common.Address, votes ...func(*types.Header, *ExtraData)) []*types.Header {
	chain := []*types.Header{{Number: new(big.Int), MixDigest: Digest, Difficulty: big.NewInt(1)}}
	chain[0].Extra = (&ExtraData{Validators: validators}).Encode()
	for i, vote := range votes {
		header := &types.Header{
			Number: big.NewInt(int64(i + 1)), ParentHash: chain[i].Hash(), MixDigest: Digest, Difficulty: big.NewInt(1),
		}
		extra := ExtraData{Validators: validators}
		vote(header, &extra)
		header.Extra = extra.Encode()
		chain = append(chain, header)
	}
	return chain
}

func cast(by common.Address, vote *Vote) func(*types.Header, *ExtraData) {
	return func(header *types.Header, extra *ExtraData) { header.Coinbase, extra.Vote = by, vote }
}

func (t *tallies) afterLast(test *testing.T, chain []*types.Header) *tally {
	test.Helper()
	counted, err := t.afterBlock(chain[len(chain)-1], func(_ common.Hash, number uint64) *types.Header {
		return chain[number]
	})
	if err != nil {
		test.Fatal(err)
	}
	return counted
}

func TestVotesOfAnEarlierEpochAreForgotten(t *testing.T) {
	validators := []common.Address{a, b, c}
	votes := []func(*types.Header, *ExtraData){
		cast(a, add(e)), cast(b, nil), cast(c, nil), cast(a, nil), cast(b, add(e)),
	}
	if counted := newTallies(100).afterLast(t, chainOf(validators, votes...)); !counted.has(e) {
		t.Error("two of three in one epoch are no majority")
	}
	if counted := newTallies(4).afterLast(t, chainOf(validators, votes...)); counted.has(e) {
		t.Error("a vote of the epoch before counts")
	}
}

func TestAVoteInAnEpochBlockCountsForNothing(t *testing.T) {
	votes := []func(*types.Header, *ExtraData){cast(a, nil), cast(b, add(e)), cast(c, add(e))}
	if counted := newTallies(2).afterLast(t, chainOf([]common.Address{a, b, c}, votes...)); counted.has(e) {
		t.Error("it counts")
	}
}

func TestTheFirstBlocksValidatorsStandInOrder(t *testing.T) {
	counted := newTallies(100).afterLast(t, chainOf([]common.Address{c, a, b}))
	if counted.named() != tallyOf(a, b, c).named() {
		t.Errorf("they are %v", counted.validators)
	}
}
