package checks_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

// parseHeaders reads headers as they are written on a command line.
func parseHeaders(text string) (map[string]string, error) {
	var http checks.HTTP
	for _, row := range http.Table() {
		if row.Word == "headers" {
			err := row.Flag.Set(text)
			return http.Headers, err
		}
	}
	return nil, nil
}

// FuzzHeaders has anything read as the headers of a request: what is accepted is what encoding/json finds, every header once, and
// what is refused is not shown.
func FuzzHeaders(f *testing.F) {
	for _, seed := range []string{`{}`, `{"A": "b"}`, `{"A": "b", "A": "c"}`, `{"A": "b", "\\u0041": "c"}`, `{"A": null}`, `{"A": 1}`, `null`, `[]`, `"x"`, ``, `{`, `{"A": "b"} x`,
		`{"A b": "c"}`, `{"A": "b\\nC: d"}`, `{"a": "1", "A": "2"}`, `{"": ""}`, "{\"\xff\": \"x\"}"} {
		f.Add(seed)
	}
	const secret = "T0PS3CR3T"
	f.Fuzz(func(t *testing.T, text string) {
		got, err := parseHeaders(text)
		if err != nil {
			var setting *domain.SettingError
			if !errors.As(err, &setting) || text != "" && setting.Value != domain.Hidden {
				t.Fatalf("%q: %v", text, err)
			}
		} else {
			var want map[string]string
			if err := json.Unmarshal([]byte(text), &want); err != nil || !maps.Equal(want, got) || want == nil {
				t.Errorf("%q gave %q, want %q, %v", text, got, want, err)
			}
			if n := members(t, text); n != len(got) {
				t.Errorf("%q has %d headers, of which %d were taken", text, n, len(got))
			}
		}
		for _, hiding := range []string{strings.Replace(text, "A", secret, 1), secret + text, text + secret} {
			headers, err := parseHeaders(hiding)
			if err == nil {
				_, err = checks.HTTP{URL: "/", Port: checks.FixedPort(80), Headers: headers}.Build(checks.World{})
			}
			if err != nil && strings.Contains(err.Error(), secret+" ") {
				t.Errorf("%q: %v", hiding, err)
			}
		}
	})
}

// members counts those of an object, the repeated ones too.
func members(t *testing.T, object string) (n int) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader([]byte(object)))
	if _, err := decoder.Token(); err != nil {
		t.Fatal(err)
	}
	for decoder.More() {
		var value any
		if _, err := decoder.Token(); err != nil {
			t.Fatal(err)
		}
		if err := decoder.Decode(&value); err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}

// FuzzJSON has anything given as the JSON to be sent: it is sent if it is JSON, and otherwise refused without being shown.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a": 1, "a": 2}`, `[`, `T0PS3CR3T`, `"x"`, `1 2`, "\xff", ` {} `, `nul`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, err := checks.HTTP{URL: "/", Port: checks.FixedPort(80), JSON: text}.Build(checks.World{})
		if valid := text == "" || json.Valid([]byte(text)); valid != (err == nil) {
			t.Fatalf("%q: %v", text, err)
		}
		if err != nil && err.Error() != `json "***": write a JSON document such as {"deep": true}` {
			t.Errorf("%q: %v", text, err)
		}
	})
}
