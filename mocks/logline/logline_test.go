package logline_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/mocks/logline"
)

func TestALineOfTheLogIsRead(t *testing.T) {
	const line = `time=2026-11-22T14:16:13.184+01:00 level=WARN msg="two words" a=7 b="c: \"x=y\" z" empty=`
	e, ok := logline.Parse(line + "\n")
	want := map[string]string{"time": "2026-11-22T14:16:13.184+01:00", "level": "WARN", "msg": "two words", "a": "7",
		"b": `c: "x=y" z`, "empty": ""}
	if d := cmp.Diff(want, e.Attrs); d != "" || !ok || e.Time.UnixMilli()%1000 != 184 || e.String() != line+"\n" {
		t.Errorf("%t, %s, %s", ok, e.Time, d)
	}
	warning := logline.Fact("a warning", func(e logline.Entry) bool { return e.Level == "WARN" })
	if !e.Has() || !e.Has(logline.Message("two words"), logline.Equal("a", "7"), logline.Prefixed("b", `c: "x`), warning) {
		t.Errorf("a sign is not seen in %+v", e)
	}
	for _, sign := range []logline.Sign{logline.Message("two"), logline.Equal("a", "8"), logline.Equal("c", "7"), logline.Prefixed("b", "x")} {
		if e.Has(warning, sign) {
			t.Errorf("%s is seen in %+v", sign, e)
		}
	}
	for _, other := range []string{"", "panic: x=y", "goroutine 1 [running]:", "supervisor_http_check: -n is missing", "a=b"} {
		if e, ok := logline.Parse(other); ok {
			t.Errorf("%q was taken for %+v", other, e)
		}
	}
}
