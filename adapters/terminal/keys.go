package terminal

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// Key is what was pressed: a letter as it is, or one of the names.
type Key string

// The keys that are no letters.
const (
	KeyEnter     Key = "enter"
	KeyEscape    Key = "escape"
	KeyBackspace Key = "backspace"
	KeyUp        Key = "up"
	KeyDown      Key = "down"
	KeyLeft      Key = "left"
	KeyRight     Key = "right"
	KeyPageUp    Key = "page up"
	KeyPageDown  Key = "page down"
	KeyHome      Key = "home"
	KeyEnd       Key = "end"
	KeyInterrupt Key = "ctrl-c"
	KeySuspend   Key = "ctrl-z"
	KeyRedraw    Key = "ctrl-l"
	KeyClear     Key = "ctrl-u"
)

var controls = map[byte]Key{'\r': KeyEnter, '\n': KeyEnter, 0x7f: KeyBackspace, 0x08: KeyBackspace, 0x03: KeyInterrupt, 0x1a: KeySuspend, 0x0c: KeyRedraw, 0x15: KeyClear}

var sequences = map[string]Key{
	"A": KeyUp, "B": KeyDown, "C": KeyRight, "D": KeyLeft, "H": KeyHome, "F": KeyEnd, "1~": KeyHome, "4~": KeyEnd, "7~": KeyHome, "8~": KeyEnd, "5~": KeyPageUp, "6~": KeyPageDown,
}

// longestSequence is longer than that of any key; what begins like one and goes on is none.
const longestSequence = 16

// keys are those that some bytes stand for, and what is left of them that may be the beginning of one. Nothing is left if no more will come soon:
// an escape alone is the key of that name. Keys without a name here are none.
func keys(in []byte, whole bool) (all []Key, rest []byte) {
	for len(in) > 0 {
		key, size := first(in, whole)
		if size == 0 {
			return all, in
		}
		if key != "" {
			all = append(all, key)
		}
		in = in[size:]
	}
	return all, nil
}

// first is the first key, and how many bytes it takes; none if more are needed.
func first(in []byte, whole bool) (Key, int) {
	if in[0] == 0x1b {
		return escape(in, whole)
	}
	if key, is := controls[in[0]]; is {
		return key, 1
	}
	if !utf8.FullRune(in) && !whole {
		return "", 0
	}
	r, size := utf8.DecodeRune(in)
	if r == utf8.RuneError || !unicode.IsPrint(r) {
		return "", size
	}
	return Key(in[:size]), size
}

func escape(in []byte, whole bool) (Key, int) {
	switch {
	case len(in) == 1 && whole:
		return KeyEscape, 1
	case len(in) == 1:
		return "", 0
	case in[1] != '[' && in[1] != 'O':
		return KeyEscape, 1 // with another key behind it
	}
	end := bytes.IndexFunc(in[2:min(len(in), longestSequence)], func(r rune) bool { return r >= 0x40 && r <= 0x7e })
	switch {
	case end >= 0:
		return sequences[string(in[2:2+end+1])], 2 + end + 1
	case whole || len(in) >= longestSequence:
		return "", min(len(in), longestSequence)
	}
	return "", 0
}
