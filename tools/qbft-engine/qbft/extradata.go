// Package qbft is Byzantine-fault-tolerant consensus for a permissioned Ethereum network: the QBFT of Enterprise
// Ethereum Alliance's "QBFT Blockchain Consensus Protocol Specification v1", with headers as Hyperledger Besu's.
package qbft

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rlp"
)

// Digest is the mixHash of every block, by which a chain is known to be of this family.
var Digest = common.HexToHash("0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365")

const vanityLength = 32

// How a vote is written: to add as the byte 0xff, to drop as the empty string, which is RLP's zero.
var addVote, dropVote = []byte{0xff}, []byte{}

// Vote is a proposer's wish to add a validator or to drop one.
type Vote struct {
	Subject common.Address
	Add     bool
}

// ExtraData is the content of a header's extraData: RLP [vanity, [validators], vote or [], round, [seals]].
type ExtraData struct {
	Vanity     []byte
	Validators []common.Address
	Vote       *Vote
	Round      uint32
	Seals      [][]byte
}

type encodedExtraData struct {
	Vanity     []byte
	Validators []common.Address
	Vote       [][]byte
	Round      uint32
	Seals      [][]byte
}

// Encode gives the bytes of a header's extraData.
func (extra *ExtraData) Encode() []byte {
	form := encodedExtraData{Vanity: extra.Vanity, Validators: extra.Validators, Round: extra.Round, Seals: extra.Seals}
	if len(form.Vanity) != vanityLength {
		form.Vanity = make([]byte, vanityLength)
	}
	if extra.Vote != nil {
		wish := dropVote
		if extra.Vote.Add {
			wish = addVote
		}
		form.Vote = [][]byte{extra.Vote.Subject.Bytes(), wish}
	}
	encoded, err := rlp.EncodeToBytes(&form)
	if err != nil {
		panic(err) // unreachable: the form holds nothing that has no encoding
	}
	return encoded
}

// ParseExtraData reads a header's extraData; only the one canonical encoding is accepted.
func ParseExtraData(encoded []byte) (*ExtraData, error) {
	var form encodedExtraData
	if err := rlp.DecodeBytes(encoded, &form); err != nil {
		return nil, fmt.Errorf("extraData: %w", err)
	}
	if len(form.Vanity) != vanityLength {
		return nil, errors.New("extraData: the vanity has not 32 bytes")
	}
	extra := &ExtraData{Vanity: form.Vanity, Validators: form.Validators, Round: form.Round, Seals: form.Seals}
	switch {
	case len(form.Vote) == 0:
	case len(form.Vote) == 2 && len(form.Vote[0]) == common.AddressLength:
		add := bytes.Equal(form.Vote[1], addVote)
		if !add && !bytes.Equal(form.Vote[1], dropVote) {
			return nil, fmt.Errorf("extraData: unknown vote %#x", form.Vote[1])
		}
		extra.Vote = &Vote{Subject: common.BytesToAddress(form.Vote[0]), Add: add}
	default:
		return nil, errors.New("extraData: malformed vote")
	}
	for _, seal := range form.Seals {
		if len(seal) != crypto.SignatureLength {
			return nil, errors.New("extraData: a commit seal has not 65 bytes")
		}
	}
	if !bytes.Equal(extra.Encode(), encoded) {
		return nil, errors.New("extraData: not in its canonical encoding")
	}
	return extra, nil
}

// WithExtraData is a copy of a header that carries this extraData.
func WithExtraData(header *types.Header, extra ExtraData) *types.Header {
	copied := types.CopyHeader(header)
	copied.Extra = extra.Encode()
	return copied
}

// HashedForm is what a block's hash is taken over: its header with round 0 and no seals. Headers that are not of
// this family are left as they are.
func HashedForm(header *types.Header) *types.Header {
	if header.MixDigest != Digest {
		return header
	}
	extra, err := ParseExtraData(header.Extra)
	if err != nil || (extra.Round == 0 && len(extra.Seals) == 0) {
		return header
	}
	extra.Round, extra.Seals = 0, nil
	return WithExtraData(header, *extra)
}

// SealHash is what validators sign when they commit: the keccak of the header with its round, without seals.
func SealHash(header *types.Header, round uint32) (common.Hash, error) {
	extra, err := ParseExtraData(header.Extra)
	if err != nil {
		return common.Hash{}, err
	}
	extra.Round, extra.Seals = round, nil
	encoded, err := rlp.EncodeToBytes(WithExtraData(header, *extra))
	if err != nil {
		return common.Hash{}, err
	}
	return crypto.Keccak256Hash(encoded), nil
}

// Signer is who made a signature over a hash. Of the forms that a signature can be given, only one is accepted: what
// a validator could twist here, others might refuse later.
func Signer(hash common.Hash, signature []byte) (common.Address, error) {
	if len(signature) != crypto.SignatureLength {
		return common.Address{}, errors.New("a signature has 65 bytes")
	}
	r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:64])
	if !crypto.ValidateSignatureValues(signature[64], r, s, true) {
		return common.Address{}, errors.New("a signature out of range, or not in its one form")
	}
	key, err := crypto.SigToPub(hash.Bytes(), signature)
	if err != nil {
		return common.Address{}, err
	}
	return crypto.PubkeyToAddress(*key), nil
}

// Quorum is how many of n validators must agree: ceil(2n/3).
func Quorum(n int) int { return (2*n + 2) / 3 }

// FaultsBorne is how many of n validators may fail: floor((n-1)/3).
func FaultsBorne(n int) int { return (n - 1) / 3 }
