package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"os"

	"github.com/ethereum/go-ethereum/core"

	"rxledger/qbft-engine/qbft"
)

// besuConfig is what a Besu genesis file's `config` says beyond go-ethereum's own fields.
type besuConfig struct {
	QBFT         *qbft.Settings `json:"qbft"`
	ZeroBaseFee  bool           `json:"zeroBaseFee"`
	ShanghaiTime *uint64        `json:"shanghaiTime"`
	CancunTime   *uint64        `json:"cancunTime"`
	PragueTime   *uint64        `json:"pragueTime"`
}

// readGenesis reads a genesis file as Besu takes it.
func readGenesis(path string) (*core.Genesis, qbft.Settings, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, qbft.Settings{}, err
	}
	var file struct {
		Config  besuConfig `json:"config"`
		BaseFee *string    `json:"baseFeePerGas"`
	}
	if err := json.Unmarshal(content, &file); err != nil {
		return nil, qbft.Settings{}, fmt.Errorf("%s: %w", path, err)
	}
	genesis := new(core.Genesis)
	if err := json.Unmarshal(content, genesis); err != nil {
		return nil, qbft.Settings{}, fmt.Errorf("%s: %w", path, err)
	}
	if err := verifyGenesis(genesis, &file.Config); err != nil {
		return nil, qbft.Settings{}, fmt.Errorf("%s: %w", path, err)
	}
	completeForks(genesis)
	if file.BaseFee == nil {
		genesis.BaseFee = new(big.Int)
	}
	return genesis, *file.Config.QBFT, nil
}

func verifyGenesis(genesis *core.Genesis, config *besuConfig) error {
	switch {
	case genesis.Config == nil || genesis.Config.ChainID == nil || config.QBFT == nil:
		return errors.New("config needs a chainId and a section qbft")
	case genesis.Mixhash != qbft.Digest:
		return errors.New("the mixHash is not that of Byzantine fault tolerance")
	case config.ShanghaiTime != nil || config.CancunTime != nil || config.PragueTime != nil:
		return errors.New("this engine knows hard forks up to london")
	case genesis.Config.LondonBlock != nil && !config.ZeroBaseFee:
		return errors.New("from london on, config needs zeroBaseFee: true")
	case config.QBFT.BlockPeriod == 0 || config.QBFT.RequestTimeout == 0 || config.QBFT.EpochLength == 0:
		return errors.New("config.qbft needs blockperiodseconds, requesttimeoutseconds and epochlength")
	}
	extra, err := qbft.ParseExtraData(genesis.ExtraData)
	if err != nil {
		return err
	}
	if len(extra.Validators) == 0 || extra.Round != 0 || len(extra.Seals) > 0 {
		return errors.New("the extraData needs validators, round 0 and no seals")
	}
	return nil
}

// completeForks sets the forks that Besu takes for granted once a later one is named.
func completeForks(genesis *core.Genesis) {
	config := genesis.Config
	var later *big.Int
	forks := []**big.Int{
		&config.LondonBlock, &config.BerlinBlock, &config.IstanbulBlock, &config.PetersburgBlock,
		&config.ConstantinopleBlock, &config.ByzantiumBlock, &config.EIP158Block, &config.EIP155Block,
		&config.EIP150Block, &config.HomesteadBlock,
	}
	for _, fork := range forks {
		if *fork == nil {
			*fork = later
		}
		later = *fork
	}
}
