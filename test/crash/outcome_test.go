// SPDX-License-Identifier: Apache-2.0

package crash_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/hopstamp/hopstamp/test/server"
)

// outcome is what a server knows in the end, as lines with their values.
type outcome struct {
	ledger, rows, counters map[string]string
	stored                 float64 // rows on disk
	stamps, again          float64 // distinct stamps taken in, and such that were known already
}

// dimensions of the ledger, all of them.
const dimensions = "path,tenant,channel,destination,provider,region,device,verdict,reason,hop,timeliness,minute"

func readAll(s *server.Server) (o outcome, err error) {
	var problems [3]error
	o.ledger, problems[0] = readLedger(s)
	o.rows, problems[1] = readRows(s)
	series, err := readSeries(s)
	problems[2] = err
	o.counters = counters(series)
	o.stored = series["hopstamp_store_rows"]
	o.stamps = series["hopstamp_track_stamps_total"]
	o.again = series["hopstamp_track_duplicate_stamps_total"] + series["hopstamp_track_late_stamps_total"]
	return o, errors.Join(problems[:]...)
}

func readLedger(s *server.Server) (map[string]string, error) {
	ledger, err := server.Ask[server.Ledger](s, "/ledger", "by", dimensions, "since", "6h")
	lines := map[string]string{"total": fmt.Sprint(ledger.Total), "exact": fmt.Sprint(ledger.Exact)}
	for _, row := range ledger.Rows {
		var line strings.Builder
		for _, name := range strings.Split(dimensions, ",") {
			fmt.Fprintf(&line, "%s=%v ", name, row[name])
		}
		lines[line.String()] = fmt.Sprint(row["count"])
	}
	return lines, err
}

// readRows are all deliveries, whole but for when the server learned of them.
func readRows(s *server.Server) (map[string]string, error) {
	lines := map[string]string{}
	for cursor := ""; ; {
		page, err := server.Ask[server.List[map[string]any]](s, "/deliveries", "cursor", cursor, "since", "6h", "limit", "1000")
		if err != nil {
			return nil, err
		}
		for _, row := range page.Items {
			delete(row, "updated")
			delete(row, "missing") // what is usual is learned on the way
			row["kept"] = mustKeep(row)
			text, err := json.Marshal(row)
			if err != nil {
				return nil, err
			}
			id := fmt.Sprint(row["id"])
			lines[id] = strings.TrimPrefix(lines[id]+"\n  and ", "\n  and ") + string(text)
		}
		if cursor = page.Next; cursor == "" {
			return lines, nil
		}
	}
}

// bad are the verdicts of which all spans must be kept.
var bad = []any{"failed", "dead_lettered", "expired", "lost"}

// mustKeep is what is the same in every run of why spans are kept: which messages are
// slow, or of those that may be kept, depends on what came before.
func mustKeep(row map[string]any) string {
	switch {
	case !slices.Contains(bad, row["verdict"]):
		return ""
	case row["kept"] == "":
		return "missed"
	}
	return "kept"
}

// readSeries is /metrics.
func readSeries(s *server.Server) (map[string]float64, error) {
	response, err := http.Get(s.URL + "/metrics")
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	series := map[string]float64{}
	for line := range strings.Lines(string(text)) {
		at := strings.LastIndexByte(line, ' ')
		if at < 0 || line[0] == '#' {
			continue
		}
		value, err := strconv.ParseFloat(strings.TrimSpace(line[at:]), 64)
		if err != nil {
			return nil, fmt.Errorf("/metrics: %q: %w", line, err)
		}
		series[line[:at]] = value
	}
	return series, nil
}

// counters are the series that are functions of what was sent, and nothing else.
func counters(series map[string]float64) map[string]string {
	exact := []string{"hopstamp_deliveries_total", "hopstamp_delivery_corrections_total", "hopstamp_in_flight_deliveries",
		"hopstamp_delivery_latency_seconds", "hopstamp_hop_wait_seconds", "hopstamp_hop_work_seconds", "hopstamp_track_overflowed_total",
		"hopstamp_track_malformed_messages_total", "hopstamp_store_damaged_parts_total", "hopstamp_store_errors_total"}
	kept := map[string]string{}
	for line, value := range series {
		name, _, _ := strings.Cut(line, "{")
		of := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_sum"), "_count")
		if slices.Contains(exact, of) && (value != 0 || of != "hopstamp_in_flight_deliveries") {
			kept[line] = fmt.Sprint(value)
		}
	}
	return kept
}

// differs says in words how an outcome is not as it must be. Of the spans that were
// sent again some may have been stored before; they are known then, or, where
// their journey was let go of, at worst taken in once more and joined to nothing.
// Rows may be missing where the disk is short.
func (want outcome) differs(got outcome, repeated int64, short bool) error {
	var problems []error
	compare := func(what string, want, got map[string]string) {
		for _, line := range slices.Sorted(maps.Keys(union(want, got))) {
			was, is := want[line], got[line]
			gone := short && what == "row" && is == ""
			if was != is && !gone && len(problems) < 20 {
				problems = append(problems, fmt.Errorf("%s %s\n  is      %s\n  must be %s", what, line, is, was))
			}
		}
	}
	compare("ledger", want.ledger, got.ledger)
	compare("counter", want.counters, got.counters)
	compare("row", want.rows, got.rows)
	if got.stored != want.stored && !short {
		problems = append(problems, fmt.Errorf("%v rows are on disk, must be %v", got.stored, want.stored))
	}
	if more := got.stamps - want.stamps; more < 0 || more+got.again-want.again > float64(repeated) {
		problems = append(problems, fmt.Errorf("%v stamps and %v known already; must be %v and %v, and at most %d more that were sent again",
			got.stamps, got.again, want.stamps, want.again, repeated))
	}
	return errors.Join(problems...)
}

// net is an outcome without what depends on the order of things: between partitions
// a stamp may come a moment later than in one, and until then a delivery was told to
// have failed, say, and measured so. What was told and taken back leaves nothing.
func (o outcome) net() outcome {
	sums := map[string]float64{}
	for line, text := range o.counters {
		value, _ := strconv.ParseFloat(text, 64)
		name, labels, _ := strings.Cut(line, "{")
		switch name {
		case "hopstamp_deliveries_total":
			sums[labels] += value
		case "hopstamp_delivery_corrections_total":
			sums[labels] -= value
		}
	}
	o.counters = map[string]string{}
	for labels, sum := range sums {
		if sum != 0 {
			o.counters["net{"+labels] = fmt.Sprint(sum)
		}
	}
	return o
}

func union(a, b map[string]string) map[string]bool {
	all := map[string]bool{}
	for line := range a {
		all[line] = true
	}
	for line := range b {
		all[line] = true
	}
	return all
}
