package files_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"supervisor-healthcheck/adapters/files"
	"supervisor-healthcheck/domain"
)

// book is a log in a folder of its own.
type book struct {
	t    *testing.T
	path string
	at   domain.LogPlace
}

func (b *book) write(text string) {
	b.t.Helper()
	f, err := os.OpenFile(b.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = f.WriteString(text)
		f.Close()
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// reads reads on, with room for ten bytes.
func (b *book) reads(want string, skipped int64, anew bool) {
	b.t.Helper()
	part, err := files.New().Since(b.t.Context(), b.path, b.at, 10)
	if err != nil || part.Text != want || part.Skipped != skipped || part.Anew != anew {
		b.t.Errorf("%q skipped %d anew %t %v, want %q %d %t", part.Text, part.Skipped, part.Anew, err, want, skipped, anew)
	}
	b.at = part.Next
}

func (b *book) rotate() {
	b.t.Helper()
	if err := os.Rename(b.path, b.path+".1"); err != nil {
		b.t.Fatal(err)
	}
}

func TestALogIsReadOn(t *testing.T) {
	for name, play := range map[string]func(*book){
		"what was there before is not read": func(b *book) { b.reads("", 0, false) },
		"what is new is":                    func(b *book) { b.write("new\n"); b.reads("new\n", 0, false); b.reads("", 0, false) },
		"only the newest of much":           func(b *book) { b.write("0123456789abcdef"); b.reads("6789abcdef", 6, false); b.reads("", 0, false) },
		"one that was emptied": func(b *book) {
			if err := os.Truncate(b.path, 0); err != nil {
				b.t.Fatal(err)
			}
			b.write("x\n")
			b.reads("x\n", 0, true)
		},
		"one that was rotated": func(b *book) {
			b.write("a\n")
			b.rotate()
			b.write("b\n")
			b.reads("a\nb\n", 0, false)
			b.write("c")
			b.reads("c", 0, false)
		},
		"rotated, and much in both": func(b *book) {
			b.write("0123456789abcdef")
			b.rotate()
			b.write("ghijk")
			b.reads("bcdefghijk", 11, false)
		},
		"rotated, and more than all in the new one": func(b *book) { b.write("a"); b.rotate(); b.write("0123456789ab"); b.reads("23456789ab", 3, false) },
		"rotated twice": func(b *book) { b.rotate(); b.write("b\n"); b.rotate(); b.write("c\n"); b.reads("c\n", 0, true) },
		"removed and made anew": func(b *book) {
			b.write("lost\n")
			if err := os.Remove(b.path); err != nil {
				b.t.Fatal(err)
			}
			if err := os.WriteFile(b.path+".other", []byte("b\n"), 0o600); err != nil { // which has surely another inode
				b.t.Fatal(err)
			}
			b.write("c\n")
			b.reads("c\n", 0, true)
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := &book{t: t, path: filepath.Join(t.TempDir(), "web.log")}
			b.write("old\n")
			b.reads("", 0, false)
			play(b)
		})
	}
}

func TestWhatIsNoLog(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/dev/stdout", "/proc/self/fd/1", dir, pipe} {
		if _, err := files.New().Since(t.Context(), path, domain.LogPlace{}, 10); err == nil || !strings.Contains(err.Error(), "not a regular file") {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := files.New().Since(t.Context(), filepath.Join(dir, "none"), domain.LogPlace{}, 10); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}
