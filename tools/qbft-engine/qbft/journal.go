package qbft

import (
	"os"

	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/rlp"
)

// journal is what a validator must not forget of its height, should it end and start again: what it said, and the
// block that it was prepared for. It is written before others hear of it. Without it, validators that start again
// together could agree on a second block of a height of which one of them has the first.
type journal struct {
	Height    uint64
	Round     uint64
	Own       []*Message
	Prepared  []*Message // at most one
	PrepRound uint64
}

// remember writes the journal; nothing may be said that it doesn't hold.
func (a *Agreement) remember() error {
	if a.journalPath == "" {
		return nil
	}
	kept := journal{Height: a.height(), Round: a.round, Own: a.own, PrepRound: a.prepRound}
	if a.prepared != nil {
		kept.Prepared = []*Message{a.prepared}
	}
	encoded, err := rlp.EncodeToBytes(&kept)
	if err != nil {
		return err
	}
	beside := a.journalPath + ".new"
	if err := os.WriteFile(beside, encoded, 0o600); err != nil {
		return err
	}
	return os.Rename(beside, a.journalPath)
}

// recall takes up what the journal says of this height, if it says anything of it.
func (a *Agreement) recall() {
	if a.journalPath == "" {
		return
	}
	encoded, err := os.ReadFile(a.journalPath)
	if err != nil {
		if !os.IsNotExist(err) {
			log.Error("The journal can't be read", "err", err)
		}
		return
	}
	var kept journal
	if err := rlp.DecodeBytes(encoded, &kept); err != nil {
		log.Error("The journal is damaged", "err", err)
		return
	}
	if kept.Height != a.height() {
		return
	}
	a.round, a.own, a.prepRound = kept.Round, kept.Own, kept.PrepRound
	if len(kept.Prepared) > 0 {
		a.prepared = kept.Prepared[0]
	}
}

// hasSaid tells whether this validator made a statement of this kind in a round already.
func (a *Agreement) hasSaid(kind Kind, round uint64) bool {
	for _, message := range a.own {
		if said := message.Signed.Statement; said.Kind == kind && said.Round == round {
			return true
		}
	}
	return false
}
