// SPDX-License-Identifier: Apache-2.0

package track

// timer asks to look at a group again when the log's time reaches at.
type timer struct {
	at    int64
	group uint32
}

// timers is a binary heap, earliest first. A group is scheduled at most once: the
// time in group.due is the one that counts, others in the heap are stale.
type timers []timer

func (t *timers) push(entry timer) {
	heap := append(*t, entry)
	i := len(heap) - 1
	for i > 0 {
		up := (i - 1) / 2
		if !entry.before(heap[up]) {
			break
		}
		heap[i] = heap[up]
		i = up
	}
	heap[i] = entry
	*t = heap
}

func (t *timers) pop() timer {
	heap := *t
	first, last := heap[0], heap[len(heap)-1]
	heap = heap[:len(heap)-1]
	i := 0
	for {
		down := 2*i + 1
		if down >= len(heap) {
			break
		}
		if down+1 < len(heap) && heap[down+1].before(heap[down]) {
			down++
		}
		if !heap[down].before(last) {
			break
		}
		heap[i] = heap[down]
		i = down
	}
	if len(heap) > 0 {
		heap[i] = last
	}
	*t = heap
	return first
}

// before breaks ties by group, so that the order of effects is that of the log.
func (a timer) before(b timer) bool {
	return a.at < b.at || a.at == b.at && a.group < b.group
}
