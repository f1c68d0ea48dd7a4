// SPDX-License-Identifier: Apache-2.0

package crash_test

import (
	"context"
	"crypto/sha256"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/test/server"
)

// patience is how long a span waits for its parent before a message begins with it.
const patience = 10 * time.Second

// A sender that was never told sends everything again, long after the journeys were
// let go of: nothing is counted twice, not even when what came again has waited in
// vain for what it belongs to.
func TestSentAgainAfterItWasLetGo(t *testing.T) {
	t.Parallel()
	want, r := undisturbed(t, newLoad(), kinds[0])
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r.drive = start(ctx, r.load, pace/4)
	r.drive.target.set(r.server.OTLP)
	<-r.drive.finished
	if err := r.drive.gaveUp(); err != nil {
		t.Fatal(err)
	}
	got := r.rest(patience + time.Second)
	if err := want.differs(got, int64(r.load.spans), r.kind); err != nil {
		t.Fatal(err)
	}
	if got.again+got.stamps-want.stamps != float64(r.load.spans) {
		t.Errorf("%v stamps were known already and %v taken in again, must be all %d", got.again, got.stamps-want.stamps, r.load.spans)
	}
}

// What is on disk is a function of the log: a server that has only the log makes the
// same parts of it, byte for byte, though it makes them at another time. By then it may
// have merged the last ones, which the first server did not come to.
func TestTheLogMakesTheSameParts(t *testing.T) {
	t.Parallel()
	k := kinds[0]
	k.replays = true
	_, r := undisturbed(t, newLoad(), k)
	r.server.Kill(t)
	copied := server.Prepare(t, server.Options{Config: k.config("")})
	if err := os.CopyFS(filepath.Join(copied.Data, "log"), os.DirFS(filepath.Join(r.server.Data, "log"))); err != nil {
		t.Fatal(err)
	}
	forgetSnapshots(t, copied.Data) // the first comes whenever nothing waits to be stored
	before := partsIn(t, r.server.Data)
	r.server = copied
	r.again()
	r.rest(0)
	after := partsIn(t, copied.Data)
	same := 0
	for name, sum := range before {
		switch got, there := after[name]; {
		case got == sum:
			same++
		case there:
			t.Errorf("%s differs", name)
		case !merged(name, after):
			t.Errorf("%s is not there", name)
		}
	}
	if same < 4 {
		t.Errorf("only %d of %d parts are the same", same, len(before))
	}
}

// forgetSnapshots removes the snapshots from the log of a data folder.
func forgetSnapshots(t *testing.T, data string) {
	t.Helper()
	slots, err := filepath.Glob(filepath.Join(data, "log", "jetstream", "$G", "streams", "OBJ_*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, slot := range slots {
		if err := os.RemoveAll(slot); err != nil {
			t.Fatal(err)
		}
	}
}

// merged tells whether a part is now in a larger one.
func merged(name string, parts map[string][sha256.Size]byte) bool {
	kind, from, to := rangeOf(name)
	for other := range parts {
		if k, first, last := rangeOf(other); k == kind && other != name && first <= from && to <= last {
			return true
		}
	}
	return false
}

// rangeOf reads the name of a part: its kind and partition, and from where to where in
// the log it reaches. The numbers are as wide as each other.
func rangeOf(name string) (kind, from, to string) {
	name = strings.TrimSuffix(filepath.Base(name), ".parquet")
	to = name[strings.LastIndexByte(name, '-')+1:]
	name = name[:len(name)-len(to)-1]
	from = name[strings.LastIndexByte(name, '-')+1:]
	return name[:len(name)-len(from)-1], from, to
}

// partsIn are the parts in a folder, with the checksums of what is in them.
func partsIn(t *testing.T, data string) map[string][sha256.Size]byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(data, "*", "day=*", "*.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	sums := map[string][sha256.Size]byte{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name, _ := filepath.Rel(data, file)
		sums[name] = sha256.Sum256(content)
	}
	return sums
}
