package wire

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"math"
	"net/http"
	"net/http/httputil"
	"strconv"
	"strings"
	"time"

	"supervisor-healthcheck/domain"
)

// What is read only for the peace of the server: one that is cut off while it writes may fill its log with that.
const (
	longestPeace = 64 << 10
	peace        = 100 * time.Millisecond
)

// Answer is an answer of which the status was read, and what is before it. Whoever wants no more of it need not fear what
// comes behind: an endless, torn, or badly framed rest is met only by those who read it.
type Answer struct {
	Status int
	rest   *incoming
}

// Unexpected is an error for every status but 200.
func (a Answer) Unexpected() error {
	if a.Status == http.StatusOK {
		return nil
	}
	return errors.New(strings.TrimSpace("the server answered " + strconv.Itoa(a.Status) + " " + http.StatusText(a.Status)))
}

// Header has those of the fields that are wanted, in the order in which they came: all if there is no error, else those that were there.
func (a Answer) Header() ([]domain.HTTPField, error) {
	_, err := a.rest.announced()
	return a.rest.wanted, err
}

// Location is where a redirect leads, if its header was read.
func (a Answer) Location() string { return a.rest.location }

// Expires is when the certificate of the server expires; zero without TLS.
func (a Answer) Expires() time.Time { return expiry(a.rest.head.from) }

// Body is what follows the header, up to MaxBody bytes; a longer one is an error.
func (a Answer) Body() io.Reader { return a.rest }

// Beginning reads the body up to MaxBody bytes, and returns what came of it. The error says why that is not all.
func (a Answer) Beginning() (string, error) {
	length, err := a.rest.announced()
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	most := a.rest.call.MaxBody
	b.Grow(int(min(max(length, 0), most)) + bytes.MinRead)
	_, err = b.ReadFrom(io.LimitReader(a.rest.body, most+1))
	switch {
	case int64(b.Len()) > most:
		b.Truncate(int(most))
		err = tooLong("the body", most)
	case err == nil && a.rest.broken():
		err = io.ErrUnexpectedEOF
	}
	a.rest.failed = err
	return b.String(), err
}

// ReadInto reads all of the body into an empty buffer.
func (a Answer) ReadInto(b *bytes.Buffer) error {
	const most = 2 << 20 // of what an announcement alone is given
	announced, err := a.rest.announced()
	if err != nil {
		return err
	}
	b.Grow(int(min(max(announced, 0), most)) + bytes.MinRead)
	_, err = b.ReadFrom(a.rest)
	return err
}

// Leave reads on for a tenth of a second at most, so that a server which is still writing can do so in peace, and returns
// up to keep bytes of the beginning of the body. What goes wrong meanwhile is nobody's error.
func (a Answer) Leave(keep int64) (beginning string) {
	in := a.rest
	defer func(before error) { in.failed = before }(in.failed)
	in.head.patience = peace
	if _, err := in.announced(); err != nil {
		return ""
	}
	if keep > 0 {
		some, _ := io.ReadAll(io.LimitReader(in.body, keep))
		beginning = string(some)
	}
	in.drain()
	return beginning
}

// incoming is an answer as it comes. There is one for each exchange, made at once.
type incoming struct {
	head     meter
	reader   *bufio.Reader // of head
	call     *Call
	status   int
	wanted   []domain.HTTPField
	location string
	headed   bool  // the header was read
	length   int64 // of the body as it was announced; -1 if it was not
	chunked  bool
	body     io.Reader
	exact    io.LimitedReader
	left     int64 // of the body
	failed   error // why the body could not be read; nil at its end
}

// announced reads the header if that was not done, and returns the length of the body: -1 if it is not known.
func (in *incoming) announced() (int64, error) {
	if !in.headed && in.failed == nil {
		in.failed = in.readHeader()
	}
	return in.length, in.failed
}

func (in *incoming) readHeader() error {
	if err := in.fields(in.framing); err != nil {
		return in.torn(err)
	}
	in.headed = true
	in.head.left = math.MaxInt64
	in.left = in.call.MaxBody
	switch none := in.call.Head || in.status < 200 || in.status == http.StatusNoContent || in.status == http.StatusNotModified; {
	case none:
		in.length, in.body = 0, http.NoBody
	case in.chunked:
		in.length, in.body = -1, httputil.NewChunkedReader(in.reader)
	case in.length >= 0:
		in.exact = io.LimitedReader{R: in.reader, N: in.length}
		in.body = &in.exact
	default:
		in.body = in.reader
	}
	return nil
}

// torn is why a header or a body ends too early.
func (in *incoming) torn(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// Read implements io.Reader: the body.
func (in *incoming) Read(p []byte) (int, error) {
	if _, err := in.announced(); err != nil {
		return 0, err
	}
	if in.length > in.call.MaxBody {
		in.failed = tooLong("the answer", in.call.MaxBody)
		return 0, in.failed
	}
	n, err := in.body.Read(p)
	in.left -= int64(n)
	switch {
	case in.left < 0:
		err = tooLong("the answer", in.call.MaxBody)
	case err == io.EOF && in.broken():
		err = io.ErrUnexpectedEOF
	}
	if err != nil && err != io.EOF {
		in.failed = err
	}
	return n, err
}

// broken reports whether a body that is at its end was announced to be longer.
func (in *incoming) broken() bool { return in.body == &in.exact && in.exact.N > 0 }

// drain throws away what comes, chunks unread.
func (in *incoming) drain() {
	most := longestPeace
	switch in.body {
	case http.NoBody:
		return
	case &in.exact:
		most = int(min(in.exact.N, longestPeace))
	}
	for most > 0 {
		if _, err := in.reader.Peek(1); err != nil {
			return
		}
		some, _ := in.reader.Peek(min(in.reader.Buffered(), most))
		if in.chunked && bytes.HasSuffix(some, []byte("0\r\n\r\n")) {
			return // in all likelihood the last chunk, and the server may keep the connection open
		}
		most -= len(some)
		in.reader.Discard(len(some))
	}
}
