package history

// Streams is how many streams are open.
func (h *History) Streams() int {
	h.streams.mu.Lock()
	defer h.streams.mu.Unlock()
	return len(h.streams.all)
}
