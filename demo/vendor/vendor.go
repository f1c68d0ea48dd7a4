// SPDX-License-Identifier: Apache-2.0

// Package vendor runs the other companies' systems: HTTP servers with a latency of their own, a rate
// limit and a strict idea of what a request looks like. They are third parties, so they send no
// telemetry. Safe for concurrent use.
package vendor

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// callTimeout is how long a caller waits for an answer.
const callTimeout = 5 * time.Second

// Terms are how a vendor behaves on a good day.
type Terms struct {
	Name   string // host name
	Path   string // the one call it offers
	Schema Schema
	Status int // of a good answer
	// Latency is lognormal: half of the answers take longer than Median; Spread is the sigma.
	Median time.Duration
	Spread float64
	Rate   float64 // calls per second, with a burst of the same number
}

// Vendor is a running system.
type Vendor struct {
	terms     Terms
	limit     *rate.Limiter
	listener  net.Listener
	server    *http.Server
	transport *http.Transport
	serving   sync.WaitGroup

	mu     sync.Mutex
	random *rand.Rand
	schema Schema
}

// Start runs a vendor on a free loopback port.
func Start(terms Terms, seed uint64) (*Vendor, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start vendor %s: %w", terms.Name, err)
	}
	v := &Vendor{
		terms: terms, listener: listener, schema: terms.Schema,
		limit:  rate.NewLimiter(rate.Limit(terms.Rate), burst(terms.Rate)),
		random: rand.New(rand.NewPCG(seed, 2)),
	}
	routes := http.NewServeMux()
	routes.HandleFunc("POST "+terms.Path, v.serve)
	v.server = &http.Server{Handler: routes, ReadHeaderTimeout: callTimeout}
	v.transport = &http.Transport{DialContext: v.dial, MaxIdleConnsPerHost: 16}
	v.serving.Go(func() { _ = v.server.Serve(listener) })
	return v, nil
}

// Name is the vendor's host name, which Client resolves.
func (v *Vendor) Name() string { return v.terms.Name }

// Client reaches the vendor under its host name.
func (v *Vendor) Client() *http.Client {
	return &http.Client{Transport: v.transport, Timeout: callTimeout}
}

// LimitTo changes how many calls a second it takes; RestoreLimit goes back to its terms.
func (v *Vendor) LimitTo(perSecond float64) {
	v.limit.SetLimit(rate.Limit(perSecond))
	v.limit.SetBurst(burst(perSecond))
}

// RestoreLimit makes the rate limit what the terms say.
func (v *Vendor) RestoreLimit() { v.LimitTo(v.terms.Rate) }

// Require makes another field mandatory; RestoreSchema goes back to its terms.
func (v *Vendor) Require(field string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.schema = v.schema.with(field)
}

// RestoreSchema makes the schema what the terms say.
func (v *Vendor) RestoreSchema() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.schema = v.terms.Schema
}

// Stop ends the calls in progress and closes the server.
func (v *Vendor) Stop() {
	v.transport.CloseIdleConnections()
	_ = v.server.Close()
	v.serving.Wait()
}

func (v *Vendor) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, network, v.listener.Addr().String())
}

func (v *Vendor) serve(w http.ResponseWriter, r *http.Request) {
	if !v.limit.Allow() {
		w.Header().Set("Retry-After", strconv.Itoa(v.retryAfter()))
		http.Error(w, "too many requests", http.StatusTooManyRequests)
		return
	}
	latency, schema := v.draw()
	err := schema.Check(http.MaxBytesReader(w, r.Body, 1<<16))
	if !pause(r.Context(), latency) {
		return
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	w.WriteHeader(v.terms.Status)
}

// retryAfter is in seconds: when one call would fit again, and a second at least.
func (v *Vendor) retryAfter() int {
	return min(5, max(1, int(math.Ceil(1/float64(v.limit.Limit())))))
}

func (v *Vendor) draw() (time.Duration, Schema) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return time.Duration(float64(v.terms.Median) * math.Exp(v.terms.Spread*v.random.NormFloat64())), v.schema
}

func burst(perSecond float64) int { return max(1, int(perSecond)) }

// pause waits unless the caller goes away first.
func pause(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
