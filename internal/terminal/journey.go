// SPDX-License-Identifier: Apache-2.0

// Package terminal writes a journey as text that can be read in a terminal of 100
// columns or so and pasted into a chat. It is pure: the same message gives the same text.
package terminal

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/hopstamp/hopstamp/internal/api"
	"github.com/hopstamp/hopstamp/internal/journey"
)

// How much of a journey is written before the rest is only counted.
const (
	maxStamps     = 60
	maxDeliveries = 25
	barWidth      = 24
)

// Journey writes a message out:
//
//	what happened, in a sentence
//	the stamps by time, each with a bar on the common time axis: waiting ░, working █
//	each delivery with its verdict, reason and hops
func Journey(m *api.Message) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s\n%s\n\n", m.Key, m.Sentence)
	fmt.Fprintf(&out, "path %s (until %s, deadline %s, given up after %s)\n", m.Path, m.Until, micros(m.DeadlineUS), micros(m.GiveUpUS))
	fmt.Fprintf(&out, "began %s\n", m.Started.UTC().Format("2006-01-02 15:04:05.000 UTC"))
	if m.MessageID != "" && m.MessageID != m.Key {
		fmt.Fprintf(&out, "message id %s\n", m.MessageID)
	}
	for i, trace := range m.Traces {
		if i == 3 {
			fmt.Fprintf(&out, "and %d more\n", len(m.Traces)-i)
			break
		}
		fmt.Fprintf(&out, "trace %s\n", trace)
	}
	writeClocks(&out, m)
	if m.Complete {
		out.WriteByte('\n')
		writeStamps(&out, m)
	} else {
		out.WriteString("\nThe log no longer holds the spans; the deliveries still stand.\n")
	}
	out.WriteByte('\n')
	writeDeliveries(&out, m)
	return out.String()
}

// writeClocks says which times cannot be taken as they are.
func writeClocks(out *strings.Builder, m *api.Message) {
	for _, c := range m.Clocks {
		way := "behind"
		if c.OffsetUS < 0 {
			way = "ahead"
		}
		if c.OffsetUS == 0 {
			fmt.Fprintf(out, "clock of %s is suspect: it jumped, or contradicts itself\n", c.Host)
			continue
		}
		fmt.Fprintf(out, "clock of %s is %s %s (± %s)", c.Host, micros(max(c.OffsetUS, -c.OffsetUS)), way, micros(c.BoundUS))
		if c.Suspect {
			out.WriteString(", and suspect: it jumped, or contradicts itself")
		}
		out.WriteByte('\n')
	}
}

// writeStamps gives each stamp a line, in order of time. Those of a clock that is known to
// be wrong stand where they belong; what that clock said is remarked.
func writeStamps(out *strings.Builder, m *api.Message) {
	axis := int64(1)
	for i := range m.Stamps {
		axis = max(axis, offset(&m.Stamps[i], m)+m.Stamps[i].WorkUS)
	}
	waits := waitsBefore(m)
	rows := [][]string{}
	for i := range m.Stamps {
		if i == maxStamps {
			break
		}
		s := &m.Stamps[i]
		rows = append(rows, []string{
			since(offset(s, m)), cmp.Or(s.Stage, "·"), s.Service, micros(s.WorkUS), bar(offset(s, m), s.WorkUS, waits[i], axis), remarks(s, m),
		})
	}
	writeTable(out, rows, []bool{true, false, false, true, false, false})
	if more := len(m.Stamps) - maxStamps; more > 0 {
		fmt.Fprintf(out, "  and %d more stamps\n", more)
	}
}

// offset is when a stamp began, by the clock of the host where the message began.
func offset(s *api.Stamp, m *api.Message) int64 {
	for _, c := range m.Clocks {
		if c.Host == s.Host {
			return s.OffsetUS + c.OffsetUS
		}
	}
	return s.OffsetUS
}

// since writes a time from the beginning of the message; a clock that nobody knows to
// be wrong may say that it was before.
func since(us int64) string {
	if us < 0 {
		return "-" + micros(-us)
	}
	return "+" + micros(us)
}

// waitsBefore is how long each stamp was waited for, as far as a hop says so.
func waitsBefore(m *api.Message) map[int]int64 {
	waits := map[int]int64{}
	for i := range m.Deliveries {
		for _, hop := range m.Deliveries[i].Hops {
			if hop.ToStamp != nil {
				waits[*hop.ToStamp] = max(waits[*hop.ToStamp], hop.WaitUS)
			}
		}
	}
	return waits
}

func bar(start, work, wait, axis int64) string {
	column := func(us int64) int { return int(min(barWidth, max(0, us*barWidth/axis))) }
	waited, from, to := column(start-wait), column(start), column(start+work)
	if to == from {
		to++ // what is short is still seen
	}
	line := strings.Repeat(" ", waited) + strings.Repeat("░", from-waited) + strings.Repeat("█", to-from)
	return line + strings.Repeat(" ", max(0, barWidth+1-utf8.RuneCountInString(line)))
}

func remarks(s *api.Stamp, m *api.Message) string {
	var said []string
	if s.Error {
		said = append(said, strings.TrimSpace("ERROR "+s.Detail))
	} else if s.Detail != "" {
		said = append(said, s.Detail)
	}
	if s.Recipient != "" {
		said = append(said, s.Recipient)
	}
	if s.Shared > 1 {
		said = append(said, fmt.Sprintf("shared by %d messages", s.Shared))
	}
	if s.Attempt > 0 {
		said = append(said, fmt.Sprintf("retry %d", s.Attempt))
	}
	if offset(s, m) != s.OffsetUS {
		said = append(said, "its clock said "+since(s.OffsetUS))
	}
	for _, j := range m.Joins {
		if j.FromStamp == s.Index && (j.Rule != "parent" || j.Confidence != "certain") {
			said = append(said, fmt.Sprintf("joined by %s (%s)", strings.ReplaceAll(j.Rule, "_", " "), j.Confidence))
		}
	}
	return strings.Join(said, ", ")
}

func writeDeliveries(out *strings.Builder, m *api.Message) {
	shown := min(len(m.Deliveries), maxDeliveries)
	for i := range shown {
		writeDelivery(out, &m.Deliveries[i])
	}
	if more, said := others(m, shown); more > 0 {
		fmt.Fprintf(out, "and %d more deliveries: %s\n", more, said)
	}
}

func writeDelivery(out *strings.Builder, d *api.Delivery) {
	said := []string{d.Verdict, d.Reason}
	if d.Timeliness != "" {
		said = append(said, strings.ReplaceAll(d.Timeliness, "_", " "))
	}
	if d.LatencyUS > 0 {
		said = append(said, micros(d.LatencyUS))
	}
	if d.Hop != "" {
		said = append(said, "at "+strings.Replace(d.Hop, "-", " → ", 1))
	}
	switch {
	case d.Retries == 1:
		said = append(said, "1 retry")
	case d.Retries > 1:
		said = append(said, fmt.Sprintf("%d retries", d.Retries))
	}
	if d.Estimated {
		said = append(said, "counted as an estimate")
	}
	fmt.Fprintf(out, "%s\n  %s\n", d.ID, strings.Join(said, " · "))
	if d.Kept != "" {
		fmt.Fprintf(out, "  spans kept: %s\n", d.Kept)
	}
	var where []string
	for _, dim := range [][2]string{{"tenant", d.Tenant}, {"channel", d.Channel}, {"destination", d.Destination},
		{"region", d.Region}, {"device", d.Device}, {"provider", d.Provider}} {
		if dim[1] != "" {
			where = append(where, dim[0]+" "+dim[1])
		}
	}
	if len(where) > 0 {
		fmt.Fprintf(out, "  %s\n", strings.Join(where, " · "))
	}
	rows := [][]string{}
	for _, hop := range d.Hops {
		rows = append(rows, []string{cmp.Or(hop.From, "·") + " → " + hop.To, "wait", micros(hop.WaitUS), "work", micros(hop.WorkUS), doubt(hop.Wait)})
	}
	writeTable(out, rows, []bool{false, false, true, false, true, false})
}

// doubt says between what a wait lies.
func doubt(r *api.Range) string {
	if r == nil {
		return ""
	}
	return fmt.Sprintf("(waited %s to %s, clocks differ)", micros(r.LowUS), micros(r.HighUS))
}

// others is how many deliveries are not shown, and their verdicts.
func others(m *api.Message, shown int) (more int, verdicts string) {
	counts := map[string]int{}
	for i := range m.Deliveries[shown:] {
		counts[m.Deliveries[shown+i].Verdict]++
	}
	for _, u := range m.Unlisted {
		counts[u.Verdict] += u.Count
	}
	var said []string
	for verdict, n := range counts {
		more += n
		said = append(said, fmt.Sprintf("%d %s", n, verdict))
	}
	slices.Sort(said)
	return more, strings.Join(said, ", ")
}

// writeTable aligns columns, to the right where asked.
func writeTable(out *strings.Builder, rows [][]string, right []bool) {
	width := make([]int, len(right))
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		line := " "
		for i, cell := range row {
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
			if right[i] {
				line += " " + pad + cell
			} else {
				line += " " + cell + pad
			}
		}
		out.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

func micros(us int64) string { return journey.Human(time.Duration(us) * time.Microsecond) }
