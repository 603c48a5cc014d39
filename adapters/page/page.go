// Package page is what a browser shows of a listener: one page, embedded, which asks the listener for its documents. It needs nothing from
// elsewhere.
package page

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"io"
	"net/http"
	"path"
	"sync"
	"time"
)

//go:embed files
var files embed.FS

// index is served as the root.
const index = "index.html"

// policy lets the page load and ask what comes from here, and nothing else. No text becomes markup, not even by a mistake of our own.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; " +
	"form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// Handlers returns what serves the page, by patterns of http.ServeMux.
func Handlers() map[string]http.Handler {
	entries, err := files.ReadDir("files")
	if err != nil {
		panic(err) // they are in the program
	}
	handlers := map[string]http.Handler{}
	for _, e := range entries {
		pattern := "GET /" + e.Name()
		if e.Name() == index {
			pattern = "GET /{$}"
		}
		handlers[pattern] = newFile(e.Name())
	}
	return handlers
}

// file is one file of the page. It stays in the program, and costs no memory before somebody asks for it.
type file struct {
	name, kind string
	tag        func() string
}

func newFile(name string) file {
	f := file{name: name, kind: kind(path.Ext(name))}
	f.tag = sync.OnceValue(func() string {
		sum := sha256.New()
		_, _ = io.Copy(sum, f.open()) // of a file in the program it cannot fail
		return `"` + base64.RawURLEncoding.EncodeToString(sum.Sum(nil)[:12]) + `"`
	})
	return f
}

func (f file) open() io.ReadSeeker {
	opened, err := files.Open("files/" + f.name)
	if err != nil {
		panic(err) // it is in the program
	}
	return opened.(io.ReadSeeker)
}

// kind does not hang on the tables of the machine, as mime.TypeByExtension does.
func kind(extension string) string {
	switch extension {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	default:
		return "text/html; charset=utf-8"
	}
}

// ServeHTTP serves the file, or says that the browser has it already. A new version of the program is seen at once.
func (f file) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Type", f.kind)
	header.Set("Content-Security-Policy", policy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("Cache-Control", "no-cache")
	header.Set("ETag", f.tag())
	http.ServeContent(w, r, "", time.Time{}, f.open())
}
