// SPDX-License-Identifier: Apache-2.0

// Package contender knows the programs that are compared: how each is started on
// free ports, when it takes requests, and how long its put-off work goes on after
// the load.
package contender

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/hopstamp/hopstamp/bench/process"
)

// Contender is one program in one configuration.
type Contender struct {
	Name string
	// Settles is how long after the load put-off work goes on.
	Settles time.Duration
	// Hopstamp says that it answers Hopstamp's HTTP interface.
	Hopstamp bool
	// Scraped says that somebody reads its metrics while it runs.
	Scraped bool

	arguments   func(folder string, a addresses) []string
	environment func(folder string, a addresses) []string
	ready       func(addresses) bool
}

// Discard is a receiver that reads requests over HTTP and throws them away.
func Discard(name, binary string) Contender {
	return Contender{
		Name: name, Settles: time.Second,
		arguments:   func(_ string, a addresses) []string { return []string{binary, "-address", a.http} },
		environment: func(string, addresses) []string { return nil },
		ready:       func(a addresses) bool { return opens(a.http) },
	}
}

// WithScraper is the same one, known by a name, and scraped.
func (c Contender) WithScraper(name string) Contender {
	c.Name, c.Scraped = name, true
	return c
}

// Collector is the OpenTelemetry Collector with a configuration file.
func Collector(name, binary, config string, settles time.Duration) Contender {
	return Contender{
		Name: name, Settles: settles,
		arguments: func(string, addresses) []string { return []string{binary, "--config", config} },
		environment: func(folder string, a addresses) []string {
			_, port, _ := strings.Cut(a.own, ":")
			return []string{"OTLP_HTTP=" + a.http, "OTLP_GRPC=" + a.grpc, "SPAN_METRICS=" + a.metrics, "OWN_METRICS_PORT=" + port,
				"KEPT_TRACES=" + KeptFile(folder)}
		},
		ready: func(a addresses) bool { return opens(a.http) && opens(a.grpc) },
	}
}

// Hopstamp is `hopstamp serve` with a configuration file.
func Hopstamp(name, binary, config string, settles time.Duration) Contender {
	return Contender{
		Name: name, Settles: settles, Hopstamp: true,
		arguments: func(folder string, a addresses) []string {
			return []string{binary, "serve", "--config", config, "--data", DataFolder(folder),
				"--listen", a.own, "--otlp-http", a.http, "--otlp-grpc", a.grpc}
		},
		environment: func(string, addresses) []string { return nil },
		ready:       func(a addresses) bool { return answers("http://" + a.own + "/readyz") },
	}
}

// DataFolder is where Hopstamp keeps its data in a run's folder.
func DataFolder(folder string) string { return filepath.Join(folder, "data") }

// KeptFile is where the Collector writes the traces that it keeps, when its
// configuration says so.
func KeptFile(folder string) string { return filepath.Join(folder, "kept") }

// Running is a contender that takes requests.
type Running struct {
	*process.Process
	// Takes is how long it took from its start until a request was answered, Ready until
	// it was ready.
	Takes, Ready time.Duration

	contender    Contender
	core, folder string
	addresses    addresses
}

// Start runs it on a core, with its log and data in folder and any further arguments,
// and waits until it takes requests.
func (c Contender) Start(core, folder string, further ...string) (*Running, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("make the folder of %s: %w", c.Name, err)
	}
	a, err := freeAddresses()
	if err != nil {
		return nil, err
	}
	return c.start(core, folder, a, further)
}

// Again starts it once more on what it left behind, at the same addresses, after it
// has ended.
func (r *Running) Again() (*Running, error) {
	return r.contender.start(r.core, r.folder, r.addresses, nil)
}

func (c Contender) start(core, folder string, a addresses, further []string) (*Running, error) {
	begun := time.Now()
	p, err := process.Start(core, filepath.Join(folder, "log"), c.environment(folder, a), append(c.arguments(folder, a), further...)...)
	if err != nil {
		return nil, err
	}
	r := &Running{Process: p, contender: c, core: core, folder: folder, addresses: a}
	err = p.Await(2*time.Minute, func() bool {
		if r.Takes == 0 && takes(a.http) {
			r.Takes = time.Since(begun)
		}
		return r.Takes > 0 && c.ready(a)
	})
	if err != nil {
		p.Kill()
		return nil, fmt.Errorf("%s: %w; see %s", c.Name, err, filepath.Join(folder, "log"))
	}
	r.Ready = time.Since(begun)
	return r, nil
}

// OTLP is the address that takes requests of a protocol, http or grpc.
func (r *Running) OTLP(protocol string) string {
	if protocol == "grpc" {
		return r.addresses.grpc
	}
	return r.addresses.http
}

// SpanMetrics is the URL of the Collector's metrics of spans.
func (r *Running) SpanMetrics() string { return "http://" + r.addresses.metrics + "/metrics" }

// Metrics is the URL that a scraper reads.
func (r *Running) Metrics() string {
	if r.contender.Hopstamp {
		return r.URL() + "/metrics"
	}
	return r.SpanMetrics()
}

// URL of Hopstamp's HTTP interface.
func (r *Running) URL() string { return "http://" + r.addresses.own }

// addresses that one contender listens on.
type addresses struct{ http, grpc, own, metrics string }

// freeAddresses are held together while they are chosen, so that they differ.
func freeAddresses() (addresses, error) {
	var a addresses
	for _, address := range []*string{&a.http, &a.grpc, &a.own, &a.metrics} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return a, fmt.Errorf("find a free port: %w", err)
		}
		defer listener.Close()
		*address = listener.Addr().String()
	}
	return a, nil
}

func opens(address string) bool {
	conn, err := net.DialTimeout("tcp", address, 100*time.Millisecond)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

func answers(url string) bool { return isOK(client.Get(url)) }

// takes tells whether an OTLP request without a span is answered.
func takes(address string) bool {
	return isOK(client.Post("http://"+address+"/v1/traces", "application/x-protobuf", http.NoBody))
}

var client = http.Client{Timeout: time.Second}

func isOK(response *http.Response, err error) bool {
	if err != nil {
		return false
	}
	response.Body.Close()
	return response.StatusCode == http.StatusOK
}
