package checks

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
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

// fill reads the members of a check into its settings and has them examined by Build.
func fill[S Settings](check member, fields func(*S) map[string]setter) (Settings, error) {
	var settings S
	values, ok := members(check.value)
	if !ok {
		return nil, wrong(check.key, hidden, "write its settings as an object in braces")
	}
	known := fields(&settings)
	for i, value := range values {
		if err := setField(known, value, repeated(values, i)); err != nil {
			return nil, Prefixed(check.key, err)
		}
	}
	if _, err := settings.Build(World{}); err != nil {
		return nil, Prefixed(check.key, missing(err, values))
	}
	return settings, nil
}

// missing takes the zero that stands for a setting out of the error about one that was not written.
func missing(err error, written []member) error {
	bad, ok := errors.AsType[*domain.SettingError](err)
	if !ok || slices.ContainsFunc(written, func(m member) bool { return m.key == bad.Setting }) {
		return err
	}
	return wrong(bad.Setting, "", bad.Why)
}

func setField(fields map[string]setter, field member, again bool) error {
	set, known := fields[field.key]
	if !known {
		names := slices.Sorted(maps.Keys(fields))
		shown := shownKey(field.key, names)
		return wrong(shown, shown, "there is no such setting; "+suggest(field.key, names))
	}
	if again {
		return wrong(field.key, asWritten(field), "it is written twice; write each setting once")
	}
	if cure := set(field.value); cure != "" {
		return wrong(field.key, asWritten(field), cure)
	}
	return nil
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

// asWritten is the value of a setting as an error shows it: short, and without what might be a secret.
func asWritten(field member) string {
	if slices.Contains([]string{"username", "password", "headers", "body", "json", "url"}, field.key) {
		return hidden
	}
	value := string(field.value)
	if value[0] == '{' || value[0] == '[' { // it has keys of its own, which may be anything
		return hidden
	}
	if runes := []rune(value); len(runes) > 60 {
		return string(runes[:57]) + "..."
	}
	return value
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
