package files

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"syscall"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

var _ ports.LogFile = (*Files)(nil)

// errNoLog is about what only looks like a log, such as /dev/stdout, which would be our own.
var errNoLog = errors.New("it is not a regular file")

// Since implements ports.LogFile.
func (*Files) Since(ctx context.Context, path string, from domain.LogPlace, most int) (domain.LogPart, error) {
	if err := ctx.Err(); err != nil {
		return domain.LogPart{}, err
	}
	file, now, err := openLog(path)
	if err != nil {
		return domain.LogPart{}, err
	}
	defer file.Close()
	part := domain.LogPart{Next: now}
	if !from.Known {
		return part, nil
	}
	begin, before := from.Offset, ""
	if now.Device != from.Device || now.Inode != from.Inode {
		begin = 0
		before, part.Anew, part.Skipped = rest(path+".1", from, max(0, int64(most)-now.Offset))
	} else if now.Offset < begin {
		begin, part.Anew = 0, true
	}
	if over := now.Offset - begin - int64(most); over > 0 { // the newest is what counts
		part.Skipped += over
		begin += over
	}
	text, err := between(file, begin, now.Offset)
	part.Text = before + text
	return part, err
}

// rest is what was written to a log after the place and before it was renamed.
func rest(path string, from domain.LogPlace, most int64) (text string, anew bool, skipped int64) {
	file, end, err := openLog(path)
	if err != nil {
		return "", true, 0
	}
	defer file.Close()
	if end.Device != from.Device || end.Inode != from.Inode || end.Offset < from.Offset {
		return "", true, 0
	}
	begin := max(from.Offset, end.Offset-most)
	text, err = between(file, begin, end.Offset)
	return text, err != nil, begin - from.Offset
}

// openLog opens a log and says where its end is.
func openLog(path string) (*os.File, domain.LogPlace, error) {
	if strings.HasPrefix(path, "/dev/") || strings.HasPrefix(path, "/proc/") {
		return nil, domain.LogPlace{}, errNoLog
	}
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe must not hold it up
	if err != nil {
		return nil, domain.LogPlace{}, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errNoLog
	}
	if err != nil {
		file.Close()
		return nil, domain.LogPlace{}, err
	}
	place := domain.LogPlace{Offset: info.Size(), Known: true}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		place.Device, place.Inode = uint64(stat.Dev), uint64(stat.Ino) //nolint:unconvert // other systems have other types
	}
	return file, place, nil
}

// between reads a part of a file, or less where that has become shorter.
func between(file *os.File, begin, end int64) (string, error) {
	text := make([]byte, max(0, end-begin))
	n, err := file.ReadAt(text, begin)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return string(text[:n]), err
}
