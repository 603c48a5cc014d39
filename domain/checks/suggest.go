package checks

import (
	"slices"
	"strings"
)

// shownKey is a key as an error shows it: one that resembles none of the names, or of other settings, may be a secret that was put in
// the wrong place; one of three characters is none.
func shownKey(key string, names []string) string {
	names = slices.Clone(names)
	for _, kind := range Commands() {
		names = append(names, keys(kind.New().Table())...)
	}
	if len(key) < 4 || slices.ContainsFunc(names, func(name string) bool { return unlikeness(key, name) <= min(2, len(key)/2) }) {
		return key
	}
	return hidden
}

// suggest says which name the writer of the word meant, or all that there are.
func suggest(word string, names []string) string {
	nearest := slices.MinFunc(names, func(a, b string) int { return unlikeness(word, a) - unlikeness(word, b) })
	if unlikeness(word, nearest) <= min(2, len(word)/2) {
		return "did you mean " + nearest + "?"
	}
	return "there are " + strings.Join(names, ", ")
}

// unlikeness is the edit distance to the name or to the nearest of its words: "retires" is 2 from "num_retries".
func unlikeness(word, name string) int {
	least := distance(word, name)
	for part := range strings.SplitSeq(name, "_") {
		least = min(least, distance(word, part))
	}
	return least
}

// distance is the number of characters to insert, drop or replace, after Levenshtein.
func distance(a, b string) int {
	from, to := []rune(a), []rune(b)
	row := make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i, r := range from {
		diagonal := row[0]
		row[0] = i + 1
		for j, s := range to {
			cost := diagonal
			if r != s {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(to)]
}
