package view

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"supervisor-healthcheck/adapters/journal"
	"supervisor-healthcheck/adapters/web"
)

// Where says whose listeners are meant. Zero fields leave it open.
type Where struct {
	Socket    string // of one listener
	StateDir  string // default: every directory where a listener of this user may keep what it has to keep, or else one of root
	ServerURL string // only listeners of this supervisord

	// Configured tells the socket and the state directory that stand in supervisord's own file, empty where none does. It is asked where
	// neither is given.
	Configured func() (socket, stateDir string)
}

func (w Where) sockets() (all []string) {
	if w.Socket != "" {
		return []string{w.Socket}
	}
	configured, dirs := w.places()
	if configured != "" {
		all = append(all, configured)
	}
	for _, dir := range dirs {
		all = append(all, web.Sockets(dir, w.stem())...)
	}
	if len(all) == 0 && w.StateDir == "" && os.Geteuid() != 0 {
		all = web.Sockets(ofRoot(), w.stem())
	}
	return all
}

func (w Where) stem() string {
	if w.ServerURL != "" {
		return journal.Stem(w.ServerURL)
	}
	return "supervisord-"
}

// ofRoot is where the listeners of root are by default. Nobody else may write there.
func ofRoot() string { return journal.DefaultDirs(os.Getenv, 0)[0] }

// places are where listeners of this user may be.
func (w Where) places() (socket string, dirs []string) {
	if w.StateDir != "" {
		return "", []string{w.StateDir}
	}
	dirs = journal.DefaultDirs(os.Getenv, os.Geteuid())
	if w.Configured != nil {
		configured, dir := w.Configured()
		if socket = configured; dir != "" && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	return socket, dirs
}

// ErrNobody says that there is no listener to ask.
var ErrNobody = errors.New("no listener of this program runs, or none that this user may see: look at \"supervisorctl status\", or name its state_dir with --state-dir")

// nobody is ErrNobody, or says why one that may be there cannot be seen.
func (w Where) nobody() error {
	_, dirs := w.places()
	if w.StateDir == "" && os.Geteuid() != 0 {
		dirs = append(dirs, ofRoot())
	}
	for _, dir := range dirs {
		if d, err := os.Open(dir); err == nil {
			d.Close()
		} else if errors.Is(err, fs.ErrPermission) {
			return closed(dir)
		}
	}
	return ErrNobody
}

// closed is a directory that this user may not look into. It is an ErrNobody.
type closed string

// Error says what to do.
func (c closed) Error() string {
	return fmt.Sprintf("%s is another user's, and which listeners are there this user may not see: %s", string(c), web.LetIn)
}

// Is reports whether it is an ErrNobody.
func (closed) Is(target error) bool { return target == ErrNobody }
