package supervisord_test

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// answer is what came back over the wire.
type answer struct {
	Status string
	Header []string // as written, without the date and the length
	Length int64    // as announced; -1 if it was not
	Body   string
}

// xmlCall writes a call. Arguments are strings, bools, ints and raw XML.
func xmlCall(method string, args ...any) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<?xml version='1.0'?><methodCall><methodName>%s</methodName><params>", method)
	for _, arg := range args {
		b.WriteString("<param>" + xmlValue(arg) + "</param>")
	}
	return b.String() + "</params></methodCall>"
}

type raw string

func xmlValue(arg any) string {
	switch v := arg.(type) {
	case raw:
		return string(v)
	case bool:
		return "<value><boolean>" + map[bool]string{true: "1", false: "0"}[v] + "</boolean></value>"
	case int:
		return fmt.Sprintf("<value><int>%d</int></value>", v)
	}
	return "<value><string>" + strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(fmt.Sprint(arg)) + "</string></value>"
}

// inner is one call within a multicall.
func inner(method string, args ...any) string {
	var values strings.Builder
	for _, arg := range args {
		values.WriteString(xmlValue(arg))
	}
	return "<value><struct><member><name>methodName</name><value><string>" + method + "</string></value></member>" +
		"<member><name>params</name><value><array><data>" + values.String() + "</data></array></value></member></struct></value>"
}

func multicall(calls ...string) string {
	return xmlCall("system.multicall", raw("<value><array><data>"+strings.Join(calls, "")+"</data></array></value>"))
}

func post(body string, header ...string) string {
	lines := append([]string{"POST /RPC2 HTTP/1.1", "Host: localhost", fmt.Sprintf("Content-Length: %d", len(body))}, header...)
	return strings.Join(lines, "\r\n") + "\r\n\r\n" + body
}

func dial(t *testing.T, url string) net.Conn {
	t.Helper()
	network, address := "tcp", strings.TrimPrefix(url, "http://")
	if path, ok := strings.CutPrefix(url, "unix://"); ok {
		network, address = "unix", path
	}
	conn, err := net.Dial(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// exchange sends a request on a connection of its own and reads one answer.
func exchange(t *testing.T, url, request string) (answer, error) {
	t.Helper()
	conn := dial(t, url)
	defer conn.Close()
	write(t, conn, request)
	return readAnswer(bufio.NewReader(conn))
}

func readAnswer(in *bufio.Reader) (answer, error) {
	var a answer
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return a, err
		}
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			break
		}
		switch name, _, _ := strings.Cut(line, ":"); name {
		case "Date":
			continue
		case "Content-Length":
			if _, err := fmt.Sscanf(line, "Content-Length: %d", &a.Length); err != nil {
				return a, err
			}
			continue
		}
		if a.Status == "" {
			a.Status = line
			continue
		}
		a.Header = append(a.Header, line)
	}
	body := make([]byte, a.Length)
	n, err := io.ReadFull(in, body)
	a.Body = string(body[:n])
	return a, err
}

// call makes a call that must be answered with status 200.
func call(t *testing.T, url, method string, args ...any) string {
	t.Helper()
	a, err := exchange(t, url, post(xmlCall(method, args...)))
	if err != nil || a.Status != fmt.Sprintf("HTTP/1.1 %d OK", http.StatusOK) {
		t.Fatalf("%s%v: %q, %v", method, args, a.Status, err)
	}
	return a.Body
}

func isFault(body string, code int, text string) bool {
	return strings.Contains(body, fmt.Sprintf("<int>%d</int>", code)) && strings.Contains(body, "<string>"+text+"</string>")
}

const yes = "<boolean>1</boolean>"

// ordered ranges over a table in the order of its sentences.
func ordered[V any](table map[string]V) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for _, key := range slices.Sorted(maps.Keys(table)) {
			if !yield(key, table[key]) {
				return
			}
		}
	}
}
