package supervisord

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// request is the head of an HTTP request as supervisord's web server, medusa, understands it.
type request struct {
	command, uri, version string
	header                []string
}

// reply is an HTTP answer.
type reply struct {
	code   int
	header []string
	body   string
	length int // the Content-Length that is announced
	cut    int // if not 0, how many bytes of the body are sent before the connection is closed
}

// readRequest reads a head. It waits for ever for the end of one whose lines end without a carriage return.
func readRequest(in *bufio.Reader) (request, error) {
	var head strings.Builder
	for !strings.HasSuffix(head.String(), "\r\n\r\n") {
		line, err := in.ReadString('\n')
		if err != nil {
			return request{}, err
		}
		head.WriteString(line)
	}
	lines := strings.Split(strings.Trim(head.String(), "\r\n"), "\r\n")
	words := strings.Split(lines[0], " ")
	if len(words) != 3 || !strings.HasPrefix(words[2], "HTTP/") {
		return request{}, fmt.Errorf("broken request line %q", lines[0])
	}
	uri, err := url.PathUnescape(words[1])
	return request{command: words[0], uri: uri, version: strings.TrimPrefix(words[2], "HTTP/"), header: lines[1:]}, err
}

// value returns a header, which must have a blank after its colon.
func (r request) value(name string) string {
	for _, line := range r.header {
		if key, value, ok := strings.Cut(line, ": "); ok && strings.EqualFold(key, name) {
			return value
		}
	}
	return ""
}

// closes reports whether the connection is closed after the answer.
func (r request) closes() bool {
	connection := strings.ToLower(r.value("Connection"))
	if r.version == "1.0" {
		return connection != "keep-alive"
	}
	return connection == "close"
}

// refusal is what is answered without a look at the body, nil if the body is wanted.
func (s *Server) refusal(r request) *reply {
	if code := s.unauthorized(r); code != 0 {
		return errorPage(code)
	}
	rpc := strings.HasPrefix(r.uri, "/RPC2")
	switch {
	case !rpc && r.uri == "/":
		page := "<html><head><title>Supervisor Status</title></head><body></body></html>\n"
		return &reply{code: 200, header: []string{"Content-Type: text/html;charset=utf-8"}, body: page, length: len(page)}
	case !rpc && r.command == http.MethodGet:
		return errorPage(http.StatusNotFound)
	case !rpc || r.command != http.MethodPost:
		return errorPage(http.StatusBadRequest)
	case r.value("Content-Length") == "":
		return errorPage(http.StatusLengthRequired)
	}
	return nil
}

// unauthorized is the status for wrong credentials, 0 for right ones.
func (s *Server) unauthorized(r request) int {
	if s.config.Username == "" {
		return 0
	}
	scheme, cookie, _ := strings.Cut(r.value("Authorization"), " ")
	if !strings.EqualFold(scheme, "basic") {
		return http.StatusUnauthorized
	}
	text, err := base64.StdEncoding.DecodeString(cookie)
	if err != nil {
		return http.StatusBadRequest
	}
	username, password, colon := strings.Cut(string(text), ":")
	switch {
	case !colon:
		return http.StatusInternalServerError
	case username == s.config.Username && samePassword(s.config.Password, password):
		return 0
	}
	return http.StatusUnauthorized
}

func errorPage(code int) *reply {
	body := fmt.Sprintf("<head>\r\n<title>Error response</title>\r\n</head>\r\n<body>\r\n<h1>Error response</h1>\r\n"+
		"<p>Error code %d.\r\n<p>Message: %s.\r\n</body>\r\n", code, http.StatusText(code))
	r := &reply{code: code, header: []string{"Content-Type: text/html"}, body: body, length: len(body)}
	if code == http.StatusUnauthorized {
		r.header = append([]string{"Connection: close", `WWW-Authenticate: Basic realm="default"`}, r.header...)
	}
	return r
}

// send writes the answer, and reports whether the connection can serve another request.
func (r *reply) send(w io.Writer, q request) bool {
	var head strings.Builder
	fmt.Fprintf(&head, "HTTP/%s %d %s\r\nServer: Medusa/1.12\r\nDate: %s\r\n", q.version, r.code, http.StatusText(r.code),
		time.Now().UTC().Format(http.TimeFormat))
	for _, line := range r.header {
		head.WriteString(line + "\r\n")
	}
	fmt.Fprintf(&head, "Content-Length: %d\r\n", r.length)
	if q.version == "1.0" && !q.closes() {
		head.WriteString("Connection: Keep-Alive\r\n")
	}
	body := r.body
	if r.cut > 0 {
		body = body[:min(r.cut, len(body))]
	}
	_, err := io.WriteString(w, head.String()+"\r\n"+body)
	return err == nil && r.cut == 0 && !q.closes()
}
