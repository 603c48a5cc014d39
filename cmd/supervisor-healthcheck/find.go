package main

import (
	"fmt"
	"slices"
	"strings"
)

// find finds a flag by its long name or by a prefix of it. A prefix that was unambiguous among the flags of the
// Python command means the same here, however many flags were added.
func find(words []word, name string) (word, error) {
	for _, w := range words {
		if w.long == name || w.alias != "" && w.alias == name {
			return w, nil
		}
	}
	candidates := beginning(words, name, false)
	if len(candidates) == 0 {
		candidates = beginning(words, name, true)
	}
	switch {
	case name == "" || len(candidates) == 0:
		return word{}, fmt.Errorf("unknown flag --%s: -h shows the flags of this command", name)
	case len(candidates) > 1:
		return word{}, fmt.Errorf("ambiguous flag --%s: it could be %s", name, longNames(candidates))
	}
	return candidates[0], nil
}

func beginning(words []word, prefix string, added bool) []word {
	var found []word
	for _, w := range words {
		if w.added == added && w.begins(prefix) {
			found = append(found, w)
		}
	}
	return found
}

func byLetter(words []word, letter rune) (word, bool) {
	i := slices.IndexFunc(words, func(w word) bool { return w.short != 0 && w.short == letter })
	if i < 0 {
		return word{}, false
	}
	return words[i], true
}

// byLong finds a flag that is known to exist by its whole long name.
func byLong(words []word, long string) word {
	i := slices.IndexFunc(words, func(w word) bool { return w.long == long })
	return words[i]
}

func longNames(words []word) string {
	var names []string
	for _, w := range words {
		names = append(names, "--"+w.long)
	}
	return strings.Join(names, ", ")
}
