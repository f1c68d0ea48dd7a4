// SPDX-License-Identifier: Apache-2.0

package store

import (
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

func (r *ledgerRow) row(names *names) LedgerRow {
	row := LedgerRow{Minute: r.Minute, Path: r.Path, Verdict: names.verdict[r.Verdict], Reason: names.reason[r.Reason],
		Timeliness: names.timeliness[r.Timeliness], Hop: hopOf(r.Hop), Estimated: r.Estimated, Entered: uint64(r.Entered), Left: uint64(r.Left)}
	for i, column := range r.dims() {
		row.Dims[i] = *column
	}
	return row
}
