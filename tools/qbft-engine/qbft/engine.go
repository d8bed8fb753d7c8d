package qbft

import (
	"errors"
	"fmt"
	"math/big"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/consensus"
	"github.com/ethereum/go-ethereum/consensus/misc"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/ethereum/go-ethereum/trie"
)

// Settings are a genesis file's `config.qbft`, named as Besu names them. Times are in seconds.
type Settings struct {
	BlockPeriod    uint64 `json:"blockperiodseconds"`
	RequestTimeout uint64 `json:"requesttimeoutseconds"`
	EpochLength    uint64 `json:"epochlength"`
}

var difficulty = big.NewInt(1)

// Engine says which headers are valid. It seals nothing: blocks are made by Agreement.
type Engine struct {
	Settings Settings
	tallies  *tallies

	wishesLock sync.Mutex
	wishes     map[common.Address]bool // votes that this node casts when it proposes
}

// NewEngine makes the engine of one node.
func NewEngine(settings Settings) *Engine {
	return &Engine{Settings: settings, tallies: newTallies(settings.EpochLength), wishes: make(map[common.Address]bool)}
}

func lookup(chain consensus.ChainHeaderReader, batch []*types.Header) headerLookup {
	return func(hash common.Hash, number uint64) *types.Header {
		for _, header := range batch {
			if header.Number.Uint64() == number && header.Hash() == hash {
				return header
			}
		}
		return chain.GetHeader(hash, number)
	}
}

// ValidatorsAfter is the set that seals the block after this one.
func (e *Engine) ValidatorsAfter(chain consensus.ChainHeaderReader, header *types.Header) ([]common.Address, error) {
	counted, err := e.tallies.afterBlock(header, lookup(chain, nil))
	if err != nil {
		return nil, err
	}
	return counted.validators, nil
}

// Author is the proposer of a block.
func (e *Engine) Author(header *types.Header) (common.Address, error) { return header.Coinbase, nil }

// VerifyHeader implements consensus.Engine.
func (e *Engine) VerifyHeader(chain consensus.ChainHeaderReader, header *types.Header, seal bool) error {
	return e.verify(chain, header, nil, seal)
}

// VerifyHeaders implements consensus.Engine.
func (e *Engine) VerifyHeaders(
	chain consensus.ChainHeaderReader, headers []*types.Header, seals []bool,
) (chan<- struct{}, <-chan error) {
	abort, results := make(chan struct{}), make(chan error, len(headers))
	go func() {
		for i, header := range headers {
			select {
			case <-abort:
				return
			case results <- e.verify(chain, header, headers[:i], seals[i]):
			}
		}
	}()
	return abort, results
}

func (e *Engine) verify(
	chain consensus.ChainHeaderReader, header *types.Header, batch []*types.Header, seal bool,
) error {
	if header.Number == nil || header.Number.Sign() == 0 {
		return errors.New("a block without a number, or a second first block")
	}
	find := lookup(chain, batch)
	parent := find(header.ParentHash, header.Number.Uint64()-1)
	if parent == nil {
		return consensus.ErrUnknownAncestor
	}
	if header.Number.Cmp(new(big.Int).Add(parent.Number, common.Big1)) != 0 {
		return errors.New("the number is not the one after the parent's")
	}
	if header.Time > uint64(time.Now().Unix())+1 {
		return consensus.ErrFutureBlock
	}
	if err := e.verifyPlainFields(chain, header, parent); err != nil {
		return err
	}
	counted, err := e.tallies.afterBlock(parent, find)
	if err != nil {
		return err
	}
	extra, err := ParseExtraData(header.Extra)
	if err != nil {
		return err
	}
	if err := verifyValidators(header, extra, counted); err != nil {
		return err
	}
	if !seal {
		return nil
	}
	return VerifySeals(header, counted.validators)
}

func (e *Engine) verifyPlainFields(chain consensus.ChainHeaderReader, header, parent *types.Header) error {
	switch {
	case header.MixDigest != Digest:
		return errors.New("the mixHash is not that of Byzantine fault tolerance")
	case header.Nonce != types.BlockNonce{}:
		return errors.New("the nonce is not zero")
	case header.UncleHash != types.EmptyUncleHash:
		return errors.New("a block with uncles")
	case header.Difficulty == nil || header.Difficulty.Cmp(difficulty) != 0:
		return errors.New("the difficulty is not 1")
	case header.Time < parent.Time+e.Settings.BlockPeriod:
		return fmt.Errorf("block time %d is sooner than %d s after its parent's", header.Time, e.Settings.BlockPeriod)
	case header.GasUsed > header.GasLimit:
		return errors.New("more gas was used than the limit")
	}
	if chain.Config().IsLondon(header.Number) != (header.BaseFee != nil) {
		return errors.New("the base fee doesn't fit the hard fork")
	}
	if header.BaseFee != nil && header.BaseFee.Sign() != 0 {
		return errors.New("the base fee is not zero")
	}
	return misc.VerifyGaslimit(parent.GasLimit, header.GasLimit)
}

func verifyValidators(header *types.Header, extra *ExtraData, counted *tally) error {
	if len(extra.Validators) != len(counted.validators) {
		return errors.New("the header lists other validators than its parents' votes gave")
	}
	for i, validator := range counted.validators {
		if extra.Validators[i] != validator {
			return errors.New("the header lists other validators than its parents' votes gave")
		}
	}
	if !counted.has(header.Coinbase) {
		return errors.New("the proposer is no validator")
	}
	return nil
}

// VerifySeals returns nil if enough different validators committed to the header, and nobody else.
func VerifySeals(header *types.Header, validators []common.Address) error {
	extra, err := ParseExtraData(header.Extra)
	if err != nil {
		return err
	}
	hash, err := SealHash(header, extra.Round)
	if err != nil {
		return err
	}
	entitled := &tally{validators: validators}
	signers := make(map[common.Address]bool)
	for _, seal := range extra.Seals {
		signer, err := Signer(hash, seal)
		if err != nil || !entitled.has(signer) || signers[signer] {
			return errors.New("a commit seal is malformed, doubled, or not a validator's")
		}
		signers[signer] = true
	}
	if len(signers) < Quorum(len(validators)) {
		return fmt.Errorf("%d commit seals where %d are needed", len(signers), Quorum(len(validators)))
	}
	return nil
}

// VerifyUncles implements consensus.Engine: there are none.
func (e *Engine) VerifyUncles(_ consensus.ChainReader, block *types.Block) error {
	if len(block.Uncles()) > 0 {
		return errors.New("a block with uncles")
	}
	return nil
}

// Prepare fills the header of a block to be made on its parent.
func (e *Engine) Prepare(chain consensus.ChainHeaderReader, header *types.Header) error {
	parent := chain.GetHeader(header.ParentHash, header.Number.Uint64()-1)
	if parent == nil {
		return consensus.ErrUnknownAncestor
	}
	counted, err := e.tallies.afterBlock(parent, lookup(chain, nil))
	if err != nil {
		return err
	}
	header.Difficulty = new(big.Int).Set(difficulty)
	header.MixDigest = Digest
	header.Nonce = types.BlockNonce{}
	if chain.Config().IsLondon(header.Number) {
		header.BaseFee = new(big.Int)
	}
	if soonest := parent.Time + e.Settings.BlockPeriod; header.Time < soonest {
		header.Time = soonest
	}
	extra := ExtraData{Validators: counted.validators}
	if header.Number.Uint64()%e.Settings.EpochLength != 0 {
		extra.Vote = e.nextWish(counted)
	}
	header.Extra = extra.Encode()
	return nil
}

func (e *Engine) nextWish(counted *tally) *Vote {
	e.wishesLock.Lock()
	defer e.wishesLock.Unlock()
	for subject, add := range e.wishes {
		if counted.has(subject) != add {
			return &Vote{Subject: subject, Add: add}
		}
	}
	return nil
}

// Finalize implements consensus.Engine: nobody is paid for a block.
func (e *Engine) Finalize(
	chain consensus.ChainHeaderReader, header *types.Header, state *state.StateDB, _ []*types.Transaction,
	_ []*types.Header,
) {
	header.Root = state.IntermediateRoot(chain.Config().IsEIP158(header.Number))
	header.UncleHash = types.EmptyUncleHash
}

// FinalizeAndAssemble implements consensus.Engine.
func (e *Engine) FinalizeAndAssemble(
	chain consensus.ChainHeaderReader, header *types.Header, state *state.StateDB, txs []*types.Transaction,
	uncles []*types.Header, receipts []*types.Receipt,
) (*types.Block, error) {
	e.Finalize(chain, header, state, txs, uncles)
	return types.NewBlock(header, txs, nil, receipts, trie.NewStackTrie(nil)), nil
}

// Seal implements consensus.Engine. Blocks are sealed by agreement alone.
func (e *Engine) Seal(consensus.ChainHeaderReader, *types.Block, chan<- *types.Block, <-chan struct{}) error {
	return errors.New("blocks are sealed by agreement of the validators, not by mining")
}

// SealHash implements consensus.Engine.
func (e *Engine) SealHash(header *types.Header) common.Hash { return header.Hash() }

// CalcDifficulty implements consensus.Engine.
func (e *Engine) CalcDifficulty(consensus.ChainHeaderReader, uint64, *types.Header) *big.Int {
	return new(big.Int).Set(difficulty)
}

// APIs implements consensus.Engine.
func (e *Engine) APIs(chain consensus.ChainHeaderReader) []rpc.API {
	return []rpc.API{{Namespace: "qbft", Service: &Questions{engine: e, chain: chain}}}
}

// Close implements consensus.Engine.
func (e *Engine) Close() error { return nil }
