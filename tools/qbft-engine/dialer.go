package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/ethereum/go-ethereum/p2p"
	"github.com/ethereum/go-ethereum/p2p/enode"
)

const (
	dialEvery        = time.Second
	dialTimeout      = 2 * time.Second
	staticDialedConn = 2 // the server's own mark of a connection to a known node
)

// dialer keeps connections to the known nodes. The server's own one waits half a minute before it tries a node
// again, which is long for a network of few nodes that all need each other.
type dialer struct {
	server *p2p.Server
	nodes  []*enode.Node
	quit   chan struct{}
}

// readStaticNodes reads a list of enode URLs in Besu's form, a JSON array.
func readStaticNodes(path string) ([]*enode.Node, error) {
	if path == "" {
		return nil, nil
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var urls []string
	if err := json.Unmarshal(content, &urls); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	nodes := make([]*enode.Node, 0, len(urls))
	for _, url := range urls {
		node, err := enode.ParseV4(url)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		nodes = append(nodes, node)
	}
	return nodes, nil
}

// Start implements node.Lifecycle.
func (d *dialer) Start() error {
	for _, node := range d.nodes {
		if node.ID() != d.server.Self().ID() {
			go d.keep(node)
		}
	}
	return nil
}

// Stop implements node.Lifecycle.
func (d *dialer) Stop() error {
	close(d.quit)
	return nil
}

func (d *dialer) keep(node *enode.Node) {
	for {
		if !d.isPeer(node.ID()) {
			d.dial(node)
		}
		select {
		case <-d.quit:
			return
		case <-time.After(dialEvery):
		}
	}
}

func (d *dialer) isPeer(id enode.ID) bool {
	for _, peer := range d.server.Peers() {
		if peer.ID() == id {
			return true
		}
	}
	return false
}

func (d *dialer) dial(node *enode.Node) {
	address := net.JoinHostPort(node.IP().String(), strconv.Itoa(node.TCP()))
	connection, err := net.DialTimeout("tcp", address, dialTimeout)
	if err != nil {
		return
	}
	// The server closes the connection if it doesn't take it.
	_ = d.server.SetupConn(connection, staticDialedConn, node)
}
