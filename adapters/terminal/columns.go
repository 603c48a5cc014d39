package terminal

import (
	"strings"
	"unicode"
)

// Columns is how many columns a text takes that is Safe: letters of East Asia and most pictures take two, marks that join a letter none.
func Columns(text string) (n int) {
	for _, r := range text {
		n += columns(r)
	}
	return n
}

// Cut is a text in so many columns at most. Three points in the last one say that something is missing.
func Cut(text string, width int) string {
	if Columns(text) <= width {
		return text
	}
	n := 0
	for i, r := range text {
		if n += columns(r); n > width-1 {
			return text[:i] + ellipsis(width)
		}
	}
	return text
}

func ellipsis(width int) string {
	if width < 1 {
		return ""
	}
	return "…"
}

// Fill is a text in exactly so many columns.
func Fill(text string, width int) string {
	text = Cut(text, width)
	return text + strings.Repeat(" ", max(0, width-Columns(text)))
}

// wide are letters that take two columns.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{{Lo: 0x1100, Hi: 0x115f, Stride: 1}, {Lo: 0x2e80, Hi: 0x303e, Stride: 1}, {Lo: 0x3041, Hi: 0xa4cf, Stride: 1}, {Lo: 0xac00, Hi: 0xd7a3, Stride: 1},
		{Lo: 0xf900, Hi: 0xfaff, Stride: 1}, {Lo: 0xfe30, Hi: 0xfe6f, Stride: 1}, {Lo: 0xff00, Hi: 0xff60, Stride: 1}, {Lo: 0xffe0, Hi: 0xffe6, Stride: 1}},
	R32: []unicode.Range32{{Lo: 0x1f300, Hi: 0x1f64f, Stride: 1}, {Lo: 0x1f680, Hi: 0x1f6ff, Stride: 1}, {Lo: 0x1f900, Hi: 0x1f9ff, Stride: 1}, {Lo: 0x20000, Hi: 0x3fffd, Stride: 1}},
}

func columns(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case unicode.Is(wide, r):
		return 2
	}
	return 1
}
