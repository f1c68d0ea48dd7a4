// SPDX-License-Identifier: Apache-2.0

package lasting

import (
	"maps"
	"slices"

	dto "github.com/prometheus/client_model/go"
)

// isNative tells a native histogram of integers without classic buckets.
func isNative(h *dto.Histogram) bool {
	return h != nil && h.Schema != nil && len(h.GetBucket()) == 0 && h.SampleCountFloat == nil
}

// sumHistograms adds native histograms, in the coarser resolution of the two.
func sumHistograms(before, now *dto.Histogram) *dto.Histogram {
	schema := min(before.GetSchema(), now.GetSchema())
	positive, negative := buckets{}, buckets{}
	for _, h := range [...]*dto.Histogram{before, now} {
		halvings := h.GetSchema() - schema
		positive.add(h.GetPositiveSpan(), h.GetPositiveDelta(), halvings)
		negative.add(h.GetNegativeSpan(), h.GetNegativeDelta(), halvings)
	}
	total := &dto.Histogram{
		SampleCount:      new(before.GetSampleCount() + now.GetSampleCount()),
		SampleSum:        new(before.GetSampleSum() + now.GetSampleSum()),
		Schema:           new(schema),
		ZeroThreshold:    new(max(before.GetZeroThreshold(), now.GetZeroThreshold())),
		ZeroCount:        new(before.GetZeroCount() + now.GetZeroCount()),
		CreatedTimestamp: before.GetCreatedTimestamp(),
	}
	total.PositiveSpan, total.PositiveDelta = positive.spans()
	total.NegativeSpan, total.NegativeDelta = negative.spans()
	return total
}

// buckets of a native histogram, by their index.
type buckets map[int32]int64

// add those of a histogram whose resolution is halved some times: then two
// neighbours become one, the upper of which has an even index.
func (b buckets) add(spans []*dto.BucketSpan, deltas []int64, halvings int32) {
	index, count := int32(0), int64(0)
	for _, span := range spans {
		index += span.GetOffset()
		for range span.GetLength() {
			if len(deltas) == 0 {
				return
			}
			count, deltas = count+deltas[0], deltas[1:]
			b[(index-1)>>halvings+1] += count
			index++
		}
	}
}

// spans are runs of buckets: how far each begins behind the one before it, and how
// each count differs from the one before.
func (b buckets) spans() (spans []*dto.BucketSpan, deltas []int64) {
	next, last := int32(0), int64(0)
	for _, index := range slices.Sorted(maps.Keys(b)) {
		if len(spans) == 0 || index != next {
			spans = append(spans, &dto.BucketSpan{Offset: new(index - next), Length: new(uint32(0))})
		}
		*spans[len(spans)-1].Length++
		deltas = append(deltas, b[index]-last)
		next, last = index+1, b[index]
	}
	return spans, deltas
}
