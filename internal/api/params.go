// SPDX-License-Identifier: Apache-2.0

package api

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// RangeParams are the span of time that a call asks for. It is exported, as is ClassParams, because the
// OpenAPI document is made from exported fields only.
type RangeParams struct {
	Since string `query:"since" doc:"RFC 3339, or a duration back from now: 15m, 6h, 7d; default 1h" example:"15m"`
	Until string `query:"until" doc:"RFC 3339, or a duration back from now; default now"`
}

// times reads since and until as of now.
func (p *RangeParams) times(now time.Time) (since, until time.Time, err error) {
	if since, err = moment("since", cmp.Or(p.Since, "1h"), now); err != nil {
		return since, until, err
	}
	if until = now; p.Until != "" {
		if until, err = moment("until", p.Until, now); err != nil {
			return since, until, err
		}
	}
	if until.Before(since) {
		return since, until, invalid("until", p.Until, "until is before since")
	}
	return since, until, nil
}

func moment(name, text string, now time.Time) (time.Time, error) {
	if back, err := Duration(text); err == nil {
		return now.Add(-back).Truncate(time.Minute), nil // the ledger counts by minutes: all calls have to mean the same
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return at, invalid(name, text, "give a time like 2026-11-02T03:04:05Z or a duration like 15m, 6h or 7d")
	}
	return at, nil
}

// Duration reads a Go duration or a number of days (7d). It must not be negative.
func Duration(text string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.ParseFloat(days, 64); err == nil && n >= 0 && n < 36500 {
			return time.Duration(n * float64(24*time.Hour)), nil
		}
	}
	d, err := time.ParseDuration(text)
	if err == nil && d < 0 {
		return 0, fmt.Errorf("%q is negative", text)
	}
	return d, err
}

// ClassParams filter by the bounded dimensions. Each may be repeated or hold a list.
type ClassParams struct {
	Path        []string `query:"path,explode" doc:"Only these paths; may be repeated or comma separated, as may all below"`
	Tenant      []string `query:"tenant,explode"`
	Channel     []string `query:"channel,explode"`
	Destination []string `query:"destination,explode"`
	Provider    []string `query:"provider,explode"`
	Region      []string `query:"region,explode"`
	Device      []string `query:"device,explode"`
	Verdict     []string `query:"verdict,explode" doc:"pending, stuck, processed, sent, delivered, received, rendered, opened, failed, dead_lettered, expired, lost, suppressed, unverifiable"`
	Reason      []string `query:"reason,explode" doc:"Such as StuckAtPublish or RejectedByDestination"`
	Hop         []string `query:"hop,explode" doc:"from-to, such as published-consumed"`
	Timeliness  []string `query:"timeliness,explode" doc:"in_time, late, or none for what is not good"`
}

// each calls visit with every filter that was given, as a set of allowed values.
func (p *ClassParams) each(visit func(name string, allowed map[string]bool)) {
	for _, f := range []struct {
		name   string
		values []string
	}{
		{"path", p.Path}, {"tenant", p.Tenant}, {"channel", p.Channel}, {"destination", p.Destination}, {"provider", p.Provider},
		{"region", p.Region}, {"device", p.Device}, {"verdict", p.Verdict}, {"reason", p.Reason}, {"hop", p.Hop}, {"timeliness", p.Timeliness},
	} {
		if allowed := set(f.values); len(allowed) > 0 {
			visit(f.name, allowed)
		}
	}
}

// set splits lists; "none" stands for the empty value.
func set(values []string) map[string]bool {
	allowed := map[string]bool{}
	for _, value := range values {
		for _, one := range strings.Split(value, ",") {
			if one == "none" {
				one = ""
			}
			allowed[one] = true
		}
	}
	return allowed
}

// invalid is a 422 that says where and what.
func invalid(name, value, message string) error {
	return huma.Error422UnprocessableEntity(message, &huma.ErrorDetail{Location: "query." + name, Message: message, Value: value})
}
