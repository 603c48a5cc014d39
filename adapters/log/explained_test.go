package log_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"supervisor-healthcheck/adapters/words"
)

// explained are the terms under a heading that holds this word.
func explained(t *testing.T, heading string) []string {
	t.Helper()
	var terms []string
	for part := range strings.SplitSeq(words.Explained(), "# ") {
		title, body, _ := strings.Cut(part, "\n")
		if !strings.Contains(title, heading) {
			continue
		}
		for line := range strings.SplitSeq(strings.TrimSpace(body), "\n") {
			term, meaning, ok := strings.Cut(line, " :: ")
			if !ok || meaning == "" || strings.HasSuffix(meaning, ".") {
				t.Errorf("%q is no term with its meaning", line)
			}
			terms = append(terms, term)
		}
	}
	return terms
}

// told are the messages with their levels, the decisions and the facts that the log can have.
func told() (messages, decisions, facts map[string]bool) {
	messages, decisions, facts = map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, l := range lines() {
		level, rest, _ := strings.Cut(strings.TrimSpace(l.text), " ")
		for _, match := range regexp.MustCompile(`(\w+)=("(?:[^"\\]|\\.)*"|\S*)`).FindAllStringSubmatch(rest, -1) {
			value := strings.Trim(match[2], `"`)
			switch key := match[1]; key {
			case "msg":
				messages[level+" "+value] = true
			case "decision":
				decisions[value] = true
				facts[key] = true
			default:
				facts[key] = true
			}
		}
	}
	return messages, decisions, facts
}

// meets reports whether an explained term is about a text that was told: numbers are examples, three dots the rest.
func meets(term, text string) bool {
	number := regexp.MustCompile(`\d+(?:[dhms]+\d*)*`)
	term, text = number.ReplaceAllString(term, "N"), number.ReplaceAllString(text, "N")
	if begin, open := strings.CutSuffix(term, "..."); open {
		return strings.HasPrefix(text, begin)
	}
	return term == text
}

func compare(t *testing.T, terms []string, texts map[string]bool) {
	t.Helper()
	for _, term := range terms {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(texts)), func(text string) bool { return meets(term, text) }) {
			t.Errorf("%q is explained, and the log does not say it", term)
		}
	}
	for text := range texts {
		if !slices.ContainsFunc(terms, func(term string) bool { return meets(term, text) }) {
			t.Errorf("%q is not explained", text)
		}
	}
}

func TestAllThatTheLogSaysIsExplained(t *testing.T) {
	messages, decisions, facts := told()
	if len(messages) < 30 || len(decisions) < 15 || len(facts) < 20 {
		t.Fatalf("the log has %d messages, %d decisions and %d facts", len(messages), len(decisions), len(facts))
	}
	var known []string
	for _, heading := range []string{"found", "done", "supervisord"} {
		known = append(known, explained(t, heading)...)
	}
	compare(t, known, messages)
	compare(t, explained(t, "decision="), decisions)
	var keys []string
	for _, term := range explained(t, "facts of a line") {
		keys = append(keys, strings.Split(term, ", ")...)
	}
	compare(t, keys, facts)
}
