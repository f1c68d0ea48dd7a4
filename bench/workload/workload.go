// SPDX-License-Identifier: Apache-2.0

// Package workload is the load: encoded OTLP requests of a synthetic messaging
// platform, and the truth of every message in them.
//
// A message is one trace of seven spans from four services; its spans arrive in
// four waves, one for each service. Requests are encoded once, as a ring of
// blocks, and patched in place before each send, so that sending a span costs
// tens of nanoseconds. The bytes depend on Params, the block's number and its
// base time alone. Patching one request is not safe for concurrent use; all
// else is.
package workload

import "fmt"

// Params, with the block number and base time, determine the bytes.
type Params struct {
	Seed  uint64 `json:"seed"`
	Batch int    `json:"batch"` // spans in a request and messages in a block, a multiple of 6
	Ring  int    `json:"ring"`  // distinct blocks
	Pods  int    `json:"pods"`  // instances of each service
}

// Standard is the load that results are published for.
func Standard() Params { return Params{Seed: 1, Batch: 504, Ring: 128, Pods: 1} }

// Block is Batch messages and the requests that carry them, wave after wave.
type Block struct {
	Messages []Message
	Requests [RequestsPerBlock]*Request
}

// Workload is a ring of blocks.
type Workload struct {
	Params Params
	blocks []*Block
}

// New encodes the ring.
func New(p Params) (*Workload, error) {
	if p.Batch <= 0 || p.Batch%6 != 0 || p.Batch > 60000 {
		return nil, fmt.Errorf("batch must be a multiple of 6 up to 60000, not %d", p.Batch)
	}
	if p.Ring <= 0 || p.Pods <= 0 {
		return nil, fmt.Errorf("ring and pods must be positive, not %d and %d", p.Ring, p.Pods)
	}
	w := &Workload{Params: p}
	d := newDice(p.Seed)
	for index := range p.Ring {
		w.blocks = append(w.blocks, w.draw(d, index))
	}
	return w, nil
}

func (w *Workload) draw(d *dice, index int) *Block {
	block := &Block{Messages: make([]Message, w.Params.Batch)}
	for slot := range block.Messages {
		block.Messages[slot] = d.message(slot)
	}
	for number, wave := range waves {
		first, end := WaveRequests(number)
		order := d.random.Perm(w.Params.Batch) // another order in every service
		share := w.Params.Batch / wave.requests
		for i := range end - first {
			pod := (index + i) % w.Params.Pods
			block.Requests[first+i] = encodeRequest(d.random, block.Messages, wave, pod, order[i*share:(i+1)*share])
		}
	}
	return block
}

// Template is the block of the ring that block number uses.
func (w *Workload) Template(number int64) int { return int(number % int64(len(w.blocks))) }

// Block is the messages and requests of block number.
func (w *Workload) Block(number int64) *Block { return w.blocks[w.Template(number)] }

// Patch writes ids and times, after base in Unix nanoseconds, into a request of
// block number and returns its bytes, valid until it is patched again.
func (w *Workload) Patch(request *Request, number, base int64) []byte {
	first := uint64(number) * uint64(w.Params.Batch)
	slot := -1
	var ids messageIDs
	for i := range request.patches {
		p := &request.patches[i]
		if int(p.slot) != slot {
			slot = int(p.slot)
			ids = idsOf(w.Params.Seed, first+uint64(slot))
		}
		p.write(request.buffer, ids, base)
	}
	return request.buffer
}

// Outcomes counts what the ledger must say after the first blocks.
func (w *Workload) Outcomes(blocks int64) map[Outcome]int64 {
	counts := map[Outcome]int64{}
	for number := range blocks {
		for i := range w.Block(number).Messages {
			counts[w.Block(number).Messages[i].Outcome()]++
		}
	}
	return counts
}
