package wire

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strconv"

	"supervisor-healthcheck/domain"
)

// mostSaid is how many bytes of a bad answer are kept for whoever looks for the fault.
const mostSaid = 1 << 10

// final reads answers until the real one, whose status it returns. Informational answers before it are left out.
func (in *incoming) final() (status int, err error) {
	for {
		status, err = in.statusLine()
		if err != nil || status < 100 || status > 199 || status == http.StatusSwitchingProtocols {
			return status, err
		}
		if err := in.fields(func(name, value []byte) {}); err != nil {
			return 0, err
		}
	}
}

// statusLine wants what curl and Python's http.client want: "HTTP/", a version that may be any, and three digits. A line that
// ends with the stream instead of a line feed will do.
func (in *incoming) statusLine() (int, error) {
	const start = "HTTP/"
	begun, err := in.reader.Peek(len(start))
	if len(begun) > 0 && string(begun) != start[:len(begun)] {
		said, _ := in.reader.Peek(min(in.reader.Buffered(), mostSaid))
		return 0, notHTTP("it does not begin with HTTP/ and a status", said)
	}
	if err != nil {
		return 0, err
	}
	line, err := in.reader.ReadSlice('\n')
	status, known := statusIn(line)
	var said []byte
	if !known {
		said = bytes.Clone(line[:min(len(line), mostSaid)])
	}
	for err == bufio.ErrBufferFull {
		_, err = in.reader.ReadSlice('\n')
	}
	switch {
	case err != nil && (!known || in.torn(err) != io.ErrUnexpectedEOF):
		return 0, err
	case !known:
		return 0, notHTTP("its first line has no status", said)
	}
	return status, nil
}

// statusIn finds the status in the first line of an answer.
func statusIn(line []byte) (int, bool) {
	at := bytes.IndexByte(line, ' ')
	if at < 0 {
		return 0, false
	}
	line = bytes.TrimLeft(line[at:], " \t")
	if len(line) < 3 || len(line) > 3 && !bytes.ContainsRune([]byte(" \t\r\n"), rune(line[3])) {
		return 0, false
	}
	status := 0
	for _, digit := range line[:3] {
		if digit < '0' || digit > '9' {
			return 0, false
		}
		status = 10*status + int(digit-'0')
	}
	return status, true
}

// fields reads a header up to its empty line. Lines that are no fields are passed over, as curl and Python do, and so is
// what goes beyond the buffer.
func (in *incoming) fields(each func(name, value []byte)) error {
	for {
		line, err := in.reader.ReadSlice('\n')
		if err != nil && err != bufio.ErrBufferFull {
			return err
		}
		if text := bytes.TrimRight(line, "\r\n"); len(text) == 0 {
			return nil
		} else if name, value, isField := bytes.Cut(text, []byte(":")); isField {
			each(bytes.TrimRight(name, " \t"), bytes.TrimSpace(value))
		}
		for err == bufio.ErrBufferFull {
			_, err = in.reader.ReadSlice('\n')
		}
		if err != nil {
			return err
		}
	}
}

// framing notes what says how long the body is, and the fields that are wanted. Of several lengths the first counts, and one that is
// none says nothing.
func (in *incoming) framing(name, value []byte) {
	for _, wanted := range in.call.Fields {
		if equalFold(name, wanted) {
			in.wanted = append(in.wanted, domain.HTTPField{Name: wanted, Value: string(value)})
		}
	}
	switch {
	case equalFold(name, "Location"):
		in.location = string(value)
	case equalFold(name, "Content-Length"):
		if length, err := strconv.ParseUint(string(value), 10, 63); err == nil && in.length < 0 {
			in.length = int64(length)
		}
	case equalFold(name, "Transfer-Encoding"):
		for coding := range bytes.SplitSeq(value, []byte(",")) { // identity beside it, or a second line, changes nothing
			in.chunked = in.chunked || equalFold(bytes.TrimSpace(coding), "chunked")
		}
	}
}

// equalFold compares names whatever their capitals, without making memory.
func equalFold(name []byte, with string) bool {
	return len(name) == len(with) && bytes.EqualFold(name, []byte(with))
}
