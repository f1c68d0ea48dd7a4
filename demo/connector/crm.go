// SPDX-License-Identifier: Apache-2.0

package connector

import (
	"context"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/hopstamp/hopstamp/demo/message"
)

// CRM notes contacts with customers in a CRM. Before each note it looks for a duplicate contact: an
// index makes that quick; without the index (Degrade) it is a scan that holds the lock on all
// contacts, so that the connector does one message at a time however many hands it has.
type CRM struct {
	system   caller
	contacts sync.Mutex

	mu   sync.Mutex
	scan *scan // nil with the index
}

// scan is a look-up without the index.
type scan struct {
	length time.Duration
	ended  chan struct{} // closed when the index is back
}

// Activity is what the CRM takes.
type Activity struct {
	ExternalID string `json:"external_id"`
	Contact    string `json:"contact"`
	Kind       string `json:"kind"`
	Note       string `json:"note"`
}

// NewCRM makes the connector; its calls are spans of tracer.
func NewCRM(system Vendor, tracer trace.Tracer) *CRM {
	return &CRM{system: newCaller(system, tracer)}
}

// Degrade takes the index away: each look-up is a scan of that length.
func (c *CRM) Degrade(length time.Duration) {
	c.Restore()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.scan = &scan{length: length, ended: make(chan struct{})}
}

// Restore puts the index back; a scan under way ends at once.
func (c *CRM) Restore() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.scan != nil {
		close(c.scan.ended)
		c.scan = nil
	}
}

// Deliver notes the message.
func (c *CRM) Deliver(ctx context.Context, m message.Message) error {
	c.findDuplicate()
	return c.system.post(ctx, "/activities", Activity{ExternalID: m.ID, Contact: m.From, Kind: "message", Note: m.Text})
}

func (c *CRM) findDuplicate() {
	if c.current() == nil {
		return
	}
	c.contacts.Lock()
	defer c.contacts.Unlock()
	scan := c.current()
	if scan == nil {
		return
	}
	timer := time.NewTimer(scan.length)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-scan.ended:
	}
}

func (c *CRM) current() *scan {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.scan
}
