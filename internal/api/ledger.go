// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"strings"
	"time"

	"github.com/hopstamp/hopstamp/internal/count"
)

// Ledger is exact counts.
type Ledger struct {
	By       []string         `json:"by" nullable:"false"`
	Since    time.Time        `json:"since" doc:"Counts are by whole minutes: those that begin at or after it"`
	Until    time.Time        `json:"until"`
	Rows     []map[string]any `json:"rows" nullable:"false" doc:"Each dimension of by with its value, and count"`
	Total    int64            `json:"total"`
	Exact    bool             `json:"exact" doc:"false: some counts are estimates, because of sampling before us or of deliveries that cannot be verified; such rows say estimated"`
	Position uint64           `json:"position" doc:"Of the log, as of which this is counted"`
}

type ledgerInput struct {
	By []string `query:"by,explode" doc:"path, tenant, channel, destination, region, device, provider, verdict, reason, hop, timeliness, minute" example:"path,verdict"`
	RangeParams
	ClassParams
}

func (h handlers) ledger(_ context.Context, in *ledgerInput) (*body[Ledger], error) {
	since, until, err := in.times(time.Now())
	if err != nil {
		return nil, err
	}
	q := count.Question{Since: since.Truncate(time.Minute), Until: until, Only: map[count.Dimension]map[string]bool{}}
	names := []string{}
	for _, given := range in.By {
		for _, name := range strings.Split(given, ",") {
			dimension, err := count.ParseDimension(name)
			if err != nil {
				return nil, invalid("by", name, err.Error())
			}
			q.By = append(q.By, dimension)
			names = append(names, name)
		}
	}
	in.each(func(name string, allowed map[string]bool) {
		if dimension, err := count.ParseDimension(name); err == nil {
			q.Only[dimension] = allowed
		}
	})
	sums, all, at := h.backend.Ledger(q)
	out := Ledger{By: names, Since: q.Since.UTC(), Until: until.UTC(), Rows: make([]map[string]any, 0, len(sums)), Total: all, Exact: true, Position: uint64(at)}
	for _, sum := range sums {
		row := map[string]any{"count": sum.Count}
		if sum.Estimated {
			row["estimated"], out.Exact = true, false
		}
		for i, name := range names {
			row[name] = sum.Values[i]
		}
		out.Rows = append(out.Rows, row)
	}
	return &body[Ledger]{out}, nil
}
