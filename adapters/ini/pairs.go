package ini

import (
	"errors"
	"strings"
)

var errPairs = errors.New(`write variables such as A=1,B="x y"`)

// Pairs reads environment=, as supervisor.datatypes.dict_of_key_value_pairs does by means of Python's shlex.
func Pairs(text string) (map[string]string, error) {
	words, ok := split(text)
	if !ok {
		return nil, errPairs
	}
	all := map[string]string{}
	for i := 0; i < len(words); i += 4 { // the fourth is a comma, or anything else
		if i+2 >= len(words) || words[i+1] != "=" {
			return nil, errPairs
		}
		all[words[i]] = strings.Trim(words[i+2], `'"`)
	}
	return all, nil
}

// split is shlex.shlex without POSIX rules: words of some characters, texts in quotes, which they keep, and all other
// characters each for itself. It is false for a quote without an end.
func split(text string) (words []string, ok bool) {
	runes, word := []rune(text), []rune{}
	emit := func() {
		if len(word) > 0 {
			words = append(words, string(word))
			word = nil
		}
	}
	for i := 0; i < len(runes); i++ {
		switch r := runes[i]; {
		case strings.ContainsRune(" \t\r\n", r):
			emit()
		case r == '#': // a comment ends no word
			for i < len(runes) && runes[i] != '\n' {
				i++
			}
		case inWord(r), len(word) > 0 && (r == '"' || r == '\''):
			word = append(word, r)
		case r == '"', r == '\'':
			end := i + 1
			for end < len(runes) && runes[end] != r {
				end++
			}
			if end == len(runes) {
				return nil, false
			}
			words = append(words, string(runes[i:end+1]))
			i = end
		default:
			emit()
			words = append(words, string(r))
		}
	}
	emit()
	return words, true
}

func inWord(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_/.+-():", r)
}
