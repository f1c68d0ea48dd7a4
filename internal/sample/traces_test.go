// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/hopstamp/hopstamp/internal/span"
)

// However many traces come and go, each that is there is found, and of others few come
// as far as the map, whether or not ids are random.
func TestSieveLosesNoTraceAndLetsFewThrough(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 5))
	for name, id := range map[string]func(number int) (id span.TraceID){
		"random": func(int) (id span.TraceID) {
			binary.LittleEndian.PutUint64(id[:], random.Uint64())
			binary.LittleEndian.PutUint64(id[8:], random.Uint64())
			return id
		},
		"a number first":         func(number int) (id span.TraceID) { binary.BigEndian.PutUint64(id[:], uint64(number)); return id },
		"a number last":          func(number int) (id span.TraceID) { binary.BigEndian.PutUint64(id[8:], uint64(number)); return id },
		"a number the other way": func(number int) (id span.TraceID) { binary.LittleEndian.PutUint64(id[8:], uint64(number)); return id },
	} {
		traces, kept := newTraces(), &Kept{}
		var there []span.TraceID
		for round := range 40 {
			for number := range 1000 * round % 7001 {
				there = append(there, id(10_000*round+number))
				traces.put(there[len(there)-1], kept)
			}
			gone := random.IntN(len(there) + 1)
			for _, trace := range there[:gone] {
				traces.remove(trace)
			}
			for i, trace := range there {
				if is := traces.of(trace) == kept; is != (i >= gone) {
					t.Fatalf("%s: trace %x, one of %d, is there: %v", name, trace, len(there), is)
				}
			}
			there = there[gone:]
			if through := strangersThrough(&traces, id); through > 20 {
				t.Errorf("%s: with %d traces in %d words, %d %% of others come through", name, len(there), len(traces.sieve), through)
			}
		}
	}
}

// strangersThrough is how many percent of other traces come as far as the map.
func strangersThrough(traces *traces, id func(int) span.TraceID) (percent int) {
	const strangers = 10_000
	for i := range strangers {
		if word, bits := traces.sifted(id(1e9 + i)); *word&bits == bits {
			percent++
		}
	}
	return percent * 100 / strangers
}
