package stderr

// run passes entries on until the Writer is closed and nothing is left.
func (w *Writer) run() {
	defer close(w.ended)
	lost := 0
	for {
		e, more := w.next()
		if !more {
			return
		}
		lost = w.pass(e, lost)
	}
}

// next waits for an entry. When lines were dropped and none was queued after them, it is an entry that says just that.
func (w *Writer) next() (entry, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.queue) == 0 && w.dropped == 0 && !w.closed {
		w.changed.Wait()
	}
	if len(w.queue) == 0 {
		e := entry{dropped: w.dropped}
		w.dropped = 0
		return e, e.dropped > 0
	}
	e := w.queue[0]
	w.queue[0] = entry{}
	w.queue = w.queue[1:]
	w.queued -= len(e.line)
	return e, true
}

// pass writes the note, if lines were lost, and the line. It returns how many lost lines the output has not been told of;
// they wait for the next entry, so that an output which refuses everything costs nothing.
func (w *Writer) pass(e entry, lost int) int {
	lost += e.dropped
	if lost > 0 && w.note != nil && w.put(w.note(lost)) {
		lost = 0
	}
	if e.line != nil && !w.put(e.line) {
		lost++
	}
	return lost
}

// put writes a line, after the end of the one before it if the output took only a part of that.
func (w *Writer) put(line []byte) bool {
	if w.torn {
		line = append([]byte{'\n'}, line...)
	}
	n, err := w.out.Write(line)
	w.torn = n < len(line) && (n > 0 || w.torn)
	return err == nil && n == len(line)
}
