package domain

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// SettingError says what is wrong with one setting. Its message is one sentence for the operator.
type SettingError struct {
	Setting string // its word, such as "timeout"; front ends may put a flag or a place in a file there
	Value   string // as it was written
	Why     string // what is wrong and the cure
}

// Error is the sentence: setting, value, cure.
func (e *SettingError) Error() string {
	if e.Value == "" {
		return e.Setting + " is missing: " + e.Why
	}
	return fmt.Sprintf("%s %s: %s", e.Setting, bare(e.Value), e.Why)
}

// bare puts quotes around a value as the operator wrote it: escaped again, a pattern could not be copied.
func bare(value string) string {
	if strconv.CanBackquote(value) && !strings.Contains(value, `"`) {
		return `"` + value + `"`
	}
	return strconv.Quote(value)
}

// ParseDuration reads a duration as operators write it: 30 and 30s are seconds, 5m, 1h, 1h30m, 1d. It must not be
// negative.
func ParseDuration(text string) (time.Duration, bool) {
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		if seconds < 0 || seconds >= math.MaxInt64/1e9 || math.IsNaN(seconds) {
			return 0, false
		}
		return time.Duration(seconds * 1e9), true
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		return time.Duration(n) * 24 * time.Hour, err == nil
	}
	d, err := time.ParseDuration(text)
	return d, err == nil && d >= 0
}

// ParsePositive reads a duration of more than nothing; cure says what to write instead of a bad one.
func ParsePositive(text string) (d time.Duration, cure string) {
	d, ok := ParseDuration(text)
	if !ok || d == 0 {
		return 0, "write a duration of more than nothing such as 30, 30.5, 30s or 5m"
	}
	return d, ""
}

// ParseSwitch reads yes or no in one of the words that supervisord knows for it, in capitals or not.
func ParseSwitch(text string) (on, known bool) {
	switch strings.ToLower(text) {
	case "true", "yes", "on", "1":
		return true, true
	case "false", "no", "off", "0":
		return false, true
	}
	return false, false
}

// ParseWhole reads a whole number; cure says what to write instead of a bad one.
func ParseWhole(text string, least, most int) (n int, cure string) {
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, fmt.Sprintf("write a whole number from %d to %d", least, most)
	}
	return n, ""
}

func parseCount(text string) (int, string) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 1_000_000 {
		return 0, "write a whole number of 1 or more"
	}
	return n, ""
}

func parseSpan(text string) (time.Duration, string) {
	d, ok := ParseDuration(text)
	if !ok {
		return 0, "write a duration such as 30, 30s, 5m or 1h"
	}
	return d, ""
}

// parseBound reads a duration that "off" ends.
func parseBound(text string) (time.Duration, string) {
	if text == "off" || text == "none" {
		return 0, ""
	}
	d, ok := ParseDuration(text)
	if !ok {
		return 0, `write a duration such as 30s, 5m or 1h, or "off"`
	}
	return d, ""
}

func parseLimit(text string) (Limit, string) {
	const cure = `write a number of restarts per duration such as 5/1h, or "none"`
	if text == "none" {
		return Limit{}, ""
	}
	count, per, _ := strings.Cut(text, "/")
	n, err := strconv.Atoi(strings.TrimSpace(count))
	d, ok := ParseDuration(strings.TrimSpace(per))
	if err != nil || n < 1 || n > 1000 || !ok || d == 0 {
		return Limit{}, cure
	}
	return Limit{Count: n, Per: d}, ""
}

func parsePause(text string) (Pause, string) {
	const cure = `write the first and the longest pause such as 1m..1h, one pause such as 30s, or "none"`
	if text == "none" {
		return Pause{}, ""
	}
	first, longest, two := strings.Cut(text, "..")
	least, ok := ParseDuration(strings.TrimSpace(first))
	most := least
	if two {
		var good bool
		most, good = ParseDuration(strings.TrimSpace(longest))
		ok = ok && good
	}
	if !ok || least <= 0 || most < least {
		return Pause{}, cure
	}
	return Pause{Min: least, Max: most}, ""
}

// parseShare takes the percent sign for granted, because supervisord wants it doubled in environment=, or even fourfold: below 1
// a number is a share, above it is in percent.
func parseShare(text string) (float64, string) {
	if text == "off" || text == "none" {
		return 0, ""
	}
	number, sign := strings.CutSuffix(text, "%")
	n, err := strconv.ParseFloat(number, 64)
	switch {
	case err != nil || !(n > 0 && n <= 100):
		return 0, `write a share from 1% to 100% such as 50%, 50 or 0.5, or "off"`
	case n == 1 && !sign:
		return 0, "it may be 1 in 100 or all: write 1% or 100%"
	case n < 1 && !sign:
		return n, ""
	}
	return n / 100, ""
}

func parseRecover(text string) ([]State, string) {
	if text == "none" {
		return nil, ""
	}
	var states []State
	for word := range strings.SplitSeq(text, ",") {
		state, ok := ParseState(strings.ToUpper(strings.TrimSpace(word)))
		if !ok || state != Fatal && state != Exited && state != Backoff {
			return nil, `write one or more of fatal, exited, backoff with commas between, or "none"`
		}
		if !slices.Contains(states, state) {
			states = append(states, state)
		}
	}
	return states, ""
}

func parseRearm(text string) (Rearm, string) {
	switch text {
	case "human":
		return RearmByHuman, ""
	case "window":
		return RearmByWindow, ""
	}
	return 0, `write "human" or "window"`
}

func parseMode(text string) (bool, string) {
	switch text {
	case "act":
		return false, ""
	case "observe":
		return true, ""
	}
	return false, `write "act" or "observe"`
}

func parseAction(text string) (Action, string) {
	switch text {
	case "restart":
		return Action{}, ""
	case "none":
		return Action{Kind: OnlySay}, ""
	}
	name, ok := strings.CutPrefix(text, "signal:")
	name = strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(name)), "SIG")
	if !ok || !slices.Contains(signals(), name) {
		return Action{}, `write "restart", "none", or "signal:" and a name such as signal:HUP`
	}
	return Action{Kind: SendSignal, Signal: name}, ""
}

// signals are the names that supervisord's signalProcess accepts and that make sense for a service.
func signals() []string {
	return []string{"ABRT", "ALRM", "CONT", "HUP", "INT", "KILL", "QUIT", "TERM", "USR1", "USR2", "WINCH"}
}
