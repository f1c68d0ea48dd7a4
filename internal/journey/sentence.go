// SPDX-License-Identifier: Apache-2.0

package journey

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/hopstamp/hopstamp/internal/span"
)

// Sentence says what happened to a message, from facts, for someone who was just
// woken up: what became of it, how long that took or how long it waits, where, and why.
func (v *View) Sentence() string {
	switch len(v.Deliveries) {
	case 0:
		return "Nothing is known of its deliveries yet."
	case 1:
		return v.one(&v.Deliveries[0])
	}
	return v.many()
}

func (v *View) one(d *Delivery) string {
	whom := ""
	if d.Recipient != "" {
		whom = " for " + d.Recipient
	}
	switch {
	case d.Verdict.Good():
		return v.reached(d, whom)
	case d.Verdict.OnTheWay():
		return v.waits(d, whom)
	case d.Verdict == Lost:
		return fmt.Sprintf("Lost%s: %s and was given up after %s.", whom, notPast(d.Hop), Human(v.GiveUp))
	}
	if d.Verdict == Unverifiable {
		return fmt.Sprintf("Unverifiable%s: %s as far as was seen, but %s.", whom, notPast(d.Hop), v.doubt(d))
	}
	return v.ended(d, whom)
}

// doubt says why what is missing may be missing from what we see only.
func (v *View) doubt(d *Delivery) string {
	switch d.Reason {
	case UpstreamSampled:
		return "its traces were sampled before they came here, so the rest may have been left out"
	case BatchUnclear:
		if d.Hop.From < span.Published {
			return "a send beside it may have been of it or of another, and nothing tells which"
		}
		return "it was sent in a batch, and nothing tells which of its messages were taken"
	case LinksDropped:
		if d.Hop.From < span.Published {
			return "a send to its destination lost links to the messages that it covers, so it may have been one of them"
		}
		return "a consumer of its destination lost links to the messages that it took, so it may have been one of them"
	}
	for _, c := range v.Clocks {
		if c.Suspect {
			return "the clock of " + c.Host + " is wrong, so its times say nothing"
		}
	}
	return "its times come from a wrong clock and say nothing"
}

func (v *View) reached(d *Delivery, whom string) string {
	said := fmt.Sprintf("%s%s %s after it was %s", capital(d.Verdict.String()), whom, Human(d.Latency()), v.beginning(d))
	if d.Latency() <= 0 {
		said = fmt.Sprintf("%s%s by its clocks no later than it was %s (they may differ)", capital(d.Verdict.String()), whom, v.beginning(d))
	}
	if d.Timeliness == Late {
		said += fmt.Sprintf(", late (deadline %s)", Human(v.Deadline))
	} else {
		said += fmt.Sprintf(", in time (deadline %s)", Human(v.Deadline))
	}
	if d.Retries > 0 {
		said += ", after " + plural(d.Retries, "retry", "retries")
	}
	return said + slowest(d) + "."
}

// slowest names the hop that took most, when it took a good part of the whole.
func slowest(d *Delivery) string {
	worst := d.Slowest()
	for _, hop := range d.Hops {
		spent := hop.Wait + hop.Own
		if hop.HopID != worst || hop.From == span.None || 4*spent < d.Latency() || d.Latency() == 0 {
			continue
		}
		share := 100 * float64(spent) / float64(d.Latency())
		what := "work"
		if 2*hop.Wait >= spent {
			what = "waiting"
		}
		return fmt.Sprintf("; %.0f %% of that was %s between %s and %s", min(share, 100), what, hop.From, hop.To)
	}
	return ""
}

func (v *View) waits(d *Delivery, whom string) string {
	age := time.Duration(max(0, v.Now-d.Started))
	if d.Reason == Throttled {
		return fmt.Sprintf("On the way%s for %s: waits between %s; the deadline of %s has passed, but senders were told to come back later, so the rest may wait there.",
			whom, Human(age), between(d.Hop), Human(v.Deadline))
	}
	if d.Verdict == Pending {
		return fmt.Sprintf("On the way%s for %s: waits between %s; the deadline is %s.", whom, Human(age), between(d.Hop), Human(v.Deadline))
	}
	return fmt.Sprintf("Stuck%s for %s: %s (deadline %s, given up after %s).", whom, Human(age), notPast(d.Hop), Human(v.Deadline), Human(v.GiveUp))
}

func (v *View) ended(d *Delivery, whom string) string {
	said := capital(strings.ReplaceAll(d.Verdict.String(), "_", " ")) + whom
	if why := v.why(d); why != "" {
		said += ": " + why
	}
	if d.Retries > 0 {
		said += " after " + plural(d.Retries, "retry", "retries")
	}
	return said + "."
}

// why puts the reason in words, with the last error that the journey shows.
func (v *View) why(d *Delivery) string {
	words := map[Reason]string{
		TransportFailed: "the connection failed", DestinationTimedOut: "it timed out", ValidationFailed: "the content was refused as invalid",
		AuthenticationFailed: "the credentials were refused", RateLimited: "it was rate limited", RejectedByDestination: "it was rejected",
		InternalError: "an internal error", WasExpired: "it came too late to be useful", WasSuppressed: "on purpose",
	}[d.Reason]
	for i := len(v.Stamps) - 1; i >= 0; i-- {
		s := &v.Stamps[i]
		detail := strings.TrimSuffix(strings.TrimSuffix(s.Detail, d.Verdict.String()), ", ") // the verdict was said already
		if !s.Error || detail == "" || s.Stage != d.Hop.To {
			continue
		}
		where := s.Service + " reported "
		if s.Stage == span.Invoked {
			where = s.Destination + " answered "
		}
		return strings.TrimPrefix(words+", ", ", ") + where + detail
	}
	return words
}

func (v *View) many() string {
	counts, total := map[string]int{}, 0
	var order []string
	add := func(u *Unlisted) {
		what := u.what()
		if counts[what] == 0 {
			order = append(order, what)
		}
		counts[what] += u.Count
		total += u.Count
	}
	for i := range v.Deliveries {
		d := &v.Deliveries[i]
		add(&Unlisted{d.Verdict, d.Reason, d.Timeliness, d.Hop, 1})
	}
	for i := range v.Unlisted {
		add(&v.Unlisted[i])
	}
	for i, what := range order {
		order[i] = strconv.Itoa(counts[what]) + " " + what
	}
	return fmt.Sprintf("%d deliveries: %s%s.", total, strings.Join(order, ", "), v.longest())
}

// what says how they ended.
func (u *Unlisted) what() string {
	verdict := strings.ReplaceAll(u.Verdict.String(), "_", " ")
	switch {
	case u.Timeliness == Late:
		return verdict + " late"
	case u.Timeliness == InTime:
		return verdict + " in time"
	case u.Verdict.OnTheWay() || u.Verdict == Lost:
		return verdict + " between " + between(u.Hop)
	}
	return verdict + " (" + u.Reason.String() + ")"
}

// longest names the good delivery that took most time, of those listed, and where it went.
func (v *View) longest() string {
	var worst *Delivery
	for i := range v.Deliveries {
		if d := &v.Deliveries[i]; d.Latency() > 0 && (worst == nil || d.Latency() > worst.Latency()) {
			worst = d
		}
	}
	if worst == nil {
		return ""
	}
	whom := "the slowest"
	if worst.Recipient != "" {
		whom += ", " + worst.Recipient + ","
	}
	return fmt.Sprintf("; %s took %s%s", whom, Human(worst.Latency()), slowest(worst))
}

// beginning is the stage that the message began with. The stamp that comes first by
// its clock need not be the one that began it.
func (v *View) beginning(d *Delivery) string {
	if len(d.Hops) > 0 && d.Hops[0].From == span.None && d.Hops[0].To != span.None {
		return d.Hops[0].To.String()
	}
	for i := range v.Stamps {
		if s := &v.Stamps[i]; s.Stage != span.None {
			return s.Stage.String()
		}
	}
	return "accepted"
}

func between(hop HopID) string { return hop.From.String() + " and " + hop.To.String() }

func notPast(hop HopID) string {
	return fmt.Sprintf("it was %s and never %s", hop.From, hop.To)
}

func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// Human writes a duration with at most three digits that matter: "184 ms", "2.1 s", "4 min 5 s".
func Human(d time.Duration) string {
	number := func(value float64, unit string) string {
		if value >= 10 {
			return fmt.Sprintf("%.0f %s", value, unit)
		}
		return strings.TrimSuffix(fmt.Sprintf("%.1f", value), ".0") + " " + unit
	}
	switch {
	case d < time.Millisecond:
		return number(float64(d)/1e3, "µs")
	case d < time.Second:
		return number(float64(d)/1e6, "ms")
	case d < time.Minute:
		return number(d.Seconds(), "s")
	case d < time.Hour:
		return parts(int(d.Minutes()), "min", int(d.Seconds())%60, "s")
	}
	return parts(int(d.Hours()), "h", int(d.Minutes())%60, "min")
}

func parts(large int, unit string, small int, smallUnit string) string {
	if small == 0 {
		return fmt.Sprintf("%d %s", large, unit)
	}
	return fmt.Sprintf("%d %s %d %s", large, unit, small, smallUnit)
}
