// SPDX-License-Identifier: Apache-2.0

package journeys_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/test/server"
)

// The kinds of spans, by the numbers of OTLP.
const (
	kindInternal = 1
	kindServer   = 2
	kindClient   = 3
	kindProducer = 4
	kindConsumer = 5
)

// fieldSpan is a span in OTLP/JSON, written by hand as the protocol has it.
type fieldSpan struct {
	TraceID      string           `json:"traceId"`
	SpanID       string           `json:"spanId"`
	Parent       string           `json:"parentSpanId,omitempty"`
	TraceState   string           `json:"traceState,omitempty"`
	Name         string           `json:"name"`
	Kind         int              `json:"kind"`
	Start        string           `json:"startTimeUnixNano"`
	End          string           `json:"endTimeUnixNano"`
	Attributes   []map[string]any `json:"attributes,omitempty"`
	Links        []fieldLink      `json:"links,omitempty"`
	DroppedLinks int              `json:"droppedLinksCount,omitempty"`
	Status       map[string]any   `json:"status,omitempty"`
}

type fieldLink struct {
	TraceID    string           `json:"traceId"`
	SpanID     string           `json:"spanId"`
	Attributes []map[string]any `json:"attributes,omitempty"`
}

// newSpan is a span of a trace; both are known by names. It lasts from one moment to
// another, and its attributes are names and values by turns.
func newSpan(trace, id string, kind int, name string, start, end time.Time, attributes ...any) fieldSpan {
	return fieldSpan{TraceID: traceNamed(trace), SpanID: spanNamed(trace, id), Kind: kind, Name: name,
		Start: nanoseconds(start), End: nanoseconds(end), Attributes: keyValues(attributes)}
}

// under makes a span of the same trace the parent.
func (s fieldSpan) under(parent fieldSpan) fieldSpan {
	s.TraceID, s.Parent = parent.TraceID, parent.SpanID
	return s
}

// linkedTo adds a link to a span of any trace.
func (s fieldSpan) linkedTo(to fieldSpan, attributes ...any) fieldSpan {
	s.Links = append(s.Links, fieldLink{to.TraceID, to.SpanID, keyValues(attributes)})
	return s
}

// failed ends it in error.
func (s fieldSpan) failed() fieldSpan {
	s.Status = map[string]any{"code": 2}
	return s
}

// shifted is the same span by a clock that is ahead.
func (s fieldSpan) shifted(ahead time.Duration) fieldSpan {
	shift := func(moment string) string {
		ns, _ := strconv.ParseInt(moment, 10, 64) // newSpan wrote it
		return strconv.FormatInt(ns+int64(ahead), 10)
	}
	s.Start, s.End = shift(s.Start), shift(s.End)
	return s
}

func traceNamed(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:16])
}

func spanNamed(trace, name string) string {
	sum := sha256.Sum256([]byte(trace + "/" + name))
	return hex.EncodeToString(sum[:8])
}

func nanoseconds(at time.Time) string { return strconv.FormatInt(at.UnixNano(), 10) }

func keyValues(pairs []any) (out []map[string]any) {
	for i := 0; i+1 < len(pairs); i += 2 {
		value := map[string]any{}
		switch v := pairs[i+1].(type) {
		case int:
			value["intValue"] = strconv.Itoa(v)
		default:
			value["stringValue"] = v
		}
		out = append(out, map[string]any{"key": pairs[i], "value": value})
	}
	return out
}

// fieldService is who sends: its resource is its name, and the host where one is given.
type fieldService struct{ name, host string }

// sent is what one service exports in one request.
type sent struct {
	by    fieldService
	spans []fieldSpan
}

func (f fieldService) sends(spans ...fieldSpan) sent { return sent{f, spans} }

func service(name string) fieldService { return fieldService{name: name} }

// export posts what services send as one request of OTLP/JSON, which must be taken.
func export(t *testing.T, s *server.Server, all ...sent) {
	t.Helper()
	var resources []any
	for _, one := range all {
		attributes := []any{"service.name", one.by.name}
		if one.by.host != "" {
			attributes = append(attributes, "host.id", one.by.host)
		}
		resources = append(resources, map[string]any{
			"resource":   map[string]any{"attributes": keyValues(attributes)},
			"scopeSpans": []any{map[string]any{"spans": one.spans}},
		})
	}
	body, err := json.Marshal(map[string]any{"resourceSpans": resources})
	if err != nil {
		t.Fatal(err)
	}
	answer := s.Post(t, body, "Content-Type", "application/json")
	if answer.Status != 200 || string(answer.Body) != "{}" {
		t.Fatalf("OTLP/JSON is answered with %d %q", answer.Status, answer.Body)
	}
}
