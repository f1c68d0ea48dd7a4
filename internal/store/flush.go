// SPDX-License-Identifier: Apache-2.0

package store

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"

	"github.com/hopstamp/hopstamp/internal/crashpoint"
	"github.com/hopstamp/hopstamp/internal/journey"
)

// flush makes parts of the tail and of the ledger's changes, up to and with the
// step that was folded last.
func (p *Parts) flush() error {
	p.pending = append(p.pending, p.opts.Ledger()...)
	if len(p.tail) == 0 && len(p.pending) == 0 {
		return nil
	}
	ledger := ledgerRows(p.pending)
	about := footer{LogTime: p.logTime, Verdicts: len(p.tail), Ledger: len(ledger)}
	var written []string
	write := func(kind partKind, rows int, writeTemp func(path string) error) error {
		if rows == 0 {
			return nil
		}
		path := partPath(&p.opts, kind, p.mark+1, p.at, p.logTime)
		written = append(written, path)
		return writeTemp(path)
	}
	err := write(ledgerParts, len(ledger), func(path string) error { return writeTemp(path, atOnce(ledger), about, p.writing...) })
	if err == nil {
		err = write(verdictParts, len(p.tail), func(path string) error { return writeVerdicts(path, p.tail, about, p.writing) })
	}
	if err != nil {
		return errors.Join(err, removeAll(written, tempSuffix))
	}
	if err := p.publishAll(written); err != nil {
		return err
	}
	crashpoint.At("store.flushed")
	return p.adopt(written, len(p.tail) > 0, len(ledger) > 0)
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
	p.tail = make([]journey.Delivery, 0, len(p.tail))
	p.stats.Flushes++
	p.mu.Unlock()
	p.pending = nil
	p.tidy()
	return nil
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

// rowBatch is how many rows are made ready at a time: few enough to stay in the
// processor's caches until they are written.
const rowBatch = 256

// writeVerdicts writes rows newest first, with the bloom filters of their ids.
func writeVerdicts(path string, settled []journey.Delivery, about footer, options []parquet.WriterOption) error {
	order := newestFirst(settled)
	about.Newest, about.Oldest, about.TakenBack = order[0].started, order[len(order)-1].started, 0
	for i := range settled {
		if settled[i].Verdict == journey.NoVerdict {
			about.TakenBack++
		}
	}
	batches := func(yield func([]verdictRow) bool) {
		rows, ways := make([]verdictRow, min(rowBatch, len(order))), ways{}
		for places := range slices.Chunk(order, rowBatch) {
			fetch(settled, places)
			for i := range places {
				rows[i].from(&settled[places[i].row], &ways)
			}
			if !yield(rows[:len(places)]) {
				return
			}
		}
	}
	options = slices.Concat(options, boundless())
	return writeTemp(path, batches, about, append(options, parquet.BloomFilters(bloomFilters(settled)...),
		parquet.SortingWriterConfig(parquet.SortingColumns(parquet.Descending("started"))))...)
}

// place of a row, with what nearly always decides where it is sorted: rows are large.
type place struct {
	started int64
	row     int
}

// newestFirst gives the places of rows by start, then by delivery id, both
// descending. Of two rows of one delivery the one updated last comes first.
func newestFirst(rows []journey.Delivery) []place {
	order := make([]place, len(rows))
	for i := range rows {
		order[i] = place{rows[i].Started, i}
	}
	slices.SortFunc(order, func(a, b place) int {
		if a.started != b.started {
			return cmp.Compare(b.started, a.started)
		}
		first, second := &rows[a.row], &rows[b.row]
		return cmp.Or(strings.Compare(second.ID, first.ID), cmp.Compare(second.Updated, first.Updated), cmp.Compare(a.row, b.row))
	})
	return order
}

// fetch reads a little of each row, from every place in memory that it lies in. Rows
// are taken in another order than they lie, so to meet them one by one is to wait for
// memory at each; reads that depend on nothing wait together.
//
//go:noinline
func fetch(rows []journey.Delivery, places []place) (sum int) {
	for i := range places {
		row := &rows[places[i].row]
		sum += len(row.ID) + len(row.Dims[0]) + len(row.Dims[4]) + len(row.MessageID) + int(row.Verdict) + int(row.Started) + len(row.Hops) + len(row.Kept)
	}
	for i := range places {
		row := &rows[places[i].row]
		for h := range row.Hops {
			sum += int(row.Hops[h].From)
		}
		if len(row.Positions) > 0 {
			sum += int(row.Positions[0])
		}
		sum += int(row.ID[0]) // which holds a slash at least
		if row.Recipient != "" {
			sum += int(row.Recipient[0])
		}
	}
	return sum
}
