//go:build unix

package command

import (
	"testing"
	"time"

	"supervisor-healthcheck/domain"
)

func TestUptimesAreWrittenAsByPython(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0:00:00", 59*time.Second + 999*time.Millisecond: "0:00:59", 36061 * time.Second: "10:01:01",
		24 * time.Hour: "1 day, 0:00:00", 49*time.Hour + time.Minute: "2 days, 1:01:00",
	} {
		if got := uptime(d); got != want {
			t.Errorf("%s: %s, want %s", d, got, want)
		}
	}
}

// FuzzAnswer has any line be an answer or none.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{`{"id": 1, "verdict": "healthy", "reason": "r", "warning": "w"}`, `{"id": -1}`, `{"id": 1e3, "verdict": "unknown"}`, "[]", `{"id":1,"id":2,"verdict":"x"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		id, v, err := readAnswer(line)
		if err != nil && (v.Health != domain.Unknown || v.Reason != "") || err == errNoAnswer && id != 0 {
			t.Errorf("%d, %+v, %v", id, v, err)
		}
	})
}

// FuzzLines cuts a text into the same lines however it comes.
func FuzzLines(f *testing.F) {
	f.Add("a\nbb\r\n\nccccccccccccc\nd", 3)
	f.Fuzz(func(t *testing.T, text string, size int) {
		cut := func(size int) (all []string) {
			l := &lines{most: 8, line: func(line []byte) { all = append(all, string(line)) }, long: func() bool { return true }}
			for len(text) > 0 && size > 0 {
				n := min(size, len(text))
				l.take([]byte(text[:n]))
				text = text[n:]
			}
			return all
		}
		whole := text
		once := cut(len(whole))
		text = whole
		pieces := cut(1 + max(0, size)%7)
		if len(once) != len(pieces) {
			t.Fatalf("%q and %q", once, pieces)
		}
		for i := range once {
			if once[i] != pieces[i] || len(once[i]) > 8 {
				t.Errorf("%q and %q", once[i], pieces[i])
			}
		}
	})
}
