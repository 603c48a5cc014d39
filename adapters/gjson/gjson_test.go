package gjson_test

import (
	"encoding/json"
	"strings"
	"testing"

	"supervisor-healthcheck/adapters/gjson"
)

func TestPaths(t *testing.T) {
	const document = `{"status": "UP", "a.b": 1, "checks": [{"name": "db", "status": "DOWN", "ms": 5}, {"name": "mq", "status": "UP"}], "none": null}`
	for path, want := range map[string]string{
		"status":                       `"UP"`,
		`a\.b`:                         "1",
		`checks.#(name=="db").status`:  `"DOWN"`,
		"checks.#":                     "2",
		"checks.#.status":              `["DOWN","UP"]`,
		`checks.#(status!="UP")#.name`: `["db"]`,
		"checks.1.name":                `"mq"`,
		"none":                         "null",
	} {
		if got, found := (gjson.Reader{}).Find(document, path); !found || got != want {
			t.Errorf("%s: got %s, %t, want %s", path, got, found, want)
		}
	}
	for _, path := range []string{"state", "checks.7", `checks.#(name=="x").status`, "status.x", ""} {
		if got, found := (gjson.Reader{}).Find(document, path); found {
			t.Errorf("%s: got %s", path, got)
		}
	}
}

// FuzzPaths reads any valid document by any path, which must neither panic nor make much of little.
func FuzzPaths(f *testing.F) {
	for _, path := range []string{"a", "a.#.b", `a.#(b=="c")`, "a|@reverse", "@pretty", "*?", "{a,b}", "[a,b]", "!1", "..#", `a.#(b%"*c*")#`} {
		f.Add(`{"a": [{"b": "c"}, 1], "b": null}`, path)
	}
	f.Add(strings.Repeat("[", 5000)+strings.Repeat("]", 5000), "0.0.0")
	f.Fuzz(func(t *testing.T, document, path string) {
		if !json.Valid([]byte(document)) || len(path) > 200 {
			t.Skip()
		}
		if value, _ := (gjson.Reader{}).Find(document, path); len(value) > 1<<20 {
			t.Errorf("%d bytes were found in %d", len(value), len(document))
		}
	})
}
