// SPDX-License-Identifier: Apache-2.0

package store

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
)

// ways spell the hops of deliveries, each way once: a platform has few.
type ways struct {
	texts map[string]string // by the hops' stages
	name  []byte            // of the way asked last, and its text
	last  string
}

// of spells the hops one after the other.
func (w *ways) of(hops []journey.Hop) string {
	same := len(w.name) == 2*len(hops)
	for i := 0; same && i < len(hops); i++ {
		same = w.name[2*i] == byte(hops[i].From) && w.name[2*i+1] == byte(hops[i].To)
	}
	if same {
		return w.last
	}
	w.name = w.name[:0]
	for i := range hops {
		w.name = append(w.name, byte(hops[i].From), byte(hops[i].To))
	}
	text, known := w.texts[string(w.name)]
	if !known {
		if w.texts == nil {
			w.texts = map[string]string{}
		}
		text = spelled(hops)
		w.texts[string(w.name)] = text
	}
	w.last = text
	return text
}

func spelled(hops []journey.Hop) string {
	var text strings.Builder
	for i := range hops {
		if i > 0 {
			text.WriteByte(' ')
		}
		text.WriteString(hops[i].HopID.String())
	}
	return text.String()
}

// hops of a row, in the order of the way.
func (r *verdictRow) hops(names *names) ([]journey.Hop, error) {
	count := len(r.Waits)
	if count == 0 {
		return nil, nil
	}
	way := names.hopsOf(r.Way)
	bounded := len(r.WaitBounds) > 0
	if len(way) != count || len(r.Works) != count || bounded && len(r.WaitBounds) != 2*count {
		return nil, fmt.Errorf("its way has %d hops, with %d waits, %d works and %d bounds", len(way), count, len(r.Works), len(r.WaitBounds))
	}
	hops := make([]journey.Hop, count)
	for i := range hops {
		hops[i] = journey.Hop{HopID: way[i], FromStamp: -1, ToStamp: -1, Wait: micros(r.Waits[i]), Work: micros(r.Works[i])}
		if bounded {
			hops[i].WaitLow, hops[i].WaitHigh = micros(r.WaitBounds[2*i]), micros(r.WaitBounds[2*i+1])
		}
	}
	return hops, nil
}

func micros(count int64) time.Duration { return time.Duration(count) * time.Microsecond }

// hopsOf reads what spelled wrote.
func (n *names) hopsOf(way string) []journey.HopID {
	hops, known := n.ways[way]
	if !known {
		hops = readWay(way)
		n.ways[way] = hops
	}
	return hops
}

func readWay(way string) (hops []journey.HopID) {
	for text := range strings.SplitSeq(way, " ") {
		hops = append(hops, hopOf(text))
	}
	return slices.Clip(hops)
}
