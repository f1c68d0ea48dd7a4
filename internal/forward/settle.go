// SPDX-License-Identifier: Apache-2.0

package forward

import (
	"context"
	"errors"
)

// forward tries a request once, and takes it out of the queue or sets it aside.
// Its only error is that of ctx.
func (f *Forwarder) forward(ctx context.Context, r *request, data []byte) error {
	if err := f.pack(data); err != nil {
		return err
	}
	a := f.post(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if a.verdict == again {
		f.setAside(r, data, a)
		return nil
	}
	f.aside.remove(r)
	f.settle(r, data, a)
	if err := f.insist(ctx, r.item.Done); err != nil {
		return err
	}
	if a.verdict == refused {
		return nil // which is no sign that it takes anything
	}
	return f.blame(ctx)
}

// setAside gives a request back that was refused. The next of the queue is tried
// at once, as the request may be what is wrong; after two refusals in a row
// everything waits.
func (f *Forwarder) setAside(r *request, data []byte, a answer) {
	now := f.options.clock()
	f.metrics.retries.WithLabelValues(a.reason).Inc()
	if r.tries == 0 {
		r.began, r.spans, r.traces = now, countSpans(data), tracesOf(data)
		f.aside.add(r)
	}
	r.tries++
	r.last, r.doubted = a, true
	pause := f.pace.space(a)
	r.due = now.Add(max(pause, r.pause))
	f.resume = now.Add(a.pause())
	if f.pace.tries > 1 {
		f.resume = now.Add(pause)
	}
	if f.pace.loud() && (f.pace.tries > 1 || !r.suspect()) {
		f.logger.Warn("backend does not take a request now, it is tried again", "reason", a.reason, "answer", a.words,
			"pause", pause, "refused", f.pace.tries)
	}
	r.item.Release()
}

// settle counts a request that will not be sent again.
func (f *Forwarder) settle(r *request, data []byte, a answer) {
	spans := countSpans(data)
	f.metrics.requests.WithLabelValues(a.verdict.String()).Inc()
	if a.verdict == refused {
		f.metrics.rejected.WithLabelValues(a.reason).Add(float64(spans))
		f.logger.Error("backend refused spans for good, they are dropped",
			"spans", spans, "traces", tracesOf(data), "reason", a.reason, "answer", a.words)
		return
	}
	lost := min(a.rejected, spans)
	f.metrics.sent.Add(float64(spans - lost))
	if lost > 0 {
		f.metrics.rejected.WithLabelValues("partial_success").Add(float64(lost))
	}
	if lost > 0 || a.words != "" {
		f.logger.Warn("backend took a request in part", "spans", spans, "traces", tracesOf(data), "rejected", lost, "answer", a.words)
	}
	if r.toBlame() {
		f.logger.Info("backend took a request that it had refused", "traces", r.traces, "tries", r.tries, "after", f.options.clock().Sub(r.began))
	}
}

// blame is called when the backend took something: it works, so it is the fault of
// those that it refuses in the meantime.
func (f *Forwarder) blame(ctx context.Context) error {
	now := f.options.clock()
	if f.pace.tries > 1 {
		f.logger.Info("forwarding goes on", "refused", f.pace.tries, "after", now.Sub(f.pace.began))
	}
	if f.pace.tries > 0 {
		f.pace = newRetry(f.options)
	}
	for _, r := range f.aside.judge() {
		r.offend(now, f.options.GiveUp)
		if limit := f.options.GiveUp; limit > 0 && r.waited >= limit {
			if err := f.giveUp(ctx, r); err != nil {
				return err
			}
			continue
		}
		if r.offences%sayEvery == offencesToBlame {
			f.logger.Warn("backend refuses a request while it takes others, it is set aside and tried again",
				"spans", r.spans, "traces", r.traces, "tries", r.tries, "reason", r.last.reason, "answer", r.last.words, "pause", r.pause)
		}
	}
	return nil
}

// giveUp drops a request, unless the queue did.
func (f *Forwarder) giveUp(ctx context.Context, r *request) error {
	if _, err := f.again(ctx, r); err != nil {
		if errors.Is(err, ErrNone) {
			return nil
		}
		return err
	}
	f.aside.remove(r)
	f.metrics.requests.WithLabelValues("given_up").Inc()
	f.metrics.givenUp.WithLabelValues(r.last.reason).Add(float64(r.spans))
	f.logger.Error("backend refused a request for too long while it took others, it is dropped", "spans", r.spans, "traces", r.traces,
		"tries", r.tries, "after", f.options.clock().Sub(r.began), "reason", r.last.reason, "answer", r.last.words)
	return f.insist(ctx, r.item.Done)
}
