package report_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/adapters/terminal"
	"supervisor-healthcheck/app/view/report"
)

var update = flag.Bool("update", false, "write the files in testdata anew")

// week has some of all that can happen.
func week(t *testing.T) report.Report {
	t.Helper()
	one := "0s began listener=healthcheck\n0s watching\n0s watching watch=api observe\n" + each(t, 4, `
		1m  held failures of=2 rounds=1
		70s held patience rounds=2 for=10s
		90s well rounds=3 for=30s up=9h
		1h  would process=api:3 watch=api rounds=2
		1h1m well process=api:3 watch=api rounds=3 up=9h`) + `
		20h held failures of=2 rounds=1
		20h due rounds=2 for=10s
		20h stopping
		20h restarted down=1.5s
		20h1m well rounds=2 for=1m up=58s
		22h due rounds=2 check=memory
		22h stopping
		22h restarted down=4s check=memory
		22h20m well rounds=30 for=20m up=20m
		22h40m due rounds=1 check=memory
		22h40m restarted down=3s check=memory
		22h50m given rounds=40 check=memory
		30h stopped everybody
		40h warning check=http reason=its_certificate_expires_in_6_days
		41h flapping last_exit=SIGSEGV
		50h unsure
		60h ended
		61h began listener=healthcheck
		61h watching
		61h watching watch=api observe
		70h held shared process=api:0 watch=api rounds=1
		70h held shared process=api:1 watch=api rounds=1
		70h held shared process=api:2 watch=api rounds=1
		71h well process=api:0 watch=api rounds=9 up=9h
		71h well process=api:1 watch=api rounds=9 up=9h
		71h would process=api:2 watch=api rounds=9
		72h stopped process=api:2
		80h lost count=12
		90h due rounds=1 process=hostile:` + "\x1b[2J" + ` check=` + "\x1b]0;x\x07" + `
		90h restarted process=hostile:` + "\x1b[2J" + ` check=` + "\x1b]0;x\x07" + ` down=2s
		91h well process=hostile:` + "\x1b[2J" + ` up=1h
		100h began listener=healthcheck
		100h watching
		100h watching watch=api observe`
	other := story(t, "30h held blocked watch=db process=db rounds=1\n31h ended")
	r := report.Make([]report.Log{{Supervisord: "s", Kept: noon(), Events: story(t, one)}, {Supervisord: "s", Kept: noon().Add(29 * time.Hour), Events: other}},
		noon(), noon().Add(7*24*time.Hour))
	r.Troubles = append(r.Troubles, "a listener does not tell: /run/x.sock: it did not answer within 3s")
	return r
}

// golden compares with a file in testdata; -update writes it anew.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestTheReportIsThisText(t *testing.T) {
	var out bytes.Buffer
	if err := week(t).Write(&out, terminal.Screen{Width: 80}, time.UTC); err != nil {
		t.Fatal(err)
	}
	golden(t, "report.txt", out.Bytes())
	for line := range strings.Lines(out.String()) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 80 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	if strings.ContainsAny(out.String(), "\x1b\x07") {
		t.Error("a name does something to the terminal")
	}
	var coloured bytes.Buffer
	if err := week(t).Write(&coloured, terminal.Screen{Width: 80, Colours: true}, time.UTC); err != nil || !strings.Contains(coloured.String(), "\x1b[1mSuggestions\x1b[0m") {
		t.Error(err)
	}
}

func TestTheReportIsThisDocument(t *testing.T) {
	got, err := json.MarshalIndent(week(t), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "report.json", append(got, '\n'))
}

func TestAReportOnNothing(t *testing.T) {
	var out bytes.Buffer
	r := report.Make([]report.Log{{Kept: noon()}}, noon(), noon().Add(7*24*time.Hour))
	if err := r.Write(&out, terminal.Screen{}, time.UTC); err != nil {
		t.Fatal(err)
	}
	want := `Report on 7d: from 2030-01-01 12:00 to 2030-01-08 12:00.
The listener tells of all of it, in 0 events.

Suggestions
  None: 0 troubles in 7d are too few to judge by.
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}
