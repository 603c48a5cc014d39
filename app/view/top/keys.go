package top

import (
	"unicode/utf8"

	"supervisor-healthcheck/adapters/terminal"
	"supervisor-healthcheck/app/view"
	"supervisor-healthcheck/domain"
)

// Press is one key.
func (m *Model) Press(k terminal.Key) []Order {
	switch {
	case k == terminal.KeyInterrupt:
		return []Order{{Kind: Quit}}
	case k == terminal.KeySuspend:
		return []Order{{Kind: Suspend}}
	case k == terminal.KeyRedraw:
		return []Order{{Kind: Redraw}}
	case m.mode == filtering:
		return m.filtered(k)
	case m.mode == pausing:
		return m.paused(k)
	}
	m.message = ""
	switch {
	case k == "q":
		return []Order{{Kind: Quit}}
	case m.mode == helping:
		m.mode = m.before
	case k == "?":
		m.before, m.mode = m.mode, helping
	case k == "p":
		m.askPause()
	case k == "r":
		return m.resume()
	case m.mode == detail:
		m.look(k)
	case k == terminal.KeyEscape:
		return []Order{{Kind: Quit}}
	default:
		m.browse(k)
	}
	return nil
}

// sorts are the keys that sort. The same key again turns the order round.
var sorts = map[terminal.Key]column{"N": byName, "H": byHealth, "R": byRestarts, "M": byMemory, "C": byCPU, "T": byCheck}

func (m *Model) browse(k terminal.Key) {
	if by, is := sorts[k]; is {
		m.reversed = by == m.sort && !m.reversed
		m.sort = by
		m.arrange()
		return
	}
	page := max(1, m.rows())
	switch k {
	case "/":
		m.mode, m.input = filtering, m.filter
	case terminal.KeyEnter:
		if m.at() >= 0 {
			m.mode, m.scroll = detail, 0
		}
	case terminal.KeyUp, "k":
		m.move(-1)
	case terminal.KeyDown, "j":
		m.move(1)
	case terminal.KeyPageUp:
		m.move(-page)
	case terminal.KeyPageDown, " ":
		m.move(page)
	case terminal.KeyHome, "g":
		m.move(-len(m.shown))
	case terminal.KeyEnd, "G":
		m.move(len(m.shown))
	}
}

// move moves the cursor by so many lines.
func (m *Model) move(by int) {
	if len(m.shown) > 0 {
		m.selected = keyOf(m.shown[min(max(0, m.at()+by), len(m.shown)-1)])
	}
}

// look moves in what is shown of one process, or leaves it.
func (m *Model) look(k terminal.Key) {
	page := max(1, m.height-2)
	switch k {
	case terminal.KeyEscape, terminal.KeyEnter, terminal.KeyBackspace, terminal.KeyLeft:
		m.mode, m.scroll = browsing, 0
		m.arrange()
	case terminal.KeyUp, "k":
		m.scroll--
	case terminal.KeyDown, "j":
		m.scroll++
	case terminal.KeyPageUp:
		m.scroll -= page
	case terminal.KeyPageDown, " ":
		m.scroll += page
	case terminal.KeyHome, "g":
		m.scroll = 0
	case terminal.KeyEnd, "G":
		m.scroll = 1 << 30 // the frame knows where the end is
	}
	m.scroll = max(0, m.scroll)
}

// write takes a key into what is being written.
func (m *Model) write(k terminal.Key) {
	const longest = 100
	switch {
	case k == terminal.KeyBackspace:
		_, size := utf8.DecodeLastRuneInString(m.input)
		m.input = m.input[:len(m.input)-size]
	case k == terminal.KeyClear:
		m.input = ""
	case utf8.RuneCountInString(string(k)) == 1 && len(m.input) < longest:
		m.input += string(k)
	}
}

func (m *Model) filtered(k terminal.Key) []Order {
	switch k {
	case terminal.KeyEnter:
		m.mode = browsing
	case terminal.KeyEscape:
		m.mode, m.input = browsing, ""
	default:
		m.write(k)
	}
	m.filter = m.input
	m.arrange()
	return nil
}

// askPause begins to ask for the time of a pause.
func (m *Model) askPause() {
	switch _, is := m.process(); {
	case m.config.Readonly:
		m.refuse("nothing is paused: this is --readonly")
	case is:
		m.before, m.mode, m.input = m.mode, pausing, usualPause
	}
}

func (m *Model) paused(k terminal.Key) []Order {
	switch k {
	case terminal.KeyEscape:
		m.mode, m.message = m.before, ""
	case terminal.KeyEnter:
		d, cure := domain.ParsePositive(m.input)
		if cure == "" && d > view.LongestPause {
			cure = "a pause lasts for " + domain.ShortDuration(view.LongestPause) + " at most"
		}
		if cure != "" {
			m.refuse(cure)
			return nil
		}
		m.mode, m.message = m.before, ""
		return []Order{{Kind: Pause, Name: m.selected.name, For: d}}
	default:
		m.write(k)
	}
	return nil
}

func (m *Model) resume() []Order {
	switch _, is := m.process(); {
	case m.config.Readonly:
		m.refuse("nothing is resumed: this is --readonly")
	case is:
		return []Order{{Kind: Resume, Name: m.selected.name}}
	}
	return nil
}

func (m *Model) refuse(why string) { m.message, m.bad = why, true }
