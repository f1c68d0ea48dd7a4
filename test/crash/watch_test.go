// SPDX-License-Identifier: Apache-2.0

package crash_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// watcher sees what all processes of a round show, one after the other: whatever kills
// them and whenever, no counter that was ever seen falls.
type watcher struct {
	mu    sync.Mutex // guards what follows
	seen  map[string]float64
	looks int
	fell  map[string]error
}

const lookEvery = 50 * time.Millisecond

func newWatcher() *watcher {
	return &watcher{seen: map[string]float64{}, fell: map[string]error{}}
}

// watch a process until it has ended and wait is called.
func (w *watcher) watch(url string, exited <-chan struct{}) (wait func()) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			if series, err := readSeries(url); err == nil {
				w.look(series)
			}
			select {
			case <-exited:
				return
			case <-time.After(lookEvery):
			}
		}
	}()
	return func() { <-ended }
}

// look at all counters.
func (w *watcher) look(series map[string]float64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.looks++
	for line, value := range series {
		if !counts(line) {
			continue
		}
		if before := w.seen[line]; value < before {
			w.fell[line] = fmt.Errorf("%s was seen to be %v and then %v", line, before, value)
		}
		w.seen[line] = max(value, w.seen[line])
	}
}

// complaints are about counters that fell, or are not among the last ones.
func (w *watcher) complaints(last map[string]float64) error {
	w.look(last)
	w.mu.Lock()
	defer w.mu.Unlock()
	for line, value := range w.seen {
		if _, there := last[line]; !there {
			w.fell[line] = fmt.Errorf("%s was seen to be %v and then no more", line, value)
		}
	}
	var problems []error
	for _, line := range slices.Sorted(maps.Keys(w.fell)) {
		problems = append(problems, w.fell[line])
	}
	return errors.Join(problems...)
}

// counts tells whether a series is one of ours that only grows: a counter, or of a histogram.
func counts(line string) bool {
	name, _, _ := strings.Cut(line, "{")
	return strings.HasPrefix(name, "hopstamp_") &&
		(strings.HasSuffix(name, "_total") || strings.HasSuffix(name, "_count") || strings.HasSuffix(name, "_sum"))
}

// folded are the counters that the log decides: a start that folds it again finds the
// same numbers.
func folded(series map[string]float64) map[string]string {
	of := []string{"hopstamp_deliver", "hopstamp_hop_", "hopstamp_track_", "hopstamp_sample_decided", "hopstamp_sample_kept", "hopstamp_sample_overdrawn"}
	kept := map[string]string{}
	for line, value := range series {
		if counts(line) && slices.ContainsFunc(of, func(begin string) bool { return strings.HasPrefix(line, begin) }) {
			kept[line] = fmt.Sprint(value)
		}
	}
	return kept
}
