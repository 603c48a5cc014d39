package terminal

import (
	"io"
	"strings"
	"unicode/utf8"
)

// Table is lines in columns. What stands in the last columns may be sentences, which on a screen that is too narrow for them stand
// below each line.
type Table struct {
	Head      []string
	Lines     [][]string                    // each as long as Head
	Sentences int                           // how many columns at the end are sentences
	Arrow     int                           // which of these columns follows from the others: below, it stands last, behind an arrow
	Paint     func(line, column int) Colour // may be nil
}

const gap = "  "

// Write writes it. An empty cell is a dash, and no line of its own; what would do something to a terminal is only shown.
func (t Table) Write(out io.Writer, screen Screen) error {
	t.Lines = safe(t.Lines)
	widths := t.widths()
	columns := len(t.Head)
	if screen.Width > 0 && total(widths) > screen.Width {
		columns -= t.Sentences
	}
	var b strings.Builder
	t.cells(&b, t.Head[:columns], widths, func(int) Colour { return Usual }, screen)
	for i, line := range t.Lines {
		t.cells(&b, line[:columns], widths, func(column int) Colour {
			if t.Paint == nil {
				return Usual
			}
			return t.Paint(i, column)
		}, screen)
		for column := columns; column < len(line); column++ {
			if column != t.Arrow {
				writeBelow(&b, "", line[column], screen.Width)
			}
		}
		if columns <= t.Arrow {
			writeBelow(&b, "-> ", line[t.Arrow], screen.Width)
		}
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func safe(lines [][]string) [][]string {
	out := make([][]string, len(lines))
	for i, line := range lines {
		for _, cell := range line {
			out[i] = append(out[i], Safe(cell))
		}
	}
	return out
}

func (t Table) cells(b *strings.Builder, cells []string, widths []int, colour func(column int) Colour, screen Screen) {
	for column, cell := range cells {
		cell = orDash(cell)
		end := strings.Repeat(" ", widths[column]-utf8.RuneCountInString(cell)) + gap
		if column == len(cells)-1 {
			end = "\n"
		}
		b.WriteString(screen.Paint(colour(column), cell) + end)
	}
}

func writeBelow(b *strings.Builder, front, sentence string, width int) {
	if sentence != "" {
		b.WriteString("    " + front + Wrap(sentence, 4+len(front), width) + "\n")
	}
}

func (t Table) widths() []int {
	widths := make([]int, len(t.Head))
	for _, line := range append([][]string{t.Head}, t.Lines...) {
		for column, cell := range line {
			widths[column] = max(widths[column], utf8.RuneCountInString(orDash(cell)))
		}
	}
	return widths
}

func total(widths []int) int {
	sum := len(gap) * (len(widths) - 1)
	for _, width := range widths {
		sum += width
	}
	return sum
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
