package journal

import (
	"os"
	"time"
)

// OpenPatient is Open with another patience, and without pauses between trials.
func OpenPatient(c Config, patience time.Duration) *Journal {
	j := Open(c)
	j.SetPatience(patience)
	return j
}

// OpenIn is OpenPatient in the first of several directories that can be used.
func OpenIn(dirs []string, c Config, patience time.Duration) *Journal {
	j := OpenPatient(c, patience)
	j.dirs = dirs
	return j
}

// Path is the name of the file, which need not exist.
func (j *Journal) Path() string { return j.path() }

// SetPatience changes how long a call may take.
func (j *Journal) SetPatience(d time.Duration) {
	j.patience = patience{lock: d, disk: d, trial: d, beside: d}
}

// SetDisk changes how long a call may take that has to be on the disk.
func (j *Journal) SetDisk(d time.Duration) { j.patience.disk = d }

// SetBeside changes how long what needs no lock is waited for.
func (j *Journal) SetBeside(d time.Duration) { j.patience.beside = d }

// SetRetry changes how long calls fail at once after one that has waited in vain.
func (j *Journal) SetRetry(d time.Duration) { j.patience.retry = d }

// FileName is fileName.
func FileName(server string) string { return fileName(server) }

// Settle is settle.
func Settle(dirs []string, uid int) (string, error) { return settle(dirs, uid) }

// Weigh is weigh.
func Weigh(data []byte) error { return weigh(data) }

// Idle reports whether there is nothing left to do, not even to sweep.
func (j *Journal) Idle() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return !j.flushing
}

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

// Parts is parts.
func Parts(found string) (name, ending string, ours bool) { return parts(found) }
