// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"cmp"
	"math/bits"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// dims are the nodes that say the dimensions of a delivery, and where its call went.
type dims struct {
	sayer  [span.NumDims]int32
	said   uint8 // those that are, by bit
	called bool
	call   int32 // if one is called
}

// commonDims are those of all recipients of a branch: what the trunk says, over it
// the publish, over that the consumer.
func (a *Assessor) commonDims(run []int32, b *branch) (d dims) {
	shared := a.shared
	if n := len(shared); n > 0 && shared[n-1] == b.leaf {
		d.take(a, shared[:n-1])
		shared = shared[n-1:]
	}
	d.take(a, shared)
	d.called = false // a call before the publish is not where the message went
	d.take(a, run)
	return d
}

// take puts what some stamps say over what was said before; among them the first
// that says a dimension counts.
func (d *dims) take(a *Assessor, run []int32) {
	var found uint8
	called := false
	for _, i := range run {
		n := &a.nodes[i]
		for more := n.Dimensions &^ found; more != 0; more &= more - 1 {
			d.sayer[bits.TrailingZeros8(more)] = i
		}
		found |= n.Dimensions
		if n.Stage == span.Invoked && n.Server != 0 && !called {
			called, d.called, d.call = true, true, i
		}
	}
	d.said |= found
}

// classOf is the class of a delivery. A message that says no destination goes where
// its call went, and without a call to the topic it was published to.
func (a *Assessor) classOf(f *Finding) journey.Class {
	class := journey.Class{Path: f.path.name}
	for left := f.dims.said; left != 0; left &= left - 1 {
		dim := bits.TrailingZeros8(left)
		class.Dims[dim] = a.nodes[f.dims.sayer[dim]].Dims[dim]
	}
	if class.Dims[span.Destination] == 0 {
		if f.dims.called {
			class.Dims[span.Destination] = a.nodes[f.dims.call].Server
		}
		class.Dims[span.Destination] = cmp.Or(class.Dims[span.Destination], a.topic(f.branch))
	}
	return class
}
