// SPDX-License-Identifier: Apache-2.0

package server

import (
	"encoding/json"
	"time"
)

// The answers below are written from docs/reference/http.md, not from the code
// that gives them: a field that is renamed there fails a test here.

// Message is the answer of /messages/{key}.
type Message struct {
	Key            string
	Path           string
	Traces         []string
	MessageID      string `json:"message_id"`
	ConversationID string `json:"conversation_id"`
	Started        time.Time
	DeadlineUS     int64 `json:"deadline_us"`
	GiveUpUS       int64 `json:"give_up_us"`
	Until          string
	Now            time.Time
	Deliveries     []Delivery
	Stamps         []Stamp
	Joins          []Join
	Clocks         []Clock
	Complete       bool
	Sentence       string
}

// Delivery is a row.
type Delivery struct {
	ID, Key, Path                                          string
	Recipient                                              string
	Channel, Destination, Tenant, Region, Device, Provider string
	Verdict, Reason, Hop, Timeliness                       string
	Started                                                time.Time
	Fulfilled                                              *time.Time
	Updated                                                time.Time
	Retries                                                int
	Estimated                                              bool
	Kept                                                   string
	LatencyUS                                              int64  `json:"latency_us"`
	SlowestHop                                             string `json:"slowest_hop"`
	Hops                                                   []Hop
}

// Hop is a passage of a delivery.
type Hop struct {
	From, To  string
	WaitUS    int64  `json:"wait_us"`
	WorkUS    int64  `json:"work_us"`
	OwnUS     int64  `json:"own_us"`
	Wait      *Range // where clocks differ
	FromStamp *int   `json:"from_stamp"`
	ToStamp   *int   `json:"to_stamp"`
}

// Range is what a wait may have been.
type Range struct {
	LowUS  int64 `json:"low_us"`
	HighUS int64 `json:"high_us"`
}

// Stamp is a span or event of a journey.
type Stamp struct {
	Index                      int
	Stage, Service, Name, Kind string
	TraceID                    string `json:"trace_id"`
	SpanID                     string `json:"span_id"`
	ParentSpanID               string `json:"parent_span_id"`
	Start, End                 time.Time
	OffsetUS                   int64 `json:"offset_us"`
	WorkUS                     int64 `json:"work_us"`
	Error                      bool
	Category, Detail           string
	Recipient, Destination     string
	Attempt, Shared            int
	Host                       string
	Position                   uint64
}

// Join says why a stamp belongs to the journey.
type Join struct {
	Rule, Confidence string
	FromStamp        int `json:"from_stamp"`
	ToStamp          int `json:"to_stamp"`
}

// Clock is what is known of the clock of a host; in /clocks against the server's.
type Clock struct {
	Host     string
	OffsetUS int64 `json:"offset_us"`
	BoundUS  int64 `json:"bound_us"`
	Suspect  bool
}

// Span is an item of /messages/{key}/spans.
type Span struct {
	Service, Name string
	Error         bool
	Kept          string
	Weight        float64
	OTLP          json.RawMessage
}

// List is the shape of every list.
type List[T any] struct {
	Items []T
	Next  string
}

// Ledger is the answer of /ledger.
type Ledger struct {
	By           []string
	Since, Until time.Time
	Rows         []map[string]any
	Total        int64
	Exact        bool
	Position     uint64
}

// Path is an item of /paths.
type Path struct {
	Name       string
	Until      string
	DeadlineUS int64 `json:"deadline_us"`
	GiveUpUS   int64 `json:"give_up_us"`
	Match      map[string]string
	Deliveries int64
	InFlight   int64 `json:"in_flight"`
	Stuck      int64
	Stages     []string
	Latency    Times
	Hops       []PathHop
}

// PathHop is where time goes on a path.
type PathHop struct {
	From, To      string
	Count         int64
	InFlight      int64 `json:"in_flight"`
	Stuck, Failed int64
	Wait, Work    Times
	TailShare     float64 `json:"tail_share"`
	TailWaitShare float64 `json:"tail_wait_share"`
}

// Times is a distribution.
type Times struct {
	Count int64
	P50US int64 `json:"p50_us"`
	P95US int64 `json:"p95_us"`
	P99US int64 `json:"p99_us"`
	MaxUS int64 `json:"max_us"`
}

// Problem is the shape of every error.
type Problem struct {
	Title  string
	Status int
	Detail string
	Errors []struct {
		Message, Location string
		Value             any
	}
}
