package qbft

import (
	"errors"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/log"
)

// executed is a block whose transactions were run: what is written once it is agreed on.
type executed struct {
	block    *types.Block
	receipts types.Receipts
	logs     []*types.Log
	state    *state.StateDB
}

// Builder makes blocks of the pool's transactions, and runs those that others propose.
type Builder struct {
	chain   *core.BlockChain
	pool    *core.TxPool
	engine  *Engine
	address common.Address
	admits  func(sender common.Address) bool
}

// build makes a block on this parent, for round 0 or a later one.
func (b *Builder) build(parent *types.Header, round uint32) (*types.Block, error) {
	header := &types.Header{
		ParentHash: parent.Hash(),
		Number:     new(big.Int).Add(parent.Number, common.Big1),
		GasLimit:   parent.GasLimit,
		Time:       uint64(time.Now().Unix()),
		Coinbase:   b.address,
	}
	if err := b.engine.Prepare(b.chain, header); err != nil {
		return nil, err
	}
	extra, err := ParseExtraData(header.Extra)
	if err != nil {
		return nil, err
	}
	extra.Round = round
	header.Extra = extra.Encode()
	world, err := b.chain.StateAt(parent.Root)
	if err != nil {
		return nil, err
	}
	txs, receipts := b.fill(header, world)
	return b.engine.FinalizeAndAssemble(b.chain, header, world, txs, nil, receipts)
}

// fill runs the pool's transactions on a new block until it is full or the time for it is over.
func (b *Builder) fill(header *types.Header, world *state.StateDB) ([]*types.Transaction, []*types.Receipt) {
	deadline := time.Now().Add(time.Duration(b.engine.Settings.RequestTimeout) * time.Second / 3)
	signer := types.MakeSigner(b.chain.Config(), header.Number)
	waiting := b.pool.Pending(false)
	for sender := range waiting {
		if !b.admits(sender) {
			delete(waiting, sender)
		}
	}
	queue := types.NewTransactionsByPriceAndNonce(signer, waiting, header.BaseFee)
	gas := new(core.GasPool).AddGas(header.GasLimit)
	var txs []*types.Transaction
	var receipts []*types.Receipt
	for tx := queue.Peek(); tx != nil && time.Now().Before(deadline); tx = queue.Peek() {
		world.Prepare(tx.Hash(), len(txs))
		before, gasBefore := world.Snapshot(), *gas
		receipt, err := core.ApplyTransaction(
			b.chain.Config(), b.chain, &header.Coinbase, gas, world, header, tx, &header.GasUsed, vm.Config{},
		)
		switch {
		case err == nil:
			txs, receipts = append(txs, tx), append(receipts, receipt)
			queue.Shift()
		case errors.Is(err, core.ErrNonceTooLow):
			world.RevertToSnapshot(before)
			queue.Shift()
		default:
			log.Debug("A transaction is left for a later block", "hash", tx.Hash(), "err", err)
			world.RevertToSnapshot(before)
			*gas = gasBefore
			queue.Pop()
		}
	}
	return txs, receipts
}

// run executes a proposed block on its parent, and says whether it is valid but for its seals. Who may send is not
// asked here, as Besu doesn't: an allowlist is each node's own, so contracts must say who may write.
func (b *Builder) run(block *types.Block, parent *types.Header) (*executed, error) {
	if block.ParentHash() != parent.Hash() {
		return nil, errors.New("the proposed block has another parent")
	}
	if err := b.engine.VerifyHeader(b.chain, block.Header(), false); err != nil {
		return nil, err
	}
	if err := b.chain.Validator().ValidateBody(block); err != nil {
		return nil, err
	}
	world, err := b.chain.StateAt(parent.Root)
	if err != nil {
		return nil, err
	}
	receipts, logs, gas, err := b.chain.Processor().Process(block, world, vm.Config{})
	if err != nil {
		return nil, err
	}
	if err := b.chain.Validator().ValidateState(block, world, receipts, gas); err != nil {
		return nil, err
	}
	return &executed{block: block, receipts: receipts, logs: logs, state: world}, nil
}
