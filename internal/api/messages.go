// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"encoding/hex"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/hopstamp/hopstamp/internal/count"
	"github.com/hopstamp/hopstamp/internal/journey"
)

// Message is a whole journey.
type Message struct {
	Key            string     `json:"key"`
	Path           string     `json:"path"`
	Traces         []string   `json:"traces" nullable:"false"`
	MessageID      string     `json:"message_id"`
	ConversationID string     `json:"conversation_id"`
	Started        time.Time  `json:"started"`
	DeadlineUS     int64      `json:"deadline_us"`
	GiveUpUS       int64      `json:"give_up_us"`
	Until          string     `json:"until" doc:"The stage that fulfils it, or auto"`
	Now            time.Time  `json:"now" doc:"The log's time as of which this is known"`
	Deliveries     []Delivery `json:"deliveries" nullable:"false"`
	Unlisted       []Unlisted `json:"unlisted" nullable:"false" doc:"The other deliveries of a message that has more than a thousand, by how they ended; those that did not go well are listed first"`
	Stamps         []Stamp    `json:"stamps" nullable:"false"`
	Joins          []Join     `json:"joins" nullable:"false"`
	Clocks         []Clock    `json:"clocks" nullable:"false" doc:"Of the hosts whose clocks differ from that of the host where the message began, or are suspect"`
	Complete       bool       `json:"complete" doc:"false when the log no longer holds the spans; the deliveries still stand"`
	Sentence       string     `json:"sentence"`
}

// Unlisted are so many more deliveries that ended alike.
type Unlisted struct {
	Verdict    string `json:"verdict"`
	Reason     string `json:"reason"`
	Timeliness string `json:"timeliness"`
	Hop        string `json:"hop"`
	Count      int    `json:"count"`
}

type messageInput struct {
	Key string `path:"key" doc:"A message key, message id, conversation id or trace id" minLength:"1" maxLength:"4096"`
}

func (h handlers) message(ctx context.Context, in *messageInput) (*body[Message], error) {
	view, ok, err := h.backend.Message(ctx, in.Key)
	if err != nil {
		return nil, huma.Error500InternalServerError("the message could not be read", err)
	}
	if !ok {
		return nil, huma.Error404NotFound("nothing is known by the id " + in.Key +
			"; it may not have arrived yet, be older than what is kept, or belong to no message (then its spans have no publish and match no path)")
	}
	message := wireMessage(&view)
	h.backend.Shapes(func(s *count.Shapes) {
		for i := range view.Deliveries {
			message.Deliveries[i].Missing = missing(s, &view.Deliveries[i])
		}
	})
	return &body[Message]{message}, nil
}

func wireMessage(v *journey.View) Message {
	m := Message{
		Key: v.Key, Path: v.Path, Traces: make([]string, 0, len(v.Traces)), MessageID: v.MessageID, ConversationID: v.Conversation,
		Started: moments(v.Started), DeadlineUS: v.Deadline.Microseconds(), GiveUpUS: v.GiveUp.Microseconds(), Until: "auto",
		Now: moments(v.Now), Deliveries: make([]Delivery, 0, len(v.Deliveries)), Unlisted: make([]Unlisted, 0, len(v.Unlisted)), Stamps: make([]Stamp, 0, len(v.Stamps)),
		Joins: make([]Join, 0, len(v.Joins)), Clocks: make([]Clock, 0, len(v.Clocks)), Complete: v.Complete, Sentence: v.Sentence(),
	}
	if until := v.Until.String(); until != "" {
		m.Until = until
	}
	for _, trace := range v.Traces {
		m.Traces = append(m.Traces, hex.EncodeToString(trace[:]))
	}
	for i := range v.Deliveries {
		m.Deliveries = append(m.Deliveries, wireDelivery(&v.Deliveries[i], v.Complete))
	}
	for _, u := range v.Unlisted {
		m.Unlisted = append(m.Unlisted, Unlisted{Verdict: u.Verdict.String(), Reason: u.Reason.String(), Timeliness: u.Timeliness.String(), Hop: u.Hop.String(), Count: u.Count})
	}
	for i := range v.Stamps {
		m.Stamps = append(m.Stamps, wireStamp(&v.Stamps[i], i, v.Started))
	}
	for _, j := range v.Joins {
		m.Joins = append(m.Joins, Join{Rule: j.Rule.String(), Confidence: j.Confidence.String(), FromStamp: j.From, ToStamp: j.To})
	}
	for _, c := range v.Clocks {
		m.Clocks = append(m.Clocks, Clock{Host: c.Host, OffsetUS: c.Offset.Microseconds(), BoundUS: c.Bound.Microseconds(), Suspect: c.Suspect})
	}
	return m
}
