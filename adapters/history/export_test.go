package history

// Followers is how many streams are open.
func (h *History) Followers() int {
	h.streams.mu.Lock()
	defer h.streams.mu.Unlock()
	return len(h.streams.all)
}
