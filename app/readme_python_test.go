package app_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// pythonJudges runs the check with as many jobs as make a difference.
func (r *readme) pythonJudges(t *testing.T) {
	need(t, "python3")
	script := r.in("python")[0]
	if n := strings.Count(strings.TrimSpace(script), "\n") + 1; n > 10 {
		t.Errorf("it has %d lines", n)
	}
	dir := t.TempDir()
	check := filepath.Join(dir, "check")
	putFile(t, check, strings.ReplaceAll(script, "/var/spool/", dir+"/"))
	if err := os.Chmod(check, 0o700); err != nil {
		t.Fatal(err)
	}
	for jobs, status := range map[int]int{500: 0, 501: 1, 1000: 1, 1001: 2} {
		for i := range jobs {
			putFile(t, filepath.Join(dir, fmt.Sprint(jobs), fmt.Sprint(i)), "")
		}
		cmd := exec.Command(check)
		cmd.Env = append(os.Environ(), fmt.Sprintf("SUPERVISOR_PROCESS_NAME=%d", jobs))
		out, err := cmd.Output()
		if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		if got := cmd.ProcessState.ExitCode(); got != status || string(out) != fmt.Sprintf("%d jobs are waiting\n", jobs) {
			t.Errorf("%d jobs: status %d, %s", jobs, got, out)
		}
	}
}
