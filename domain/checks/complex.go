package checks

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"supervisor-healthcheck/domain"
)

// ParseComplex reads the JSON of the complex check: an object whose members are checks by their name, each with an
// object of its settings. The checks are returned in the order in which they are written. Every error is a
// *domain.SettingError whose Setting is the place in the JSON, such as "http.port"; where the text is not JSON at
// all, it is line and column. No error contains a password, a header or a body.
func ParseComplex(text string) ([]Settings, error) {
	const cure = `write an object of checks such as {"memory": {"max_rss": 204800}}`
	if err := checkSyntax(text); err != nil {
		return nil, err
	}
	checks, ok := members(json.RawMessage(text))
	if !ok || len(checks) == 0 {
		return nil, wrong("checks", hidden, cure)
	}
	var all []Settings
	for i, check := range checks {
		if repeated(checks, i) {
			return nil, wrong(check.key, hidden, "it is written twice; write each check once")
		}
		settings, err := parseCheck(check)
		if err != nil {
			return nil, err
		}
		all = append(all, settings)
	}
	return all, nil
}

// Prefixed puts the place in front of the setting of a *domain.SettingError, "http" in front of "port" as
// "http.port". Other errors stay as they are.
func Prefixed(place string, err error) error {
	if setting, ok := errors.AsType[*domain.SettingError](err); ok {
		return wrong(place+"."+setting.Setting, setting.Value, setting.Why)
	}
	return err
}

// parseCheck reads the members of a check into its settings and has them examined by Build.
func parseCheck(check member) (Settings, error) {
	kind, err := kindNamed(check.key)
	if err != nil {
		return nil, err
	}
	values, ok := members(check.value)
	if !ok {
		return nil, wrong(check.key, hidden, "write its settings as an object in braces")
	}
	settings := kind.New()
	table := ofCommand(settings.Table())
	for i, value := range values {
		if err := setMember(table, value, repeated(values, i)); err != nil {
			return nil, Prefixed(check.key, err)
		}
	}
	if _, err := settings.Build(World{}); err != nil {
		return nil, Prefixed(check.key, missing(err, values))
	}
	return kind.Settings(settings), nil
}

func kindNamed(name string) (Kind, error) {
	var known []string
	for _, kind := range Kinds() {
		if len(keys(kind.New().Table())) == 0 {
			continue
		}
		if kind.Name == name {
			return kind, nil
		}
		known = append(known, kind.Name)
	}
	shown := shownKey(name, known)
	return Kind{}, wrong(shown, shown, "there is no such check; "+suggest(name, known))
}

// missing takes the zero that stands for a setting out of the error about one that was not written.
func missing(err error, written []member) error {
	bad, ok := errors.AsType[*domain.SettingError](err)
	if !ok || slices.ContainsFunc(written, func(m member) bool { return m.key == bad.Setting }) {
		return err
	}
	return wrong(bad.Setting, "", bad.Why)
}

func setMember(table []domain.Setting, member member, again bool) error {
	i := slices.IndexFunc(table, func(s domain.Setting) bool { return s.JSON != "" && s.JSON == member.key })
	if i < 0 {
		names := keys(table)
		shown := shownKey(member.key, names)
		return wrong(shown, shown, "there is no such setting; "+suggest(member.key, names))
	}
	if again {
		return wrong(member.key, asWritten(table[i], member.value), "it is written twice; write each setting once")
	}
	return table[i].SetJSON(member.value)
}

// member is one member of a JSON object.
type member struct {
	key   string
	value json.RawMessage
}

// members returns the members of an object as they are written, false if the value is no object. The value must be
// valid JSON: then no step can fail.
func members(object json.RawMessage) (all []member, ok bool) {
	decoder := json.NewDecoder(bytes.NewReader(object))
	if first, _ := decoder.Token(); first != json.Delim('{') {
		return nil, false
	}
	for decoder.More() {
		var value json.RawMessage
		key, _ := decoder.Token()
		_ = decoder.Decode(&value)
		all = append(all, member{key: fmt.Sprint(key), value: value})
	}
	return all, true
}

func repeated(all []member, i int) bool {
	return slices.ContainsFunc(all[:i], func(earlier member) bool { return earlier.key == all[i].key })
}

// checkSyntax returns where the text ceases to be JSON.
func checkSyntax(text string) error {
	var whole json.RawMessage
	err := json.Unmarshal([]byte(text), &whole)
	broken, ok := errors.AsType[*json.SyntaxError](err)
	if !ok {
		return nil
	}
	at := min(int(broken.Offset), len(text))
	before := text[:max(0, at-1)]
	line := 1 + strings.Count(before, "\n")
	column := len([]rune(before[strings.LastIndexByte(before, '\n')+1:])) + 1
	why := broken.Error()
	if strings.Contains(why, "string escape") {
		why += `; in JSON a backslash is written twice, such as "web_(\\d+)"`
	}
	return wrong(fmt.Sprintf("line %d column %d", line, column), text[len(before):at], why)
}
