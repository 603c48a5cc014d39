package history

import "sync"

const behind = 256 // events that a reader may be behind

// streams are those who follow what happens.
type streams struct {
	mu    sync.Mutex
	all   map[chan []byte]bool
	ended bool
}

// open begins to follow; ok is false at the end. The channel is closed when its reader has fallen too far behind, and at the end.
func (s *streams) open() (lines chan []byte, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return nil, false
	}
	if s.all == nil {
		s.all = map[chan []byte]bool{}
	}
	lines = make(chan []byte, behind)
	s.all[lines] = true
	return lines, true
}

// leave ends to follow.
func (s *streams) leave(lines chan []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop(lines)
}

func (s *streams) drop(lines chan []byte) {
	if s.all[lines] {
		delete(s.all, lines)
		close(lines)
	}
}

// tell hands a line to all who follow, and waits for none of them.
func (s *streams) tell(line []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for lines := range s.all {
		select {
		case lines <- line:
		default:
			s.drop(lines)
		}
	}
}

func (s *streams) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	for lines := range s.all {
		s.drop(lines)
	}
}
