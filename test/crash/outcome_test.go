// SPDX-License-Identifier: Apache-2.0

package crash_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/hopstamp/hopstamp/test/server"
)

// outcome is what a server knows in the end, as lines with their values.
type outcome struct {
	ledger, rows, counters map[string]string
	series                 map[string]float64 // all of /metrics
	stored                 float64            // rows on disk
	stamps, again          float64            // distinct stamps taken in, and such that were known already
	unjoined               float64            // of the stamps, those that belong to nothing
}

// dimensions of the ledger, all of them.
const dimensions = "path,tenant,channel,destination,provider,region,device,verdict,reason,hop,timeliness,minute"

func read(s *server.Server, k kind) (o outcome, err error) {
	var problems [3]error
	o.ledger, problems[0] = readLedger(s)
	o.rows, problems[1] = readRows(s)
	series, err := readSeries(s.URL)
	o.series, problems[2] = series, err
	o.counters = counters(series)
	if k.partitions > 1 { // what was told before it was corrected depends on which partition was faster
		o.counters = netted(series)
	}
	o.stored = series["hopstamp_store_rows"]
	o.stamps = series["hopstamp_track_stamps_total"]
	o.unjoined = series["hopstamp_track_unjoined_stamps_total"]
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
			normalize(row)
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

// normalize leaves out of a row when the server learned of it. Why its spans are kept
// depends on what came before it, but that they are must not, where it went wrong.
func normalize(row map[string]any) {
	delete(row, "updated")
	wrong := slices.Contains([]string{"failed", "lost", "stuck"}, fmt.Sprint(row["verdict"]))
	row["kept"] = wrong && row["kept"] != ""
}

// readSeries is /metrics.
func readSeries(url string) (map[string]float64, error) {
	response, err := http.Get(url + "/metrics")
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
		"hopstamp_track_malformed_messages_total", "hopstamp_track_evicted_total", "hopstamp_sample_overdrawn_total", "hopstamp_sample_missed_messages_total",
		"hopstamp_store_damaged_parts_total", "hopstamp_store_errors_total", "hopstamp_snapshot_failures_total", "hopstamp_log_failed_commits_total",
		"hopstamp_receive_rejected_spans_total", "hopstamp_forward_queue_dropped_total"}
	kept := map[string]string{}
	for line, value := range series {
		name, _, _ := strings.Cut(line, "{")
		of := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_sum"), "_count")
		there := value != 0 || of != "hopstamp_in_flight_deliveries" && of != "hopstamp_forward_queue_dropped_total"
		if slices.Contains(exact, of) && there {
			kept[line] = fmt.Sprint(value)
		}
	}
	countDecided(kept, series)
	return kept
}

// countDecided counts the messages about whose spans was decided: all of them, and those
// that went wrong. Which of the other policies applies depends on what came before.
func countDecided(kept map[string]string, series map[string]float64) {
	all, wrong := 0.0, map[string]float64{}
	for line, value := range series {
		name, labels, _ := strings.Cut(line, "{")
		if name == decided {
			all += value
		}
		if slices.Contains([]string{`policy="failed"}`, `policy="lost"}`, `policy="stuck"}`}, labels) {
			wrong[name] += value
		}
	}
	kept[decided] = fmt.Sprint(all)
	for _, name := range wrongly {
		kept[name+ofWrong] = fmt.Sprint(wrong[name])
	}
}

const (
	decided = "hopstamp_sample_decided_total"
	ofWrong = " of what went wrong"
)

var wrongly = []string{decided, "hopstamp_sample_kept_total"}

// netted are the counters without the corrections, which are taken from what they
// correct, and without sums of times: times are sampled when a verdict is first told, and
// for the same reason it is the stage that counts, not from which one it was reached then.
// How many went wrong at first is left out: a message that came late was stuck before, or
// was not, as fast as its relays were. That each that is wrong in the end is kept, its row tells.
func netted(series map[string]float64) map[string]string {
	const entered, left = "hopstamp_deliveries_total{", "hopstamp_delivery_corrections_total{"
	kept, reached := counters(series), map[string]float64{}
	for line := range kept {
		name, _, _ := strings.Cut(line, "{")
		switch {
		case strings.HasSuffix(name, "_seconds_sum"):
			delete(kept, line)
		case strings.HasPrefix(name, "hopstamp_hop_"):
			delete(kept, line)
			reached[fromStage.ReplaceAllString(line, "{")] += series[line]
		}
		labels, corrected := strings.CutPrefix(line, left)
		if corrected {
			delete(kept, line)
			if net := series[entered+labels] - series[line]; net != 0 {
				kept[entered+labels] = fmt.Sprint(net)
			} else {
				delete(kept, entered+labels)
			}
		}
	}
	for line, times := range reached {
		kept[line] = fmt.Sprint(times)
	}
	for _, name := range wrongly {
		delete(kept, name+ofWrong)
	}
	return kept
}

var fromStage = regexp.MustCompile(`\{from="[a-z]*",`)

// differs says in words how an outcome is not as it must be. Of the spans that were
// sent again some may have been stored before; they are known then, or, where
// their journey was let go of, at worst taken in once more and joined to nothing.
// Rows may be missing where the disk is short.
func (want outcome) differs(got outcome, repeated int64, k kind) error {
	var problems []error
	compare := func(what string, want, got map[string]string) {
		for _, line := range slices.Sorted(maps.Keys(union(want, got))) {
			was, is := want[line], got[line]
			gone := k.short && what == "row" && is == ""
			if was != is && !gone && len(problems) < 20 {
				problems = append(problems, fmt.Errorf("%s %s\n  is      %s\n  must be %s", what, line, is, was))
			}
		}
	}
	compare("ledger", want.ledger, got.ledger)
	compare("counter", want.counters, got.counters)
	compare("row", want.rows, got.rows)
	if got.stored != want.stored && !k.short {
		problems = append(problems, fmt.Errorf("%v rows are on disk, must be %v", got.stored, want.stored))
	}
	more := got.stamps - want.stamps
	tooMany := more+got.again-want.again > float64(repeated) && k.partitions == 1 // relays are repeated too
	if more < 0 || tooMany || got.unjoined-want.unjoined > more {
		problems = append(problems, fmt.Errorf("%v stamps, %v of them unjoined, and %v known already; must be %v, %v and %v, and at most %d more that were sent again",
			got.stamps, got.unjoined, got.again, want.stamps, want.unjoined, want.again, repeated))
	}
	return errors.Join(problems...)
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
