// SPDX-License-Identifier: Apache-2.0

package store

import "strings"

// symbols is a column of texts of which there are few: each row has the place of its
// text. The first text is the empty one.
type symbols struct {
	at     []uint32 // of each row
	texts  []string
	known  map[string]uint32
	recent [recentTexts]recentText
}

// recentTexts is how many texts are told without a look into the table.
const recentTexts = 64

type recentText struct {
	text string
	at   uint32
}

func (s *symbols) reset() {
	clear(s.texts)
	clear(s.known)
	*s = symbols{at: s.at[:0], texts: append(s.texts[:0], ""), known: s.known}
}

// add gives the next row its text, in valid UTF-8.
func (s *symbols) add(text string) {
	length := len(text)
	if length == 0 {
		s.at = append(s.at, 0)
		return
	}
	recent := &s.recent[(uint(length)+uint(text[length-1])*5+uint(text[length/2])*11)%recentTexts]
	if recent.text != text {
		at := s.place(text)
		*recent = recentText{s.texts[at], at}
	}
	s.at = append(s.at, recent.at)
}

func (s *symbols) place(text string) uint32 {
	at, known := s.known[text]
	if known {
		return at
	}
	if valid := validText(text); valid != text {
		return s.place(valid)
	}
	if s.known == nil {
		s.known = map[string]uint32{}
	}
	at, text = uint32(len(s.texts)), strings.Clone(text) // which may be part of a larger one
	s.texts, s.known[text] = append(s.texts, text), at
	return at
}

// of is the text of a row.
func (s *symbols) of(row int) string { return s.texts[s.at[row]] }

// texts is a column of texts that are as good as unique.
type texts struct{ lists[byte] }

func (t *texts) add(text string) {
	t.values = append(t.values, text...)
	t.end()
}

// lists is a column of which a row has any number of values.
type lists[T any] struct {
	values []T
	ends   []int // of each row's
}

func (l *lists[T]) reset() { l.values, l.ends = l.values[:0], l.ends[:0] }

// end ends the list of a row.
func (l *lists[T]) end() { l.ends = append(l.ends, len(l.values)) }

// of is the list of a row, a view.
func (l *lists[T]) of(row int) []T {
	from, to := 0, l.ends[row]
	if row > 0 {
		from = l.ends[row-1]
	}
	return l.values[from:to:to]
}
