package config_test

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"supervisor-healthcheck/app"
	"supervisor-healthcheck/app/config"
)

// sections has settings of all kinds, and secrets in every place where they can be.
const sections = `[program:web]
command=/bin/web
numprocs=2
process_name=web_%(process_num)02d
[program:db]
command=/bin/db
[healthcheck]
failures=4
[healthcheck:web]
http = http://127.0.0.1:80%(process_num)02d/ping?token=hunter2
http.timeout = 7s
http.username = user
http.password_env = SECRET
http/admin = http://127.0.0.1:9000/
http/admin.headers = {"Authorization": "hunter2"}
memory = 800MB
depends = db
[healthcheck:db]
policy = drop-in
tcp = 127.0.0.1:5432
tcp.send = hunter2
`

type shown struct {
	Version int
	Watches []struct {
		Name, Select string
		Depends      []string
		Policy       []setting
		Checks       []struct {
			Name     string
			Differ   bool
			Settings []setting
		}
	}
}

type setting struct {
	Word, Value string
	Default     bool
}

func settingsOf(t *testing.T, c *config.Config, process string) (s shown, text string) {
	t.Helper()
	answer := httptest.NewRecorder()
	app.NewSettings(c.Options().Watches).ServeHTTP(answer, httptest.NewRequest("GET", "/v1/settings?process="+url.QueryEscape(process), nil))
	text = answer.Body.String()
	if err := json.Unmarshal([]byte(text), &s); err != nil || s.Version != 1 {
		t.Fatal(err, text)
	}
	return s, text
}

func (s shown) value(watch, word string) (value string, byDefault bool) {
	for _, w := range s.Watches {
		if w.Name != watch {
			continue
		}
		all := w.Policy
		for _, c := range w.Checks {
			all = append(all, c.Settings...)
		}
		for _, one := range all {
			if one.Word == word {
				return one.Value, one.Default
			}
		}
	}
	return "none", false
}

// What a listener shows of its settings is what check-config shows of the files, word for word, and no secret.
func TestTheSettingsAreThoseOfCheckConfig(t *testing.T) {
	c := load(t, sections, "SECRET=hunter2")
	e, err := config.Explain(c.Path, environment("SECRET=hunter2"))
	if err != nil || len(e.Errors) > 0 {
		t.Fatal(err, e.Errors)
	}
	compared := 0
	for _, section := range e.Sections {
		for _, judged := range section.Processes {
			for _, name := range judged.Names {
				s, text := settingsOf(t, c, name)
				if strings.Contains(text, "hunter2") {
					t.Errorf("%s: a secret is shown: %s", name, text)
				}
				all := section.Policy[1:] // without the name of the policy, which no value follows from any more
				for _, check := range judged.Checks {
					all = append(all, check.Settings...)
				}
				for _, fact := range all {
					if strings.HasSuffix(fact.Word, "password_env") {
						continue
					}
					value, byDefault := s.value(section.Name, fact.Word)
					if value != fact.Value || byDefault && fact.Origin != config.ByDefault {
						t.Errorf("%s: %s is %q and by default %v, and check-config says %q at %s", name, fact.Word, value, byDefault, fact.Value, fact.Origin)
					}
					compared++
				}
			}
		}
	}
	if compared < 60 {
		t.Errorf("%d settings were compared", compared)
	}
}

func TestTheSettingsOfAllAndOfOne(t *testing.T) {
	c := load(t, sections, "SECRET=hunter2")
	all, text := settingsOf(t, c, "")
	if len(all.Watches) != 2 || strings.Contains(text, "hunter2") {
		t.Fatal(text)
	}
	web := all.Watches[0]
	if web.Name != "web" || web.Select != "web:*" || len(web.Checks) != 3 || !web.Checks[0].Differ || len(web.Checks[0].Settings) > 0 || web.Checks[1].Differ || strings.Join(web.Depends, " ") != "db" {
		t.Errorf("%+v", web)
	}
	one, _ := settingsOf(t, c, "web:web_01")
	if got, _ := one.value("web", "http"); len(one.Watches) != 1 || got != "http://127.0.0.1:8001/ping?***" {
		t.Error(got)
	}
	if got, byDefault := one.value("web", "http.timeout"); got != "7s" || byDefault {
		t.Error(got, byDefault)
	}
	if got, byDefault := one.value("web", "failures"); got != "4" || byDefault {
		t.Error(got, byDefault)
	}
	if nobody, _ := settingsOf(t, c, "mail"); len(nobody.Watches) != 0 {
		t.Error(nobody)
	}
}
