package qbft

import (
	"bytes"
	"fmt"
	"sort"
	"sync"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

const keptTallies = 1024

// tally is the validator set after a block, and the votes that are open then.
type tally struct {
	validators []common.Address
	votes      map[common.Address]map[common.Address]bool // subject, voter: add or drop
}

func (t *tally) has(validator common.Address) bool {
	for _, known := range t.validators {
		if known == validator {
			return true
		}
	}
	return false
}

// after is the tally once a proposer's vote is counted: its latest one about a subject. What more than half want
// comes about.
func (t *tally) after(voter common.Address, vote *Vote) *tally {
	if vote == nil || !t.has(voter) {
		return t
	}
	next := &tally{validators: t.validators, votes: make(map[common.Address]map[common.Address]bool)}
	for subject, votes := range t.votes {
		next.votes[subject] = make(map[common.Address]bool)
		for by, add := range votes {
			next.votes[subject][by] = add
		}
	}
	if next.votes[vote.Subject] == nil {
		next.votes[vote.Subject] = make(map[common.Address]bool)
	}
	next.votes[vote.Subject][voter] = vote.Add
	alike := 0
	for _, add := range next.votes[vote.Subject] {
		if add == vote.Add {
			alike++
		}
	}
	if alike > len(t.validators)/2 {
		next.carry(*vote)
	}
	return next
}

func (t *tally) carry(vote Vote) {
	delete(t.votes, vote.Subject)
	if t.has(vote.Subject) == vote.Add || (!vote.Add && len(t.validators) == 1) {
		return // it is so already; or nobody would be left to vote
	}
	var validators []common.Address
	for _, known := range t.validators {
		if known != vote.Subject {
			validators = append(validators, known)
		}
	}
	if vote.Add {
		validators = append(validators, vote.Subject)
	} else {
		for subject := range t.votes {
			delete(t.votes[subject], vote.Subject)
		}
	}
	sortAddresses(validators)
	t.validators = validators
}

func sortAddresses(addresses []common.Address) {
	sort.Slice(addresses, func(i, j int) bool { return bytes.Compare(addresses[i][:], addresses[j][:]) < 0 })
}

// tallies remembers the tally after each of the latest blocks.
type tallies struct {
	epochLength uint64
	lock        sync.Mutex
	known       map[common.Hash]*tally
	order       []common.Hash
}

func newTallies(epochLength uint64) *tallies {
	return &tallies{epochLength: epochLength, known: make(map[common.Hash]*tally)}
}

type headerLookup func(hash common.Hash, number uint64) *types.Header

// afterBlock is the tally after a block: from the last epoch block, whose header alone says who validates, on.
func (t *tallies) afterBlock(header *types.Header, find headerLookup) (*tally, error) {
	t.lock.Lock()
	defer t.lock.Unlock()
	var unread []*types.Header
	var current *tally
	for at := header; current == nil; {
		if found := t.known[at.Hash()]; found != nil {
			current = found
			break
		}
		extra, err := ParseExtraData(at.Extra)
		if err != nil {
			return nil, err
		}
		number := at.Number.Uint64()
		if number%t.epochLength == 0 {
			// A genesis file may list them in any order; from block 1 on they stand in ascending order.
			current = &tally{validators: append([]common.Address(nil), extra.Validators...)}
			sortAddresses(current.validators)
			t.keep(at.Hash(), current)
			break
		}
		unread = append(unread, at)
		parent := find(at.ParentHash, number-1)
		if parent == nil {
			return nil, fmt.Errorf("block %d is not known", number-1)
		}
		at = parent
	}
	for i := len(unread) - 1; i >= 0; i-- {
		extra, err := ParseExtraData(unread[i].Extra)
		if err != nil {
			return nil, err
		}
		current = current.after(unread[i].Coinbase, extra.Vote)
		t.keep(unread[i].Hash(), current)
	}
	return current, nil
}

func (t *tallies) keep(hash common.Hash, counted *tally) {
	if t.known[hash] != nil {
		return
	}
	t.known[hash] = counted
	t.order = append(t.order, hash)
	if len(t.order) > keptTallies {
		delete(t.known, t.order[0])
		t.order = t.order[1:]
	}
}

// Proposer is whose turn it is: the validator after the last block's proposer, one further with each round.
func Proposer(validators []common.Address, last common.Address, round uint64) common.Address {
	n := uint64(len(validators))
	next := uint64(0)
	for i, validator := range validators {
		if validator == last {
			next = uint64(i) + 1
			break
		}
		if bytes.Compare(validator[:], last[:]) < 0 {
			next = uint64(i) + 1 // the last proposer was voted out: its successor in the order is next
		}
	}
	return validators[(next+round)%n]
}
