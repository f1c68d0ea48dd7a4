// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

func BenchmarkStep(b *testing.B) {
	platform := newPlatform(1)
	platform.perStep = 70 // messages of a request of 500 spans
	log := platform.arrivals(200)
	s := New(Options{SpansPerSecond: 1000})
	b.ReportAllocs()
	messages := 0
	for b.Loop() {
		for i := range log {
			a := &log[i]
			a.at, a.now = a.at+200, a.now+20e9
			for j := range a.settled {
				if j%7 == 0 {
					s.Arrived(a.at, a.settled[j].Trace)
				}
			}
			messages += len(s.Step(a.at, a.now, a.settled).Decisions)
			s.Done(a.at)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(messages), "ns/message")
}

// BenchmarkArrived asks about the spans of a log message, each of a trace that is not
// kept, as nearly all are, while many are remembered.
func BenchmarkArrived(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 1))
	var trace span.TraceID
	next := func() span.TraceID {
		binary.LittleEndian.PutUint64(trace[:], random.Uint64())
		binary.LittleEndian.PutUint64(trace[8:], random.Uint64())
		return trace
	}
	s := New(Options{})
	for i := range 200 {
		settled := make([]journey.Delivery, 1000)
		for j := range settled {
			settled[j] = ended(fmt.Sprint("m-", 1000*i+j), journey.Failed, journey.InternalError)
			settled[j].Trace = next()
		}
		s.Step(journey.Position(i+1), morning, settled)
	}
	var message [504]span.TraceID
	var took time.Duration
	for b.Loop() {
		for i := range message {
			message[i] = next()
		}
		from := time.Now()
		for i := range message {
			if s.Arrived(1000, message[i]) {
				b.Fatal("a trace is kept that never was decided")
			}
		}
		took += time.Since(from)
	}
	b.ReportMetric(float64(took.Nanoseconds())/float64(b.N*len(message)), "ns/span")
}
