package qbft

import (
	"crypto/ecdsa"
	"errors"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/ethereum/go-ethereum/trie"
)

// Kind of a validator's statement.
type Kind uint64

// The four kinds of statements of the protocol.
const (
	Proposal Kind = iota
	Prepare
	Commit
	RoundChange
)

func (k Kind) String() string {
	return [...]string{"proposal", "prepare", "commit", "round change"}[k]
}

// Prepared says in which round a validator was prepared to commit to which block.
type Prepared struct {
	Round  uint64
	Digest common.Hash
}

// Statement is what a validator says about a height and a round. Digest is a block's hash, zero for a round
// change; Prepared has at most one element and stands in round changes only; Seal stands in commits only.
type Statement struct {
	Kind     Kind
	Height   uint64
	Round    uint64
	Digest   common.Hash
	Prepared []Prepared
	Seal     []byte
}

// Signed is a statement with its validator's signature.
type Signed struct {
	Statement Statement
	Signature []byte
}

// Message is a signed statement with what justifies it: a proposal carries its block, and after round 0 the round
// changes and prepares that allow it; a round change carries the block that it was prepared for, with the prepares.
type Message struct {
	Signed       Signed
	Blocks       []*types.Block
	RoundChanges []Signed
	Prepares     []Signed
}

func (s *Statement) hash(genesis common.Hash) common.Hash {
	encoded, err := rlp.EncodeToBytes(s)
	if err != nil {
		panic(err) // unreachable: a statement holds nothing that has no encoding
	}
	return crypto.Keccak256Hash([]byte("QBFT statement"), genesis.Bytes(), encoded)
}

func sign(statement Statement, genesis common.Hash, key *ecdsa.PrivateKey) (Signed, error) {
	signature, err := crypto.Sign(statement.hash(genesis).Bytes(), key)
	return Signed{Statement: statement, Signature: signature}, err
}

func (s *Signed) signer(genesis common.Hash) (common.Address, error) {
	if s.Statement.Kind > RoundChange || len(s.Statement.Prepared) > 1 {
		return common.Address{}, errors.New("malformed statement")
	}
	return Signer(s.Statement.hash(genesis), s.Signature)
}

// identity tells messages apart. All of a message counts: with the statement alone, whoever relays it could bring it
// first without what justifies it, and the whole one would be taken for known.
func (m *Message) identity() common.Hash {
	encoded, err := rlp.EncodeToBytes(m)
	if err != nil {
		panic(err) // unreachable: a message holds nothing that has no encoding
	}
	return crypto.Keccak256Hash(encoded)
}

func (m *Message) block() *types.Block {
	if len(m.Blocks) != 1 {
		return nil
	}
	return m.Blocks[0]
}

// verifyForm returns nil if a message brings what a statement of its kind may bring, and nothing else: no more than
// that is ever relayed or kept. Blocks must have the transactions that their headers name, since a digest is a
// header's.
func (m *Message) verifyForm(validators int) error {
	said := &m.Signed.Statement
	claims, again := len(said.Prepared) > 0, said.Kind == Proposal && said.Round > 0
	blocks := 0
	if said.Kind == Proposal || claims {
		blocks = 1
	}
	switch {
	case claims && said.Kind != RoundChange:
		return errors.New("only a round change claims to be prepared")
	case (said.Kind == Commit) != (len(said.Seal) > 0):
		return errors.New("a commit brings a seal, and nothing else does")
	case len(m.Blocks) != blocks:
		return errors.New("a block is missing, or has no place here")
	case len(m.RoundChanges) > validators || (len(m.RoundChanges) > 0 && !again):
		return errors.New("too many round changes, or in no place for them")
	case len(m.Prepares) > validators || (len(m.Prepares) > 0 && !again && !claims):
		return errors.New("too many prepares, or in no place for them")
	}
	for _, block := range m.Blocks {
		if types.CalcUncleHash(block.Uncles()) != block.UncleHash() ||
			types.DeriveSha(block.Transactions(), trie.NewStackTrie(nil)) != block.TxHash() {
			return errors.New("a block without the transactions that its header names")
		}
	}
	return nil
}

// certifies tells whether these are a quorum's prepares for one block in one round.
func certifies(prepares []Signed, height uint64, claim Prepared, genesis common.Hash, set *tally) bool {
	signers := make(map[common.Address]bool)
	for i := range prepares {
		said := prepares[i].Statement
		if said.Kind != Prepare || said.Height != height || said.Round != claim.Round || said.Digest != claim.Digest {
			return false
		}
		signer, err := prepares[i].signer(genesis)
		if err != nil || !set.has(signer) {
			return false
		}
		signers[signer] = true
	}
	return len(signers) >= Quorum(len(set.validators))
}

// highestPrepared is the latest round in which one of these validators was prepared, if any was.
func highestPrepared(changes []Signed) *Prepared {
	var highest *Prepared
	for i := range changes {
		for j := range changes[i].Statement.Prepared {
			if claim := &changes[i].Statement.Prepared[j]; highest == nil || claim.Round > highest.Round {
				highest = claim
			}
		}
	}
	return highest
}

// justifies tells whether its sender may propose this block in this round: a new one only as its own, since a block
// carries a vote in its proposer's name; after round 0 as a quorum's round changes allow.
func justifies(message *Message, sender common.Address, genesis common.Hash, set *tally) bool {
	said := message.Signed.Statement
	own := message.block().Coinbase() == sender
	if said.Round == 0 {
		return own
	}
	signers := make(map[common.Address]bool)
	for i := range message.RoundChanges {
		change := message.RoundChanges[i].Statement
		if change.Kind != RoundChange || change.Height != said.Height || change.Round != said.Round {
			return false
		}
		signer, err := message.RoundChanges[i].signer(genesis)
		if err != nil || !set.has(signer) {
			return false
		}
		signers[signer] = true
	}
	if len(signers) < Quorum(len(set.validators)) {
		return false
	}
	claim := highestPrepared(message.RoundChanges)
	if claim == nil {
		return own
	}
	return claim.Round < said.Round && claim.Digest == said.Digest &&
		certifies(message.Prepares, said.Height, *claim, genesis, set)
}
