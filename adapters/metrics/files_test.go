package metrics_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"supervisor-healthcheck/adapters/metrics"
	"supervisor-healthcheck/domain"
)

// promtool runs it, or skips the test where there is none.
func promtool(t *testing.T, stdin string, args ...string) {
	t.Helper()
	path, err := exec.LookPath("promtool")
	if err != nil && os.Getenv("SUPERVISOR_HEALTHCHECK_E2E") == "required" {
		t.Fatal("no promtool on the PATH")
	} else if err != nil {
		t.Skip("no promtool on the PATH")
	}
	command := exec.Command(path, args...)
	command.Stdin = strings.NewReader(stdin)
	out, err := command.CombinedOutput()
	if clean := len(out) == 0 || strings.Contains(string(out), "SUCCESS"); err != nil || !clean {
		t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func TestTheAlertsFireWhenTheyShould(t *testing.T) {
	promtool(t, "", "check", "rules", "alerts.yml")
	promtool(t, "", "test", "rules", "testdata/alerts_test.yml")
}

// Of each rule the file of promtool has a time at which it fires, and one at which it does not.
func TestEachAlertIsTestedBothWays(t *testing.T) {
	text, err := os.ReadFile("testdata/alerts_test.yml")
	if err != nil {
		t.Fatal(err)
	}
	fires, rests := map[string]bool{}, map[string]bool{}
	for _, found := range regexp.MustCompile(`alertname: (\w+)\n +exp_alerts:( \[\])?\n`).FindAllStringSubmatch(string(text), -1) {
		if found[2] == "" {
			fires[found[1]] = true
		} else {
			rests[found[1]] = true
		}
	}
	alerts := regexp.MustCompile(`- alert: (\w+)`).FindAllStringSubmatch(metrics.Alerts, -1)
	if len(alerts) < 9 {
		t.Fatalf("there are %d alerts", len(alerts))
	}
	for _, found := range alerts {
		if name := found[1]; !fires[name] || !rests[name] {
			t.Errorf("%s: fires %t, does not %t", name, fires[name], rests[name])
		}
	}
}

var named = regexp.MustCompile(`\b(?:supervisor_healthcheck|node_textfile)_[a-z_]+`)

// unknownNames are those of metrics that nobody makes.
func unknownNames(text string) (all []string) {
	known := append(metrics.Names(), "node_textfile_mtime_seconds")
	for _, name := range named.FindAllString(text, -1) {
		bare := name
		for _, part := range []string{"_bucket", "_sum", "_count"} {
			bare = strings.TrimSuffix(bare, part)
		}
		if !slices.Contains(known, name) && bare != "supervisor_healthcheck_probe_duration_seconds" {
			all = append(all, name)
		}
	}
	return all
}

func TestAlertsAndDashboardNameMetricsThatThereAre(t *testing.T) {
	for file, text := range map[string]string{"alerts.yml": metrics.Alerts, "testdata/alerts_test.yml": read(t, "testdata/alerts_test.yml"), "dashboard.json": metrics.Dashboard} {
		if len(named.FindAllString(text, -1)) < 10 {
			t.Errorf("%s names hardly any metric", file)
		}
		for _, name := range unknownNames(text) {
			t.Errorf("%s: there is no metric %s", file, name)
		}
	}
	if got := unknownNames("supervisor_healthcheck_memory_byte supervisor_healthcheck_fds_count"); len(got) != 2 {
		t.Errorf("names of nothing are taken: %q are not", got)
	}
	golden := read(t, "testdata/metrics.txt")
	for _, name := range metrics.Names() {
		if !strings.Contains(golden, "# TYPE "+name+" ") {
			t.Errorf("testdata/metrics.txt has no %s", name)
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The reasons that an alert is about are causes that there are.
func TestAlertsNameReasonsThatThereAre(t *testing.T) {
	var known []string
	for cause := range domain.Causes {
		known = append(known, domain.Cause(cause).String())
	}
	found := regexp.MustCompile(`reason=~"([^"]+)"`).FindStringSubmatch(metrics.Alerts)
	if found == nil {
		t.Fatal("no alert is about a reason")
	}
	for reason := range strings.SplitSeq(found[1], "|") {
		if !slices.Contains(known, reason) {
			t.Errorf("there is no reason %q", reason)
		}
	}
}

// dashboard is what is looked at of it.
type dashboard struct {
	Title      string
	Panels     []panel
	Templating struct {
		List []struct {
			Name, Type string
			Datasource source
		}
	}
	Annotations struct{ List []panelTarget }
}

type panel struct {
	ID          int
	Title, Type string
	Datasource  source
	GridPos     struct{ X, Y, W, H int }
	Targets     []panelTarget
}

type panelTarget struct {
	Datasource source
	Expr       string
}

type source struct{ Type, UID string }

func readDashboard(t *testing.T) dashboard {
	t.Helper()
	var d dashboard
	if err := json.Unmarshal([]byte(metrics.Dashboard), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// Nothing of it belongs to one Grafana: the source of all data is the first variable.
func TestTheDashboardFitsEveryGrafana(t *testing.T) {
	d := readDashboard(t)
	if list := d.Templating.List; len(list) == 0 || list[0].Type != "datasource" || list[0].Name != "datasource" {
		t.Fatalf("the first variable is not the source of data: %+v", list)
	}
	want := source{"prometheus", "${datasource}"}
	for _, v := range d.Templating.List[1:] {
		if v.Datasource != want {
			t.Errorf("the variable %s is from %+v", v.Name, v.Datasource)
		}
	}
	targets := d.Annotations.List
	ids := map[int]bool{}
	for i, p := range d.Panels {
		if ids[p.ID] {
			t.Errorf("two panels are %d", p.ID)
		}
		ids[p.ID] = true
		if p.Type == "row" {
			continue
		}
		if p.Datasource != want || len(p.Targets) == 0 {
			t.Errorf("%s is from %+v and shows %d things", p.Title, p.Datasource, len(p.Targets))
		}
		targets = append(targets, p.Targets...)
		for _, other := range d.Panels[:i] {
			a, b := p.GridPos, other.GridPos
			if a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H {
				t.Errorf("%s lies upon %s", p.Title, other.Title)
			}
		}
	}
	for _, target := range targets {
		if target.Datasource != want || target.Expr == "" {
			t.Errorf("%q is asked of %+v", target.Expr, target.Datasource)
		}
	}
	if sources := strings.Count(metrics.Dashboard, `"uid": `); sources != strings.Count(metrics.Dashboard, `"uid": "${datasource}"`)+1 {
		t.Error("a uid besides that of the dashboard is no variable")
	}
}

// Prometheus understands all that the dashboard asks.
func TestTheDashboardAsksWhatPrometheusUnderstands(t *testing.T) {
	var rules strings.Builder
	rules.WriteString("groups:\n- name: dashboard\n  rules:\n")
	d := readDashboard(t)
	n := 0
	for _, p := range append(d.Panels, panel{Targets: d.Annotations.List}) {
		for _, target := range p.Targets {
			expr := strings.NewReplacer("$__rate_interval", "5m", "$__interval", "1m", "$job", ".*", "$instance", ".*", "$group", ".*", "$name", ".*").Replace(target.Expr)
			n++
			fmt.Fprintf(&rules, "  - record: dashboard:%d\n    expr: |\n      %s\n", n, expr)
		}
	}
	if n < 20 {
		t.Fatalf("it asks %d things", n)
	}
	path := filepath.Join(t.TempDir(), "rules.yml")
	if err := os.WriteFile(path, []byte(rules.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	promtool(t, "", "check", "rules", path)
}
