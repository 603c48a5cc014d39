package web

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

const (
	silence     = 45 * time.Second // of a stream, after which nobody is taken to be there any more; it gives a sign of life every 15 s
	longestLine = 256 << 10
)

// Get reads the JSON document that a listener serves under a path.
func Get(ctx context.Context, socket, path string, into any) error {
	ctx, cancel := context.WithTimeout(ctx, asking)
	defer cancel()
	return get(ctx, socket, path, into)
}

// Follow reads the server-sent events of a path until they end, which is no error, or ctx does. Once they begin, begun is called, and then
// each with the data of every event.
func Follow(ctx context.Context, socket, path string, begun func(), each func(data []byte)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	quiet := time.AfterFunc(asking, cancel)
	defer quiet.Stop()
	response, err := open(ctx, socket, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: it answered %d %s", socket, response.StatusCode, http.StatusText(response.StatusCode))
	}
	quiet.Reset(silence)
	begun()
	lines := bufio.NewReaderSize(response.Body, longestLine)
	for {
		line, err := lines.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			return fmt.Errorf("%s: it sends a line of more than %d bytes", socket, longestLine)
		case err != nil:
			return nil
		}
		quiet.Reset(silence)
		if data, ok := bytes.CutPrefix(bytes.TrimRight(line, "\r\n"), []byte("data: ")); ok {
			each(data)
		}
	}
}
