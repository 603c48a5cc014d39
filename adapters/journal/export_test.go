package journal

import "os"

// Pending returns how many calls wait for the file.
func (j *Journal) Pending() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.pending)
}

// Advised is advised.
func Advised(dir string, err error) error { return advised(dir, err) }

// StillThere is stillThere.
func StillThere(opened *os.File, name string) bool { return stillThere(opened, name) }
