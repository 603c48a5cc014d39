// Package heartbeat lets a Go program that runs under Supervisor beat for the file check: as long as it beats, its
// file changes; once it hangs, the file stays as it is and the check notices.
package heartbeat

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"supervisor-healthcheck/domain"
)

// Beat is the heartbeat of this process. It may be used by several goroutines at once.
type Beat struct {
	path string
}

// New returns the heartbeat of this process at the path where the file check looks by default: GROUP-NAME-PID in the
// folder root, or in the folder for temporary files if root is empty; better is one of its own, which the check is told too:
// who makes the file first in a folder of all keeps us from beating. Group and name come from
// SUPERVISOR_GROUP_NAME and SUPERVISOR_PROCESS_NAME, which supervisord sets for its children. The pid is that of the
// caller, so this must be the very process that supervisord started: not the child of a wrapper script.
func New(root string) (*Beat, error) {
	id := domain.ID{Group: os.Getenv("SUPERVISOR_GROUP_NAME"), Name: os.Getenv("SUPERVISOR_PROCESS_NAME")}
	if id.Group == "" || id.Name == "" {
		return nil, errors.New("heartbeat: SUPERVISOR_GROUP_NAME or SUPERVISOR_PROCESS_NAME is not set: was this program started by supervisord?")
	}
	if root == "" {
		root = os.TempDir()
	}
	return At(domain.HeartbeatPath(root, id, os.Getpid())), nil
}

// At returns a heartbeat at a path of your own, which the check must be told. A file left there by an earlier life
// of the program is used again, whatever its mode, as long as it belongs to the same user.
func At(path string) *Beat { return &Beat{path: path} }

// Path is the file that changes with every beat.
func (b *Beat) Path() string { return b.path }

// Beat changes the times of the file, ctime among them, and makes the file, readable by its owner only, if there is
// none. Its folder must exist. It touches nothing but a regular file of this user's that has no other name, and follows no
// link: in a folder for temporary files anybody may have put something else there.
func (b *Beat) Beat() error {
	err := b.touch()
	if errors.Is(err, fs.ErrNotExist) {
		err = b.create()
	}
	if errors.Is(err, fs.ErrExist) { // somebody else made it in between
		err = b.touch()
	}
	if err != nil {
		return fmt.Errorf("heartbeat: %w", err)
	}
	return nil
}

// touch asks for ownership alone, so that the mode of a stale file does not matter.
func (b *Beat) touch() error {
	info, err := os.Lstat(b.path)
	if err != nil {
		return err
	}
	file := inode(info)
	file.Regular = info.Mode().IsRegular()
	if why := file.Foreign(os.Geteuid()); why != "" {
		return fmt.Errorf("%s is not touched: %s; use a folder of your own", b.path, why)
	}
	return setTimes(b.path, time.Now())
}

// create refuses to follow a symbolic link, which anybody may put into the folder for temporary files.
func (b *Beat) create() error {
	file, err := os.OpenFile(b.path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(file.Chmod(0o600), file.Close()) // the umask may have taken the mode away
}

// Every beats at once and then at every interval, until ctx is done: then it returns nil. It returns the error of a
// beat at once. It blocks: call it from a goroutine whose life says something about the life of the program, or
// rather call Beat from the loop that does the work.
func (b *Beat) Every(ctx context.Context, interval time.Duration) error {
	if interval <= 0 {
		return fmt.Errorf("heartbeat: the interval %s is not positive", interval)
	}
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for ctx.Err() == nil {
		if err := b.Beat(); err != nil {
			return err
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
		}
	}
	return nil
}

// Close removes the file; there may be none. A later Beat makes it anew.
func (b *Beat) Close() error {
	if err := os.Remove(b.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("heartbeat: %w", err)
	}
	return nil
}
