// SPDX-License-Identifier: Apache-2.0

package telemetry

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// One outage is one line a minute however many services see it, and its end is another.
func TestComplaintsAreFew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var said []string
		c := &complaints{say: func(line string) { said = append(said, line) }}
		gone := errors.New("nobody listens")
		c.note(nil, 5)
		for range 90 {
			c.note(gone, 10)
			time.Sleep(time.Second)
		}
		if len(said) != 2 {
			t.Errorf("90 seconds of outage said %d lines, want 2: %q", len(said), said)
		}
		c.note(nil, 5)
		c.note(nil, 5)
		if len(said) != 3 || !strings.Contains(said[2], "900 spans were lost") {
			t.Errorf("the end of the outage: %q, want one line with what was lost", said)
		}
	})
}
