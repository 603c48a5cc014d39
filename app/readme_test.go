package app_test

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// readme is README.md, and the program as the commands in it install it, with the topics of its help.
type readme struct {
	text   string
	blocks []fence
	bin    string // what /usr/local/bin stands for
	topics string // what help says
}

// fence is one block of code.
type fence struct {
	language, text string
}

// programName is that of the binary, and of the folder that holds this module; a module that was renamed keeps both.
const programName = "supervisor-healthcheck"

// The documented commands that are run as they stand, by their first words.
const (
	demoCommand    = "go run ./cmd/supervisor-healthcheck demo"
	testCommand    = "go test ./..."
	installCommand = "CGO_ENABLED=0 go build"
	linksCommand   = "/usr/local/bin/" + programName + " links"
	embedCommand   = "go mod edit"
)

func TestReadme(t *testing.T) {
	t.Parallel()
	r := openReadme(t)
	r.install(t)
	r.topics = r.help(t)
	t.Run("every block is of a language that is tested", r.languages)
	t.Run("the commands are those that are tested", r.commands)
	t.Run("go blocks are compiled in a module of one's own", r.compiles)
	t.Run("go blocks are the examples of the packages", r.exemplifies)
	t.Run("the shown check of one's own is short", r.isShort)
	t.Run("a check in Python does what is said", r.pythonJudges)
	t.Run("command lines are accepted", r.commandLinesAreAccepted)
	t.Run("sections of listeners have the recommended settings", r.listenersAreAsRecommended)
	t.Run("supervisord loads every section", r.supervisordLoads)
	t.Run("every variable of the policy is read", r.variablesAreRead)
	t.Run("the wise configuration is the recommended policy", r.wise)
	t.Run("the first set-up works", r.setsUp)
	t.Run("every flag exists", r.flagsExist)
	t.Run("the log is real", r.logIsReal)
}

func openReadme(t *testing.T) *readme {
	t.Helper()
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	r := &readme{text: string(text), bin: t.TempDir()}
	for i, part := range strings.Split("\n"+r.text, "\n```") {
		if i%2 == 1 {
			language, body, _ := strings.Cut(part, "\n")
			r.blocks = append(r.blocks, fence{language: language, text: body + "\n"})
		}
	}
	if strings.Count("\n"+r.text, "\n```") != 2*len(r.blocks) || len(r.blocks) < 10 {
		t.Fatalf("%d blocks, or one that does not end", len(r.blocks))
	}
	return r
}

func (r *readme) in(language string) []string {
	var texts []string
	for _, b := range r.blocks {
		if b.language == language {
			texts = append(texts, b.text)
		}
	}
	return texts
}

// prose is the text without its blocks.
func (r *readme) prose() string {
	text := r.text
	for _, b := range r.blocks {
		text = strings.Replace(text, b.text, "", 1)
	}
	return text
}

// shell returns the one block of commands that begins so.
func (r *readme) shell(t *testing.T, begin string) string {
	t.Helper()
	for _, text := range r.in("sh") {
		if strings.HasPrefix(text, begin) {
			return text
		}
	}
	t.Fatalf("no block begins with %q", begin)
	return ""
}

func (r *readme) languages(t *testing.T) {
	found := map[string]int{}
	for _, b := range r.blocks {
		found[b.language]++
	}
	if got := slices.Sorted(maps.Keys(found)); !slices.Equal(got, []string{"go", "ini", "log", "python", "sh"}) {
		t.Errorf("blocks in %q: say what is to be done with those in others", got)
	}
}

// commands looks at what the tests do not run: themselves, and the demo, which has a test of its own. The first line
// that begins with "go test" is what CI runs.
func (r *readme) commands(t *testing.T) {
	known := slices.Concat([]string{demoCommand + "\n", testCommand + "\n"}, r.setup(t), []string{r.shell(t, linksCommand), r.shell(t, embedCommand)})
	if got := r.in("sh"); !slices.Equal(got, known) {
		t.Errorf("the blocks of commands are %q, those that are tested are %q", got, known)
	}
	_, tests, _ := strings.Cut(r.text, "\ngo test ")
	if line, _, _ := strings.Cut(tests, "\n"); "go test "+line != testCommand {
		t.Errorf("the first command for the tests has the arguments %q", line)
	}
	out, err := exec.Command(filepath.Join(r.bin, programName), "demo", "-h").Output()
	if err != nil || !strings.HasPrefix(string(out), "Usage: "+programName+" demo") {
		t.Errorf("there is no demo: %s, %v", out, err)
	}
}

// install runs the documented commands, with a directory of the test in place of that of the system.
func (r *readme) install(t *testing.T) {
	t.Helper()
	for _, command := range []string{installCommand, linksCommand} {
		runShell(t, "..", strings.ReplaceAll(r.shell(t, command), "/usr/local/bin", r.bin))
	}
	for _, name := range []string{programName, "supervisor_http_check", "supervisor_complex_check"} {
		if _, err := os.Stat(filepath.Join(r.bin, name)); err != nil {
			t.Fatal(err)
		}
	}
}

// runShell has a shell run a block of commands in a directory.
func runShell(t *testing.T, dir, commands string, environment ...string) {
	t.Helper()
	cmd := exec.Command("sh", "-ec", commands)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), environment...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", commands, err, out)
	}
}
