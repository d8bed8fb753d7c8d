package qbft

import (
	"crypto/ecdsa"
	"errors"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rlp"
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

// identity tells one validator's statement from another's, which may be the same but for the signature.
func (s *Signed) identity(genesis common.Hash) common.Hash {
	return crypto.Keccak256Hash(s.Statement.hash(genesis).Bytes(), s.Signature)
}

func (m *Message) block() *types.Block {
	if len(m.Blocks) != 1 {
		return nil
	}
	return m.Blocks[0]
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

// justifies tells whether these round changes allow a proposal of this block in this round.
func justifies(message *Message, genesis common.Hash, set *tally) bool {
	said := message.Signed.Statement
	if said.Round == 0 {
		return true
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
		return true
	}
	return claim.Digest == said.Digest && certifies(message.Prepares, said.Height, *claim, genesis, set)
}
