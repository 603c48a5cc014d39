package checks_test

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

func TestPortSpecFindsThePort(t *testing.T) {
	for sentence, c := range map[string]struct {
		spec, name string
		want       int
		err        string
	}{
		"a number is for all":                      {spec: "8080", name: "web", want: 8080},
		"the highest port":                         {spec: "65535", name: "web", want: 65535},
		"leading zeros change nothing":             {spec: "0080", name: "web", want: 80},
		"a pattern finds it in the name":           {spec: `web_(\d+)`, name: "web_8081", want: 8081},
		"what follows the match is free":           {spec: `web_(\d{4})`, name: "web_8081_blue", want: 8081},
		"an alternative is tried at the start too": {spec: `x|.*_(\d+)`, name: "web_8081", want: 8081},
		"flags are understood":                     {spec: `(?i)WEB_(\d+)`, name: "web_8081", want: 8081},
		"the lowest that is found":                 {spec: `web_(\d+)`, name: "web_1024", want: 1024},
		"the first process": {spec: `site_(\d+)`, name: "site_00",
			err: `the port pattern site_(\d+) finds "00" in site_00, which is no port from 1 to 65535`},
		"the number of a process with a leading zero":                {spec: `site_(\d+)`, name: "site_01", err: found(`site_(\d+)`, "01", "site_01")},
		"the number of a process without one":                        {spec: `site_(\d+)`, name: "site_7", err: found(`site_(\d+)`, "7", "site_7")},
		"the number of one process of many":                          {spec: `w(\d+)`, name: "w1023", err: found(`w(\d+)`, "1023", "w1023")},
		"a leading zero before what would be a port":                 {spec: `w(\d+)`, name: "w08080", err: found(`w(\d+)`, "08080", "w08080")},
		"one digit of a port, because what is before takes the rest": {spec: `.*(\d+)`, name: "web_8081", err: found(`.*(\d+)`, "1", "web_8081")},
		"the match must begin at the start": {spec: `_(\d+)`, name: "web_81",
			err: `the port pattern _(\d+) does not match the start of the process name web_81`},
		"no match": {spec: `api_(\d+)`, name: "web_81",
			err: `the port pattern api_(\d+) does not match the start of the process name web_81`},
		"the group is not part of the match": {spec: `web(_\d+)?`, name: "web",
			err: `the group of the port pattern web(_\d+)? takes no part in the match of web`},
		"the group holds no number": {spec: `web_(.*)`, name: "web_blue",
			err: `the port pattern web_(.*) finds "blue" in web_blue, which is no port from 1 to 65535`},
		"the group holds too high a number": {spec: `web_(.*)`, name: "web_65536",
			err: `the port pattern web_(.*) finds "65536" in web_65536, which is no port from 1 to 65535`},
		"the group holds a sign": {spec: `web_(.*)`, name: "web_+80",
			err: `the port pattern web_(.*) finds "+80" in web_+80, which is no port from 1 to 65535`},
	} {
		t.Run(sentence, func(t *testing.T) {
			spec := port(t, c.spec)
			got, err := spec.For(c.name)
			if got != c.want || text(err) != c.err {
				t.Errorf("got %d, %q; want %d, %q", got, text(err), c.want, c.err)
			}
		})
	}
}

// found is the error about the number of a process.
func found(pattern, number, name string) string {
	return fmt.Sprintf(`the port pattern %s finds "%s" in %s, which looks like the number of the process: a port below 1024 is written as it is, such as -p 80`,
		pattern, number, name)
}

func TestPortSpecIsRefusedWithTheCure(t *testing.T) {
	for sentence, c := range map[string]struct{ spec, why string }{
		"port 0":                {"0", "write a number from 1 to 65535"},
		"beyond 65535":          {"65536", "write a number from 1 to 65535"},
		"beyond any number":     {strings.Repeat("9", 40), "write a number from 1 to 65535"},
		"nothing":               {"", "write a number from 1 to 65535"},
		"a negative number":     {"-1", "with exactly one group"},
		"no group":              {`web_\d+`, "with exactly one group"},
		"two groups":            {`(web)_(\d+)`, "with exactly one group"},
		"a lookahead of Python": {`web_(\d+)(?=x)`, "no lookaround such as (?="},
		"an open group":         {`web_(\d+`, "missing closing )"},
		"a doubled backslash":   {`web_(\\d+)`, `write \d for a digit`},
	} {
		t.Run(sentence, func(t *testing.T) {
			_, err := checks.ParsePortSpec(c.spec)
			var setting *domain.SettingError
			if !errors.As(err, &setting) || setting.Setting != "port" || setting.Value != c.spec || !strings.Contains(setting.Why, c.why) {
				t.Errorf("got %v, want an error about port %q with %q", err, c.spec, c.why)
			}
		})
	}
}

func TestFixedPort(t *testing.T) {
	if got, err := checks.FixedPort(8080).For("web"); got != 8080 || err != nil {
		t.Errorf("got %d, %v", got, err)
	}
	if _, err := checks.FixedPort(65536).For("web"); err == nil {
		t.Error("65536 is no port")
	}
	for want, spec := range map[string]checks.PortSpec{"8080": checks.FixedPort(8080), "": {}, `a(\d+)`: port(t, `a(\d+)`)} {
		if got := spec.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func isDigits(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }

func FuzzPortSpec(f *testing.F) {
	for _, spec := range []string{"8080", "0", "65536", "+80", " 80", `web_(\d+)`, `(?=a)`, `a)(b`, `(`, `(|a)`, "\xff(.)", `\\d()`} {
		f.Add(spec, "web_8081")
	}
	f.Fuzz(func(t *testing.T, text, name string) {
		spec, err := checks.ParsePortSpec(text)
		if isDigits(text) {
			n, no := strconv.Atoi(text)
			if valid := no == nil && n >= 1 && n <= 65535; valid != (err == nil) {
				t.Fatalf("%q: %v", text, err)
			}
		}
		if err != nil {
			if _, ok := err.(*domain.SettingError); !ok {
				t.Fatalf("%q: %T", text, err)
			}
			return
		}
		least := 1
		if !isDigits(text) {
			least = 1024
		}
		if n, err := spec.For(name); err == nil && (n < least || n > 65535) {
			t.Fatalf("%q for %q is %d", text, name, n)
		}
		if again, err := checks.ParsePortSpec(spec.String()); err != nil || again.String() != spec.String() {
			t.Fatalf("%q is written as %q, which is %v, %v", text, spec, again, err)
		}
	})
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
