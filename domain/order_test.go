package domain_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

func TestOrdersAsEvents(t *testing.T) {
	for data, want := range map[string]string{
		`{"pause": {"names": ["web", "api:*"], "seconds": 900, "reason": "new disk"}}`: "",
		`{"resume":{"names":["all"]}}` + "\n":                                          "",
		``:                                                                             "it cannot be read: it is a JSON object such as ",
		`pause web 15m`:                                                                "it cannot be read",
		`null`:                                                                         "it cannot be read",
		`{}`:                                                                           "it cannot be read",
		`{"pause": null}`:                                                              "it cannot be read",
		`{"stop": {"names": ["web"]}}`:                                                 "it cannot be read",
		`{"pause": {"names": ["web"], "minutes": 15}}`:                                "it cannot be read",
		`{"pause": {"names": ["web"], "seconds": "900"}}`:                             "it cannot be read",
		`{"pause": {"names": ["a"], "seconds": 9}, "resume": {"names": ["a"]}}`:       "it cannot be read",
		`{"resume": {"names": ["web"]}} {"resume": {"names": ["web"]}}`:               "it cannot be read",
		`{"resume": {"names": ["web"]}`:                                               "it cannot be read",
		`{"resume": {"names": ["` + strings.Repeat("x", domain.LongestOrder) + `"]}}`: "it cannot be read",
		`{"pause": {"seconds": 900}}`:                                                 "names: write from 1 to 1000",
		`{"pause": {"names": ["web"]}}`:                                               "seconds 0: write how long it lasts",
		`{"pause": {"names": ["web"], "seconds": -1}}`:                                "seconds -1: write how long it lasts",
		`{"pause": {"names": ["web"], "seconds": 1e12}}`:                              "seconds 1e+12: write how long it lasts",
		`{"pause": {"names": ["web"], "seconds": 1, "reason": "a\nb"}}`:               "reason: write one line",
		`{"resume": {"names": ["web"], "seconds": 1}}`:                                "resume has names and nothing else",
		`{"resume": {"names": []}}`:                                                   "names: write from 1 to 1000",
	} {
		o, err := domain.ParseRemote(data)
		if got := errorText(err); want == "" && got != "" || !strings.HasPrefix(got, want) {
			t.Errorf("%.100s: %q, want %q", data, got, want)
		} else if err == nil {
			again(t, o)
		}
	}
	for _, bad := range []domain.Order{{}, {Names: []string{"a"}, Seconds: -1}, {Names: []string{"a"}, Reason: "x"}, {Names: []string{strings.Repeat("x", domain.LongestOrder)}, Seconds: 1}} {
		if data, err := bad.Remote(); err == nil {
			t.Errorf("%.100s", data)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// again has an order written and read.
func again(t *testing.T, o domain.Order) {
	t.Helper()
	data, err := o.Remote()
	if err != nil || strings.ContainsAny(data, "\n<>&") {
		t.Fatalf("%q %v", data, err)
	}
	read, err := domain.ParseRemote(data)
	if diff := cmp.Diff(o, read); diff != "" || err != nil {
		t.Errorf("%v -want +got:\n%s", err, diff)
	}
}

// Whatever comes is refused or means the same when it is sent on.
func FuzzOrders(f *testing.F) {
	f.Add(`{"pause": {"names": ["web"], "seconds": 900, "reason": "x"}}`)
	f.Add(`{"resume": {"names": ["web"]}}`)
	f.Add("{\"pause\": {\"names\": [\"\xff\"], \"seconds\": 0.000001}}")
	f.Fuzz(func(t *testing.T, data string) {
		o, err := domain.ParseRemote(data)
		if err != nil {
			return
		}
		if !json.Valid([]byte(data)) || o.Lasting() < 0 || o.Lasting() > domain.LongestPause {
			t.Fatalf("%q is %+v", data, o)
		}
		if _, err := o.Remote(); err != nil {
			if !strings.Contains(err.Error(), "write less than") { // what is escaped may be longer
				t.Fatal(err)
			}
			return
		}
		again(t, o)
	})
}
