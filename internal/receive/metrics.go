// SPDX-License-Identifier: Apache-2.0

package receive

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc/codes"

	"github.com/hopstamp/hopstamp/internal/receive/otlp"
)

type metrics struct {
	requests *prometheus.CounterVec // transport, encoding, code
	refused  *prometheus.CounterVec // reason
	seconds  *prometheus.HistogramVec
	spans    prometheus.Counter
	bytes    prometheus.Counter
	rejected *prometheus.CounterVec // reason
	oddities *prometheus.CounterVec // oddity
}

func newMetrics(registerer prometheus.Registerer, b *budget) (*metrics, error) {
	counter := func(name, help string) prometheus.CounterOpts {
		return prometheus.CounterOpts{Namespace: "hopstamp", Subsystem: "receive", Name: name, Help: help}
	}
	m := &metrics{
		requests: prometheus.NewCounterVec(counter("requests_total", "OTLP requests answered, by status code."),
			[]string{"transport", "encoding", "code"}),
		refused: prometheus.NewCounterVec(counter("refused_requests_total", "OTLP requests that were not taken, by reason."), []string{"reason"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "hopstamp", Subsystem: "receive", Name: "request_seconds",
			Help:                        "Time from the head of an OTLP request to its answer, storing included.",
			NativeHistogramBucketFactor: 1.1, // without a limit to their number: from a microsecond to an hour they are 256
		}, []string{"transport"}),
		spans:    prometheus.NewCounter(counter("spans_total", "Spans taken and stored.")),
		bytes:    prometheus.NewCounter(counter("bytes_total", "Bytes of the requests taken and stored, decompressed, in protobuf.")),
		rejected: prometheus.NewCounterVec(counter("rejected_spans_total", "Spans left out of a request that was taken, by reason."), []string{"reason"}),
		oddities: prometheus.NewCounterVec(counter("oddities_total",
			"What was taken, but not as it was sent: texts cut, ids and events left out, words unknown."), []string{"oddity"}),
	}
	inFlight := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "hopstamp", Subsystem: "receive", Name: "inflight_bytes",
		Help: "Bytes of the requests that are being taken."}, func() float64 { return float64(b.used.Load()) })
	for _, collector := range []prometheus.Collector{m.requests, m.refused, m.seconds, m.spans, m.bytes, m.rejected,
		m.oddities, inFlight} {
		if err := registerer.Register(collector); err != nil {
			return nil, fmt.Errorf("register the metrics of receiving: %w", err)
		}
	}
	m.beginAtZero()
	return m, nil
}

// beginAtZero makes every series that is known beforehand, so that the first of a
// kind is an increase and not a series that comes out of nowhere. The codes of
// refused requests are left to come: their reasons say more.
func (m *metrics) beginAtZero() {
	m.countTaken(new(otlp.Report), 0)
	for c := range numCauses {
		m.refused.WithLabelValues(c.String())
	}
	m.requests.WithLabelValues("grpc", "protobuf", codes.OK.String())
	for _, kind := range [...]string{typeProtobuf, typeJSON} {
		m.requests.WithLabelValues("http", encodingLabel(kind), strconv.Itoa(http.StatusOK))
	}
	for _, transport := range [...]string{"grpc", "http"} {
		m.seconds.WithLabelValues(transport)
	}
}

func (m *metrics) countTaken(report *otlp.Report, bytes int) {
	m.spans.Add(float64(report.Spans))
	m.bytes.Add(float64(bytes))
	report.EachRejected(func(reason string, spans int) { m.rejected.WithLabelValues(reason).Add(float64(spans)) })
	report.EachOddity(func(oddity string, times int) { m.oddities.WithLabelValues(oddity).Add(float64(times)) })
}

func (m *metrics) countRequest(transport, encoding, code string, started time.Time, refused *refusal) {
	m.requests.WithLabelValues(transport, encoding, code).Inc()
	m.seconds.WithLabelValues(transport).Observe(time.Since(started).Seconds())
	if refused != nil {
		m.refused.WithLabelValues(refused.cause.String()).Inc()
	}
}
