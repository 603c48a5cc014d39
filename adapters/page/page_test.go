package page_test

import (
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"supervisor-healthcheck/adapters/page"
)

func serve(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	for pattern, handler := range page.Handlers() {
		mux.Handle(pattern, handler)
	}
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

func get(t *testing.T, url string, header http.Header) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header = header
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

func TestEveryFileIsServedWithAllThatKeepsABrowserSafe(t *testing.T) {
	base := serve(t)
	for path, kind := range map[string]string{
		"/": "text/html; charset=utf-8", "/page.css": "text/css; charset=utf-8", "/icon.svg": "image/svg+xml", "/page.js": "text/javascript; charset=utf-8",
		"/say.js": "text/javascript; charset=utf-8", "/table.js": "text/javascript; charset=utf-8", "/plot.js": "text/javascript; charset=utf-8",
	} {
		t.Run(path, func(t *testing.T) {
			response, body := get(t, base+path, nil)
			if response.StatusCode != http.StatusOK || body == "" {
				t.Fatal(response.StatusCode, len(body))
			}
			for name, want := range map[string]string{"Content-Type": kind, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-cache"} {
				if got := response.Header.Get(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
			csp := response.Header.Get("Content-Security-Policy")
			for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'", "base-uri 'none'",
				"form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"} {
				if !strings.Contains(csp+";", want+";") {
					t.Errorf("%s is not in %s", want, csp)
				}
			}
			if strings.Contains(csp, "unsafe") {
				t.Error(csp)
			}
		})
	}
}

func TestAFileThatTheBrowserHasIsNotSentAgain(t *testing.T) {
	base := serve(t)
	tags := map[string]string{}
	for _, path := range []string{"/", "/page.js", "/page.css"} {
		first, _ := get(t, base+path, nil)
		tag := first.Header.Get("ETag")
		if other, twice := tags[tag]; tag == "" || twice {
			t.Errorf("%s has the tag %q, as has %s", path, tag, other)
		}
		tags[tag] = path
		again, body := get(t, base+path, http.Header{"If-None-Match": {tag}})
		if again.StatusCode != http.StatusNotModified || body != "" || again.Header.Get("Content-Security-Policy") == "" {
			t.Error(path, again.StatusCode, len(body))
		}
		old, body := get(t, base+path, http.Header{"If-None-Match": {`"of another version"`}})
		if old.StatusCode != http.StatusOK || body == "" {
			t.Error(path, old.StatusCode, len(body))
		}
	}
}

func TestNothingButThePageIsServed(t *testing.T) {
	base := serve(t)
	for _, path := range []string{"/index.html", "/x", "/files/page.js", "/page.js/", "/../page.go"} {
		if response, _ := get(t, base+path, nil); response.StatusCode != http.StatusNotFound {
			t.Error(path, response.StatusCode)
		}
	}
}

// The only address that may stand in a file is the name of the SVG namespace, which nobody fetches.
func TestNoFileRefersToAnythingElsewhereOrMakesMarkup(t *testing.T) {
	outside := regexp.MustCompile(`(?i)https?:|wss?:|["'(]//|@import|\bimport\(`)
	markup := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser|srcdoc`)
	inline := regexp.MustCompile(`(?i)<style|\sstyle=|\son[a-z]+=|javascript:|<script(?:\s+type="module")?>`)
	names := map[string]string{}
	err := fs.WalkDir(os.DirFS("files"), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile("files/" + name)
		names[name] = strings.ReplaceAll(string(text), "http://www.w3.org/2000/svg", "")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range names {
		patterns := []*regexp.Regexp{outside, markup}
		if strings.HasSuffix(name, ".html") {
			patterns = append(patterns, inline)
		}
		for _, pattern := range patterns {
			if found := pattern.FindString(text); found != "" {
				t.Errorf("%s has %q", name, found)
			}
		}
		for _, used := range regexp.MustCompile(`(?:src|href|from)(?:=| )["'](?:\./)?([a-z]+\.[a-z]+)["']`).FindAllStringSubmatch(text, -1) {
			if _, there := names[used[1]]; !there {
				t.Errorf("%s refers to %s, which there is not", name, used[1])
			}
		}
	}
	if len(names) < 8 {
		t.Error(len(names), "files")
	}
}

// Whatever is measured has a figure with a title and a unit.
func TestAllThatIsMeasuredIsDrawn(t *testing.T) {
	source, err := os.ReadFile("../../domain/measure.go")
	if err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile("files/plots.js")
	if err != nil {
		t.Fatal(err)
	}
	all := regexp.MustCompile(`Measured += "([a-z]+)"`).FindAllStringSubmatch(string(source), -1)
	if len(all) < 7 {
		t.Fatal(all)
	}
	for _, measured := range all {
		if !strings.Contains(string(script), "\n  "+measured[1]+": { title: '") {
			t.Errorf("plots.js has no %s", measured[1])
		}
	}
}
