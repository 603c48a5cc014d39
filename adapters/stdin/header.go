package stdin

import (
	"strconv"
	"strings"

	"supervisor-healthcheck/domain"
)

// longestLength is the largest believable length of a payload, in code points. A number beyond it is a mistake
// that would swallow all events to come.
const longestLength = 1 << 30

type header struct {
	event  domain.Event // name and numbers
	length int          // of the payload, in code points
}

// parseHeader reads
//
//	ver:3.0 server:IDENTIFIER serial:1 pool:NAME poolserial:1 eventname:NAME len:1
//
// from the right, because the identifier may contain anything, blanks and colons too. Noise before "ver:" is ignored.
func parseHeader(line string) (h header, ok bool) {
	line, length, ok1 := cutNumber(line, " len:")
	line, name, ok2 := cutLast(line, " eventname:")
	line, poolSerial, ok3 := cutNumber(line, " poolserial:")
	line, _, ok4 := cutLast(line, " pool:")
	line, serial, ok5 := cutNumber(line, " serial:")
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || length > longestLength || name == "" || strings.Contains(name, " ") || !opensHeader(line) {
		return header{}, false
	}
	return header{
		event:  domain.Event{Name: name, Serial: serial, PoolSerial: poolSerial},
		length: int(length),
	}, true
}

// opensHeader reports whether "ver:", a number and " server:" stand somewhere in text, one after the other. A plain search for
// "ver:" would also find the end of "server:".
func opensHeader(text string) bool {
	for {
		_, after, found := strings.Cut(text, "ver:")
		if !found {
			return false
		}
		text = strings.TrimLeft(after, "0123456789.")
		if len(text) < len(after) && strings.HasPrefix(text, " server:") {
			return true
		}
	}
}

// cutLast splits text around the last mark.
func cutLast(text, mark string) (before, after string, found bool) {
	i := strings.LastIndex(text, mark)
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+len(mark):], true
}

// cutNumber splits text around the last mark, which a number without a sign must follow.
func cutNumber(text, mark string) (before string, number int64, ok bool) {
	before, after, found := cutLast(text, mark)
	n, err := strconv.ParseUint(after, 10, 63)
	return before, int64(n), found && err == nil
}
