package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// asking is how long a listener may take to tell.
const asking = 3 * time.Second

// longestAnswer bounds what is read of an answer: a process takes less than 2 kB.
const longestAnswer = 64 << 20

// SocketSuffix is how the names of all our sockets end.
const SocketSuffix = ".sock"

// SocketIn is where the listener with this name is seen, in the directory where it keeps what belongs to its supervisord, whose names
// begin with the stem. The name is not in it, because it may be too long.
func SocketIn(dir, stem, listener string) string {
	return FileIn(dir, stem, listener) + SocketSuffix
}

// FileIn is the beginning of the names of all files of that listener.
func FileIn(dir, stem, listener string) string {
	return filepath.Join(dir, fmt.Sprintf("%s-%08x", stem, hash(listener)))
}

func hash(text string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(text))
	return h.Sum32()
}

// Sockets are those in a directory whose names begin with the stem.
func Sockets(dir, stem string) []string {
	all, _ := filepath.Glob(filepath.Join(escape(dir), escape(stem)+"*-????????"+SocketSuffix)) // of what is escaped it cannot fail
	slices.Sort(all)
	return all
}

// escape has a text mean itself in a pattern.
func escape(text string) string {
	var out []byte
	for _, c := range []byte(text) {
		if c == '*' || c == '?' || c == '[' || c == '\\' {
			out = append(out, '\\')
		}
		out = append(out, c)
	}
	return string(out)
}

// ErrNobody is the error of Ask where a listener has left its socket behind and has ended.
var ErrNobody = errors.New("nobody listens there any more")

// Ask asks the listener behind a socket for its status.
func Ask(ctx context.Context, socket string) (Status, error) {
	ctx, cancel := context.WithTimeout(ctx, asking)
	defer cancel()
	var s Status
	if err := get(ctx, socket, "/v1/status", &s); err != nil {
		return Status{}, err
	}
	if s.Version != Version {
		return Status{}, fmt.Errorf("%s: it tells in version %d, and this program reads version %d; restart that listener", socket, s.Version, Version)
	}
	return s, nil
}

func get(ctx context.Context, socket, path string, into any) error {
	status, err := exchange(ctx, socket, http.MethodGet, path, nil, into)
	if err == nil && status != http.StatusOK {
		return fmt.Errorf("%s: it answered %d %s", socket, status, http.StatusText(status))
	}
	return err
}

// Text is a page as it is served.
func Text(ctx context.Context, socket, path string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, asking)
	defer cancel()
	var text strings.Builder
	status, err := ask(ctx, socket, http.MethodGet, path, nil, func(body io.Reader) error {
		_, err := io.Copy(&text, body)
		return err
	})
	if err == nil && status != http.StatusOK {
		return "", fmt.Errorf("%s: it answered %d %s", socket, status, http.StatusText(status))
	}
	return text.String(), err
}

// exchange sends a JSON document, if there is one, and reads one.
func exchange(ctx context.Context, socket, method, path string, body []byte, into any) (status int, err error) {
	return ask(ctx, socket, method, path, body, func(body io.Reader) error { return json.NewDecoder(body).Decode(into) })
}

func ask(ctx context.Context, socket, method, path string, body []byte, read func(io.Reader) error) (status int, err error) {
	response, err := open(ctx, socket, method, path, body)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	if err := read(io.LimitReader(response.Body, longestAnswer)); err != nil && response.StatusCode == http.StatusOK {
		return 0, fmt.Errorf("%s: its answer cannot be read: %w", socket, failure(ctx, err))
	}
	return response.StatusCode, nil
}

func open(ctx context.Context, socket, method, path string, body []byte) (*http.Response, error) {
	client := http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			short, done, err := shorter(socket)
			if err != nil {
				return nil, err
			}
			defer done()
			return new(net.Dialer).DialContext(ctx, "unix", short)
		},
	}}
	request, err := http.NewRequestWithContext(ctx, method, "http://localhost"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", socket, failure(ctx, err))
	}
	return response, nil
}

// LetIn is what to do where a user may not see a listener of another one.
const LetIn = "ask as root or as the user of the listener, or let the listener have socket_mode = 0660 and socket_group = GROUP in [healthcheck], and, if it has a state_dir, let the group enter that"

// failure is what is wrong, without the words of the library.
func failure(ctx context.Context, err error) error {
	switch {
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ENOENT):
		return ErrNobody
	case errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EPERM):
		return errors.New("this user may not ask it: " + LetIn)
	case ctx.Err() != nil:
		return fmt.Errorf("it did not answer within %s", asking)
	}
	return reason(err)
}
