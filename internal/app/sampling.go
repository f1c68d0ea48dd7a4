// SPDX-License-Identifier: Apache-2.0

package app

import (
	"time"

	"github.com/hopstamp/hopstamp/internal/count"
	"github.com/hopstamp/hopstamp/internal/crashpoint"
	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/sample"
	"github.com/hopstamp/hopstamp/internal/span"
)

// sampleOptions puts the configuration in the sampler's words.
func (f *fold) sampleOptions() sample.Options {
	c := &f.config.Sample
	shares := [sample.NumPolicies]float64{
		sample.Failed: all(c.Keep.Failed), sample.Lost: all(c.Keep.Lost), sample.Stuck: all(c.Keep.Stuck), sample.Tenant: 1,
		sample.Rare: c.Keep.Rare, sample.Slow: c.Keep.Slow, sample.Late: c.Keep.Late, sample.Retried: c.Keep.Retried,
		sample.Unverifiable: c.Keep.Unverifiable, sample.Random: c.Keep.Random,
	}
	return sample.Options{
		Shares: &shares, Tenants: c.Tenants, SlowQuantile: c.SlowQuantile, SlowFloor: c.SlowFloor, SlowCap: c.SlowCap,
		SpansPerSecond: c.SpansPerSecond / float64(f.config.Log.Partitions), Delay: c.Delay, Remember: c.Remember, RememberOpen: f.config.Track.LingerFailed + c.Remember, Period: spansPeriod(),
		Rare: func(path, kind string, stages uint32) bool {
			return f.shapes.Rare(count.Kind{Path: path, Name: kind}, count.Stages(stages))
		},
	}
}

// spansPeriod is how often, in log time, kept spans become a part.
func spansPeriod() time.Duration { return crashpoint.Every("spans", time.Minute) }

func all(on bool) float64 {
	if on {
		return 1
	}
	return 0
}

// arrived lets a late span follow the decision about its message. One that was relayed
// lies in the log of another partition.
func (f *fold) arrived(at journey.Position, r *span.Record) {
	if r.Origin != 0 {
		at = journey.Position(r.Origin)
	}
	f.sampler.Arrived(at, r.Trace)
}

// decide asks of which messages the spans are kept, and notes why in their rows.
func (f *fold) decide(at journey.Position, effects *journey.Effects) {
	now := f.tracker.Now()
	if len(effects.Stuck) > 0 {
		f.sampler.Consider(now, effects.Stuck)
	}
	decided := f.sampler.Step(at, now, effects.Settled)
	for i := range effects.Settled {
		effects.Settled[i].Kept = decided.Reason(i)
	}
}

func (f *fold) restoreSampler(data []byte) (err error) {
	f.sampler, err = sample.Restore(f.sampleOptions(), data)
	return err
}
