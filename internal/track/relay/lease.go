// SPDX-License-Identifier: Apache-2.0

package relay

import (
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// Lease is for how long a partition asks others to hold something.
type Lease uint16

// How long, and for what.
const (
	ForCorrections Lease = iota // for Options.LingerFailed
	Shortly                     // for Options.Orphans
	noLonger                    // for corrections it is not needed any more
	over                        // it is let go of at its home, and may be known to be over
)

// leaseOf is the partition that asks to hold what a record is of, and for how long. In a
// record it is one number: that of the partition, counted from 1, for corrections, behind
// all of those shortly, and the others likewise.
func leaseOf(r *span.Record) (partition int, l Lease) {
	number := int(r.Holder) - 1
	return number % span.MaxPartitions, Lease(number / span.MaxPartitions)
}

func (l Lease) by(partition int) uint16 { return uint16(l)*span.MaxPartitions + uint16(partition) + 1 }

// Until is when a lease ends, if it begins now.
func (o *Others) Until(l Lease) int64 {
	if l != ForCorrections {
		return o.state.LogTime + int64(o.options.Orphans)
	}
	return o.state.LogTime + int64(o.options.LingerFailed)
}

// LeaseOfRest is what a group that rests asks others for: no more than it has itself.
func (o *Others) LeaseOfRest(group *state.Group) Lease {
	if group.HeldUntil <= o.Until(Shortly) {
		return Shortly
	}
	return ForCorrections
}
