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

// job is the memory in which one request becomes chunks. It is used again by the next
// as soon as they are there, so that few are needed and they stay close to the processor.
type job struct {
	body    []byte // the request, decompressed, in protobuf
	decoder *otlp.Decoder
	batch   span.Batch
	parts   []otlp.Part
}

// parcel is what of a request waits for the log.
type parcel struct {
	chunks   [][]byte // one per partition; what is empty is not stored
	services []sender
	names    []byte // of the services
	bytes    int    // of the request
}

// sender is a service that a request has spans of.
type sender struct{ nameEnd, spans int }

// What is kept to be used again may hold so much; more is left to the garbage collector.
const (
	keptBytes   = 4 << 20
	keptRecords = 1 << 14
)

func (r *Receiver) newJob() *job { return r.jobs.Get().(*job) }

func (r *Receiver) keepJob(j *job) {
	if cap(j.body) > keptBytes || cap(j.batch.Records) > keptRecords {
		return // its parts are not larger
	}
	j.body = j.body[:0]
	r.jobs.Put(j)
}

func (r *Receiver) newParcel() *parcel { return r.parcels.Get().(*parcel) }

func (r *Receiver) keepParcel(p *parcel) {
	for i := range p.chunks {
		if cap(p.chunks[i]) > keptBytes {
			return
		}
		p.chunks[i] = p.chunks[i][:0]
	}
	p.services, p.names = p.services[:0], p.names[:0]
	r.parcels.Put(p)
}

// pack makes chunks of the request in the body of the job.
func (r *Receiver) pack(j *job, p *parcel) (otlp.Report, *refusal) {
	if err := j.decoder.DecodeAndStrip(j.body, &j.batch); err != nil {
		return otlp.Report{}, invalid(err)
	}
	p.bytes = len(j.body)
	report := j.decoder.Report()
	if report.Spans == 0 {
		return report, nil
	}
	if len(j.body) > otlp.MaxPacked {
		return report, r.refuseStored(fmt.Errorf("%w: a request of %d bytes, at most %d", ErrTooLarge, len(j.body), otlp.MaxPacked))
	}
	j.batch.Received = r.options.Now().UnixNano()
	j.decoder.EachService(func(name string, spans int) {
		p.names = append(p.names, name...)
		p.services = append(p.services, sender{len(p.names), spans})
	})
	if len(j.parts) == 1 && j.decoder.Whole() {
		stamps := span.AppendStamps(p.chunks[0], &j.batch)
		j.decoder.StripTexts()
		p.chunks[0] = otlp.AppendPacked(stamps, j.body)
		return report, nil
	}
	j.decoder.Split(j.body, &j.batch, j.parts)
	for i := range j.parts {
		if part := &j.parts[i]; len(part.Batch.Records) > 0 {
			p.chunks[i] = otlp.AppendPacked(span.AppendStamps(p.chunks[i], &part.Batch), part.OTLP)
		}
	}
	return report, nil
}

// deliver stores a parcel. What is reported then is counted.
func (r *Receiver) deliver(ctx context.Context, p *parcel, report *otlp.Report) *refusal {
	if report.Spans > 0 {
		if err := r.store(ctx, p.chunks); err != nil {
			return r.refuseStored(err)
		}
		r.failing.Store(false)
		now, from := r.options.Now(), 0
		for _, s := range p.services {
			r.sources.note(p.names[from:s.nameEnd], s.spans, now)
			from = s.nameEnd
		}
	}
	r.metrics.countTaken(report, p.bytes)
	return nil
}

// store appends the chunks, all at a time.
func (r *Receiver) store(ctx context.Context, chunks [][]byte) error {
	if len(chunks) == 1 {
		return r.log.Append(ctx, 0, chunks[0])
	}
	errs := make([]error, len(chunks))
	var appends sync.WaitGroup
	for i, chunk := range chunks {
		if len(chunk) > 0 {
			appends.Go(func() { errs[i] = r.log.Append(ctx, i, chunk) })
		}
	}
	appends.Wait()
	return firstError(errs)
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
