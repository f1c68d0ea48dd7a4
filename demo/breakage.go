// SPDX-License-Identifier: Apache-2.0

package demo

import (
	"time"

	"github.com/hopstamp/hopstamp/demo/directory"
	"github.com/hopstamp/hopstamp/demo/fault"
	"github.com/hopstamp/hopstamp/demo/message"
	"github.com/hopstamp/hopstamp/demo/traffic"
)

const (
	// A vendor takes on a good day what it is offered several times over, and also the rush of a queue
	// that empties after it had backed up.
	usualHeadroom = 4
	rush          = 60
	// shrunkLimit is the same under rate-limit: most calls fit in the end, few at once.
	shrunkLimit = 0.7
	// slowedTo is the part of what it is offered that the CRM connector manages under slow-consumer.
	slowedTo    = 0.5
	longestScan = 12 * time.Second
)

// breakOrMend puts a fault into the part that it is about, or takes it out again. How much breaks
// depends on the rate, so that a slow demo tells the same story.
func (p *platform) breakOrMend(e fault.Event) {
	switch {
	case e.Fault.Name == fault.SchemaDrift && e.On:
		p.desk.Require("severity")
	case e.Fault.Name == fault.SchemaDrift:
		p.desk.RestoreSchema()
	case e.Fault.Name == fault.SilentPublisher:
		p.ingress[directory.Asia].Mute(e.On)
	case e.Fault.Name == fault.RateLimit && e.On:
		p.provider.LimitTo(shrunkLimit * p.offered(message.Push))
	case e.Fault.Name == fault.RateLimit:
		p.provider.RestoreLimit()
	case e.Fault.Name == fault.SlowConsumer && e.On:
		p.crmConnector.Degrade(p.scan())
	case e.Fault.Name == fault.SlowConsumer:
		p.crmConnector.Restore()
	case e.Fault.Name == fault.BadNetwork:
		p.clients.Trouble(e.On)
	}
}

func (p *platform) mendAll() {
	for _, f := range fault.All() {
		p.breakOrMend(fault.Event{Fault: f, On: false})
	}
}

// offered is how many messages a second the channel gets.
func (p *platform) offered(channel message.Channel) float64 { return p.rate * traffic.Share(channel) }

// usualLimit is a vendor's rate limit on a good day, in calls per second.
func (p *platform) usualLimit(channel message.Channel) float64 {
	return rush + usualHeadroom*p.offered(channel)
}

// scan is long enough that the CRM connector, one message at a time, falls behind.
func (p *platform) scan() time.Duration {
	seconds := 1 / (slowedTo * p.offered(message.CRM))
	return min(longestScan, time.Duration(seconds*float64(time.Second)))
}
