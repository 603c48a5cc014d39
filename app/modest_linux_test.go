package app

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"testing"
)

func TestPagesOfTheProgramFileAreGivenBack(t *testing.T) {
	before := shownByFiles(t)
	giveBack()
	if after := shownByFiles(t); after >= before*3/4 {
		t.Errorf("%d kB of files are resident, %d kB before", after, before)
	}
}

// shownByFiles is how much of files is resident, in kB.
func shownByFiles(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`RssFile:\s+(\d+) kB`).FindSubmatch(status)
	if found == nil {
		t.Skip("the kernel does not tell")
	}
	n, err := strconv.Atoi(string(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestOnlyUnchangedPagesAreGivenBack(t *testing.T) {
	const smaps = `00400000-00c69000 r-xp 00000000 fe:00 42                           /bin/program
Size:               8612 kB
Anonymous:             0 kB
VmFlags: rd ex mr mw me
00c69000-01541000 r--p 00869000 fe:00 42                           /bin/program with a blank
Anonymous:             0 kB
01541000-01600000 r--p 01141000 fe:00 42                           /bin/program
Anonymous:             4 kB
01600000-01700000 rw-p 01200000 fe:00 42                           /bin/program
Anonymous:             0 kB
c000000000-c000400000 r--p 00000000 00:00 0
Anonymous:             0 kB
nonsense r--p 00000000 fe:00 42
Anonymous:             0 kB
`
	want := []mapping{{0x400000, 0xc69000}, {0xc69000, 0x1541000}}
	if got := unchanged([]byte(smaps)); !slices.Equal(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
}
