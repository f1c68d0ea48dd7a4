// SPDX-License-Identifier: Apache-2.0

package forward

import (
	"context"
	"errors"
	"time"
)

// next waits for what to try, and gives it with its data. While the backend takes
// things, those go first that were set aside and are due. After a refusal the next
// of the queue does: what becomes of it tells whose fault the refusal was.
func (f *Forwarder) next(ctx context.Context) (*request, []byte, error) {
	for {
		if err := f.rest(ctx); err != nil {
			return nil, nil, err
		}
		first := f.aside.first()
		if first == nil || f.pace.tries > 0 || f.until(first) > 0 {
			item, err := f.fresh(ctx, first)
			if err == nil {
				return newRequest(item), item.Data, nil
			}
			if !errors.Is(err, ErrNone) {
				return nil, nil, err
			}
		}
		data, err := f.again(ctx, first)
		if !errors.Is(err, ErrNone) {
			return first, data, err
		}
	}
}

// rest leaves the backend alone for as long as it must be.
func (f *Forwarder) rest(ctx context.Context) error {
	if pause := f.resume.Sub(f.options.clock()); pause > 0 {
		return f.options.wait(ctx, pause)
	}
	return ctx.Err()
}

// fresh takes the next item of the queue. It gives ErrNone when first, the first
// of those that were set aside, is due before there is one.
func (f *Forwarder) fresh(ctx context.Context, first *request) (Item, error) {
	if first == nil {
		return f.queue.Next(ctx, nil)
	}
	if f.aside.size() >= f.options.most {
		if err := f.options.wait(ctx, max(0, f.until(first))); err != nil {
			return Item{}, err
		}
		return Item{}, ErrNone
	}
	item, err := f.queue.Next(ctx, f.passed)
	if !errors.Is(err, ErrNone) || f.until(first) <= 0 {
		return item, err
	}
	return f.queue.Next(ctx, f.options.after(f.until(first)))
}

// again takes what was set aside. With ErrNone the queue dropped it, and counted
// that.
func (f *Forwarder) again(ctx context.Context, r *request) (data []byte, err error) {
	err = f.insist(ctx, func(ctx context.Context) (err error) {
		data, err = r.item.Again(ctx)
		return err
	})
	if errors.Is(err, ErrNone) {
		f.aside.remove(r)
	}
	return data, err
}

// until is how long it is to the time at which a request is due.
func (f *Forwarder) until(r *request) time.Duration { return r.due.Sub(f.options.clock()) }

// insist does what the queue should do until it does. Its only errors are ErrNone
// and that of ctx.
func (f *Forwarder) insist(ctx context.Context, do func(context.Context) error) error {
	for tries := newRetry(f.options); ; {
		err := do(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil || errors.Is(err, ErrNone) {
			return err
		}
		pause := tries.space(answer{})
		if tries.loud() {
			f.logger.Warn("queue does not answer and is asked again", "error", err, "pause", pause, "tries", tries.tries)
		}
		if err := f.options.wait(ctx, pause); err != nil {
			return err
		}
	}
}
