package app_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

var screenshots = flag.String("screenshots", "", "a folder for pictures of the page")

// browser is a tab of a headless browser, and what its console has said.
type browser struct {
	context.Context
	mu       sync.Mutex
	troubles []string
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil && os.Getenv("SUPERVISOR_HEALTHCHECK_E2E") == "required" {
		t.Fatal(err)
	}
	if err != nil {
		t.Skip("there is no chromium here")
	}
	options := slices.Concat(chromedp.DefaultExecAllocatorOptions[:], []chromedp.ExecAllocatorOption{chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.UserDataDir(profile(t)), chromedp.WSURLReadTimeout(time.Minute)})
	bounded, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	allocated, end := chromedp.NewExecAllocator(bounded, options...)
	t.Cleanup(end)
	tab, closeTab := chromedp.NewContext(allocated)
	t.Cleanup(func() { _ = chromedp.Cancel(tab); closeTab() })
	b := &browser{Context: tab}
	chromedp.ListenTarget(tab, b.hear)
	b.run(t, log.Enable(), chromedp.EmulateViewport(1280, 900))
	return b
}

// profile is a folder for the browser, whose processes may write a little longer than it lives.
func profile(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "browser")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		eventually(func() bool { return os.RemoveAll(dir) == nil }) // a browser that is ending still writes there
	})
	return dir
}

// hear notes errors of scripts, of loading and of the policy of the page.
func (b *browser) hear(event any) {
	said := ""
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		said = e.ExceptionDetails.Error()
	case *runtime.EventConsoleAPICalled:
		said = string(e.Type)
		for _, arg := range e.Args {
			said += " " + string(arg.Value)
		}
	case *log.EventEntryAdded:
		said = e.Entry.Text + " " + e.Entry.URL
	default:
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.troubles = append(b.troubles, said)
}

func (b *browser) quiet(t *testing.T) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, said := range b.troubles {
		t.Error("the console says:", said)
	}
}

func (b *browser) run(t *testing.T, actions ...chromedp.Action) {
	t.Helper()
	if err := chromedp.Run(b, actions...); err != nil {
		t.Fatal(err)
	}
}

// value is that of an expression in the page.
func value[T any](t *testing.T, b *browser, expression string) T {
	t.Helper()
	var v T
	b.run(t, chromedp.Evaluate(expression, &v))
	return v
}

// waitFor waits until an expression is true in the page.
func (b *browser) waitFor(t *testing.T, expression string) {
	t.Helper()
	if !eventually(func() bool { return value[bool](t, b, "Boolean("+expression+")") }) {
		t.Fatalf("%s is not true in:\n%s", expression, value[string](t, b, "document.body.innerText"))
	}
}

// waitText waits until the page shows a text.
func (b *browser) waitText(t *testing.T, text string) {
	t.Helper()
	b.waitFor(t, fmt.Sprintf("document.body.innerText.includes(%q)", text))
}

// picture takes pictures of what is shown, for who looks at them: as on a desk, on a phone and at night.
func (b *browser) picture(t *testing.T, name string) {
	t.Helper()
	if *screenshots == "" {
		return
	}
	for suffix, how := range map[string][]chromedp.Action{
		"desk":  {chromedp.EmulateViewport(1280, 900), colours("light")},
		"phone": {chromedp.EmulateViewport(390, 844), colours("light")},
		"night": {chromedp.EmulateViewport(1280, 900), colours("dark")},
	} {
		var image []byte
		b.run(t, append(how, chromedp.Sleep(400*time.Millisecond), chromedp.FullScreenshot(&image, 100))...)
		if err := os.WriteFile(filepath.Join(*screenshots, name+"-"+suffix+".png"), image, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b.run(t, chromedp.EmulateViewport(1280, 900), colours("light"))
}

func colours(scheme string) chromedp.Action {
	return emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}})
}

// names are the processes that the table shows, in its order.
func (b *browser) names(t *testing.T) string {
	t.Helper()
	return strings.Join(value[[]string](t, b, `[...document.querySelectorAll('#rows tr:not([hidden]) th')].map((e) => e.innerText)`), " ")
}
