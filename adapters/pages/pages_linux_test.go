package pages

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// smaps is a mapping as the kernel describes it, with some of its numbers.
func smaps(line, anonymous string) string {
	return line + "\nSize:               4500 kB\nRss:                3924 kB\nAnonymous:          " + anonymous + " kB\nVmFlags: rd ex mr mw me sd \n"
}

func TestOnlyPagesThatComeBackAreReleased(t *testing.T) {
	const program = "/opt/my program"
	tests := map[string]struct {
		text string
		want []mapping
	}{
		"the code":                           {smaps("00400000-00865000 r-xp 00000000 fe:00 12       "+program, "0"), []mapping{{0x400000, 0x865000}}},
		"the constants":                      {smaps("00865000-00d09000 r--p 00465000 fe:00 12       "+program, "0"), []mapping{{0x865000, 0xd09000}}},
		"an address of 64 bits":              {smaps("7fe913604000-7fe9136a6000 r-xp 00000000 fe:00 12 "+program, "0"), []mapping{{0x7fe913604000, 0x7fe9136a6000}}},
		"not the variables":                  {smaps("00d09000-00d68000 rw-p 00909000 fe:00 12       "+program, "84"), nil},
		"not variables that nobody has used": {smaps("00d09000-00d68000 rw-p 00909000 fe:00 12       "+program, "0"), nil},
		"not what was relocated":             {smaps("00865000-00d09000 r--p 00465000 fe:00 12       "+program, "12"), nil},
		"not what nobody may read":           {smaps("00865000-00d09000 ---p 00465000 fe:00 12       "+program, "0"), nil},
		"not what is shared with others":     {smaps("00865000-00d09000 r--s 00465000 fe:00 12       "+program, "0"), nil},
		"not another file":                   {smaps("00865000-00d09000 r--p 00465000 fe:00 12       /usr/lib/libc.so", "0"), nil},
		"not memory without a file":          {smaps("2e19fb000000-2e19fb800000 rw-p 00000000 00:00 0", "2120"), nil},
		"not the kernel's own":               {smaps("7fe91391e000-7fe913920000 r-xp 00000000 00:00 0   [vdso]", "0"), nil},
		"two after each other": {
			smaps("00400000-00865000 r-xp 00000000 fe:00 12       "+program, "4") + smaps("00865000-00d09000 r--p 00465000 fe:00 12       "+program, "0"),
			[]mapping{{0x865000, 0xd09000}},
		},
		"nothing that is no range":   {"Anonymous: 0 kB\nzz-00 r-xp 0 0 0 " + program + "\nAnonymous: 0 kB\n9-8 r-xp 0 0 0 " + program + "\nAnonymous: 0 kB\n", nil},
		"nothing where nothing is":   {"", nil},
		"nothing of a cut last line": {"00400000-00865000 r-xp 00000000 fe:00 12       " + program + "\nAnony", nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, clean([]byte(test.text), program), cmp.AllowUnexported(mapping{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzSmaps(f *testing.F) {
	f.Add([]byte(smaps("00400000-00865000 r-xp 00000000 fe:00 12       /p", "0")))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, m := range clean(text, "/p") {
			if m.from >= m.to || !bytes.Contains(text, []byte(strconv.FormatUint(uint64(m.from), 16))) && !bytes.Contains(bytes.ToLower(text), []byte(strconv.FormatUint(uint64(m.from), 16))) {
				t.Errorf("%x-%x is not in %q", m.from, m.to, text)
			}
		}
	})
}

// TestTheProgramGoesOn releases this very program, and touches all of it again.
func TestTheProgramGoesOn(t *testing.T) {
	before := resident(t)
	Release()
	after := resident(t)
	if before == 0 || after >= before {
		t.Errorf("%d kB of the program file were resident, and %d kB after that", before, after)
	}
	if text := strings.Repeat(strconv.Itoa(len(t.Name())), 2); text != "2020" {
		t.Error(text)
	}
}

// resident is how much of this process's files is mapped, in kB.
func resident(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "RssFile:"); ok {
			n, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatal("the status has no RssFile")
	return 0
}
