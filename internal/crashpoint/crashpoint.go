// SPDX-License-Identifier: Apache-2.0

// Package crashpoint names the moments at which the server must be able to die.
//
// A crash test builds the server with the tag crashpoints and sets
//
//	HOPSTAMP_CRASH_AT=store.renamed:3
//	HOPSTAMP_CRASH_EVERY=flush:200ms,merge:2s
//
// so that the process kills itself, as a kill -9 does, when it passes that point for
// the third time, and does every 200 ms what it otherwise does every ten seconds.
// store.renamed:3:20ms waits at the point for so long before, while the rest of the
// process goes on: what was promised too early is said by then.
// In a server as it is shipped, built without the tag, [At] and [Every] do nothing
// and the compiler removes them. Both may be called by any goroutine.
package crashpoint

// Point is a moment at which the server may die.
type Point struct {
	Name string
	When string // what is done by then, and what is not
}

// Points lists them all, in the order of the data's way. A test keeps it equal to
// the calls of At in the sources.
func Points() []Point {
	return []Point{
		{Name: "log.taken", When: "chunks were joined into a log message, and nothing of it is written"},
		{Name: "log.written", When: "a log message is written, and the folder of its block is not synced"},
		{Name: "log.synced", When: "a log message is synced, and no sender was told"},
		{Name: "fold.folded", When: "a log message is folded, and nothing that came of it is stored"},
		{Name: "store.written", When: "a part is written under its temporary name"},
		{Name: "store.renamed", When: "a part has its name, and its folder is not synced"},
		{Name: "store.half", When: "of the two parts of a flush one has its name"},
		{Name: "store.flushed", When: "the parts of a flush have their names, and merging and retention did not begin"},
		{Name: "store.merged", When: "a merged part has its name, and those that it replaces are still there"},
		{Name: "store.retiring", When: "parts are too old or too many, and are still there"},
		{Name: "store.removing", When: "a part that was replaced or retired is about to be removed, others may be gone"},
		{Name: "start.restored", When: "a start has loaded what was stored, and folded nothing of the log"},
		{Name: "start.replayed", When: "a start has folded the last message that the log held, and nobody asked yet"},
		{Name: "snapshot.written", When: "a snapshot's content is written, and not yet what makes it one"},
		{Name: "snapshot.saved", When: "a snapshot is saved, and the one before it is still there"},
		{Name: "relay.appended", When: "stamps for another partition are in its log"},
		{Name: "spans.written", When: "kept spans are written under a temporary name"},
		{Name: "counters.written", When: "counters are written, and nobody saw them"},
		{Name: "queue.added", When: "kept spans wait to be forwarded, and are not stored here"},
	}
}
