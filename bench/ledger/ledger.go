// SPDX-License-Identifier: Apache-2.0

// Package ledger checks Hopstamp's counts from outside, over its HTTP interface,
// against the truth of the load.
package ledger

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hopstamp/hopstamp/bench/answer"
	"github.com/hopstamp/hopstamp/bench/workload"
)

// Check is what the ledger says beside what is true.
type Check struct {
	Sent    int64 `json:"sent"`
	Counted int64 `json:"counted"`
	Rows    []Row `json:"rows"`
}

// Row is one outcome.
type Row struct {
	workload.Outcome
	Expected int64 `json:"expected"`
	Counted  int64 `json:"counted"`
}

// Exact says that the ledger has every delivery once, with the verdict it deserves.
func (c Check) Exact() bool {
	return c.Sent == c.Counted && !slices.ContainsFunc(c.Rows, func(r Row) bool { return r.Expected != r.Counted })
}

// Truth is what the counts were compared with.
func (c Check) Truth() map[workload.Outcome]int64 {
	truth := map[workload.Outcome]int64{}
	for _, r := range c.Rows {
		truth[r.Outcome] = r.Expected
	}
	return truth
}

// String names every row and what is wrong with it.
func (c Check) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "sent %d, counted %d", c.Sent, c.Counted)
	for _, r := range c.Rows {
		fmt.Fprintf(&b, "; %s: %d", strings.TrimSpace(r.Verdict+" "+r.Timeliness), r.Counted)
		if r.Counted != r.Expected {
			fmt.Fprintf(&b, " (WRONG, should be %d)", r.Expected)
		}
	}
	return b.String()
}

// Server is a running Hopstamp.
type Server struct{ URL string }

// CatchUp waits until all that is in the log when it is called is in the ledger.
func (s Server) CatchUp(ctx context.Context) error {
	var status struct{ Log struct{ Last uint64 } }
	if err := s.get(ctx, "/api/v1/status", &status); err != nil {
		return err
	}
	for {
		book, err := s.read(ctx)
		if err != nil {
			return err
		}
		if book.Position >= status.Log.Last {
			return nil
		}
		if err := pause(ctx); err != nil {
			return fmt.Errorf("wait for the ledger, at %d of %d: %w", book.Position, status.Log.Last, err)
		}
	}
}

// Check compares until the ledger is exact or the context is done, and returns the last comparison.
func (s Server) Check(ctx context.Context, truth map[workload.Outcome]int64) (Check, error) {
	for {
		book, err := s.read(ctx)
		if err != nil {
			return Check{}, err
		}
		check := compare(truth, book)
		if check.Exact() || pause(ctx) != nil {
			return check, nil
		}
	}
}

func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(200 * time.Millisecond):
		return nil
	}
}

// book is the answer of GET /ledger.
type book struct {
	Rows []struct {
		workload.Outcome
		Count int64
	}
	Total    int64
	Position uint64
}

func compare(truth map[workload.Outcome]int64, b book) Check {
	c := Check{Counted: b.Total}
	rows := map[workload.Outcome]*Row{}
	row := func(o workload.Outcome) *Row {
		if rows[o] == nil {
			rows[o] = &Row{Outcome: o}
		}
		return rows[o]
	}
	for outcome, expected := range truth {
		row(outcome).Expected = expected
		c.Sent += expected
	}
	for _, counted := range b.Rows {
		row(counted.Outcome).Counted += counted.Count
	}
	for r := range maps.Values(rows) {
		c.Rows = append(c.Rows, *r)
	}
	slices.SortFunc(c.Rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(a.Verdict, b.Verdict), cmp.Compare(a.Timeliness, b.Timeliness))
	})
	return c
}

func (s Server) read(ctx context.Context) (b book, err error) {
	return b, s.get(ctx, "/api/v1/ledger?by=verdict,timeliness&since="+since, &b)
}

// since is when the oldest message of a run began, at most.
const since = "2h"

// get lets a question that was asked be answered, though the time for asking is over.
func (s Server) get(ctx context.Context, path string, into any) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	body, err := answer.Of(ctx, s.URL+path)
	if err != nil {
		return err
	}
	defer body.Close()
	if err := json.NewDecoder(body).Decode(into); err != nil {
		return fmt.Errorf("read the answer of %s: %w", path, err)
	}
	return nil
}
