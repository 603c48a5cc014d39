package journal_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

// asOld gives a file the time of another.
func asOld(t *testing.T, path, as string) {
	t.Helper()
	info, err := os.Stat(as)
	must(t, err)
	must(t, os.Chtimes(path, info.ModTime(), info.ModTime()))
}

// What a listener has written itself it need not read again, but whatever others make of the file it sees.
func TestWhatOthersMakeOfTheFileIsSeen(t *testing.T) {
	theirs := stopSent(worker)
	theirs.Phase = domain.StopAccepted
	for what, change := range map[string]func(t *testing.T, path string){
		"another listener has written it": func(t *testing.T, path string) { must(t, open(t, filepath.Dir(path), bob).Write(t.Context(), theirs)) },
		"it is another file of the same length and time": func(t *testing.T, path string) {
			must(t, os.WriteFile(path+".new", []byte(strings.ReplaceAll(text(t, path), "web_00", "web_99")), 0o600))
			asOld(t, path+".new", path)
			must(t, os.Rename(path+".new", path))
		},
		"it has another length and the same time": func(t *testing.T, path string) {
			must(t, os.WriteFile(path+".old", nil, 0o600))
			asOld(t, path+".old", path)
			must(t, os.WriteFile(path, []byte(strings.ReplaceAll(text(t, path), "web_00", "web_999")), 0o600))
			asOld(t, path, path+".old")
			must(t, os.Remove(path+".old"))
		},
		"it has the same length and another time": func(t *testing.T, path string) {
			must(t, os.WriteFile(path, []byte(strings.ReplaceAll(text(t, path), "web_00", "web_99")), 0o600))
			must(t, os.Chtimes(path, time.Now(), time.Now().Add(time.Hour)))
		},
		"it is gone": func(t *testing.T, path string) { must(t, os.Remove(path)) },
	} {
		t.Run(what, func(t *testing.T) {
			j := open(t, t.TempDir(), alice)
			must(t, j.Write(t.Context(), stopSent(web)))
			must(t, j.Keep(t.Context(), one(web, domain.History{Boots: []time.Duration{time.Second}})))
			change(t, j.Path())
			want, err := open(t, j.Dir, alice).Histories(t.Context())
			must(t, err)
			if diff := cmp.Diff(want, histories(t, j)); diff != "" {
				t.Error("read without the lock:", diff)
			}
			others, err := open(t, j.Dir, alice).Others(t.Context())
			must(t, err)
			got, err := j.Others(t.Context())
			must(t, err)
			if diff := cmp.Diff(others, got, alike()); diff != "" {
				t.Error("of others:", diff)
			}
			must(t, j.Keep(t.Context(), one(worker, domain.History{Boots: []time.Duration{time.Second}})))
			want[worker] = domain.History{Boots: []time.Duration{time.Second}}
			if diff := cmp.Diff(want, histories(t, open(t, j.Dir, alice))); diff != "" {
				t.Error("written over:", diff)
			}
		})
	}
}

func TestWhatACallerDoesWithAHistoryChangesNoOther(t *testing.T) {
	j := open(t, t.TempDir(), alice)
	kept := domain.History{GivenUp: []string{"a", "b"}, Boots: []time.Duration{1, 2}, Acts: []domain.Act{{At: time.Now(), PID: 1}}}
	must(t, j.Keep(t.Context(), one(web, kept)))
	first := histories(t, j)[web]
	want := first.Clone()
	clear(first.GivenUp)
	clear(first.Boots)
	clear(first.Acts)
	clear(kept.GivenUp)
	if diff := cmp.Diff(want, histories(t, j)[web], alike()); diff != "" {
		t.Error(diff)
	}
}
