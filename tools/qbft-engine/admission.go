package main

import (
	"context"
	"errors"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/eth"
)

var errNotAllowed = errors.New("Sender account not authorized to send transactions") //nolint:staticcheck // Besu's words

// admission takes transactions of accounts that are allowed, in place of the standard method of this name.
type admission struct {
	backend *eth.Ethereum
	admits  func(common.Address) bool
}

// SendRawTransaction is `eth_sendRawTransaction`.
func (a *admission) SendRawTransaction(_ context.Context, raw hexutil.Bytes) (common.Hash, error) {
	tx := new(types.Transaction)
	if err := tx.UnmarshalBinary(raw); err != nil {
		return common.Hash{}, err
	}
	sender, err := types.Sender(types.LatestSigner(a.backend.BlockChain().Config()), tx)
	if err != nil {
		return common.Hash{}, err
	}
	if !a.admits(sender) {
		return common.Hash{}, errNotAllowed
	}
	return tx.Hash(), a.backend.TxPool().AddLocal(tx)
}
