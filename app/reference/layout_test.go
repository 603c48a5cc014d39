package reference_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/adapters/terminal"
	"supervisor-healthcheck/app/reference"
)

const marked = `A paragraph that is written in one long line, and is broken where the screen ends, or earlier.
It goes on here.

    verbatim = whatever follows it, however long that may be, so that it can be copied as it is

# A heading
short :: what it means, in as many words as it takes to say that, which may be more than fit
longer :: more

a term that is long :: what it means
:: what is said of it besides, :: with dots
another :: and this
`

func TestLayout(t *testing.T) {
	const narrow = `A paragraph that is written in one long line, and
is broken where the screen ends, or earlier. It
goes on here.

    verbatim = whatever follows it, however long that may be, so that it can be copied as it is

` + "\x1b[1mA heading\x1b[0m" + `
  ` + "\x1b[1mshort\x1b[0m" + `   what it means, in as many words as it
          takes to say that, which may be more
          than fit
  ` + "\x1b[1mlonger\x1b[0m" + `  more

  ` + "\x1b[1ma term that is long\x1b[0m" + `
      what it means
      ` + "\x1b[2mwhat is said of it besides, :: with dots\x1b[0m" + `
  ` + "\x1b[1manother\x1b[0m" + `
      and this
`
	if d := cmp.Diff(narrow, reference.Layout(marked, terminal.Screen{Width: 50, Colours: true})); d != "" {
		t.Error(d)
	}
}

func TestLinesAreAsWideAsTheScreenAllows(t *testing.T) {
	text := strings.Repeat("word ", 200) + "\n\n" + strings.Repeat("term ", 40) + ":: " + strings.Repeat("word ", 200)
	for width, want := range map[int]int{0: 79, 10: 39, 60: 59, 80: 79, 100: 99, 300: 99} {
		widest := 0
		for line := range strings.SplitSeq(reference.Layout(text, terminal.Screen{Width: width}), "\n") {
			widest = max(widest, utf8.RuneCountInString(line))
		}
		if widest > want || widest < want-5 {
			t.Errorf("a screen of %d columns gets lines of %d", width, widest)
		}
	}
}
