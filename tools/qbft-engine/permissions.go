package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/p2p"
	"github.com/ethereum/go-ethereum/p2p/enode"
)

// readAllowlist reads one list of a permissions file in Besu's form: lines `name=["...", "..."]` of TOML, in which a
// list may go over several lines.
func readAllowlist(path, name string) ([]string, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var value strings.Builder
	found := false
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if !found {
			key, rest, assigned := strings.Cut(line, "=")
			if !assigned || strings.TrimSpace(key) != name {
				continue
			}
			found, line = true, rest
		}
		value.WriteString(line)
		if strings.HasSuffix(line, "]") {
			break
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if !found {
		return nil, fmt.Errorf("%s names no %s", path, name)
	}
	text := strings.TrimSpace(value.String())
	if body, ok := strings.CutSuffix(text, "]"); ok {
		text = strings.TrimSuffix(strings.TrimSpace(body), ",") + "]" // TOML lets a list end with a comma
	}
	var values []string
	if err := json.Unmarshal([]byte(text), &values); err != nil {
		return nil, fmt.Errorf("%s: %s is no list of strings: %w", path, name, err)
	}
	return values, nil
}

// readAccounts reads who may send transactions; without a file everybody may.
func readAccounts(path string) (func(common.Address) bool, error) {
	if path == "" {
		return func(common.Address) bool { return true }, nil
	}
	listed, err := readAllowlist(path, "accounts-allowlist")
	if err != nil {
		return nil, err
	}
	allowed := make(map[common.Address]bool)
	for _, account := range listed {
		if !common.IsHexAddress(account) {
			return nil, fmt.Errorf("%s: %q is no account", path, account)
		}
		allowed[common.HexToAddress(account)] = true
	}
	return func(account common.Address) bool { return allowed[account] }, nil
}

// readNodes reads who may connect; without a file everybody may.
func readNodes(path string) (func(enode.ID) bool, error) {
	if path == "" {
		return func(enode.ID) bool { return true }, nil
	}
	listed, err := readAllowlist(path, "nodes-allowlist")
	if err != nil {
		return nil, err
	}
	allowed := make(map[enode.ID]bool)
	for _, url := range listed {
		node, err := enode.ParseV4(url)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		allowed[node.ID()] = true
	}
	return func(node enode.ID) bool { return allowed[node] }, nil
}

// forAllowed has every protocol turn peers away that aren't allowed.
func forAllowed(protocols []p2p.Protocol, allowed func(enode.ID) bool) []p2p.Protocol {
	guarded := make([]p2p.Protocol, len(protocols))
	for i, protocol := range protocols {
		run := protocol.Run
		protocol.Run = func(peer *p2p.Peer, stream p2p.MsgReadWriter) error {
			if !allowed(peer.ID()) {
				return p2p.DiscUselessPeer
			}
			return run(peer, stream)
		}
		guarded[i] = protocol
	}
	return guarded
}
