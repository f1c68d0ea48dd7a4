// SPDX-License-Identifier: Apache-2.0

// Package journey is what tracking yields: deliveries with their verdicts, the
// hops and stamps behind them, and the ledger entries and latency samples that
// follow from them. It is a leaf: it imports only the span record.
package journey

import "github.com/hopstamp/hopstamp/internal/span"

// Verdict is what is known of a delivery now.
type Verdict uint8

// The verdicts. Their order groups them by [State].
const (
	NoVerdict Verdict = iota
	Pending
	Stuck
	Processed
	Sent
	Delivered
	Received
	Rendered
	Opened
	Failed
	DeadLettered
	Expired
	Lost
	Suppressed
	Unverifiable
	NumVerdicts
)

var verdictNames = [NumVerdicts]string{"", "pending", "stuck", "processed", "sent", "delivered", "received", "rendered",
	"opened", "failed", "dead_lettered", "expired", "lost", "suppressed", "unverifiable"}

func (v Verdict) String() string { return verdictNames[v] }

// OnTheWay tells whether more is expected of the delivery.
func (v Verdict) OnTheWay() bool { return v == Pending || v == Stuck }

// Good tells whether the delivery reached what it had to.
func (v Verdict) Good() bool { return v >= Processed && v <= Opened }

// Bad tells whether the delivery did not, as far as is known.
func (v Verdict) Bad() bool { return v >= Failed && v <= Lost }

// VerdictOf is the good verdict that reaching a stage gives.
// An acknowledgement says that the client has it, not that anyone saw it.
func VerdictOf(stage span.Stage) Verdict {
	switch stage {
	case span.Invoked:
		return Sent
	case span.Delivered:
		return Delivered
	case span.Received, span.Acknowledged:
		return Received
	case span.Rendered:
		return Rendered
	case span.Opened:
		return Opened
	}
	return Processed
}

// Timeliness tells whether a good delivery came inside its path's deadline.
type Timeliness uint8

// The timeliness of what is good; Untimed for everything else.
const (
	Untimed Timeliness = iota
	InTime
	Late
	NumTimeliness
)

var timelinessNames = [NumTimeliness]string{"", "in_time", "late"}

func (t Timeliness) String() string { return timelinessNames[t] }

// HopID names the passage between two stages. From is None for the first stage.
type HopID struct{ From, To span.Stage }

// String is "from-to" in stage names, and empty when there is no hop.
func (h HopID) String() string {
	if h.From == span.None {
		return h.To.String()
	}
	return h.From.String() + "-" + h.To.String()
}
