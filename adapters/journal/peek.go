package journal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// peek reads the file without the lock, which somebody else may hold for ever, or which cannot be made: so that nobody
// who is unwell waits for it. One call reads at a time, so that a disk that hangs does not gather them.
func (j *Journal) peek(ctx context.Context) (document, error) {
	type answer struct {
		found document
		err   error
	}
	ctx, cancel := context.WithTimeoutCause(ctx, j.patience.disk, errHangs)
	defer cancel()
	read := make(chan answer, 1)
	select {
	case j.peeking <- struct{}{}:
		go func() {
			found, err := j.read()
			<-j.peeking
			read <- answer{found, err}
		}()
	case <-ctx.Done():
	}
	select {
	case a := <-read:
		return a.found, a.err
	case <-ctx.Done():
		return document{}, advised(filepath.Dir(j.path()), context.Cause(ctx))
	}
}

// errHangs is why a call has not waited longer for what it reads.
var errHangs = fmt.Errorf("the disk hangs: %w", context.DeadlineExceeded)

// read reads the file in the directory that is there and can be relied on. One that cannot be understood holds nothing; whoever has the lock will move it aside.
func (j *Journal) read() (document, error) {
	var obstacle error
	for _, dir := range j.dirs {
		err := (&walk{uid: os.Geteuid()}).to(dir)
		if err != nil && !nothingOfOurs(err) {
			obstacle = advised(dir, err)
		}
		if err != nil {
			continue
		}
		f := fileIn(dir, j.server, &j.last)
		d, _, err := f.read()
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return document{}, advised(dir, err)
		}
		aside := f.gather()
		if err != nil && len(aside) == 0 {
			return document{}, advised(dir, err)
		}
		if len(aside) > 0 {
			d.join(aside, j.moment())
		}
		return d, nil
	}
	if obstacle == nil {
		obstacle = fs.ErrNotExist
	}
	return document{}, obstacle
}

// nothingOfOurs tells a place where there is certainly no file of ours from one whose file cannot be reached. A directory
// that may not be searched could have one; what is another user's, or no file, is none.
func nothingOfOurs(err error) bool {
	return foreign(err) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ELOOP)
}
