// SPDX-License-Identifier: Apache-2.0

package api

import (
	"encoding/hex"
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// Delivery is one message to one recipient or destination, as the interface shows it.
type Delivery struct {
	ID          string     `json:"id" doc:"Unique; the message key, a slash, and the recipient or topic"`
	Key         string     `json:"key" doc:"The message's key: opens /messages/{key}"`
	Path        string     `json:"path"`
	Kind        string     `json:"kind" doc:"What begins such messages: service and route, or service and span name"`
	Recipient   string     `json:"recipient"`
	Channel     string     `json:"channel"`
	Destination string     `json:"destination"`
	Tenant      string     `json:"tenant"`
	Region      string     `json:"region"`
	Device      string     `json:"device"`
	Provider    string     `json:"provider"`
	Verdict     string     `json:"verdict" enum:"pending,stuck,processed,sent,delivered,received,rendered,opened,failed,dead_lettered,expired,lost,suppressed,unverifiable"`
	Reason      string     `json:"reason" doc:"Why the verdict is what it is"`
	Hop         string     `json:"hop" doc:"from-to: where it is now, or what it did not get past; empty when it is good"`
	Timeliness  string     `json:"timeliness" enum:"in_time,late,"`
	Started     time.Time  `json:"started"`
	Fulfilled   *time.Time `json:"fulfilled" nullable:"true" doc:"null until it is fulfilled"`
	Updated     time.Time  `json:"updated" doc:"Log time of the last change"`
	Retries     int        `json:"retries"`
	Estimated   bool       `json:"estimated" doc:"Counts with it are estimates: others like it were sampled away before they came here, or it is known only as one of so many in a batch"`
	Kept        string     `json:"kept" doc:"Why its spans are kept; empty when they are not"`
	LatencyUS   int64      `json:"latency_us" doc:"From the start of the message to its fulfilment; 0 until then"`
	SlowestHop  string     `json:"slowest_hop"`
	Hops        []Hop      `json:"hops" nullable:"false"`
	Missing     []string   `json:"missing" nullable:"false" doc:"Stages that such journeys usually pass and this one did not; empty while it is pending"`
}

// Hop is one passage.
type Hop struct {
	From   string `json:"from" doc:"Empty for the first stamp"`
	To     string `json:"to"`
	WaitUS int64  `json:"wait_us" doc:"From the end of the stamp before to the start of this one"`
	WorkUS int64  `json:"work_us" doc:"From the start of this stamp to its end"`
	Wait   *Range `json:"wait,omitempty" doc:"Where clocks are known to differ: what the wait may have been"`
	OwnUS  int64  `json:"own_us" doc:"The part of the work that no earlier stamp covers: waits and own work add up to the latency, but for what a stage went on to do after it had handed over"`

	FromStamp *int `json:"from_stamp,omitempty" doc:"Index in stamps; in /messages only"`
	ToStamp   *int `json:"to_stamp,omitempty"`
}

// Range is what a duration may have been.
type Range struct {
	LowUS  int64 `json:"low_us"`
	HighUS int64 `json:"high_us"`
}

// Clock is what is known of a host's clock.
type Clock struct {
	Host     string `json:"host"`
	OffsetUS int64  `json:"offset_us" doc:"Added to the host's times it gives those of the host where the message began"`
	BoundUS  int64  `json:"bound_us" doc:"The truth lies between offset minus bound and offset plus bound"`
	Suspect  bool   `json:"suspect" doc:"It was seen to jump, or contradicts itself"`
}

// Stamp is one span or event of a journey.
type Stamp struct {
	Index       int       `json:"index"`
	Stage       string    `json:"stage" doc:"Empty for an internal step that fulfils no stage"`
	Service     string    `json:"service"`
	Name        string    `json:"name"`
	Kind        string    `json:"kind" doc:"internal, server, client, producer, consumer"`
	TraceID     string    `json:"trace_id"`
	SpanID      string    `json:"span_id"`
	ParentID    string    `json:"parent_span_id"`
	Event       int       `json:"event" doc:"Ordinal of the span event, 0 for the span itself"`
	Start       time.Time `json:"start" doc:"Raw, of the sender's clock"`
	End         time.Time `json:"end"`
	OffsetUS    int64     `json:"offset_us" doc:"From the start of the message"`
	WorkUS      int64     `json:"work_us"`
	Error       bool      `json:"error"`
	Category    string    `json:"category" doc:"transport, timeout, validation, auth, rate_limit, rejection, internal, or empty"`
	Detail      string    `json:"detail"`
	Recipient   string    `json:"recipient"`
	Destination string    `json:"destination"`
	Attempt     int       `json:"attempt"`
	Shared      int       `json:"shared" doc:"Messages that the span covers, so that its work is theirs together; 0: this one alone"`
	Host        string    `json:"host" doc:"Whose clock the times are of"`
	Position    uint64    `json:"position" doc:"In the log"`
}

// Join says why a stamp belongs to the journey.
type Join struct {
	Rule       string `json:"rule" enum:"parent,link,message_id,coordinates,conversation_id"`
	Confidence string `json:"confidence" enum:"certain,probable,weak"`
	FromStamp  int    `json:"from_stamp"`
	ToStamp    int    `json:"to_stamp" doc:"The stamp that it continues"`
}

// wireDelivery writes a delivery out; stamps tells whether its hops point at stamps.
func wireDelivery(d *journey.Delivery, stamps bool) Delivery {
	out := Delivery{
		ID: d.ID, Key: d.Key, Path: d.Path, Kind: d.Kind, Estimated: d.Estimated, Kept: d.Kept, Recipient: d.Recipient,
		Channel: d.Dims[span.Channel], Destination: d.Dims[span.Destination], Tenant: d.Dims[span.Tenant],
		Region: d.Dims[span.Region], Device: d.Dims[span.Device], Provider: d.Dims[span.Provider],
		Verdict: d.Verdict.String(), Reason: d.Reason.String(), Hop: d.Hop.String(), Timeliness: d.Timeliness.String(),
		Started: moments(d.Started), Updated: moments(d.Updated), Retries: d.Retries,
		LatencyUS: d.Latency().Microseconds(), SlowestHop: d.Slowest().String(), Hops: make([]Hop, 0, len(d.Hops)),
		Missing: []string{},
	}
	if d.Fulfilled != 0 {
		at := moments(d.Fulfilled)
		out.Fulfilled = &at
	}
	for i := range d.Hops {
		h := &d.Hops[i]
		hop := Hop{From: h.From.String(), To: h.To.String(), WaitUS: h.Wait.Microseconds(), WorkUS: h.Work.Microseconds(), OwnUS: h.Own.Microseconds()}
		if h.WaitHigh != 0 {
			hop.Wait = &Range{LowUS: h.WaitLow.Microseconds(), HighUS: h.WaitHigh.Microseconds()}
		}
		if stamps {
			from, to := h.FromStamp, h.ToStamp
			hop.ToStamp = &to
			if from >= 0 {
				hop.FromStamp = &from
			}
		}
		out.Hops = append(out.Hops, hop)
	}
	return out
}

func wireStamp(s *journey.Stamp, index int, started int64) Stamp {
	return Stamp{
		Index: index, Stage: s.Stage.String(), Service: s.Service, Name: s.Name, Kind: s.Kind.String(),
		TraceID: hex.EncodeToString(s.Trace[:]), SpanID: spanID(s.Span), ParentID: spanID(s.Parent), Event: s.Event,
		Start: moments(s.Start), End: moments(s.End), OffsetUS: (s.Start - started) / 1000, WorkUS: max(0, s.End-s.Start) / 1000,
		Error: s.Error, Category: s.Category.String(), Detail: s.Detail, Recipient: s.Recipient, Destination: s.Destination,
		Attempt: s.Attempt, Shared: s.Shared, Host: s.Host, Position: uint64(s.Position),
	}
}

func spanID(id span.ID) string {
	if id == (span.ID{}) {
		return ""
	}
	return hex.EncodeToString(id[:])
}

func moments(ns int64) time.Time { return time.Unix(0, ns).UTC() }
