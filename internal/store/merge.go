// SPDX-License-Identifier: Apache-2.0

package store

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/hopstamp/hopstamp/internal/crashpoint"
)

// Ten seconds of a quiet platform are a few rows, and a week of such parts would
// be 60,000 files. So, at each flush, the parts before it are merged as soon as
// they are final: when the new part begins another merge window, or when with it
// they would hold more rows than a part should. One flush merges at most one
// group of at most MaxTailRows rows, so that the fold is never held up for long. A
// part with a quarter of these stays what it is: to read and write rows again costs
// more than they did, and MaxBytes does not hold many such parts.

// mergeVerdicts merges the unmerged parts before the newest one when they are final.
func (p *Parts) mergeVerdicts() error {
	rows := func(part *Part) int64 { return part.rows }
	most := int64(p.opts.MaxTailRows)
	group := finalGroup(p.listed(verdictParts), p.opts.MergeEvery, joined{most, most / 4, rows})
	if len(group) < 2 {
		return nil
	}
	settled := newRows()
	for _, part := range group {
		read, err := part.all()
		if err != nil {
			return p.SetAside(part, err)
		}
		if err := settled.add(read); err != nil {
			return p.SetAside(part, err)
		}
	}
	return p.replace(verdictParts, group, func(path string, about footer) error {
		return p.writeVerdicts(path, settled, about)
	})
}

// mergeLedger does the same for the ledger; and because its parts are kept for
// much longer, the merged parts of a day that has ended become one again.
func (p *Parts) mergeLedger() error {
	if err := p.mergeLedgerGroup(p.finalLedger()); err != nil {
		return err
	}
	parts := p.listed(ledgerParts)
	last := len(parts) - 1
	if last < 1 || p.day(parts[last]) == p.day(parts[last-1]) {
		return nil
	}
	ended := parts[:last]
	for p.day(ended[0]) != p.day(parts[last-1]) {
		ended = ended[1:]
	}
	for len(ended) > 0 {
		rows, n := int64(0), 0
		for n < len(ended) && (n == 0 || rows+ended[n].rows <= int64(p.opts.MaxTailRows)) {
			rows += ended[n].rows
			n++
		}
		if err := p.mergeLedgerGroup(slices.Clone(ended[:n])); err != nil {
			return err
		}
		ended = ended[n:]
	}
	return nil
}

func (p *Parts) mergeLedgerGroup(group []*Part) error {
	if len(group) < 2 {
		return nil
	}
	ledger, names := newTallies(), newNames()
	for _, part := range group {
		read, err := readAll[ledgerRow](part.path)
		if err != nil {
			return p.SetAside(part, err)
		}
		for i := range read {
			row := read[i].row(names)
			ledger.add(&row)
		}
	}
	ledger.sum()
	return p.replace(ledgerParts, group, func(path string, about footer) error {
		return p.writeLedger(path, ledger, about)
	})
}

func (p *Parts) finalLedger() []*Part {
	most := int64(p.opts.MaxTailRows)
	return finalGroup(p.listed(ledgerParts), p.opts.MergeEvery, joined{most, most, func(part *Part) int64 { return part.rows }})
}

// joined says which parts are joined: up to most in all, and none that is large itself.
type joined struct {
	most, large int64
	size        func(*Part) int64
}

// fits tells whether a part may join others of some size.
func (j *joined) fits(part *Part, others int64) bool {
	return j.size(part) < j.large && others+j.size(part) <= j.most
}

// finalGroup are the unmerged parts before the newest one that nothing will join
// any more; nil while the newest one may still. Those of one window of log time are
// joined, up to a size.
func finalGroup(parts []*Part, every time.Duration, j joined) []*Part {
	window := func(part *Part) int64 { return part.footer.LogTime / int64(every) }
	if len(parts) < 2 {
		return nil
	}
	newest := parts[len(parts)-1]
	before := parts[:len(parts)-1]
	from, sum := len(before), int64(0)
	for from > 0 && !before[from-1].footer.Merged && window(before[from-1]) == window(before[len(before)-1]) && j.fits(before[from-1], sum) {
		from--
		sum += j.size(before[from])
	}
	if window(newest) == window(before[len(before)-1]) && j.fits(newest, sum) {
		return nil
	}
	return slices.Clone(before[from:])
}

func (p *Parts) day(part *Part) int64 { return part.footer.LogTime / int64(24*time.Hour) }

// replace puts one part in the place of a group of neighbours.
func (p *Parts) replace(kind partKind, group []*Part, write func(path string, about footer) error) error {
	last := group[len(group)-1]
	about := last.footer
	about.Merged = true
	path := partPath(&p.opts, kind, group[0].from, last.to, last.footer.LogTime)
	err := write(path, about)
	if err == nil {
		err = publish(path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("merge %d parts: %w", len(group), err), removeAll([]string{path}, tempSuffix))
	}
	crashpoint.At("store.merged")
	merged, err := p.open(path, kind)
	if err != nil {
		return fmt.Errorf("read back merged part: %w", err)
	}
	p.mu.Lock()
	list := p.list(kind)
	*list = slices.DeleteFunc(slices.Clone(*list), func(part *Part) bool { return slices.Contains(group, part) })
	at, _ := slices.BinarySearchFunc(*list, merged, byRange)
	*list = slices.Insert(*list, at, merged)
	p.stats.Merges++
	gone := retired(group)
	p.mu.Unlock()
	return removeParts(gone)
}

// list is the list of a kind, whose user holds the lock.
func (p *Parts) list(kind partKind) *[]*Part {
	if kind == ledgerParts {
		return &p.ledger
	}
	return &p.verdicts
}

// listed are the parts of a kind now. A list that was handed out never changes.
func (p *Parts) listed(kind partKind) []*Part {
	p.mu.Lock()
	defer p.mu.Unlock()
	return *p.list(kind)
}

// byRange orders parts by their first position, and the longer one first.
func byRange(a, b *Part) int {
	return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(b.to, a.to))
}

// retired marks parts that have left the list, and gives those that no view holds.
func retired(parts []*Part) (gone []*Part) {
	for _, part := range parts {
		part.retired = true
		if part.views == 0 {
			gone = append(gone, part)
		}
	}
	return gone
}
