// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/hopstamp/hopstamp/internal/count"
	"github.com/hopstamp/hopstamp/internal/query"
	"github.com/hopstamp/hopstamp/internal/span"
)

type deliveriesInput struct {
	RangeParams
	ClassParams
	ID         string `query:"q" doc:"Any id, exact: message key, message id, conversation id, trace id or delivery id"`
	SlowerThan string `query:"slower_than" doc:"Latency, or what has passed of it; such as 2s" example:"2s"`
	Limit      int    `query:"limit" minimum:"1" maximum:"1000" default:"50"`
	Cursor     string `query:"cursor" doc:"next of the page before"`
}

func (h handlers) deliveries(ctx context.Context, in *deliveriesInput) (*body[list[Delivery]], error) {
	filter, err := in.filter(time.Now())
	if err != nil {
		return nil, err
	}
	after, err := query.ParseCursor(in.Cursor)
	if err != nil {
		return nil, invalid("cursor", in.Cursor, err.Error())
	}
	rows, next, err := h.backend.Deliveries(ctx, filter, after, in.Limit)
	if err != nil {
		return nil, huma.Error500InternalServerError("the deliveries could not be read", err)
	}
	out := list[Delivery]{Items: make([]Delivery, 0, len(rows)), Next: next.String()}
	for i := range rows {
		out.Items = append(out.Items, wireDelivery(&rows[i], false))
	}
	h.backend.Shapes(func(s *count.Shapes) {
		for i := range rows {
			out.Items[i].Missing = missing(s, &rows[i])
		}
	})
	return &body[list[Delivery]]{out}, nil
}

func (in *deliveriesInput) filter(now time.Time) (query.Filter, error) {
	since, until, err := in.times(now)
	if err != nil {
		return query.Filter{}, err
	}
	f := query.Filter{ID: in.ID, Since: since.UnixNano(), Until: until.UnixNano()}
	if in.Until == "" {
		f.Until = 0 // the newest, also of senders whose clock is ahead
	}
	if in.SlowerThan != "" {
		if f.SlowerThan, err = Duration(in.SlowerThan); err != nil {
			return f, invalid("slower_than", in.SlowerThan, "give a duration like 500ms or 2s")
		}
	}
	in.each(func(name string, allowed map[string]bool) {
		values := slices.Sorted(maps.Keys(allowed))
		switch name {
		case "path":
			f.Path = values
		case "verdict":
			f.Verdict = values
		case "reason":
			f.Reason = values
		case "hop":
			f.Hop = values
		case "timeliness":
			f.Timeliness = values
		default:
			f.Dims[slices.Index(span.DimNames[:], name)] = values
		}
	})
	return f, nil
}
