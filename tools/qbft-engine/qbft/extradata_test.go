package qbft

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rlp"
)

// vectors are files that the Python verifier is tested with as well.
const vectors = "../../../tests/vectors"

type published struct {
	QBFT struct {
		Before     string   `json:"header_before_bloom"`
		After      string   `json:"header_after_bloom"`
		Round      uint32   `json:"round"`
		SealHash   string   `json:"seal_hash"`
		Validators []string `json:"validators"`
		Extra      []struct {
			Extra      string    `json:"extra"`
			Validators []string  `json:"validators"`
			Vote       *[]string `json:"vote"`
			Round      uint32    `json:"round"`
			Seals      int       `json:"seals"`
		} `json:"extra"`
	} `json:"qbft"`
}

func read(t *testing.T, name string, into interface{}) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(vectors, name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, into); err != nil {
		t.Fatal(err)
	}
}

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	decoded, err := hex.DecodeString(strings.TrimPrefix(text, "0x"))
	if err != nil {
		t.Fatal(err)
	}
	return decoded
}

func addresses(t *testing.T, texts []string) []common.Address {
	t.Helper()
	var found []common.Address
	for _, text := range texts {
		found = append(found, common.BytesToAddress(unhex(t, text)))
	}
	return found
}

func parseHeader(t *testing.T, encoded []byte) *types.Header {
	t.Helper()
	header := new(types.Header)
	if err := rlp.DecodeBytes(encoded, header); err != nil {
		t.Fatal(err)
	}
	return header
}

func TestExtraDataOfBesuAndGoQuorum(t *testing.T) {
	var known published
	read(t, "published.json", &known)
	if len(known.QBFT.Extra) == 0 {
		t.Fatal("no vectors")
	}
	for i, each := range known.QBFT.Extra {
		encoded := unhex(t, each.Extra)
		extra, err := ParseExtraData(encoded)
		if err != nil {
			t.Fatalf("%d: %v", i, err)
		}
		if extra.Round != each.Round || len(extra.Seals) != each.Seals || len(extra.Validators) != len(each.Validators) {
			t.Errorf("%d: read as %+v", i, extra)
		}
		for j, validator := range addresses(t, each.Validators) {
			if extra.Validators[j] != validator {
				t.Errorf("%d: validator %d is %s", i, j, extra.Validators[j])
			}
		}
		if (each.Vote == nil) != (extra.Vote == nil) {
			t.Fatalf("%d: vote read as %+v", i, extra.Vote)
		}
		if each.Vote != nil && (extra.Vote.Subject != addresses(t, *each.Vote)[0] || !extra.Vote.Add) {
			t.Errorf("%d: vote read as %+v", i, extra.Vote)
		}
		if !bytes.Equal(extra.Encode(), encoded) {
			t.Errorf("%d: written otherwise than read", i)
		}
	}
}

func TestSealsOfARealBesuHeader(t *testing.T) {
	var known published
	read(t, "published.json", &known)
	bloom := strings.Repeat("00", types.BloomByteLength)
	header := parseHeader(t, unhex(t, known.QBFT.Before+bloom+known.QBFT.After))
	hash, err := SealHash(header, known.QBFT.Round)
	if err != nil || hash != common.HexToHash(known.QBFT.SealHash) {
		t.Fatalf("seal hash %s, %v", hash, err)
	}
	validators := addresses(t, known.QBFT.Validators)
	if err := VerifySeals(header, validators); err != nil {
		t.Fatal(err)
	}
	if err := VerifySeals(header, validators[1:]); err == nil {
		t.Error("seals of others than the validators are taken")
	}
	extra, _ := ParseExtraData(header.Extra)
	extra.Round++
	if err := VerifySeals(WithExtraData(header, *extra), validators); err == nil {
		t.Error("seals of another round are taken")
	}
}

func TestHashesOfRecordedHeaders(t *testing.T) {
	var recorded struct {
		Headers []struct {
			Hash  string `json:"hash"`
			RLP   string `json:"rlp"`
			Round uint32 `json:"round"`
		} `json:"headers"`
	}
	read(t, "qbft_headers.json", &recorded)
	voted, repeated := 0, 0
	for _, each := range recorded.Headers {
		header := parseHeader(t, unhex(t, each.RLP))
		if header.Hash() != common.HexToHash(each.Hash) {
			t.Errorf("block %d has hash %s", header.Number, header.Hash())
		}
		extra, err := ParseExtraData(header.Extra)
		if err != nil || extra.Round != each.Round {
			t.Fatalf("block %d: round %d, %v", header.Number, extra.Round, err)
		}
		if extra.Vote != nil {
			voted++
		}
		if extra.Round > 0 {
			repeated++
		}
		if err := VerifySeals(header, extra.Validators); err != nil {
			t.Errorf("block %d: %v", header.Number, err)
		}
	}
	if voted == 0 || repeated == 0 {
		t.Error("no header with a vote, or none of a later round")
	}
}

func TestExtraDataIsReadInItsOneFormOnly(t *testing.T) {
	vanity, validators := make([]byte, 32), []common.Address{{1}, {2}}
	list := func(parts ...interface{}) []byte {
		encoded, err := rlp.EncodeToBytes(parts)
		if err != nil {
			t.Fatal(err)
		}
		return encoded
	}
	none := [][]byte{}
	subject := common.Address{3}
	good := list(vanity, validators, [][]byte{subject[:], {}}, uint(7), none)
	if extra, err := ParseExtraData(good); err != nil || extra.Vote == nil || extra.Vote.Add || extra.Round != 7 {
		t.Fatalf("a vote to drop isn't read: %+v, %v", extra, err)
	}
	for name, encoded := range map[string][]byte{
		"nothing":            {},
		"no list":            {0x80},
		"four parts":         list(vanity, validators, none, uint(0)),
		"six parts":          list(vanity, validators, none, uint(0), none, none),
		"short vanity":       list(vanity[1:], validators, none, uint(0), none),
		"short validator":    list(vanity, [][]byte{{1}}, none, uint(0), none),
		"vote of one part":   list(vanity, validators, [][]byte{subject[:]}, uint(0), none),
		"vote of other kind": list(vanity, validators, [][]byte{subject[:], {1}}, uint(0), none),
		"vote as zero byte":  list(vanity, validators, [][]byte{subject[:], {0}}, uint(0), none),
		"short seal":         list(vanity, validators, none, uint(0), [][]byte{make([]byte, 64)}),
		"round of 5 bytes":   list(vanity, validators, none, uint64(1)<<32, none),
		"round as zero byte": list(vanity, validators, none, []byte{0}, none),
		"trailing bytes":     append(append([]byte{}, good...), 0),
	} {
		if extra, err := ParseExtraData(encoded); err == nil {
			t.Errorf("%s: read as %+v", name, extra)
		}
	}
}

func TestASignatureHasOneForm(t *testing.T) {
	key := newKey(t)
	hash := crypto.Keccak256Hash([]byte("anything"))
	signature, err := crypto.Sign(hash.Bytes(), key)
	if err != nil {
		t.Fatal(err)
	}
	if signer, err := Signer(hash, signature); err != nil || signer != addressOf(key) {
		t.Fatalf("%s, %v", signer, err)
	}
	twisted := func(change func([]byte)) []byte {
		copied := append([]byte{}, signature...)
		change(copied)
		return copied
	}
	high := twisted(func(s []byte) {
		other := new(big.Int).Sub(crypto.S256().Params().N, new(big.Int).SetBytes(s[32:64]))
		other.FillBytes(s[32:64])
		s[64] ^= 1
	})
	for name, other := range map[string][]byte{
		"s in the high half":   high,
		"v of compressed keys": twisted(func(s []byte) { s[64] += 4 }),
		"v as in transactions": twisted(func(s []byte) { s[64] += 27 }),
		"a byte more":          append(twisted(func([]byte) {}), 0),
		"a byte less":          signature[:64],
		"nothing":              {},
		"zeros":                make([]byte, 65),
		"r beyond the order":   twisted(func(s []byte) { copy(s, bytes.Repeat([]byte{0xff}, 32)) }),
		"only v":               {1},
	} {
		if signer, err := Signer(hash, other); err == nil {
			t.Errorf("%s: taken as signed by %s", name, signer)
		}
	}
}

func TestQuorumsOverlapInMoreThanTheFaulty(t *testing.T) {
	for n := 1; n <= 100; n++ {
		if 2*Quorum(n)-n <= FaultsBorne(n) {
			t.Errorf("two quorums of %d may have only faulty validators in common", n)
		}
		if n-FaultsBorne(n) < Quorum(n) {
			t.Errorf("of %d, those that are not faulty are no quorum", n)
		}
	}
	for n, want := range map[int]int{1: 1, 2: 2, 3: 2, 4: 3, 5: 4, 6: 4, 7: 5, 10: 7} {
		if Quorum(n) != want {
			t.Errorf("quorum of %d is %d", n, Quorum(n))
		}
	}
}
