// SPDX-License-Identifier: Apache-2.0

package sampled

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/hopstamp/hopstamp/bench/workload"
)

// A record has the form of a request. One trace lost a span; one record and the end are torn.
func TestWhatIsMissingIsSeen(t *testing.T) {
	t.Parallel()
	w, err := workload.New(workload.Params{Seed: 7, Batch: 60, Ring: 1, Pods: 1})
	if err != nil {
		t.Fatal(err)
	}
	var file []byte
	for i, request := range w.Block(0).Requests {
		payload := w.Patch(request, 0, 1e18)
		if i == 1 { // killed while it wrote this, it goes on behind it
			file = append(binary.BigEndian.AppendUint32(file, uint32(len(payload))), payload[:len(payload)/2]...)
		}
		file = append(binary.BigEndian.AppendUint32(file, uint32(len(payload))), payload...)
	}
	file = append(binary.BigEndian.AppendUint32(file, 1000), "torn"...)
	path := filepath.Join(t.TempDir(), "kept")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	kept, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	all := kept.Compare(w, 1)
	if all.MustKeep < 2 || all.Lost+all.Incomplete != 0 {
		t.Fatalf("of what is all there: %+v", all)
	}
	took := 0
	for number, m := range w.Messages(1) {
		if !m.MustKeep() {
			continue
		}
		if took++; took == 1 {
			delete(kept, w.TraceID(number))
		}
		if took == 2 {
			for id := range kept[w.TraceID(number)] {
				delete(kept[w.TraceID(number)], id)
				break
			}
		}
	}
	if c := kept.Compare(w, 1); c != (Check{MustKeep: all.MustKeep, Lost: 1, Incomplete: 1}) {
		t.Errorf("one is lost and one incomplete: %+v", c)
	}
}
