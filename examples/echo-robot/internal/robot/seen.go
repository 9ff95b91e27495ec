package robot

import "sync"

// seen remembers the latest event ids, so that an event that the platform
// delivers twice is answered once.
type seen struct {
	mu    sync.Mutex
	ids   map[string]int
	order []string
	next  int
}

func newSeen(size int) *seen {
	return &seen{ids: make(map[string]int, size), order: make([]string, size)}
}

// add reports whether id is new. An empty id is always new.
func (s *seen) add(id string) bool {
	if id == "" {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.ids[id]; known {
		return false
	}
	if oldest := s.order[s.next]; oldest != "" {
		delete(s.ids, oldest)
	}
	s.order[s.next] = id
	s.ids[id] = s.next
	s.next = (s.next + 1) % len(s.order)
	return true
}

// forget lets a second delivery of id count as new.
func (s *seen) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if position, known := s.ids[id]; known {
		delete(s.ids, id)
		s.order[position] = ""
	}
}
