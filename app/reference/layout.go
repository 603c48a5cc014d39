package reference

import (
	"strings"
	"unicode/utf8"

	"supervisor-healthcheck/adapters/terminal"
)

const (
	most    = 100 // wider lines are hard to read
	least   = 40
	margin  = 6 // where the meaning of a long term begins
	shortly = 14
)

// Layout puts a text into lines as wide as the screen allows. A line that begins with "# " is a heading; one with "    " stays as
// it is; "term :: meaning" is an entry of a list, and ":: more" says more of the one before; all others are paragraphs.
func Layout(text string, screen terminal.Screen) string {
	p := page{screen: screen, width: terminal.Plain - 1}
	if screen.Width > 0 {
		p.width = max(least, min(most, screen.Width)) - 1
	}
	for line := range strings.SplitSeq(strings.TrimSpace(text)+"\n", "\n") {
		p.take(strings.TrimRight(line, " "))
	}
	return strings.Trim(p.b.String(), "\n") + "\n"
}

type page struct {
	b         strings.Builder
	screen    terminal.Screen
	width     int
	paragraph []string
	list      []item
	blank     bool // the last line is empty
}

// item is an entry of a list.
type item struct{ term, meaning, more string }

func (p *page) take(line string) {
	term, meaning, entry := strings.Cut(line, " :: ")
	more, goesOn := strings.CutPrefix(line, ":: ")
	heading, headed := strings.CutPrefix(line, "# ")
	verbatim := strings.HasPrefix(line, "    ")
	entry = entry && !verbatim
	if !entry && !goesOn {
		p.endList()
	}
	if line == "" || entry || headed || verbatim {
		p.endParagraph()
	}
	switch {
	case line == "":
		p.space()
	case verbatim:
		p.write(line)
	case headed:
		p.space()
		p.write(p.screen.Paint(terminal.Bold, heading))
	case goesOn && len(p.list) > 0:
		p.list[len(p.list)-1].more = more
	case entry:
		p.list = append(p.list, item{term: term, meaning: meaning})
	default:
		p.paragraph = append(p.paragraph, line)
	}
}

func (p *page) write(line string) {
	p.b.WriteString(line + "\n")
	p.blank = false
}

// space writes an empty line, if the last one is not.
func (p *page) space() {
	if !p.blank {
		p.b.WriteString("\n")
	}
	p.blank = true
}

func (p *page) endParagraph() {
	if len(p.paragraph) > 0 {
		p.write(terminal.Wrap(strings.Join(p.paragraph, " "), 0, p.width))
	}
	p.paragraph = nil
}

// endList writes short terms with their meaning beside them, and others above it.
func (p *page) endList() {
	column := 0
	for _, i := range p.list {
		column = max(column, utf8.RuneCountInString(i.term)+4)
		if i.more != "" {
			column = shortly + 5
		}
	}
	for _, i := range p.list {
		term := p.screen.Paint(terminal.Bold, terminal.Wrap(i.term, 4, p.width))
		if column <= shortly+4 {
			p.write("  " + term + strings.Repeat(" ", column-2-utf8.RuneCountInString(i.term)) + terminal.Wrap(i.meaning, column, p.width))
			continue
		}
		p.write("  " + term)
		p.write(strings.Repeat(" ", margin) + terminal.Wrap(i.meaning, margin, p.width))
		if i.more != "" {
			p.write(strings.Repeat(" ", margin) + p.screen.Paint(terminal.Faint, terminal.Wrap(i.more, margin, p.width)))
		}
	}
	p.list = nil
}
