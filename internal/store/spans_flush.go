// SPDX-License-Identifier: Apache-2.0

package store

import (
	"errors"
	"fmt"
	"slices"

	"github.com/hopstamp/hopstamp/internal/crashpoint"

	"github.com/hopstamp/hopstamp/internal/journey"
)

// spanPageBytes is larger than a page of verdicts: spans compress by what they have in common.
const spanPageBytes = 4 * pageBytes

// flush makes a part of the tail, up to and with the position that was folded last.
func (s *Spans) flush() error {
	path, err := s.write(s.tail, s.mark+1, s.at, footer{LogTime: s.logTime, Memory: s.memory})
	if err != nil {
		return err
	}
	part, err := openPart(path, spanParts, s.opts.Partition)
	if err != nil {
		s.broken = fmt.Errorf("read back kept spans, restart to recover: %w", err)
		return s.broken
	}
	s.mu.Lock()
	s.parts = append(slices.Clip(s.parts), part)
	s.mark = s.at
	s.tail, s.memory = make([]KeptSpan, 0, len(s.tail)), 0 // the next is about as long
	s.stats.Flushes++
	s.mu.Unlock()
	// The flush stands without the housekeeping: what fails is left to a later one.
	if err := errors.Join(s.merge(), s.retire()); err != nil {
		s.opts.Log.Warn("tidy kept spans", "error", err)
	}
	return nil
}

// write makes a part of spans and publishes it.
func (s *Spans) write(spans []KeptSpan, from, to journey.Position, about footer) (path string, err error) {
	path = partPath(&Options{Dir: s.opts.Dir, Partition: s.opts.Partition}, spanParts, from, to, about.LogTime)
	err = s.writeSpans(path, spans, distinctPlaces(spans), about)
	if err == nil {
		crashpoint.At("spans.written")
		err = publish(path)
	}
	if err != nil {
		return "", errors.Join(err, removeAll([]string{path}, tempSuffix))
	}
	return path, nil
}

// merge joins the small parts before the newest one when they are final, as the
// verdicts' are; one group a flush, which is no larger than a tail.
func (s *Spans) merge() error {
	most := s.opts.MaxTailBytes
	group := finalGroup(s.listed(), s.opts.MergeEvery, joined{most, most, func(part *Part) int64 { return part.footer.Memory }})
	if len(group) < 2 {
		return nil
	}
	var spans []KeptSpan
	about := footer{LogTime: group[len(group)-1].footer.LogTime, Merged: true}
	for _, part := range group {
		rows, err := readAll[spanRow](part.path)
		if err != nil {
			return s.setAside(part, err)
		}
		read, err := keptSpans(rows)
		if err != nil {
			return s.setAside(part, err)
		}
		spans = append(spans, read...)
		about.Memory += part.footer.Memory
	}
	path, err := s.write(spans, group[0].from, group[len(group)-1].to, about)
	if err != nil {
		return fmt.Errorf("merge %d parts: %w", len(group), err)
	}
	merged, err := openPart(path, spanParts, s.opts.Partition)
	if err != nil {
		return fmt.Errorf("read back merged part: %w", err)
	}
	s.mu.Lock()
	s.parts = slices.DeleteFunc(slices.Clone(s.parts), func(part *Part) bool { return slices.Contains(group, part) })
	at, _ := slices.BinarySearchFunc(s.parts, merged, byRange)
	s.parts = slices.Insert(s.parts, at, merged)
	s.stats.Merges++
	gone := retired(group)
	s.mu.Unlock()
	return removeParts(gone)
}

// retire removes the oldest parts beyond what is kept. The newest stays, because it
// holds the mark.
func (s *Spans) retire() error {
	s.mu.Lock()
	bytes := int64(0)
	for _, part := range s.parts {
		bytes += part.size
	}
	drop := 0
	for drop < len(s.parts)-1 {
		part := s.parts[drop]
		if s.logTime-part.footer.LogTime <= int64(s.opts.MaxAge) && bytes <= s.opts.MaxBytes {
			break
		}
		bytes -= part.size
		drop++
	}
	gone := retired(s.parts[:drop])
	s.parts = s.parts[drop:]
	s.stats.Retired += drop
	s.mu.Unlock()
	return removeParts(gone)
}

// listed are the parts now. A list that was handed out never changes.
func (s *Spans) listed() []*Part {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.parts
}

// setAside takes a part that cannot be read out of the way, see [Parts.SetAside].
func (s *Spans) setAside(part *Part, why error) error {
	if ofSystem(why) {
		return why
	}
	s.mu.Lock()
	done := part.retired || part.damaged
	part.damaged = true
	if !done {
		s.parts = slices.DeleteFunc(slices.Clone(s.parts), func(other *Part) bool { return other == part })
		s.stats.Damaged++
	}
	s.mu.Unlock()
	if done {
		return nil
	}
	return moveAside(part, why, s.opts.Log)
}
