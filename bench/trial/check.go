// SPDX-License-Identifier: Apache-2.0

package trial

import (
	"context"
	"time"

	"github.com/hopstamp/hopstamp/bench/answer"
	"github.com/hopstamp/hopstamp/bench/contender"
	"github.com/hopstamp/hopstamp/bench/ledger"
	"github.com/hopstamp/hopstamp/bench/sampled"
	"github.com/hopstamp/hopstamp/bench/spanmetrics"
	"github.com/hopstamp/hopstamp/bench/workload"
)

// check finds out what a contender knows.
type check interface {
	// look at what is counted now, during the load.
	look(ctx context.Context, running *contender.Running) error
	// fill in what is left in the end.
	fill(ctx context.Context, running *contender.Running, w *workload.Workload, blocks int64, o *Outcome) error
}

func checkOf(c contender.Contender, folder string) check {
	if c.Hopstamp {
		return server{}
	}
	return &collector{kept: contender.KeptFile(folder)}
}

// server is Hopstamp, which counts from its first start on.
type server struct{}

func (server) look(context.Context, *contender.Running) error { return nil }

// openedJourneys bounds how long it takes to open them, one by one.
const openedJourneys = 300

func (server) fill(ctx context.Context, running *contender.Running, w *workload.Workload, blocks int64, o *Outcome) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	s := ledger.Server{URL: running.URL()}
	if err := s.CatchUp(ctx); err != nil {
		return err
	}
	truth := ledger.ClassTruth(w, blocks)
	counted, err := s.Classes(ctx)
	if err != nil {
		return err
	}
	o.Unit, o.Truth, o.Counted = "deliveries", float64(truth.Sum()), float64(counted.Sum())
	o.Series, o.Wrong = len(truth), truth.Wrong(counted)
	kept, err := s.CheckKept(ctx, w, blocks, openedJourneys)
	o.MustKeep, o.Lost, o.Twice, o.Opened, o.Incomplete = kept.MustKeep, kept.Lost, kept.Twice, kept.Opened, kept.Incomplete
	return err
}

// collector counts from zero after each start; whoever scraped it before adds that up.
type collector struct {
	kept   string // file
	before spanmetrics.Counts
}

func (c *collector) look(ctx context.Context, running *contender.Running) (err error) {
	c.before, err = scrape(ctx, running.SpanMetrics())
	return err
}

func (c *collector) fill(ctx context.Context, running *contender.Running, w *workload.Workload, blocks int64, o *Outcome) error {
	counted, err := scrape(ctx, running.SpanMetrics())
	if err != nil {
		return err
	}
	counted.Add(c.before)
	truth, err := spanmetrics.Truth(w, blocks)
	if err != nil {
		return err
	}
	compared := spanmetrics.Compare(truth, counted)
	o.Unit, o.Truth, o.Counted, o.Series, o.Wrong = "spans", compared.Spans, compared.Counted, compared.Series, compared.Wrong
	running.Stop(time.Minute) // so that everything it kept is in the file
	kept, err := sampled.Read(c.kept)
	if err != nil {
		return err
	}
	found := kept.Compare(w, blocks)
	o.MustKeep, o.Lost, o.Opened, o.Incomplete = found.MustKeep, found.Lost, found.MustKeep, found.Incomplete
	return nil
}

// scrape takes seconds: the exposition has hundreds of MiB.
func scrape(ctx context.Context, url string) (spanmetrics.Counts, error) {
	body, err := answer.Of(ctx, url)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	return spanmetrics.Read(body)
}
