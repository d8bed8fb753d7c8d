package qbft

import (
	"math/rand"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/p2p"
	"github.com/ethereum/go-ethereum/p2p/enode"
	lru "github.com/hashicorp/golang-lru"
)

const (
	statusCode = iota
	blocksWantedCode
	blocksCode
	consensusCode
	codes

	queuedPerPeer   = 512
	rememberedSeen  = 8192
	blocksAtOnce    = 64
	blocksMaxBytes  = 4 << 20
	messageMaxBytes = 10 << 20
)

// Status tells a peer which chain this is, and how long.
type Status struct {
	Genesis common.Hash
	Height  uint64
}

type outgoing struct {
	code    uint64
	content interface{}
}

// Link is the connection to one peer. What is sent is queued: a peer that doesn't read can't hold us up.
type Link struct {
	id     enode.ID
	queue  chan outgoing
	lock   sync.Mutex
	told   bool
	height uint64
}

func (l *Link) send(code uint64, content interface{}) {
	select {
	case l.queue <- outgoing{code, content}:
	default:
		log.Debug("A peer reads too slowly, a message is dropped", "peer", l.id)
	}
}

func (l *Link) statedHeight() uint64 {
	l.lock.Lock()
	defer l.lock.Unlock()
	return l.height
}

// arrival is something that a peer sent, for the one loop that decides.
type arrival struct {
	link    *Link
	joined  bool
	message *Message
	blocks  []*types.Block
}

// Transport carries statements and blocks between nodes, as protocol `qbft` of devp2p.
type Transport struct {
	chain    *core.BlockChain
	genesis  common.Hash
	arrivals chan arrival
	seen     *lru.Cache
	lock     sync.Mutex
	links    map[enode.ID]*Link
}

// NewTransport makes the transport of one node.
func NewTransport(chain *core.BlockChain) *Transport {
	seen, err := lru.New(rememberedSeen)
	if err != nil {
		panic(err) // unreachable: the size is positive
	}
	return &Transport{
		chain:    chain,
		genesis:  chain.Genesis().Hash(),
		arrivals: make(chan arrival, 1024),
		seen:     seen,
		links:    make(map[enode.ID]*Link),
	}
}

// Protocol is what the node's server runs with each peer.
func (t *Transport) Protocol() p2p.Protocol {
	return p2p.Protocol{Name: "qbft", Version: 1, Length: codes, Run: t.run}
}

func (t *Transport) run(peer *p2p.Peer, stream p2p.MsgReadWriter) error {
	link := &Link{id: peer.ID(), queue: make(chan outgoing, queuedPerPeer)}
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		for {
			select {
			case next := <-link.queue:
				if err := p2p.Send(stream, next.code, next.content); err != nil {
					log.Debug("Nothing can be sent to a peer", "peer", link.id, "code", next.code, "err", err)
					return
				}
			case <-ended:
				return
			}
		}
	}()
	link.send(statusCode, t.status())
	t.lock.Lock()
	t.links[link.id] = link
	t.lock.Unlock()
	defer func() {
		t.lock.Lock()
		delete(t.links, link.id)
		t.lock.Unlock()
	}()
	for {
		message, err := stream.ReadMsg()
		if err != nil {
			return err
		}
		if err := t.take(link, message); err != nil {
			log.Warn("A peer sent something malformed", "peer", peer.ID(), "err", err)
			return err
		}
	}
}

func (t *Transport) status() *Status {
	return &Status{Genesis: t.genesis, Height: t.chain.CurrentBlock().NumberU64()}
}

func (t *Transport) take(link *Link, received p2p.Msg) error {
	defer received.Discard()
	if received.Size > messageMaxBytes {
		return p2p.DiscSubprotocolError
	}
	switch received.Code {
	case statusCode:
		return t.takeStatus(link, received)
	case blocksWantedCode:
		var from uint64
		if err := received.Decode(&from); err != nil {
			return err
		}
		link.send(blocksCode, t.blocksFrom(from))
	case blocksCode:
		var blocks []*types.Block
		if err := received.Decode(&blocks); err != nil {
			return err
		}
		t.arrivals <- arrival{link: link, blocks: blocks}
	case consensusCode:
		message := new(Message)
		if err := received.Decode(message); err != nil {
			return err
		}
		if !t.markSeen(message) {
			t.arrivals <- arrival{link: link, message: message}
		}
	default:
		return p2p.DiscSubprotocolError
	}
	return nil
}

func (t *Transport) takeStatus(link *Link, received p2p.Msg) error {
	var status Status
	if err := received.Decode(&status); err != nil {
		return err
	}
	if status.Genesis != t.genesis {
		return p2p.DiscUselessPeer
	}
	link.lock.Lock()
	joined := !link.told
	link.told, link.height = true, status.Height
	link.lock.Unlock()
	t.arrivals <- arrival{link: link, joined: joined}
	return nil
}

func (t *Transport) markSeen(message *Message) bool {
	known, _ := t.seen.ContainsOrAdd(message.identity(), struct{}{})
	return known
}

// forget has a statement taken as new when it comes again.
func (t *Transport) forget(message *Message) { t.seen.Remove(message.identity()) }

func (t *Transport) blocksFrom(number uint64) []*types.Block {
	var blocks []*types.Block
	bytes := 0
	for len(blocks) < blocksAtOnce && bytes < blocksMaxBytes {
		block := t.chain.GetBlockByNumber(number)
		if block == nil {
			break
		}
		blocks = append(blocks, block)
		bytes += int(block.Size())
		number++
	}
	return blocks
}

func (t *Transport) all() []*Link {
	t.lock.Lock()
	defer t.lock.Unlock()
	links := make([]*Link, 0, len(t.links))
	for _, link := range t.links {
		links = append(links, link)
	}
	return links
}

// broadcast sends a statement to every peer but the one that it came from.
func (t *Transport) broadcast(message *Message, except *Link) {
	t.markSeen(message)
	for _, link := range t.all() {
		if link != except {
			link.send(consensusCode, message)
		}
	}
}

func (t *Transport) announce() {
	status := t.status()
	for _, link := range t.all() {
		link.send(statusCode, status)
	}
}

// findAhead is one of the peers that told of a greater height than ours, another one each time: who tells of the
// greatest may be lying, and must not be the only one asked.
func (t *Transport) findAhead() *Link {
	height := t.chain.CurrentBlock().NumberU64()
	var ahead []*Link
	for _, link := range t.all() {
		if link.statedHeight() > height {
			ahead = append(ahead, link)
		}
	}
	if len(ahead) == 0 {
		return nil
	}
	return ahead[rand.Intn(len(ahead))]
}

// after is a channel that fires once a moment is reached, at once if it has passed.
func after(moment time.Time) <-chan time.Time { return time.After(time.Until(moment)) }
