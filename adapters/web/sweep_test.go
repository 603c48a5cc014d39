package web_test

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"supervisor-healthcheck/adapters/web"
)

func TestWhatIsLeftOfListenersThatAreGoneIsSwept(t *testing.T) {
	const long, short = 31 * 24 * time.Hour, 29 * 24 * time.Hour
	dir, stem := shortDir(t), "supervisord-0123456789ab"
	now := time.Now()
	own := web.FileIn(dir, stem, "me")
	age := func(path string, by time.Duration) {
		t.Helper()
		if err := os.Chtimes(path, now.Add(-by), now.Add(-by)); err != nil {
			t.Fatal(err)
		}
	}
	file := func(listener, ending string, by time.Duration) string {
		t.Helper()
		path := web.FileIn(dir, stem, listener) + ending
		if err := os.WriteFile(path, []byte("{}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		age(path, by)
		return path
	}
	socket := func(listener string, live bool) {
		t.Helper()
		path := web.SocketIn(dir, stem, listener)
		l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
		if err != nil {
			t.Fatal(err)
		}
		age(path, long)
		if live {
			t.Cleanup(func() { l.Close() })
			return
		}
		l.SetUnlinkOnClose(false)
		l.Close()
	}
	socket("gone", false)
	file("gone", "-events.jsonl", long)
	file("gone", "-events.jsonl.1", long)
	file("gone", "-samples", long)
	socket("gone, and had no history", false)

	socket("gone for a short time", false)
	file("gone for a short time", "-events.jsonl", short)
	socket("live", true)
	file("live", "-events.jsonl", long)
	file("live without a socket", "-events.jsonl.1", long)
	if held, err := os.Open(file("live without a socket", "-events.jsonl", long)); err != nil || syscall.Flock(int(held.Fd()), syscall.LOCK_EX) != nil {
		t.Fatal(err)
	} else {
		defer held.Close()
	}
	file("me", "-events.jsonl", long)
	if err := os.Mkdir(web.FileIn(dir, stem, "odd")+"-events.jsonl", 0o700); err != nil {
		t.Fatal(err)
	}
	age(web.FileIn(dir, stem, "odd")+"-events.jsonl", long)
	for _, name := range []string{stem + ".json", stem + ".json.lock", "notes.txt", "supervisord-x-y.sock"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		age(filepath.Join(dir, name), long)
	}
	listing := func() (all []string) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			all = append(all, e.Name())
		}
		return all
	}
	want := slices.DeleteFunc(listing(), func(name string) bool {
		return strings.HasPrefix(name, filepath.Base(web.FileIn(dir, stem, "gone"))) || strings.HasPrefix(name, filepath.Base(web.FileIn(dir, stem, "gone, and had no history")))
	})
	web.Sweep(own, now)
	if got := listing(); !slices.Equal(got, want) {
		t.Errorf("left are %q, want %q", got, want)
	}
	web.Sweep(filepath.Join(dir, "nowhere", "x"), now)
}
