// Command qbft-engine is one node of a permissioned Ethereum network with QBFT consensus: the test engine of
// RxLedger. It reads the genesis, static-nodes and permissions files of Hyperledger Besu and makes the same headers.
// It is for tests and for trying things out; a real network runs Besu.
package main

import (
	"flag"
	"fmt"
	"math/big"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/ethereum/go-ethereum/consensus"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/eth"
	"github.com/ethereum/go-ethereum/eth/downloader"
	"github.com/ethereum/go-ethereum/eth/ethconfig"
	"github.com/ethereum/go-ethereum/eth/filters"
	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/p2p"
	"github.com/ethereum/go-ethereum/rpc"

	"rxledger/qbft-engine/qbft"
)

// options are named as Besu's where Besu has them.
type options struct {
	dataPath, genesisFile, nodeKeyFile, staticNodesFile string
	accountsAllowlistFile, nodesAllowlistFile, p2pHost  string
	rpcHTTPHost                                         string
	p2pPort, rpcHTTPPort                                int
	logLevel                                            string
}

func parseOptions() options {
	var o options
	flag.StringVar(&o.dataPath, "data-path", "", "folder of this node's chain")
	flag.StringVar(&o.genesisFile, "genesis-file", "", "genesis file, as Besu takes it")
	flag.StringVar(&o.nodeKeyFile, "node-private-key-file", "", "file with the node's private key in hex")
	flag.StringVar(&o.staticNodesFile, "static-nodes-file", "", "JSON list of the nodes to connect to")
	flag.StringVar(&o.accountsAllowlistFile, "permissions-accounts-config-file", "", "who may send transactions")
	flag.StringVar(&o.nodesAllowlistFile, "permissions-nodes-config-file", "", "which nodes may connect")
	flag.StringVar(&o.p2pHost, "p2p-interface", "127.0.0.1", "address to listen on for other nodes")
	flag.IntVar(&o.p2pPort, "p2p-port", 30303, "port to listen on for other nodes")
	flag.StringVar(&o.rpcHTTPHost, "rpc-http-host", "127.0.0.1", "address of the JSON-RPC")
	flag.IntVar(&o.rpcHTTPPort, "rpc-http-port", 8545, "port of the JSON-RPC")
	flag.StringVar(&o.logLevel, "logging", "INFO", "DEBUG, INFO, WARN or ERROR")
	flag.Parse()
	return o
}

func main() {
	o := parseOptions()
	level, err := log.LvlFromString(map[string]string{"DEBUG": "dbug", "WARN": "warn", "ERROR": "eror"}[o.logLevel])
	if err != nil {
		level = log.LvlInfo
	}
	log.Root().SetHandler(log.LvlFilterHandler(level, log.StreamHandler(os.Stderr, log.LogfmtFormat())))
	stack, err := assemble(&o)
	if err == nil {
		err = stack.Start()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "qbft-engine:", err)
		os.Exit(1)
	}
	stopped := make(chan os.Signal, 1)
	signal.Notify(stopped, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		<-stopped
		stack.Close()
	}()
	stack.Wait()
}

// assemble makes the node: go-ethereum's chain, pool, state and JSON-RPC, with our agreement in place of mining.
func assemble(o *options) (*node.Node, error) {
	genesis, settings, err := readGenesis(o.genesisFile)
	if err != nil {
		return nil, err
	}
	key, err := crypto.LoadECDSA(o.nodeKeyFile)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.nodeKeyFile, err)
	}
	accounts, err := readAccounts(o.accountsAllowlistFile)
	if err != nil {
		return nil, err
	}
	nodes, err := readNodes(o.nodesAllowlistFile)
	if err != nil {
		return nil, err
	}
	known, err := readStaticNodes(o.staticNodesFile)
	if err != nil {
		return nil, err
	}
	stack, err := node.New(&node.Config{
		Name:             "qbft-engine",
		DataDir:          o.dataPath,
		KeyStoreDir:      filepath.Join(o.dataPath, "keystore"),
		HTTPHost:         o.rpcHTTPHost,
		HTTPPort:         o.rpcHTTPPort,
		HTTPModules:      []string{"eth", "net", "web3", "admin", "txpool", "debug", "qbft"},
		HTTPVirtualHosts: []string{"*"},
		HTTPTimeouts:     rpc.DefaultHTTPTimeouts,
		P2P: p2p.Config{
			PrivateKey: key, MaxPeers: 64, NoDiscovery: true, NoDial: true,
			ListenAddr: fmt.Sprintf("%s:%d", o.p2pHost, o.p2pPort),
		},
	})
	if err != nil {
		return nil, err
	}
	types.HashedForm = qbft.HashedForm
	engine := qbft.NewEngine(settings)
	ethconfig.OwnEngine = func() consensus.Engine { return engine }
	backend, err := eth.New(stack, ethSettings(genesis))
	if err != nil {
		return nil, err
	}
	backend.SetSynced()
	backend.TxPool().SetGasPrice(new(big.Int))
	transport := qbft.NewTransport(backend.BlockChain())
	stack.RegisterProtocols([]p2p.Protocol{transport.Protocol()})
	stack.Server().Protocols = forAllowed(stack.Server().Protocols, nodes)
	stack.RegisterAPIs([]rpc.API{
		{Namespace: "eth", Service: filters.NewFilterAPI(filters.NewFilterSystem(backend.APIBackend, filters.Config{}), false)},
		{Namespace: "eth", Service: &admission{backend: backend, admits: accounts}},
	})
	stack.RegisterLifecycle(
		qbft.NewAgreement(key, backend.BlockChain(), backend.TxPool(), engine, transport, accounts,
			stack.ResolvePath("agreement.rlp")))
	stack.RegisterLifecycle(&dialer{server: stack.Server(), nodes: known, quit: make(chan struct{})})
	return stack, nil
}

func ethSettings(genesis *core.Genesis) *ethconfig.Config {
	settings := ethconfig.Defaults
	settings.Genesis = genesis
	settings.NetworkId = genesis.Config.ChainID.Uint64()
	settings.SyncMode = downloader.FullSync
	settings.NoPruning = true // each block's state is on disk when the block is: nothing is lost with a kill
	settings.TxLookupLimit = 0
	settings.DatabaseCache, settings.DatabaseHandles = 16, 64
	settings.TrieCleanCache, settings.TrieDirtyCache, settings.SnapshotCache = 16, 16, 0
	// A name is needed: with none the library takes the node's own folder, and replaces it, chain and all, at its end.
	settings.TrieCleanCacheJournal = "triecache"
	settings.TxPool = core.DefaultTxPoolConfig
	settings.TxPool.Journal = "" // as Besu's: a pool doesn't outlive its node
	settings.TxPool.AccountSlots, settings.TxPool.AccountQueue = 4096, 4096
	settings.TxPool.GlobalSlots, settings.TxPool.GlobalQueue = 16384, 16384
	settings.GPO.Default = new(big.Int)
	settings.RPCGasCap = 0
	return &settings
}
