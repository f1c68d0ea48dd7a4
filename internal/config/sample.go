// SPDX-License-Identifier: Apache-2.0

package config

import (
	"fmt"
	"net/url"
	"strings"
	"time"
)

// Sample is of which messages the spans are kept when the log lets go of them. It
// does not touch what is counted: verdicts, latencies and the ledger are always of
// all messages. Times are of the log's own clock.
type Sample struct {
	// Keep says what is kept, by what became of the message. The first that applies
	// decides, in the order below.
	Keep Keep `yaml:"keep" json:"keep,omitempty"`
	// Tenants of which every message is kept, whatever the budget; asked after lost and stuck.
	Tenants []string `yaml:"tenants" json:"tenants,omitempty"`
	// SlowQuantile of a path's own latencies, beyond which a message is slow. Default 0.99.
	SlowQuantile float64 `yaml:"slow_quantile" json:"slow_quantile,omitempty"`
	// SlowFloor: what is faster is never slow. Default 100ms.
	SlowFloor time.Duration `yaml:"slow_floor" json:"slow_floor,omitempty" jsonschema:"type=string"`
	// SlowCap is how much of a path's messages is kept as slow at most, while it
	// becomes slower than it was. Default 0.05.
	SlowCap float64 `yaml:"slow_cap" json:"slow_cap,omitempty"`
	// SpansPerSecond is the budget for what is kept. Past it, all of keep but failed,
	// lost and stuck are lowered evenly; those three and tenants are kept even when
	// they exceed it alone. 0: no budget. Default 1000.
	SpansPerSecond float64 `yaml:"spans_per_second" json:"spans_per_second,omitempty"`
	// Delay from a span to its copy: a message that ends before it is copied in one
	// sweep of the log, others need a second look. Default 90s.
	Delay time.Duration `yaml:"delay" json:"delay,omitempty" jsonschema:"type=string"`
	// Remember is how long spans that come late follow the decision. It is remembered for
	// track.linger_failed longer where the message may still be corrected, so that one that
	// is stays kept as it was, and is not copied and forwarded twice. Default 1h.
	Remember time.Duration `yaml:"remember" json:"remember,omitempty" jsonschema:"type=string"`
	// Forward sends the kept spans to other backends as well.
	Forward []Forward `yaml:"forward" json:"forward,omitempty"`

	Limits `yaml:",inline"`
}

// Keep is what is kept: true, or the share from 0 (none) to 1 (all) of the messages
// that it applies to. Linked traces of one message are kept together.
type Keep struct {
	// Failed, dead-lettered or expired for any recipient. Default true.
	Failed bool `yaml:"failed" json:"failed,omitempty"`
	// Lost for any recipient. Default true.
	Lost bool `yaml:"lost" json:"lost,omitempty"`
	// Stuck: past its deadline and still on the way. Default true.
	Stuck bool `yaml:"stuck" json:"stuck,omitempty"`
	// Rare: messages of its kind seldom pass these stages. Default 1.
	Rare float64 `yaml:"rare" json:"rare,omitempty"`
	// Slow against the tail of its own path; see slow_quantile. Default 1.
	Slow float64 `yaml:"slow" json:"slow,omitempty"`
	// Late: fulfilled after its path's deadline. Default 1.
	Late float64 `yaml:"late" json:"late,omitempty"`
	// Retried before it was fulfilled. Default 0.1.
	Retried float64 `yaml:"retried" json:"retried,omitempty"`
	// Unverifiable: it cannot be known what became of it. Default 0.1.
	Unverifiable float64 `yaml:"unverifiable" json:"unverifiable,omitempty"`
	// Random share of everything; no share above keeps less than this. Default 0.01.
	Random float64 `yaml:"random" json:"random,omitempty"`
}

// Forward is a backend that gets the kept spans over OTLP/HTTP. What it cannot take
// now waits on disk and is sent again.
type Forward struct {
	// Endpoint is the URL that requests are sent to, with its path: usually one that ends in /v1/traces.
	Endpoint string `yaml:"endpoint" json:"endpoint"`
	// Headers of each request, such as a key.
	Headers map[string]string `yaml:"headers" json:"headers,omitempty"`
	// Compression of requests: gzip or none. Default gzip.
	Compression string `yaml:"compression" json:"compression,omitempty" jsonschema:"enum=gzip,enum=none"`
	// Timeout of a request. Default 10s.
	Timeout time.Duration `yaml:"timeout" json:"timeout,omitempty" jsonschema:"type=string"`
	// GiveUp is after how long a request is dropped that the backend refuses with an error that should
	// pass, while it takes others; that is counted and logged. The time in which it takes none does not
	// count. 0s: never. Default 0s.
	GiveUp time.Duration `yaml:"give_up" json:"give_up,omitempty" jsonschema:"type=string"`
	// QueueBytes that may wait on disk; past them the oldest are dropped, which is counted.
	// Default 268435456 (256 MiB).
	QueueBytes int64 `yaml:"queue_bytes" json:"queue_bytes,omitempty"`
}

func defaultSample() Sample {
	return Sample{
		Keep:         Keep{Failed: true, Lost: true, Stuck: true, Rare: 1, Slow: 1, Late: 1, Retried: 0.1, Unverifiable: 0.1, Random: 0.01},
		SlowQuantile: 0.99, SlowFloor: 100 * time.Millisecond, SlowCap: 0.05, SpansPerSecond: 1000,
		Delay: 90 * time.Second, Remember: time.Hour,
		Limits: Limits{MaxAge: 7 * 24 * time.Hour, MaxBytes: 1 << 30},
	}
}

// complete fills what a backend's entry does not say.
func (f *Forward) complete() {
	if f.Compression == "" {
		f.Compression = "gzip"
	}
	if f.Timeout == 0 {
		f.Timeout = 10 * time.Second
	}
	if f.QueueBytes == 0 {
		f.QueueBytes = 256 << 20
	}
}

func (s *Sample) validate() (problems []error) {
	wrong := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	for _, share := range []struct {
		key   string
		value float64
	}{{"keep.rare", s.Keep.Rare}, {"keep.slow", s.Keep.Slow}, {"keep.late", s.Keep.Late}, {"keep.retried", s.Keep.Retried},
		{"keep.unverifiable", s.Keep.Unverifiable}, {"keep.random", s.Keep.Random}} {
		if !(share.value >= 0 && share.value <= 1) {
			wrong("sample.%s: %v is not a share from 0 (none) to 1 (all)", share.key, share.value)
		}
	}
	if !(s.SlowQuantile > 0 && s.SlowQuantile < 1) {
		wrong("sample.slow_quantile: %v is not between 0 and 1, such as 0.99", s.SlowQuantile)
	}
	if !(s.SlowCap > 0 && s.SlowCap <= 1) {
		wrong("sample.slow_cap: %v is not a share above 0, up to 1; keep.slow: 0 turns slow off", s.SlowCap)
	}
	if !(s.SpansPerSecond >= 0) {
		wrong("sample.spans_per_second: %v; 0 means no budget, less cannot be kept", s.SpansPerSecond)
	}
	if s.Remember < s.Delay {
		wrong("sample.remember: %v is shorter than the delay %v, so late spans of kept messages would be lost", s.Remember, s.Delay)
	}
	for _, tenant := range s.Tenants {
		if tenant == "" {
			wrong("sample.tenants: an empty name would be every message without a tenant")
		}
	}
	seen := map[string]bool{}
	for i := range s.Forward {
		f := &s.Forward[i]
		place := fmt.Sprintf("sample.forward[%d] %q", i, f.Endpoint)
		if seen[f.Endpoint] {
			wrong("%s: the endpoint is there twice", place)
		}
		seen[f.Endpoint] = true
		problems = append(problems, f.validate(place)...)
	}
	return problems
}

func (f *Forward) validate(place string) (problems []error) {
	wrong := func(format string, args ...any) { problems = append(problems, fmt.Errorf(place+": "+format, args...)) }
	if at, err := url.Parse(f.Endpoint); err != nil || at.Host == "" || at.Scheme != "http" && at.Scheme != "https" {
		wrong("endpoint is not a URL such as https://tempo.example:4318/v1/traces")
	}
	if f.Compression != "gzip" && f.Compression != "none" {
		wrong("compression: %q is neither gzip nor none", f.Compression)
	}
	if f.Timeout <= 0 {
		wrong("timeout: must be more than 0")
	}
	if f.GiveUp != 0 && f.GiveUp < time.Minute {
		wrong("give_up: %v; it must be at least 1m, or 0s, which means never", f.GiveUp)
	}
	if f.QueueBytes < 32<<20 {
		wrong("queue_bytes: %d; it must be at least 33554432 (32 MiB)", f.QueueBytes)
	}
	for name, value := range f.Headers {
		if !validHeader(name) || strings.ContainsAny(value, "\r\n\x00") {
			wrong("headers: %q cannot be sent", name)
		}
	}
	return problems
}

// validHeader tells whether a name is a token of RFC 9110 and not one that the
// request sets itself.
func validHeader(name string) bool {
	const token = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
	name = strings.ToLower(name)
	switch name {
	case "", "host", "content-length", "content-type", "content-encoding", "transfer-encoding":
		return false
	}
	return strings.Trim(name, token) == ""
}
