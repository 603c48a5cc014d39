package app_test

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"supervisor-healthcheck/domain"
)

// variablesAreRead gives each variable that help tells of a wrong value.
func (r *readme) variablesAreRead(t *testing.T) {
	known, topics := 0, strings.Join(strings.Fields(r.topics), " ")
	for _, row := range new(domain.Policy).Table() {
		if !strings.Contains(topics, "variable "+row.Flag.Variable) {
			t.Errorf("help does not tell of %s", row.Flag.Variable)
		}
		status, _, stderr := listenOnce(t, filepath.Join(r.bin, programName)+" tcp -n c -g g -p 80", row.Flag.Variable+"=wrong")
		if status != 2 || !strings.Contains(stderr, " "+row.Flag.Variable+` "wrong": `) {
			t.Errorf("%s is not read: status %d, %s", row.Flag.Variable, status, stderr)
		}
		known++
	}
	if known < 10 {
		t.Errorf("the policy has %d settings", known)
	}
}

// wise finds the recommended policy in the section that is called a wise configuration, and no other setting of a policy.
func (r *readme) wise(t *testing.T) {
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

// said is what the program says, without the line breaks.
func (r *readme) said(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command(filepath.Join(r.bin, programName), args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(string(out)), " ")
}

// flagsExist finds every long flag and every environment variable of the text in a help text.
func (r *readme) flagsExist(t *testing.T) {
	all := ""
	for _, command := range []string{"http", "tcp", "xmlrpc", "memory", "cpu", "file", "complex", "init", "try", "check-config", "status", "top", "events", "report", "pause"} {
		all += r.said(t, command, "-h") + " "
	}
	all += " --msx-rss "                                                           // an alias that no help text shows
	all += "SUPERVISOR_PROCESS_NAME SUPERVISOR_GROUP_NAME SUPERVISOR_PROCESS_PID " // what commands of checks are told
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
