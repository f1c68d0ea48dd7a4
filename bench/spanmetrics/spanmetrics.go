// SPDX-License-Identifier: Apache-2.0

// Package spanmetrics compares the Collector's metrics of spans with the truth of the
// load: how many spans there were of each series.
package spanmetrics

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"github.com/hopstamp/hopstamp/bench/workload"
)

// Series is what spans are counted under.
type Series struct {
	Service, Name, Kind, Status          string
	Tenant, Channel, Destination, Region string
}

// Counts of spans by series.
type Counts map[Series]float64

// Truth is what the first blocks of a load count up to, each span once.
func Truth(w *workload.Workload, blocks int64) (Counts, error) {
	counts := Counts{}
	for template := range min(blocks, int64(w.Params.Ring)) {
		times := (blocks-template-1)/int64(w.Params.Ring) + 1
		for _, request := range w.Block(template).Requests {
			decoded := ptraceotlp.NewExportRequest()
			if err := decoded.UnmarshalProto(request.Encoded()); err != nil {
				return nil, fmt.Errorf("read a request of the load: %w", err)
			}
			counts.addSpans(decoded.Traces(), float64(times))
		}
	}
	return counts, nil
}

func (c Counts) addSpans(traces ptrace.Traces, times float64) {
	for _, resource := range traces.ResourceSpans().All() {
		service := textOf(resource.Resource().Attributes(), "service.name")
		for _, scope := range resource.ScopeSpans().All() {
			for _, span := range scope.Spans().All() {
				of := span.Attributes()
				c[Series{Service: service, Name: span.Name(), Kind: "SPAN_KIND_" + strings.ToUpper(span.Kind().String()),
					Status: "STATUS_CODE_" + strings.ToUpper(span.Status().Code().String()), Tenant: textOf(of, "tenant.id"),
					Channel: textOf(of, "channel"), Destination: textOf(of, "destination"), Region: textOf(of, "region")}] += times
			}
		}
	}
}

func textOf(attributes pcommon.Map, name string) string {
	value, ok := attributes.Get(name)
	if !ok {
		return ""
	}
	return value.AsString()
}

// Read the counts out of a Prometheus exposition; the histograms in it are passed over.
func Read(exposition io.Reader) (Counts, error) {
	counts := Counts{}
	lines := bufio.NewScanner(exposition)
	lines.Buffer(make([]byte, 1<<20), 1<<20)
	for lines.Scan() {
		labels, counted := strings.CutPrefix(lines.Text(), "traces_span_metrics_calls_total{")
		if !counted {
			continue
		}
		end := strings.LastIndexByte(labels, '}')
		fields := strings.Fields(labels[end+1:])
		if end < 0 || len(fields) == 0 {
			return nil, fmt.Errorf("read the metrics of spans: %q", lines.Text())
		}
		value, err := strconv.ParseFloat(fields[0], 64)
		if err != nil {
			return nil, fmt.Errorf("read the metrics of spans: %w", err)
		}
		counts[seriesOf(labels[:end])] += value
	}
	return counts, lines.Err()
}

func seriesOf(labels string) (s Series) {
	places := map[string]*string{"service_name": &s.Service, "span_name": &s.Name, "span_kind": &s.Kind, "status_code": &s.Status,
		"tenant_id": &s.Tenant, "channel": &s.Channel, "destination": &s.Destination, "region": &s.Region}
	for labels != "" {
		name, rest, _ := strings.Cut(labels, `="`)
		value, after, _ := strings.Cut(rest, `"`) // no label of the load holds a quote
		if place := places[strings.Trim(name, ", ")]; place != nil {
			*place = value
		}
		labels = after
	}
	return s
}

// Add what was counted before a restart, as a query with increase() does.
func (c Counts) Add(before Counts) {
	for series, count := range before {
		c[series] += count
	}
}

// Check is counts beside the truth.
type Check struct {
	Spans, Counted float64
	Series, Wrong  int // series of the truth, and those whose count is another
}

// Compare counts with the truth.
func Compare(truth, counted Counts) Check {
	c := Check{Series: len(truth)}
	for series, spans := range truth {
		c.Spans += spans
		if counted[series] != spans {
			c.Wrong++
		}
	}
	for _, spans := range counted {
		c.Counted += spans
	}
	return c
}
