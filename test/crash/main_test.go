// SPDX-License-Identifier: Apache-2.0

// Package crash_test kills the server under load, at random and at every named crash
// point, and compares what it knows in the end with what it knows when nobody
// kills it: the ledger, the rows and the counters have to be equal. All the while it
// watches /metrics: no counter of ours may ever fall.
//
//	go test ./test/crash                                     # each crash point, and a few rounds
//	go test ./test/crash -v -timeout 1h -run Crashes/rounds -args -rounds 200 -seed 7
//
// It runs on a binary of its own, built with the tag crashpoints (HOPSTAMP_CRASH_BIN
// names one that is there already). A round depends on its seed but for the moments
// at which the machine lets the processes run; a failure names the seed.
package crash_test

import (
	"flag"
	"os"
	"testing"

	"github.com/hopstamp/hopstamp/test/server"
)

var (
	roundsFlag = flag.Int("rounds", 2, "rounds of random kills")
	seedFlag   = flag.Uint64("seed", 1, "seed of the first round; each next one has the next")
)

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(server.RunBinary(m, "HOPSTAMP_CRASH_BIN", "-tags", "crashpoints"))
}
