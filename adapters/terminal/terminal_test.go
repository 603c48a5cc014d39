package terminal_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"supervisor-healthcheck/adapters/terminal"
)

func environment(pairs ...string) func(string) string {
	return func(name string) string {
		for _, pair := range pairs {
			if value, is := strings.CutPrefix(pair, name+"="); is {
				return value
			}
		}
		return ""
	}
}

func TestWhatIsNoTerminalIsPlain(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	_, pipe, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	for name, out := range map[string]io.Writer{"a file": file, "the device that swallows all": null, "a pipe": pipe, "a buffer": new(bytes.Buffer)} {
		if got := terminal.Of(out, environment("COLUMNS=120", "TERM=xterm")); got != (terminal.Screen{}) {
			t.Errorf("%s shows %+v", name, got)
		}
	}
}

func TestATerminalSaysHowWideItIs(t *testing.T) {
	pty, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip(err)
	}
	defer pty.Close()
	for name, test := range map[string]struct {
		columns uint16 // that the kernel knows of
		env     []string
		want    terminal.Screen
	}{
		"the kernel knows":                   {120, []string{"TERM=xterm", "COLUMNS=60"}, terminal.Screen{Width: 120, Colours: true}},
		"the kernel does not know":           {0, []string{"COLUMNS=60"}, terminal.Screen{Width: 60, Colours: true}},
		"nobody knows":                       {0, nil, terminal.Screen{Width: 80, Colours: true}},
		"what is said is no number":          {0, []string{"COLUMNS=wide"}, terminal.Screen{Width: 80, Colours: true}},
		"what is said is no width":           {0, []string{"COLUMNS=-3"}, terminal.Screen{Width: 80, Colours: true}},
		"somebody wants no colours":          {50, []string{"NO_COLOR=1"}, terminal.Screen{Width: 50}},
		"somebody does not mind colours":     {50, []string{"NO_COLOR="}, terminal.Screen{Width: 50, Colours: true}},
		"the terminal can show text and end": {50, []string{"TERM=dumb"}, terminal.Screen{Width: 50}},
	} {
		if err := unix.IoctlSetWinsize(int(pty.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Col: test.columns, Row: 24}); err != nil {
			t.Skip(err)
		}
		if got := terminal.Of(pty, environment(test.env...)); got != test.want {
			t.Errorf("%s: %+v, want %+v", name, got, test.want)
		}
	}
}

func TestPaint(t *testing.T) {
	const text = "ill"
	coloured, plain := terminal.Screen{Colours: true}, terminal.Screen{Width: 80}
	for colour, want := range map[terminal.Colour]string{terminal.Usual: text, terminal.Red: "\x1b[31mill\x1b[0m", terminal.Faint: "\x1b[2mill\x1b[0m"} {
		if got := coloured.Paint(colour, text); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		if got := plain.Paint(colour, text); got != text {
			t.Errorf("%q where there are no colours", got)
		}
	}
	if got := coloured.Paint(terminal.Bold, ""); got != "" {
		t.Errorf("nothing is %q", got)
	}
}

func TestWrapBreaksBetweenWords(t *testing.T) {
	long := strings.Repeat("x", 100)
	for text, want := range map[string]string{
		"":                                       "",
		long:                                     long,
		"a " + long + " b":                       "a\n  " + long + "\n  b",
		strings.Repeat("abcdefg ", 10):           strings.TrimSuffix(strings.Repeat("abcdefg ", 9), " ") + "\n  abcdefg",
		"abcde " + strings.Repeat("abcdefg ", 9): "abcde " + strings.TrimSuffix(strings.Repeat("abcdefg ", 9), " "),
		strings.Repeat("größere ", 10):           strings.TrimSuffix(strings.Repeat("größere ", 9), " ") + "\n  größere",
		strings.Repeat("a"+terminal.Glue+"b ", 20): strings.TrimSuffix(strings.Repeat("a b ", 19), " ") + "\n  a b",
	} {
		if got := terminal.Wrap(text, 2, 79); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestWhatWouldDoSomethingToATerminalIsShown(t *testing.T) {
	for text, want := range map[string]string{
		"":                    "",
		"größere Öfen \u2192": "größere Öfen \u2192",
		"a\x1b[2Jb":           `a\x1b[2Jb`,
		"\x1b]0;x\x07":        `\x1b]0;x\a`,
		"a\nb\tc\rd":          `a\nb\tc\rd`,
		"c1 \u009b31m":        `c1 \u009b31m`,
		"\x9b \xff":           `\x9b \xff`,
		"\u202egnp.exe":       `\u202egnp.exe`,
		"\ufffd":              `\ufffd`,
	} {
		if got := terminal.Safe(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
	var out bytes.Buffer
	table := terminal.Table{Head: []string{"NAME", "REASON"}, Sentences: 1, Lines: [][]string{{"a\x1b[1m", "b\x1b[2J"}}}
	for _, width := range []int{0, 10} {
		if err := table.Write(&out, terminal.Screen{Width: width}); err != nil || strings.Contains(out.String(), "\x1b") {
			t.Errorf("%q %v", out.String(), err)
		}
	}
}
