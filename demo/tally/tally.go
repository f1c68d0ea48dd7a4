// SPDX-License-Identifier: Apache-2.0

// Package tally counts what quickconnect itself knows it has done, for its status line and for
// comparing with what is observed from outside. The zero value is ready; safe for concurrent use.
package tally

import (
	"fmt"
	"sync/atomic"
)

// Tally holds one counter per thing that the platform knows.
type Tally struct {
	Accepted     atomic.Int64 // answered 202
	Refused      atomic.Int64 // answered anything else
	Published    atomic.Int64 // stored by the broker
	Processed    atomic.Int64 // done by a worker
	Retried      atomic.Int64 // attempts that failed and will be made again
	DeadLettered atomic.Int64 // given up on
	Delivered    atomic.Int64 // written to a recipient's socket
	Received     atomic.Int64 // receipts that came back on a socket
	Rendered     atomic.Int64 // the same, for what is on the recipient's screen
}

// String is the status line: words and numbers in columns.
func (t *Tally) String() string {
	return fmt.Sprintf("accepted %-7d published %-7d processed %-7d delivered %-7d rendered %-7d retried %-5d dead-lettered %-5d refused %d",
		t.Accepted.Load(), t.Published.Load(), t.Processed.Load(), t.Delivered.Load(), t.Rendered.Load(),
		t.Retried.Load(), t.DeadLettered.Load(), t.Refused.Load())
}
