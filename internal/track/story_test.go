// SPDX-License-Identifier: Apache-2.0

package track_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track"
)

func parsePath(t *testing.T, line string) track.Path {
	fields := strings.Fields(line)
	p := track.Path{Name: fields[0], Deadline: 5 * time.Second, GiveUp: 10 * time.Minute}
	for _, field := range fields[1:] {
		key, value, _ := strings.Cut(field, "=")
		switch key {
		case "service":
			p.Match.Service = value
		case "route":
			p.Match.Route = value
		case "name":
			p.Match.Name = value
		case "topic":
			p.Match.Topic = value
		case "until":
			p.Until, _ = span.ParseStage(value)
		case "deadline":
			p.Deadline, _ = time.ParseDuration(value)
		case "give_up":
			p.GiveUp, _ = time.ParseDuration(value)
		default:
			t.Fatalf("unknown word %q in path", field)
		}
	}
	return p
}

func traceID(name string) (id span.TraceID) {
	copy(id[:], strings.Repeat(name, 16))
	return id
}

func spanID(name string) (id span.ID) {
	copy(id[:], name+"-------")
	return id
}

var kinds = map[string]span.Kind{"internal": span.Internal, "server": span.Server, "client": span.Client,
	"producer": span.Producer, "consumer": span.Consumer}

// kindOf is the kind that a stage's span usually has.
var kindOf = map[span.Stage]span.Kind{span.Accepted: span.Server, span.Published: span.Producer, span.Consumed: span.Client,
	span.Processed: span.Consumer, span.Invoked: span.Client}

func parseSpan(t *testing.T, b *span.Batch, line string) {
	fields := strings.Fields(line)
	r := span.Record{}
	trace, id, _ := strings.Cut(fields[0], "/")
	r.Trace, r.Span = traceID(trace), spanID(id)
	fields = fields[1:]
	if parent, ok := strings.CutPrefix(fields[0], "^"); ok {
		r.Parent = spanID(parent)
		fields = fields[1:]
	}
	if kind, ok := kinds[fields[0]]; ok {
		r.Kind = kind
	} else if r.Stage, ok = span.ParseStage(fields[0]); !ok {
		t.Fatalf("%q is neither stage nor kind in %q", fields[0], line)
	} else {
		r.Kind = kindOf[r.Stage]
	}
	r.Service = symbol(b, fields[1])
	r.Start, r.End = parseTimes(t, fields[2])
	for _, field := range fields[3:] {
		parseAttribute(t, b, &r, field)
	}
	b.Records = append(b.Records, r)
}

func parseTimes(t *testing.T, text string) (start, end int64) {
	from, to, ok := strings.Cut(text, "..")
	if !ok {
		t.Fatalf("times %q are not start..end", text)
	}
	ms := func(s string) int64 {
		value, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		return dawn + int64(value*1e6)
	}
	return ms(from), ms(to)
}

func parseAttribute(t *testing.T, b *span.Batch, r *span.Record, field string) {
	key, value, _ := strings.Cut(field, "=")
	number, _ := strconv.Atoi(value)
	switch key {
	case "error":
		r.Error = true
		r.Category, _ = span.ParseCategory(value)
	case "explicit":
		r.Explicit = true
	case "outcome":
		r.Outcome, _ = span.ParseOutcome(value)
	case "event":
		r.Event = uint16(number)
	case "status":
		r.HTTPStatus = uint16(number)
	case "retry":
		r.Retry = uint32(number)
	case "recipients":
		r.Recipients = uint32(number)
	case "id":
		r.MessageID = value
	case "key":
		r.Key = value
	case "conversation":
		r.Conversation = value
	case "recipient":
		r.Recipient = value
	case "name":
		r.Name = symbol(b, value)
	case "route":
		r.Route = symbol(b, value)
	case "topic":
		r.Topic = symbol(b, value)
	case "server":
		r.Server = symbol(b, value)
	case "coordinate":
		r.Coordinate = value
	case "system":
		r.System = symbol(b, value)
	case "cluster":
		r.Cluster = symbol(b, value)
	case "host":
		r.Host = symbol(b, value)
	case "batch":
		r.Batch = uint32(number)
	case "dropped":
		r.DroppedLinks = uint32(number)
	case "sampled":
		r.Threshold = uint64(number) << 56 / 100 // percent that were left out
	case "partial":
		r.Partial = true
	case "link":
		r.Links = append(r.Links, parseLink(t, value))
	default:
		d := slices.Index(span.DimNames[:], key)
		if d < 0 {
			t.Fatalf("unknown attribute %q", field)
		}
		r.Dims[d] = symbol(b, value)
	}
}

// parseLink reads `trace/span`, and what the link says of its message behind
// semicolons; a link that leads nowhere only says that.
func parseLink(t *testing.T, text string) (link span.Link) {
	to, said, _ := strings.Cut(text, ";")
	if trace, id, ok := strings.Cut(to, "/"); ok {
		link.Trace, link.Span = traceID(trace), spanID(id)
	}
	for said != "" {
		var field string
		field, said, _ = strings.Cut(said, ";")
		key, value, _ := strings.Cut(field, "=")
		switch key {
		case "id":
			link.MessageID = value
		case "key":
			link.Key = value
		case "conversation":
			link.Conversation = value
		case "recipient":
			link.Recipient = value
		case "coordinate":
			link.Coordinate = value
		default:
			t.Fatalf("unknown attribute %q of a link", field)
		}
	}
	return link
}

func symbol(b *span.Batch, text string) span.Symbol {
	if i := slices.Index(b.Symbols, text); i >= 0 {
		return span.Symbol(i)
	}
	b.Symbols = append(b.Symbols, text)
	return span.Symbol(len(b.Symbols) - 1)
}

func sortedLines(counts map[string]int) string {
	var lines []string
	for line, n := range counts {
		lines = append(lines, fmt.Sprintf("%d %s\n", n, line))
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}
