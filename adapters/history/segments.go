package history

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
)

// segments are the files of samples of one listener: the newest is written until it is full, and then the oldest one gives its place.
// Each can be read alone, and the one that is written is locked.
type segments struct {
	path  string // of all, without their places
	most  int64  // bytes of each
	file  *os.File
	place int // of the file
	size  int64
	last  uint32 // the number of the file, which is one more than that of the one before
}

const (
	places = 4
	shares = places + 1 // one for what was put aside
)

var errNoRoom = errors.New("its share of \"history\" has no room for samples of so many processes; write a larger size")

func newSegments(path string, bound int64) *segments {
	return &segments{path: path, most: bound / shares}
}

func slot(path string, place int) string { return path + "." + strconv.Itoa(place) }

// segment is a file as it was found.
type segment struct {
	part
	place  int
	number uint32
}

// find opens the files that are there, the oldest first. Those that are none of this format are told to odd.
func find(path string, odd func(name string)) (all []segment) {
	for place := range places {
		name := slot(path, place)
		p, err := openRegular(name)
		if err != nil {
			continue
		}
		var head [headerSize]byte
		n, _ := p.ReadAt(head[:], 0)
		if n < headerSize || string(head[:len(signature)+1]) != signature+string(rune(format)) {
			p.Close()
			odd(name)
			continue
		}
		all = append(all, segment{p, place, binary.LittleEndian.Uint32(head[12:])})
	}
	slices.SortFunc(all, func(a, b segment) int { return cmp.Compare(int32(a.number-b.number), 0) })
	return all
}

// open goes on with the newest file, behind its last whole block, or begins the first one.
func (s *segments) open() error {
	all := find(s.path, s.putAside)
	for _, one := range all {
		defer one.Close()
	}
	if len(all) == 0 {
		return s.create(0)
	}
	newest := all[len(all)-1]
	file, info, err := claim(slot(s.path, newest.place), 0)
	if err != nil {
		return s.failed(err)
	}
	end, err := scan(file, info.Size(), func([]byte) error { return nil })
	if err == nil {
		err = file.Truncate(end)
	}
	if err != nil {
		file.Close()
		return s.failed(err)
	}
	s.file, s.place, s.size, s.last = file, newest.place, end, newest.number
	s.trim()
	return nil
}

// ready has a file open that is still there: others may have removed it, or the whole directory.
func (s *segments) ready() error {
	if s.file != nil && !s.there() {
		s.close()
	}
	if s.file != nil {
		return nil
	}
	return s.open()
}

func (s *segments) there() bool {
	named, err := os.Lstat(slot(s.path, s.place))
	if err != nil {
		return false
	}
	own, err := s.file.Stat()
	return err == nil && os.SameFile(named, own)
}

// putAside keeps the last file that was not understood, for a newer version of this program or for who wants to know.
func (s *segments) putAside(name string) {
	if info, err := os.Lstat(name); err == nil && info.Mode().IsRegular() && info.Size() <= s.most {
		_ = os.Rename(name, s.path+".bad")
	}
}

// create begins a new file, in place of the one that has its name.
func (s *segments) create(place int) error {
	name := slot(s.path, place)
	if info, err := os.Lstat(name); err == nil && !info.Mode().IsRegular() {
		return s.failed(errForeign)
	}
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return s.failed(err)
	}
	file, _, err := claim(name, os.O_EXCL)
	if err != nil {
		return s.failed(err)
	}
	if _, err = file.Write(header(s.last + 1)); err != nil {
		_ = os.Remove(name)
		file.Close()
		return s.failed(err)
	}
	s.close()
	s.file, s.place, s.size, s.last = file, place, headerSize, s.last+1
	s.trim()
	return nil
}

// trim removes the oldest files if all together are too large, because they were written under a larger bound.
func (s *segments) trim() {
	all := find(s.path, s.putAside)
	sum := s.most // for the file that is written
	for _, one := range slices.Backward(all) {
		one.Close()
		if one.place == s.place {
			continue
		}
		if sum += one.size; sum > places*s.most {
			_ = os.Remove(slot(s.path, one.place))
		}
	}
}

// room is how much the file takes yet.
func (s *segments) room() int64 { return s.most - s.size }

// turn begins the next file.
func (s *segments) turn() error { return s.create((s.place + 1) % places) }

// append adds a block. What could not be written as a whole is taken back.
func (s *segments) append(block []byte) error {
	n, err := s.file.WriteAt(block, s.size)
	if err != nil {
		if n > 0 {
			_ = s.file.Truncate(s.size) // else its reader finds that it is torn
		}
		s.close()
		return s.failed(err)
	}
	s.size += int64(n)
	return nil
}

func (s *segments) failed(err error) error {
	return fmt.Errorf("history %s: %w", s.path, reason(err))
}

func (s *segments) close() {
	if s.file != nil {
		s.file.Close()
		s.file = nil
	}
}
