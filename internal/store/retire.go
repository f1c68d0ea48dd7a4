// SPDX-License-Identifier: Apache-2.0

package store

import (
	"time"

	"github.com/hopstamp/hopstamp/internal/crashpoint"
)

// retire removes the oldest parts beyond what is kept. The newest verdict part
// stays whatever its size, because Open needs it to know whether its flush is whole.
func (p *Parts) retire() error {
	p.mu.Lock()
	bytes := int64(0)
	for _, part := range p.verdicts {
		bytes += part.size
	}
	drop := 0
	for drop < len(p.verdicts)-1 {
		part := p.verdicts[drop]
		if !p.olderThan(part, p.opts.MaxAge) && bytes <= p.opts.MaxBytes {
			break
		}
		bytes -= part.size
		drop++
	}
	gone := retired(p.verdicts[:drop])
	p.verdicts = p.verdicts[drop:]
	p.stats.Retired += drop

	drop = 0
	for drop < len(p.ledger)-1 && p.olderThan(p.ledger[drop], p.opts.LedgerAge) {
		drop++
	}
	gone = append(gone, retired(p.ledger[:drop])...)
	p.ledger = p.ledger[drop:]
	p.stats.Retired += drop
	p.mu.Unlock()
	if len(gone) > 0 {
		crashpoint.At("store.retiring")
	}
	return removeParts(gone)
}

func (p *Parts) olderThan(part *Part, age time.Duration) bool {
	return p.logTime-part.footer.LogTime > int64(age)
}
