// SPDX-License-Identifier: Apache-2.0

package receive

import (
	"container/list"
	"sync"
	"time"
)

// maxSources bounds how many services are remembered; the one that was silent
// the longest is forgotten first.
const maxSources = 1000

// Source is a service that sent spans.
type Source struct {
	Service string
	Last    time.Time // when its last spans were taken
	Spans   uint64    // since the start of the process
}

type sources struct {
	mu     sync.Mutex
	byName map[string]*list.Element
	newest *list.List // of *Source
}

func newSources() *sources {
	return &sources{byName: map[string]*list.Element{}, newest: list.New()}
}

// note copies the name when it is new.
func (s *sources) note(service []byte, spans int, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	element := s.byName[string(service)]
	if element == nil {
		name := string(service)
		element = s.newest.PushFront(&Source{Service: name})
		s.byName[name] = element
		if s.newest.Len() > maxSources {
			oldest := s.newest.Remove(s.newest.Back()).(*Source)
			delete(s.byName, oldest.Service)
		}
	}
	s.newest.MoveToFront(element)
	source := element.Value.(*Source)
	source.Last = now
	source.Spans += uint64(spans)
}

func (s *sources) list() []Source {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Source, 0, s.newest.Len())
	for element := s.newest.Front(); element != nil; element = element.Next() {
		all = append(all, *element.Value.(*Source))
	}
	return all
}
