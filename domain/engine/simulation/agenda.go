package simulation

import "time"

// agenda is what will happen, earliest first; what happens at the same time keeps the order in which it was added.
type agenda struct {
	items []item
	added uint64
}

type item struct {
	at    time.Duration
	order uint64
	do    func()
}

func (i item) before(other item) bool {
	return i.at < other.at || i.at == other.at && i.order < other.order
}

func (a *agenda) add(at time.Duration, do func()) {
	a.added++
	a.items = append(a.items, item{at: at, order: a.added, do: do})
	for child := len(a.items) - 1; child > 0; {
		parent := (child - 1) / 2
		if !a.items[child].before(a.items[parent]) {
			return
		}
		a.items[child], a.items[parent] = a.items[parent], a.items[child]
		child = parent
	}
}

// nextAt is when the earliest item happens; never if there is none.
func (a *agenda) nextAt() time.Duration {
	if len(a.items) == 0 {
		return never
	}
	return a.items[0].at
}

// next removes the earliest item.
func (a *agenda) next() item {
	first, last := a.items[0], len(a.items)-1
	a.items[0] = a.items[last]
	a.items[last] = item{}
	a.items = a.items[:last]
	a.sink()
	return first
}

func (a *agenda) sink() {
	for parent := 0; ; {
		child := 2*parent + 1
		if child >= len(a.items) {
			return
		}
		if child+1 < len(a.items) && a.items[child+1].before(a.items[child]) {
			child++
		}
		if !a.items[child].before(a.items[parent]) {
			return
		}
		a.items[child], a.items[parent] = a.items[parent], a.items[child]
		parent = child
	}
}
