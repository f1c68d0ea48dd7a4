// SPDX-License-Identifier: Apache-2.0

package receive

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/hopstamp/hopstamp/internal/receive/otlp"
	"github.com/hopstamp/hopstamp/internal/span"
)

// job is the memory of one request, used again by the next.
type job struct {
	body    []byte // the request, decompressed, in protobuf
	decoder *otlp.Decoder
	batch   span.Batch
	parts   []otlp.Part
	chunks  [][]byte // one per partition
}

// What a job may hold when it is kept; more is left to the garbage collector.
const (
	keptBytes   = 4 << 20
	keptRecords = 1 << 14
)

func (r *Receiver) newJob() *job {
	return r.jobs.Get().(*job)
}

func (r *Receiver) keep(j *job) {
	if cap(j.body) > keptBytes || cap(j.batch.Records) > keptRecords {
		return // its parts and chunks are not larger
	}
	j.body = j.body[:0]
	r.jobs.Put(j)
}

// take stores the request in the body of the job.
func (r *Receiver) take(ctx context.Context, j *job) (otlp.Report, *refusal) {
	if err := j.decoder.Decode(j.body, &j.batch); err != nil {
		return otlp.Report{}, invalid(err)
	}
	report := j.decoder.Report()
	if report.Spans > 0 {
		now := r.options.Now()
		j.batch.Received = now.UnixNano()
		if err := r.store(ctx, j); err != nil {
			return report, r.refuseStored(err)
		}
		r.failing.Store(false)
		j.decoder.EachService(func(name string, spans int) { r.sources.note(name, spans, now) })
	}
	r.metrics.countTaken(&report, len(j.body))
	return report, nil
}

// store appends one chunk per partition. A request that goes to one partition is
// packed as it came.
func (r *Receiver) store(ctx context.Context, j *job) error {
	if len(j.body) > otlp.MaxPacked {
		return fmt.Errorf("%w: %d bytes are more than %d", ErrTooLarge, len(j.body), otlp.MaxPacked)
	}
	j.decoder.Strip(j.body)
	if len(j.parts) == 1 && j.decoder.Whole() {
		j.chunks[0] = appendChunk(j.chunks[0][:0], &j.batch, j.body)
		return r.log.Append(ctx, 0, j.chunks[0])
	}
	j.decoder.Split(j.body, &j.batch, j.parts)
	errs := make([]error, len(j.parts))
	var appends sync.WaitGroup
	for i := range j.parts {
		part := &j.parts[i]
		if len(part.Batch.Records) == 0 {
			continue
		}
		j.chunks[i] = appendChunk(j.chunks[i][:0], &part.Batch, part.OTLP)
		appends.Go(func() { errs[i] = r.log.Append(ctx, i, j.chunks[i]) })
	}
	appends.Wait()
	return firstError(errs)
}

// appendChunk appends stamps and what is left of the request beside them.
func appendChunk(dst []byte, stamps *span.Batch, stripped []byte) []byte {
	return otlp.AppendPacked(span.AppendStamps(dst, stamps), stripped)
}

// firstError prefers the error that is not only back-pressure: it tells more.
func firstError(errs []error) (first error) {
	for i, err := range errs {
		if err != nil && (first == nil || errors.Is(first, ErrBusy) && !errors.Is(err, ErrBusy)) {
			first = fmt.Errorf("partition %d: %w", i, err)
		}
	}
	return first
}

// refuseStored tells the operator when the log goes away, not each time it is away.
func (r *Receiver) refuseStored(err error) *refusal {
	switch {
	case errors.Is(err, ErrBusy):
		return busy(err.Error())
	case errors.Is(err, ErrTooLarge):
		return tooLargeForLog(err)
	}
	if !r.failing.Swap(true) {
		r.options.Logger.Error("the log cannot store spans; senders are told to repeat them", "error", err)
	}
	return unavailable(err)
}

// rejectedWords is what a partial success says.
func rejectedWords(report *otlp.Report) string {
	return fmt.Sprintf("%d of %d spans were rejected; the first: %s", report.Rejected, report.Rejected+report.Spans, report.First)
}
