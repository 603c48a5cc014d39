package journal

import (
	"errors"
	"fmt"
)

const (
	// largest bounds a file: what is larger is not read, and none is written. A real journal has some kilobytes, and the
	// largest that our bounds on histories and acts allow has some megabytes.
	largest = 4 << 20
	// mostEntries bounds the restarts and histories in a file, and
	mostEntries = 10_000
	// mostParts what stands in them, since two bytes of JSON can be a hundred bytes of memory.
	mostParts = 1_000_000
	// deepest is deeper than our files are.
	deepest = 16
)

var errTooMany = fmt.Errorf("it has more than %d entries", mostEntries)

func tooLarge(size int64) error {
	return fmt.Errorf("it has %d MB, and no journal has more than %d", size>>20, largest>>20)
}

// weigh finds out whether a file can be one of ours before memory is spent on what stands in it. It goes through the bytes
// and counts commas: those between the elements of the lists of the document, and the others.
func weigh(data []byte) error {
	const lists = 2 // brackets around an element of a list of the document
	depth, entries, parts, quoted := 0, 0, 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > deepest {
				return errors.New("it is nested too deeply")
			}
		case c == '}' || c == ']':
			depth--
		case c == ',' && depth == lists:
			entries++
		case c == ',':
			parts++
		}
		if entries > mostEntries || parts > mostParts {
			return errTooMany
		}
	}
	return nil
}

func (d *document) empty() bool { return len(d.Restarts)+len(d.Histories) == 0 }

// fit is the text of the document, without those of the histories that would make the file one that is not read. They are
// the last ones, which matter least; a restart is never left out.
func (d *document) fit() ([]byte, error) {
	d.Histories = d.Histories[:min(len(d.Histories), max(0, mostEntries-len(d.Restarts)))]
	for {
		text, err := d.text()
		if err != nil || len(text) <= largest && len(d.Restarts) <= mostEntries {
			return text, err
		}
		if len(d.Histories) == 0 {
			return nil, tooLarge(int64(len(text)))
		}
		d.Histories = d.Histories[:len(d.Histories)*3/4]
	}
}
