package journal

import (
	"os"
	"time"
)

// OpenPatient is Open with another patience.
func OpenPatient(c Config, patience time.Duration) *Journal {
	j := Open(c)
	j.patience = patience
	return j
}

// Path is the name of the file, which need not exist.
func (j *Journal) Path() string { return j.file.path }

// SetPatience changes how long a call may take.
func (j *Journal) SetPatience(patience time.Duration) { j.patience = patience }

// Pending returns how many calls wait for the file.
func (j *Journal) Pending() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.pending)
}

// KernelBoot is kernelBoot.
func KernelBoot() (string, time.Duration) { return kernelBoot() }

// Advised is advised.
func Advised(dir string, err error) error { return advised(dir, err) }

// StillThere is stillThere.
func StillThere(opened *os.File, name string) bool { return stillThere(opened, name) }
