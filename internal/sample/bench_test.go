// SPDX-License-Identifier: Apache-2.0

package sample

import "testing"

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
