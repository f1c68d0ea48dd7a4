// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/hopstamp/hopstamp/internal/api"
	"github.com/hopstamp/hopstamp/internal/count"
	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/query"
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track"
	"github.com/hopstamp/hopstamp/internal/wal"
)

// reader answers the HTTP interface from the fold and the store.
type reader struct{ app *App }

// Message looks among the journeys under way first. One that was let go of has a
// row, the row has the log positions of its spans, and folding those few messages
// again gives the whole journey: nothing else has to be kept for it.
func (r reader) Message(ctx context.Context, id string) (journey.View, bool, error) {
	for _, f := range r.app.folds {
		if view, ok := f.view(id); ok {
			return view, true, r.asStored(ctx, &view)
		}
	}
	rows, err := r.app.search.Find(ctx, id)
	if err != nil || len(rows) == 0 {
		return journey.View{}, false, err
	}
	newest := slices.MaxFunc(rows, func(x, y journey.Delivery) int { return int(min(1, max(-1, x.Started-y.Started))) })
	rows = slices.DeleteFunc(rows, func(d journey.Delivery) bool { return d.Key != newest.Key || d.Trace != newest.Trace })
	view, err := r.app.folds[0].again(ctx, rows)
	return view, true, err
}

// asStored adds to a journey that is held for corrections what only its rows say.
func (r reader) asStored(ctx context.Context, view *journey.View) error {
	if !slices.ContainsFunc(view.Deliveries, func(d journey.Delivery) bool { return d.Stored }) {
		return nil
	}
	rows, err := r.app.search.Find(ctx, view.Key)
	for i := range view.Deliveries {
		d := &view.Deliveries[i]
		if at := slices.IndexFunc(rows, func(row journey.Delivery) bool { return row.ID == d.ID }); d.Stored && at >= 0 {
			d.Kept = rows[at].Kept
		}
	}
	return err
}

func (r reader) Deliveries(ctx context.Context, f query.Filter, after query.Cursor, limit int) ([]journey.Delivery, query.Cursor, error) {
	return r.app.search.Deliveries(ctx, f, after, limit)
}

func (r reader) Ledger(q count.Question) (sums []count.Sum, all int64, at journey.Position) {
	for _, f := range r.app.folds {
		f.mu.Lock()
		more, counted := f.ledger.Sum(q)
		at += f.position
		f.mu.Unlock()
		sums, all = append(sums, more...), all+counted
	}
	return count.AddUp(sums), all, at
}

func (r reader) Pulse() api.Pulse { return r.app.folds.pulse() }

// pulse adds up those of the partitions; the time is that of the furthest, the lag
// that of the last.
func (all folds) pulse() (sum api.Pulse) {
	for _, f := range all {
		p := f.pulse.Load()
		if at := time.Unix(0, p.logTime).UTC(); at.After(sum.Time) {
			sum.Time = at
		}
		sum.Position += uint64(p.position)
		sum.Deliveries += p.deliveries
		sum.InFlight += p.inFlight
		sum.Stuck += p.stuck
		sum.LagUS = max(sum.LagUS, p.lag.Microseconds())
	}
	return sum
}

func (r reader) Status() api.Status {
	a := r.app
	s := api.Status{
		Version: a.options.Version, Started: a.started.UTC(), DataDir: a.data, OTLPGRPC: a.receiver.GRPCAddr(), OTLPHTTP: a.receiver.HTTPAddr(),
		Demo: a.options.Demo, Sources: []api.Source{}, Log: a.folds.logState(),
	}
	if at := a.folds.pulse().Time; at.Unix() > 0 {
		s.LogTime = &at
	}
	for _, source := range a.receiver.Sources() {
		s.Sources = append(s.Sources, api.Source{Service: source.Service, LastSeen: source.Last.UTC(), Spans: source.Spans})
	}
	return s
}

// logState adds up those of the partitions that answer.
func (all folds) logState() (sum api.LogStatus) {
	for _, f := range all {
		if state, err := f.log.State(f.partition); err == nil {
			sum.First += uint64(state.First)
			sum.Last += uint64(state.Last)
			sum.Bytes += state.Bytes
			sum.Missing += state.Missing
		}
	}
	return sum
}

// view is a journey that the tracker holds.
func (f *fold) view(id string) (journey.View, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.tracker.View(id)
}

// again folds the log messages that carried the spans of some rows, of one
// message, in a tracker of its own.
func (f *fold) again(ctx context.Context, rows []journey.Delivery) (journey.View, error) {
	f.mu.Lock()
	options, err := trackOptions(f.config)
	f.mu.Unlock()
	if err != nil {
		return journey.View{}, err
	}
	options.KeepAll = true
	tracker := track.New(options)
	wanted, positions := evidence(rows)
	complete := true
	for _, position := range positions {
		switch err := f.stepAgain(ctx, tracker, position, wanted); {
		case errors.Is(err, wal.ErrNotFound):
			complete = false
		case err != nil:
			return journey.View{}, fmt.Errorf("read log message %d: %w", position, err)
		}
	}
	tracker.Tick(0, max(f.pulse.Load().logTime, rows[0].Updated))
	trace := rows[0].Trace
	view, ok := tracker.View(hex.EncodeToString(trace[:]))
	if !ok || !complete {
		return f.rowsOnly(rows), nil
	}
	settledAs(&view, rows)
	return view, nil
}

// evidence is where the spans of some rows are.
func evidence(rows []journey.Delivery) (traces map[span.TraceID]bool, positions []journey.Position) {
	traces = map[span.TraceID]bool{}
	for i := range rows {
		traces[rows[i].Trace] = true
		for _, other := range rows[i].OtherTraces {
			traces[other] = true
		}
		positions = append(positions, rows[i].Positions...)
	}
	slices.Sort(positions)
	return traces, slices.Compact(positions)
}

func (f *fold) stepAgain(ctx context.Context, tracker *track.Tracker, at journey.Position, wanted map[span.TraceID]bool) error {
	m, err := f.log.Read(ctx, at.Partition(), wal.Position(at.Number()))
	if err != nil {
		return err
	}
	return span.ReadStamps(m.Data, nil, func(b *span.Batch) error {
		b.Records = slices.DeleteFunc(b.Records, func(r span.Record) bool { return !wanted[r.Trace] })
		if len(b.Records) > 0 {
			tracker.Step(at, b)
		}
		return nil
	})
}

// rowsOnly is what is left of a journey whose spans are no longer in the log.
func (f *fold) rowsOnly(rows []journey.Delivery) journey.View {
	first := &rows[0]
	v := journey.View{Key: first.Key, MessageID: first.MessageID, Conversation: first.Conversation, Path: first.Path,
		Started: first.Started, Now: f.pulse.Load().logTime, Traces: append([]span.TraceID{first.Trace}, first.OtherTraces...), Deliveries: rows}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, path := range f.tracker.Paths() {
		if path.Name == first.Path {
			v.Until, v.Deadline, v.GiveUp = path.Until, path.Deadline, path.GiveUp
		}
	}
	return v
}
