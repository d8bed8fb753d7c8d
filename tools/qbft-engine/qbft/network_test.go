package qbft

import (
	"bytes"
	"crypto/ecdsa"
	"fmt"
	"math/big"
	"math/rand"
	"os"
	"path/filepath"
	"sort"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/p2p"
	"github.com/ethereum/go-ethereum/p2p/enode"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/ethereum/go-ethereum/trie"
)

func TestMain(m *testing.M) {
	log.Root().SetHandler(log.DiscardHandler())
	types.HashedForm = HashedForm
	os.Exit(m.Run())
}

// network is a few validators in one process, whose wires the test is: it says which message arrives when, and when
// somebody's patience is over. Chains, blocks, signatures and messages are real.
type network struct {
	t        *testing.T
	nodes    []*Agreement // in the order of their addresses
	keys     []*ecdsa.PrivateKey
	waiting  []letter
	silenced map[int]bool // whose own node says nothing: the test speaks with its key
}

// letter is a message on its way.
type letter struct {
	from, to int
	code     uint64
	content  []byte
}

func newNetwork(t *testing.T, validators int) *network {
	t.Helper()
	return newNetworkOf(t, validators, 0)
}

// newNetworkOf makes the validators' keys of a number: the same course of events can be played again.
func newNetworkOf(t *testing.T, validators int, seed int) *network {
	t.Helper()
	n := &network{t: t, silenced: make(map[int]bool)}
	for i := 0; i < validators; i++ {
		key, err := crypto.ToECDSA(crypto.Keccak256([]byte(fmt.Sprint(seed, i))))
		if err != nil {
			t.Fatal(err)
		}
		n.keys = append(n.keys, key)
	}
	sort.Slice(n.keys, func(i, j int) bool {
		a, b := addressOf(n.keys[i]), addressOf(n.keys[j])
		return bytes.Compare(a[:], b[:]) < 0
	})
	extra := ExtraData{}
	for _, key := range n.keys {
		extra.Validators = append(extra.Validators, addressOf(key))
	}
	genesis := &core.Genesis{
		Config: london(), ExtraData: extra.Encode(), GasLimit: 30_000_000, Difficulty: big.NewInt(1),
		Mixhash: Digest, BaseFee: new(big.Int),
	}
	for _, key := range n.keys {
		n.nodes = append(n.nodes, newAgreement(t, key, genesis))
	}
	for i := range n.nodes {
		n.connect(i)
		n.nodes[i].begin()
	}
	return n
}

func (n *network) connect(i int) {
	for j := range n.nodes {
		if i != j {
			link := &Link{id: enode.ID{byte(j)}, queue: make(chan outgoing, queuedPerPeer)}
			n.nodes[i].transport.links[link.id] = link
		}
	}
}

// restart ends a node without warning and starts it again: its chain and its journal are left, nothing else is.
func (n *network) restart(nodes ...int) {
	for _, i := range nodes {
		old := n.nodes[i]
		n.nodes[i] = NewAgreement(
			old.key, old.chain, old.builder.pool, old.engine, NewTransport(old.chain), old.builder.admits, old.journalPath,
		)
		n.connect(i)
		n.nodes[i].begin()
	}
}

func newAgreement(t *testing.T, key *ecdsa.PrivateKey, genesis *core.Genesis) *Agreement {
	t.Helper()
	database := rawdb.NewMemoryDatabase()
	genesis.MustCommit(database)
	engine := NewEngine(Settings{BlockPeriod: 0, RequestTimeout: 3600, EpochLength: 30_000})
	caches := &core.CacheConfig{TrieDirtyDisabled: true, TrieCleanLimit: 1, TrieDirtyLimit: 1}
	chain, err := core.NewBlockChain(database, caches, genesis.Config, engine, vm.Config{}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	settings := core.DefaultTxPoolConfig
	settings.Journal = ""
	pool := core.NewTxPool(settings, genesis.Config, chain)
	t.Cleanup(func() { pool.Stop(); chain.Stop() })
	everybody := func(common.Address) bool { return true }
	return NewAgreement(key, chain, pool, engine, NewTransport(chain), everybody, filepath.Join(t.TempDir(), "journal"))
}

func london() *params.ChainConfig {
	zero := new(big.Int)
	return &params.ChainConfig{
		ChainID: big.NewInt(20262), HomesteadBlock: zero, EIP150Block: zero, EIP155Block: zero, EIP158Block: zero,
		ByzantiumBlock: zero, ConstantinopleBlock: zero, PetersburgBlock: zero, IstanbulBlock: zero,
		BerlinBlock: zero, LondonBlock: zero,
	}
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func addressOf(key *ecdsa.PrivateKey) common.Address { return crypto.PubkeyToAddress(key.PublicKey) }

// beginRounds has every node at work begin round 0 of its height.
func (n *network) beginRounds() {
	for _, node := range n.nodes {
		if !node.started {
			node.beginRounds()
		}
	}
	n.collect()
}

// collect takes what the nodes have queued for one another.
func (n *network) collect() {
	for i, node := range n.nodes {
		for _, link := range node.transport.all() {
			for len(link.queue) > 0 {
				next := <-link.queue
				if n.silenced[i] && next.code == consensusCode {
					continue
				}
				content, err := rlp.EncodeToBytes(next.content)
				if err != nil {
					n.t.Fatal(err)
				}
				n.waiting = append(n.waiting, letter{i, int(link.id[0]), next.code, content})
			}
		}
	}
}

// deliver has a letter arrive, by the same way as from a peer; the error with which the peer would be left.
func (n *network) deliver(l letter) error {
	node := n.nodes[l.to]
	link := node.transport.links[enode.ID{byte(l.from)}]
	message := p2p.Msg{Code: l.code, Size: uint32(len(l.content)), Payload: bytes.NewReader(l.content)}
	err := node.transport.take(link, message)
	for len(node.transport.arrivals) > 0 {
		node.wantedAt = time.Time{} // nobody waits for a clock here
		node.takeArrival(<-node.transport.arrivals)
	}
	n.collect()
	return err
}

// settle delivers what is on its way, in order, until nothing is; letters that `lost` names don't arrive.
func (n *network) settle(lost func(letter) bool) {
	n.collect()
	for rest := 20_000; len(n.waiting) > 0; rest-- {
		if rest == 0 {
			n.t.Fatal("the nodes don't stop talking")
		}
		next := n.waiting[0]
		n.waiting = n.waiting[1:]
		if lost == nil || !lost(next) {
			if err := n.deliver(next); err != nil {
				n.t.Fatalf("a node's own words are refused: %v", err)
			}
		}
	}
}

// settleOne delivers one letter chosen by chance, or loses it.
func (n *network) settleOne(chance *rand.Rand, lose float64) {
	n.collect()
	if len(n.waiting) == 0 {
		return
	}
	at := chance.Intn(len(n.waiting))
	next := n.waiting[at]
	n.waiting = append(n.waiting[:at], n.waiting[at+1:]...)
	if chance.Float64() >= lose {
		_ = n.deliver(next)
	}
}

// say has the faulty validator `by` sign a statement and send it to some.
func (n *network) say(by int, statement Statement, message *Message, to ...int) {
	n.t.Helper()
	message.Signed = n.signed(by, statement)
	n.send(by, message, to...)
}

func (n *network) signed(by int, statement Statement) Signed {
	n.t.Helper()
	signed, err := sign(statement, n.nodes[0].genesis, n.keys[by])
	if err != nil {
		n.t.Fatal(err)
	}
	return signed
}

func (n *network) send(by int, message *Message, to ...int) {
	n.t.Helper()
	content, err := rlp.EncodeToBytes(message)
	if err != nil {
		n.t.Fatal(err)
	}
	for _, other := range to {
		if other != by {
			if err := n.deliver(letter{by, other, consensusCode, content}); err != nil {
				n.t.Fatal(err)
			}
		}
	}
}

// block is a valid block of this validator at its height, different with each mark.
func (n *network) block(by int, round uint64, mark byte) *types.Block {
	n.t.Helper()
	node := n.nodes[by]
	block, err := node.builder.build(node.parent, uint32(round))
	if err != nil {
		n.t.Fatal(err)
	}
	return n.withExtra(block, func(extra *ExtraData) { extra.Vanity[0] = mark })
}

func (n *network) withExtra(block *types.Block, change func(*ExtraData)) *types.Block {
	n.t.Helper()
	extra, err := ParseExtraData(block.Extra())
	if err != nil {
		n.t.Fatal(err)
	}
	change(extra)
	return block.WithSeal(WithExtraData(block.Header(), *extra))
}

func (n *network) proposal(height, round uint64, block *types.Block) Statement {
	return Statement{Kind: Proposal, Height: height, Round: round, Digest: block.Hash()}
}

func (n *network) commit(by int, round uint64, block *types.Block) Statement {
	n.t.Helper()
	hash, err := SealHash(block.Header(), uint32(round))
	if err != nil {
		n.t.Fatal(err)
	}
	seal, err := crypto.Sign(hash.Bytes(), n.keys[by])
	if err != nil {
		n.t.Fatal(err)
	}
	return Statement{Kind: Commit, Height: block.NumberU64(), Round: round, Digest: block.Hash(), Seal: seal}
}

// giveUp has nodes lose patience with their round.
func (n *network) giveUp(nodes ...int) {
	for _, i := range nodes {
		if n.nodes[i].started {
			n.nodes[i].changeRound(n.nodes[i].round + 1)
		}
	}
	n.collect()
}

func (n *network) proposerOf(round uint64) int {
	node := n.nodes[0]
	turn := Proposer(node.set.validators, node.parent.Coinbase, round)
	for i, key := range n.keys {
		if addressOf(key) == turn {
			return i
		}
	}
	n.t.Fatal("nobody's turn")
	return 0
}

func (n *network) others(than ...int) []int {
	var others []int
	for i := range n.nodes {
		left := false
		for _, each := range than {
			left = left || i == each
		}
		if !left {
			others = append(others, i)
		}
	}
	return others
}

func (n *network) height(of int) uint64 { return n.nodes[of].chain.CurrentBlock().NumberU64() }

// verifyOneChain fails if two of these nodes have different blocks of one height, or one that isn't sealed.
func (n *network) verifyOneChain(nodes []int) error {
	for _, i := range nodes {
		chain := n.nodes[i].chain
		for number := uint64(1); number <= n.height(i); number++ {
			block := chain.GetBlockByNumber(number)
			if err := VerifySeals(block.Header(), n.nodes[i].set.validators); err != nil {
				return fmt.Errorf("block %d of node %d: %w", number, i, err)
			}
			if types.DeriveSha(block.Transactions(), trie.NewStackTrie(nil)) != block.TxHash() {
				return fmt.Errorf("block %d of node %d has other transactions than its header names", number, i)
			}
			for _, j := range nodes {
				other := n.nodes[j].chain.GetBlockByNumber(number)
				if other != nil && other.Hash() != block.Hash() {
					return fmt.Errorf("nodes %d and %d have different blocks %d", i, j, number)
				}
			}
		}
	}
	return nil
}

func (n *network) mustAgree(nodes []int, height uint64) {
	n.t.Helper()
	for _, i := range nodes {
		if n.height(i) != height {
			n.t.Fatalf("node %d is at block %d, not at %d", i, n.height(i), height)
		}
	}
	if err := n.verifyOneChain(nodes); err != nil {
		n.t.Fatal(err)
	}
}

func decode(content []byte, into interface{}) error { return rlp.DecodeBytes(content, into) }
