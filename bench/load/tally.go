// SPDX-License-Identifier: Apache-2.0

package load

import (
	"errors"
	"time"
)

// errRefused is an answer that says the request was not taken.
var errRefused = errors.New("refused")

// count notes how one try to send a request went.
func (g *Generator) count(err error, gaveUp bool, bytes int, took time.Duration) {
	g.guard.Lock()
	defer g.guard.Unlock()
	g.tally.Requests++
	switch {
	case err == nil:
		g.tally.Bytes += int64(bytes)
		g.took = append(g.took, took)
	case errors.Is(err, errRefused):
		g.tally.Refused++
	default:
		g.tally.Broken++
	}
	if gaveUp {
		g.tally.GivenUp++
	}
	if err != nil && g.tally.Complaint == "" {
		g.tally.Complaint = err.Error()
	}
}
