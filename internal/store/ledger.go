// SPDX-License-Identifier: Apache-2.0

package store

import (
	"cmp"
	"slices"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// LedgerRow says how many deliveries came under a tally, and left it again,
// since the flush before. Rows add up: the sum of Entered less the sum of Left
// over all rows of a tally is its exact count.
type LedgerRow struct {
	Minute        int64 // event minute: start of the message / 1 minute
	Path          string
	Dims          [span.NumDims]string
	Verdict       journey.Verdict
	Reason        journey.Reason
	Timeliness    journey.Timeliness
	Hop           journey.HopID
	Estimated     bool // by sampling before us
	Entered, Left uint64
}

// ledgerRow is the schema of a ledger part, readable by others: the exact counts are
//
//	SELECT path, verdict, sum(entered) - sum("left") FROM read_parquet('ledger/*/*.parquet') GROUP BY ALL
type ledgerRow struct {
	Minute      int64  `parquet:"minute,delta"` // since 1970
	Path        string `parquet:"path,dict"`
	Tenant      string `parquet:"tenant,dict"`
	Channel     string `parquet:"channel,dict"`
	Destination string `parquet:"destination,dict"`
	Region      string `parquet:"region,dict"`
	Device      string `parquet:"device,dict"`
	Provider    string `parquet:"provider,dict"`
	Verdict     string `parquet:"verdict,dict"`
	Reason      string `parquet:"reason,dict"`
	Timeliness  string `parquet:"timeliness,dict"`
	Hop         string `parquet:"hop,dict"`
	Estimated   bool   `parquet:"estimated"`
	Entered     int64  `parquet:"entered"`
	Left        int64  `parquet:"left"`
}

// LoadLedger calls each for every row of every ledger part, oldest part first.
// It is meant for the start, before the first Fold.
func (p *Parts) LoadLedger(each func(LedgerRow)) error {
	names := newNames()
	for _, part := range p.listed(ledgerParts) {
		rows, err := readAll[ledgerRow](part.path)
		if err != nil {
			// What a part counted is lost with it; the rest still stands.
			if err := p.SetAside(part, err); err != nil {
				return err
			}
			continue
		}
		for i := range rows {
			each(rows[i].row(names))
		}
	}
	return nil
}

func (r *ledgerRow) dims() [span.NumDims]*string {
	return [...]*string{&r.Tenant, &r.Channel, &r.Destination, &r.Region, &r.Device, &r.Provider}
}

func (r *ledgerRow) from(row *LedgerRow) {
	*r = ledgerRow{Minute: row.Minute, Path: validText(row.Path), Verdict: row.Verdict.String(), Reason: row.Reason.String(),
		Timeliness: row.Timeliness.String(), Hop: row.Hop.String(), Estimated: row.Estimated, Entered: int64(row.Entered), Left: int64(row.Left)}
	for i, column := range r.dims() {
		*column = validText(row.Dims[i])
	}
}

func (r *ledgerRow) row(names *names) LedgerRow {
	row := LedgerRow{Minute: r.Minute, Path: r.Path, Verdict: names.verdict[r.Verdict], Reason: names.reason[r.Reason],
		Timeliness: names.timeliness[r.Timeliness], Hop: hopOf(r.Hop), Estimated: r.Estimated, Entered: uint64(r.Entered), Left: uint64(r.Left)}
	for i, column := range r.dims() {
		row.Dims[i] = *column
	}
	return row
}

// summed sorts rows and adds up those of the same tally, so that a part does
// not depend on the order in which they came.
func summed(rows []ledgerRow) []ledgerRow {
	slices.SortFunc(rows, func(a, b ledgerRow) int {
		order := cmp.Compare(a.Minute, b.Minute)
		left, right := a.texts(), b.texts()
		for i := 0; order == 0 && i < len(left); i++ {
			order = cmp.Compare(left[i], right[i])
		}
		if order == 0 && a.Estimated != b.Estimated {
			order = 1
			if b.Estimated {
				order = -1
			}
		}
		return order
	})
	sums := rows[:0]
	for _, row := range rows {
		if last := len(sums) - 1; last >= 0 && sums[last].Minute == row.Minute && sums[last].Estimated == row.Estimated && sums[last].texts() == row.texts() {
			sums[last].Entered += row.Entered
			sums[last].Left += row.Left
			continue
		}
		sums = append(sums, row)
	}
	return sums
}

func (r *ledgerRow) texts() [11]string {
	return [...]string{r.Path, r.Tenant, r.Channel, r.Destination, r.Region, r.Device, r.Provider,
		r.Verdict, r.Reason, r.Timeliness, r.Hop}
}

func ledgerRows(rows []LedgerRow) []ledgerRow {
	stored := make([]ledgerRow, len(rows))
	for i := range rows {
		stored[i].from(&rows[i])
	}
	return summed(stored)
}
