package discovery

import (
	"fmt"
	"strings"

	"supervisor-healthcheck/adapters/ini"
)

// templates are the ways to write a port or a path for one process so that others of its program may have the same text, the
// most telling one first, and the text itself last.
func templates(text string, p process) []string {
	var all []string
	if p.of > 1 {
		if strings.Contains(text, p.Name) && len(p.Name) > 1 {
			parts := strings.Split(text, p.Name)
			for i := range parts {
				parts[i] = ini.Escaped(parts[i])
			}
			all = append(all, strings.Join(parts, "%(process_name)s"))
		}
		all = append(all, numberings(text, p.number, p.digits)...)
	}
	return append(all, ini.Escaped(text))
}

// numberings write the number of the process where it ends one of the numbers in the text. Two digits are the most usual; where
// all processes have that many, none needs a zero in front.
func numberings(text string, number, digits int) []string {
	var all []string
	widths := []int{2, 3, 4, 1}
	if digits > 1 {
		widths = []int{1, 2, 3, 4}
	}
	for _, width := range widths {
		written, form := fmt.Sprintf("%0*d", width, number), fmt.Sprintf("%%(process_num)0%dd", width)
		if width == 1 {
			form = "%(process_num)d"
		}
		for end := len(text); end > 0; end-- {
			last := end == len(text) || !isDigit(text[end])
			if last && strings.HasSuffix(text[:end], written) {
				all = append(all, ini.Escaped(text[:end-len(written)])+form+ini.Escaped(text[end:]))
			}
		}
	}
	return all
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
