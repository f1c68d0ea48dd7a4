// SPDX-License-Identifier: Apache-2.0

package store

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/hopstamp/hopstamp/internal/crashpoint"
)

// flush makes parts of the tail and of the ledger's changes, up to and with the
// step that was folded last.
func (p *Parts) flush() error {
	p.pending = append(p.pending, p.opts.Ledger()...)
	if p.tail.count() == 0 && len(p.pending) == 0 {
		return nil
	}
	ledger := newTallies()
	for i := range p.pending {
		ledger.add(&p.pending[i])
	}
	ledger.sum()
	about := footer{LogTime: p.logTime, Verdicts: p.tail.count(), Ledger: ledger.count()}
	var written []string
	write := func(kind partKind, rows int, writeTemp func(path string) error) error {
		if rows == 0 {
			return nil
		}
		path := partPath(&p.opts, kind, p.mark+1, p.at, p.logTime)
		written = append(written, path)
		return writeTemp(path)
	}
	err := write(ledgerParts, ledger.count(), func(path string) error { return p.writeLedger(path, ledger, about) })
	if err == nil {
		err = write(verdictParts, p.tail.count(), func(path string) error { return p.writeVerdicts(path, p.tail, about) })
	}
	if err != nil {
		return errors.Join(err, removeAll(written, tempSuffix))
	}
	if err := p.publishAll(written); err != nil {
		return err
	}
	crashpoint.At("store.flushed")
	return p.adopt(written, p.tail.count() > 0, ledger.count() > 0)
}

// publishAll makes the parts of one flush visible, or none of them. When the
// first cannot be taken back, only Open can tell what holds, so nothing more is folded.
func (p *Parts) publishAll(written []string) error {
	for i, path := range written {
		if i > 0 {
			crashpoint.At("store.half")
		}
		err := publish(path)
		if err == nil {
			continue
		}
		if undo := removeAll(written[:i+1], ""); undo != nil {
			p.broken = fmt.Errorf("take back half a flush, restart to recover: %w", errors.Join(err, undo))
		}
		return errors.Join(err, removeAll(written[i:], tempSuffix))
	}
	return nil
}

func removeAll(paths []string, suffix string) (err error) {
	for _, path := range paths {
		if gone := os.Remove(path + suffix); gone != nil && !errors.Is(gone, os.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	return err
}

// adopt moves from the tail to the parts that were just published, at once for
// every reader.
func (p *Parts) adopt(written []string, hasVerdicts, hasLedger bool) error {
	var verdicts, ledger *Part
	var err error
	if hasLedger {
		ledger, err = p.open(written[0], ledgerParts)
	}
	if hasVerdicts && err == nil {
		verdicts, err = p.open(written[len(written)-1], verdictParts)
	}
	if err != nil {
		p.broken = fmt.Errorf("read back a flush, restart to recover: %w", err)
		return p.broken
	}
	p.mu.Lock()
	if verdicts != nil {
		p.verdicts = append(slices.Clip(p.verdicts), verdicts)
	}
	if ledger != nil {
		p.ledger = append(slices.Clip(p.ledger), ledger)
	}
	p.mark = p.at
	p.emptyTail()
	p.stats.Flushes++
	p.mu.Unlock()
	p.pending = nil
	p.tidy()
	return nil
}

// emptyTail begins a new tail, in the memory of the old one unless somebody looks at it.
func (p *Parts) emptyTail() {
	if p.looks > 0 {
		p.tail, p.looks = newRows(), 0
		return
	}
	p.tail.reset()
}

// tidy is the housekeeping that a flush brings about. It depends on the parts
// and the log time alone. The flush stands without it, so what fails is logged
// and left to a later one.
func (p *Parts) tidy() {
	err := errors.Join(p.mergeVerdicts(), p.mergeLedger(), p.retire())
	if err != nil {
		p.opts.Log.Warn("tidy parts", "error", err)
	}
}
