package network

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"supervisor-healthcheck/domain"
)

// call is one request and what is wanted of its answer.
type call struct {
	network, address string
	message          []byte
	head             bool  // the method is HEAD, so that no body follows
	keep             int64 // bytes of the body that are kept
	most             int64 // bytes of the body that are read at all
}

// exchange dials, sends and receives; ctx bounds all of it.
func (p *Prober) exchange(ctx context.Context, c call) (domain.HTTPAnswer, error) {
	start, at := time.Now(), connecting
	conn, err := p.dialer.DialContext(ctx, c.network, c.address)
	if err != nil {
		return domain.HTTPAnswer{}, explain(ctx, start, at, err)
	}
	defer conn.Close()
	// A deadline in the past ends what conn is doing and whatever it would do next.
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	answer, at, err := p.converse(conn, c)
	if err != nil {
		return domain.HTTPAnswer{}, explain(ctx, start, at, err)
	}
	return answer, nil
}

// converse sends and receives, and tells how far it came. A server may answer and close before it has read the whole
// request: that answer counts.
func (p *Prober) converse(conn net.Conn, c call) (domain.HTTPAnswer, stage, error) {
	_, unsent := conn.Write(c.message)
	source := &meter{from: conn, left: longestHead, what: "the header of the answer is longer than 256 kB"}
	reader := p.readers.Get().(*bufio.Reader)
	reader.Reset(source)
	defer func() {
		reader.Reset(nil)
		p.readers.Put(reader)
	}()
	answer, err := receive(reader, source, c)
	if err != nil && source.failed != nil {
		err = source.failed // net/http takes a line that was cut off for a malformed one
	}
	switch {
	case err == nil:
		return answer, reading, nil
	case unsent != nil && !source.begun:
		return domain.HTTPAnswer{}, sending, unsent
	case !source.begun:
		return domain.HTTPAnswer{}, waiting, err
	}
	return domain.HTTPAnswer{}, reading, err
}

func receive(reader *bufio.Reader, source *meter, c call) (domain.HTTPAnswer, error) {
	response, err := final(reader, c.head)
	if err != nil {
		return domain.HTTPAnswer{}, err
	}
	defer response.Body.Close()
	source.left, source.what = c.most, fmt.Sprintf("the answer is longer than %d MB", c.most>>20)
	if response.StatusCode == http.StatusSwitchingProtocols {
		return domain.HTTPAnswer{Status: response.StatusCode}, nil // what follows is no longer HTTP
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, c.keep))
	if err == nil {
		_, err = io.Copy(io.Discard, response.Body)
	}
	return domain.HTTPAnswer{Status: response.StatusCode, Body: body}, err
}

// final skips the informational answers that may come before the real one.
func final(reader *bufio.Reader, head bool) (*http.Response, error) {
	request := &http.Request{Method: http.MethodGet}
	if head {
		request.Method = http.MethodHead
	}
	for {
		response, err := http.ReadResponse(reader, request)
		if err != nil {
			return nil, err
		}
		if code := response.StatusCode; code < 100 || code > 199 || code == http.StatusSwitchingProtocols {
			return response, nil
		}
	}
}

// meter refuses to read more than left bytes. It knows whether any came, and why no more do.
type meter struct {
	from   io.Reader
	left   int64
	what   string // what is being read and may not be longer
	begun  bool
	failed error
}

func (m *meter) Read(p []byte) (int, error) {
	if m.left <= 0 {
		m.failed = &failure{text: m.what}
		return 0, m.failed
	}
	n, err := m.from.Read(p[:min(int64(len(p)), m.left)])
	m.left -= int64(n)
	m.begun = m.begun || n > 0
	m.failed = err
	return n, err
}
