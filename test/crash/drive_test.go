// SPDX-License-Identifier: Apache-2.0

package crash_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hopstamp/hopstamp/test/telemetry"
)

// drive sends a load, and every request again until it is acknowledged. The server
// may come, go and change its address meanwhile.
type drive struct {
	target    target
	pause     time.Duration // between the requests of an exporter
	acked     atomic.Int64  // requests
	repeated  atomic.Int64  // spans that were sent again, whether stored the first time or not
	finished  chan struct{} // closed when every exporter has ended
	mu        sync.Mutex    // guards what follows
	complaint error         // the first request that was given up
}

const (
	tries       = 200 // of one request
	firstPause  = 10 * time.Millisecond
	lastPause   = 250 * time.Millisecond
	answerAfter = 20 * time.Second // at the latest
)

// start begins to send.
func start(ctx context.Context, l *load, pause time.Duration) *drive {
	d := &drive{pause: pause, finished: make(chan struct{})}
	d.target.changed = make(chan struct{})
	var running sync.WaitGroup
	for _, requests := range l.exporters {
		running.Go(func() { d.export(ctx, requests) })
	}
	go func() {
		running.Wait()
		close(d.finished)
	}()
	return d
}

func (d *drive) export(ctx context.Context, requests [][]telemetry.Span) {
	for number, spans := range requests {
		if err := d.deliver(ctx, spans); err != nil {
			d.mu.Lock()
			if d.complaint == nil {
				d.complaint = fmt.Errorf("request %d was given up: %w", number, err)
			}
			d.mu.Unlock()
			return
		}
		d.acked.Add(1)
		rest(ctx, d.pause)
	}
}

// deliver tries until the server says that it has the spans.
func (d *drive) deliver(ctx context.Context, spans []telemetry.Span) (err error) {
	pause := firstPause
	for try := range tries {
		address, gone := d.target.wait(ctx)
		if address == "" {
			return ctx.Err()
		}
		if try > 0 {
			d.repeated.Add(int64(len(spans)))
		}
		if err = once(ctx, address, gone, spans); err == nil {
			return nil
		}
		rest(ctx, pause)
		pause = min(2*pause, lastPause)
	}
	return err
}

// once sends a request, as often as the server asks to come back and is there.
func once(ctx context.Context, address string, gone <-chan struct{}, spans []telemetry.Span) error {
	ctx, cancel := context.WithTimeout(ctx, answerAfter)
	defer cancel()
	go func() {
		select {
		case <-gone:
			cancel()
		case <-ctx.Done():
		}
	}()
	sender := telemetry.OverHTTP(address)
	defer sender.Close()
	return sender.Send(ctx, spans)
}

// gaveUp is why not everything was sent, once finished is closed.
func (d *drive) gaveUp() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.complaint
}

func rest(ctx context.Context, pause time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(pause):
	}
}

// target is where the server is, if it is.
type target struct {
	mu      sync.Mutex // guards what follows
	address string
	changed chan struct{} // closed and renewed when the address changes
}

// set the address; empty: there is none.
func (t *target) set(address string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.address = address
	close(t.changed)
	t.changed = make(chan struct{})
}

// wait for an address; gone is closed when it is no longer right. It is empty when
// ctx ends first.
func (t *target) wait(ctx context.Context) (address string, gone <-chan struct{}) {
	for {
		t.mu.Lock()
		address, gone = t.address, t.changed
		t.mu.Unlock()
		if address != "" {
			return address, gone
		}
		select {
		case <-ctx.Done():
			return "", gone
		case <-gone:
		}
	}
}
