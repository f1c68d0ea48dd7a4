// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"context"
	"io"
	"time"

	"github.com/hopstamp/hopstamp/bench/answer"
)

// scrapeEvery is a usual period of Prometheus, and how long it lets a scrape take.
const scrapeEvery = 15 * time.Second

// scraper reads the metrics of a contender, as Prometheus would, and forgets them.
type scraper struct {
	cancel   context.CancelFunc
	done     chan struct{}
	scrapes  int
	failures int
}

// scrape begins with the first after a period.
func scrape(ctx context.Context, url string, every time.Duration) *scraper {
	ctx, cancel := context.WithCancel(ctx)
	s := &scraper{cancel: cancel, done: make(chan struct{})}
	go s.run(ctx, url, every)
	return s
}

func (s *scraper) run(ctx context.Context, url string, every time.Duration) {
	defer close(s.done)
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		switch err := read(ctx, url); {
		case err == nil:
			s.scrapes++
		case ctx.Err() == nil:
			s.failures++
		}
	}
}

func read(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, scrapeEvery)
	defer cancel()
	body, err := answer.Of(ctx, url)
	if err != nil {
		return err
	}
	defer body.Close()
	_, err = io.Copy(io.Discard, body)
	return err
}

// stop ends the scrape under way, which does not count.
func (s *scraper) stop() (scrapes, failures int) {
	s.cancel()
	<-s.done
	return s.scrapes, s.failures
}
