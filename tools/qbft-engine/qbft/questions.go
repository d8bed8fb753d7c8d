package qbft

import (
	"errors"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/consensus"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rpc"
)

// Questions are the JSON-RPC methods `qbft_*`, named as Besu's.
type Questions struct {
	engine *Engine
	chain  consensus.ChainHeaderReader
}

// GetValidatorsByBlockNumber lists the validators that a block's header states.
func (q *Questions) GetValidatorsByBlockNumber(number rpc.BlockNumber) ([]common.Address, error) {
	if number < 0 {
		return statedValidators(q.chain.CurrentHeader())
	}
	return statedValidators(q.chain.GetHeaderByNumber(uint64(number)))
}

// GetValidatorsByBlockHash lists the validators that a block's header states.
func (q *Questions) GetValidatorsByBlockHash(hash common.Hash) ([]common.Address, error) {
	return statedValidators(q.chain.GetHeaderByHash(hash))
}

func statedValidators(header *types.Header) ([]common.Address, error) {
	if header == nil {
		return nil, errors.New("no such block")
	}
	extra, err := ParseExtraData(header.Extra)
	if err != nil {
		return nil, err
	}
	return extra.Validators, nil
}

// ProposeValidatorVote has this node vote, whenever it proposes a block, to add a validator or to drop one.
func (q *Questions) ProposeValidatorVote(validator common.Address, add bool) bool {
	q.engine.wishesLock.Lock()
	defer q.engine.wishesLock.Unlock()
	q.engine.wishes[validator] = add
	return true
}

// DiscardValidatorVote takes a vote of this node back.
func (q *Questions) DiscardValidatorVote(validator common.Address) bool {
	q.engine.wishesLock.Lock()
	defer q.engine.wishesLock.Unlock()
	delete(q.engine.wishes, validator)
	return true
}

// GetPendingVotes are the votes of this node: true to add, false to drop.
func (q *Questions) GetPendingVotes() map[common.Address]bool {
	q.engine.wishesLock.Lock()
	defer q.engine.wishesLock.Unlock()
	votes := make(map[common.Address]bool, len(q.engine.wishes))
	for validator, add := range q.engine.wishes {
		votes[validator] = add
	}
	return votes
}
