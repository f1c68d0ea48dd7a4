// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"fmt"
	"math"
	"math/rand"
	"sort"
	"time"
)

var (
	channels   = []string{"sms", "whatsapp", "rcs", "email", "push", "viber"}
	regions    = []string{"eu-west-1", "us-east-1", "ap-southeast-1"}
	userAgents = []string{"okhttp/4.12.0", "python-requests/2.32.3", "Go-http-client/2.0", "axios/1.7.7"}
	refusals   = []int64{429, 500, 502, 503}
)

const (
	tenants      = 200
	destinations = 20
	spacing      = 20 * time.Microsecond // between the messages of a block
)

// dice draws messages. All draws come from one seeded source, so their order is
// part of what makes the bytes the same every time.
type dice struct {
	random      *rand.Rand
	tenant      *rand.Zipf
	channel     weights
	region      weights
	destination weights
}

func newDice(seed uint64) *dice {
	random := rand.New(rand.NewSource(int64(seed)))
	shares := make([]float64, destinations)
	for i := range shares {
		shares[i] = 1 / float64(i+3)
	}
	return &dice{
		random:      random,
		tenant:      rand.NewZipf(random, 1.1, 4, tenants-1),
		channel:     cumulate(40, 25, 8, 15, 8, 4),
		region:      cumulate(50, 30, 20),
		destination: cumulate(shares...),
	}
}

// weights are cumulated shares.
type weights []float64

func cumulate(shares ...float64) weights {
	sum := 0.0
	for i := range shares {
		sum += shares[i]
		shares[i] = sum
	}
	return shares
}

func (w weights) pick(random *rand.Rand) int {
	return sort.SearchFloat64s(w, random.Float64()*w[len(w)-1])
}

// logNormal draws a duration around a median in milliseconds.
func (d *dice) logNormal(median, sigma float64) time.Duration {
	return time.Duration(median * 1e6 * math.Exp(sigma*d.random.NormFloat64()))
}

// message draws the message in a slot of a block: one percent fail, one percent are slow.
func (d *dice) message(slot int) Message {
	m := Message{
		Tenant:      fmt.Sprintf("tenant-%04d", d.tenant.Uint64()),
		Channel:     channels[d.channel.pick(d.random)],
		Destination: fmt.Sprintf("provider-%02d", d.destination.pick(d.random)),
		Region:      regions[d.region.pick(d.random)],
		Step:        "normalize",
		HTTPStatus:  200,
	}
	if d.random.Intn(2) == 0 {
		m.Step = "route"
	}
	m.Error = d.random.Float64() < 0.01
	m.Slow = d.random.Float64() < 0.01
	if m.Error {
		m.HTTPStatus = refusals[d.random.Intn(len(refusals))]
		m.Retry = 3
	} else if d.random.Float64() < 0.03 {
		m.Retry = 1
	}
	d.times(&m, time.Duration(slot)*spacing)
	return m
}

// times draws when each span starts and how long it takes, each after its cause.
func (d *dice) times(m *Message, base time.Duration) {
	m.Start[accept] = base
	m.Start[route] = base + d.logNormal(0.3, 0.4)
	m.Duration[route] = d.logNormal(0.8, 0.6)
	m.Start[publish] = m.End(route) + d.logNormal(0.05, 0.3)
	m.Duration[publish] = d.logNormal(1.5, 0.5)
	m.Duration[accept] = m.End(publish) - base + d.logNormal(0.2, 0.3)
	m.Start[process] = m.End(publish) + d.logNormal(4, 0.8)
	m.Duration[process] = d.logNormal(3, 0.6)
	m.Start[deliver] = m.End(process) + d.logNormal(2, 0.8)
	m.Start[post] = m.Start[deliver] + d.logNormal(0.4, 0.4)
	if m.Slow {
		m.Duration[post] = 5*time.Second + d.logNormal(800, 0.7)
	} else {
		m.Duration[post] = min(d.logNormal(90, 0.6), 1500*time.Millisecond)
	}
	m.Duration[deliver] = m.End(post) - m.Start[deliver] + d.logNormal(0.5, 0.4)
	m.Start[receipt] = m.End(deliver) + min(d.logNormal(60, 0.5), 300*time.Millisecond)
	m.Duration[receipt] = d.logNormal(5, 0.6)
	if m.Slow { // it is told of with the others, and nobody tells of a span before it ended
		for span := range m.Start {
			m.Start[span] -= m.Duration[post]
		}
	}
}
