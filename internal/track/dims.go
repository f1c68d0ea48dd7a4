// SPDX-License-Identifier: Apache-2.0

package track

import (
	"math/bits"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// dims are the dimensions of a delivery and where its call went.
type dims struct {
	said   [span.NumDims]span.Symbol
	server span.Symbol
}

// commonDims are those of all recipients of a branch: what the trunk says, over it
// the publish, over that the consumer.
func (a *assessor) commonDims(run []int32, b *branch) (d dims) {
	shared := a.shared
	if n := len(shared); n > 0 && shared[n-1] == b.leaf {
		d.take(a, shared[:n-1])
		shared = shared[n-1:]
	}
	d.take(a, shared)
	d.server = 0 // a call before the publish is not where the message went
	d.take(a, run)
	return d
}

// take puts what some stamps say over what was said before; among them the first
// that says a dimension counts.
func (d *dims) take(a *assessor, run []int32) {
	var found uint8
	server := span.Symbol(0)
	for _, i := range run {
		n := &a.nodes[i]
		for more := n.dimensions &^ found; more != 0; more &= more - 1 {
			dim := bits.TrailingZeros8(more)
			d.said[dim] = n.dims[dim]
		}
		found |= n.dimensions
		if n.Stage == span.Invoked && server == 0 {
			server = n.Server
		}
	}
	if server != 0 {
		d.server = server
	}
}

// classOf is the class of a delivery. A message that says no destination goes where
// its call went, and without a call to the topic it was published to.
func (a *assessor) classOf(f *finding) journey.Class {
	class := journey.Class{Path: f.path.name, Dims: f.dims.said}
	if class.Dims[span.Destination] == 0 {
		class.Dims[span.Destination] = f.dims.server
	}
	if class.Dims[span.Destination] == 0 {
		class.Dims[span.Destination] = a.topic(f.branch)
	}
	return class
}
