package app_test

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

// policyRow is one of the table of the policy.
type policyRow struct {
	flag, variable, fallback, recommended string
}

// setting is its word in a domain.Policy.
func (r policyRow) setting() string { return strings.TrimPrefix(r.flag, "judge-") }

func (r *readme) rows(t *testing.T) []policyRow {
	t.Helper()
	_, table, _ := strings.Cut(r.text, "| flag | variable |")
	table, _, _ = strings.Cut(table, "\n\n")
	var rows []policyRow
	for line := range strings.SplitSeq(table, "\n") {
		if cells := strings.Split(line, "|"); strings.HasPrefix(line, "| `--") && len(cells) == 7 {
			for i := range cells {
				cells[i] = strings.Trim(cells[i], " `")
			}
			rows = append(rows, policyRow{strings.TrimPrefix(cells[1], "--"), "SUPERVISOR_HEALTHCHECK_" + cells[2], cells[4], cells[5]})
		}
	}
	return rows
}

// policyTable compares the table with the domain and with the flags of the program.
func (r *readme) policyTable(t *testing.T) {
	help := r.help(t, "tcp")
	var settings []string
	var dropIn, recommended domain.Policy
	for _, row := range r.rows(t) {
		settings = append(settings, row.setting())
		setPolicy(t, &dropIn, row.setting(), row.fallback)
		setPolicy(t, &recommended, row.setting(), row.recommended)
		if got := fallback(help, row.flag); got != row.fallback {
			t.Errorf("--%s: the default is %q, the table says %q", row.flag, got, row.fallback)
		}
		status, _, stderr := listenOnce(t, filepath.Join(r.bin, programName)+" tcp -n c -g g -p 80", row.variable+"=wrong")
		if status != 2 || !strings.Contains(stderr, " "+row.variable+` "wrong": `) {
			t.Errorf("%s is not read: status %d, %s", row.variable, status, stderr)
		}
	}
	if d := cmp.Diff(domain.PolicySettings(), settings); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(domain.DropIn(), dropIn); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(domain.Recommended(), recommended); d != "" {
		t.Error(d)
	}
	r.wise(t)
}

// wise finds the recommended policy in the section that is called a wise configuration, and no other setting of a policy.
func (r *readme) wise(t *testing.T) {
	t.Helper()
	all := r.listeners(t)
	i := slices.IndexFunc(all, func(s iniSection) bool { return s.name == "web_check" })
	command := all[i].settings["command"]
	if !strings.HasSuffix(command, " --policy recommended") {
		t.Errorf("the wise configuration is %s", command)
	}
	for _, setting := range domain.PolicySettings() {
		if strings.Contains(command, "--"+setting+" ") || strings.Contains(command, "--judge-"+setting+" ") {
			t.Errorf("the wise configuration has %s besides the policy", setting)
		}
	}
}

func setPolicy(t *testing.T, p *domain.Policy, setting, value string) {
	t.Helper()
	if err := p.Set(setting, value); err != nil {
		t.Error(err)
	}
}

// help is what the program says of a command, without the line breaks.
func (r *readme) help(t *testing.T, command string) string {
	t.Helper()
	out, err := exec.Command(filepath.Join(r.bin, programName), command, "-h").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(string(out)), " ")
}

// fallback is the default of a flag in a help text, whose entries follow what is said of all of them.
func fallback(help, flag string) string {
	spelled := " --" + flag + " "
	entry, _, _ := strings.Cut(help[strings.LastIndex(help, spelled)+len(spelled):], " --")
	_, value, _ := strings.Cut(entry, "(default: ")
	value, _, _ = strings.Cut(value, ")")
	return value
}

// flagsExist finds every long flag and every environment variable of the text in a help text.
func (r *readme) flagsExist(t *testing.T) {
	all := ""
	for _, command := range []string{"http", "tcp", "xmlrpc", "memory", "cpu", "file", "complex", "init"} {
		all += r.help(t, command) + " "
	}
	all += " --msx-rss " // an alias that no help text shows
	for _, flag := range regexp.MustCompile("`--[a-z-]+").FindAllString(r.prose(), -1) {
		if !strings.Contains(all, " "+strings.Trim(flag, "`")+" ") {
			t.Errorf("there is no flag %s", flag)
		}
	}
	for _, variable := range regexp.MustCompile(`\bSUPERVISOR_[A-Z_]+[A-Z]\b`).FindAllString(r.text, -1) {
		if !strings.Contains(all, variable) {
			t.Errorf("no help text knows %s", variable)
		}
	}
}
