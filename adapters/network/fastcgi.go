package network

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"supervisor-healthcheck/adapters/wire"
	"supervisor-healthcheck/domain"
)

// mostOfFastCGI is how many bytes of records are read of one answer.
const mostOfFastCGI = 64 << 10

// FastCGI makes one request and reads its answer up to the end of the request, without which the application has not finished it.
func (p *Prober) FastCGI(ctx context.Context, request domain.FastCGIRequest) (answer domain.FastCGIAnswer, err error) {
	_, err = p.wire.Ask(ctx, wire.Ask{
		Place:   wire.Place{Network: request.Network, Address: request.Address},
		Message: encodeFastCGI(request.Path), Most: mostOfFastCGI,
		Answer: func(conn io.ReadWriter) (err error) {
			answer, err = readFastCGI(conn)
			return err
		},
	})
	return answer, err
}

// Kinds of records, and what else the specification of FastCGI 1.0 numbers (sections 8 and 5.5).
const (
	fcgiVersion  = 1
	fcgiBegin    = 1
	fcgiEnd      = 3
	fcgiParams   = 4
	fcgiStdin    = 5
	fcgiStdout   = 6
	fcgiHeader   = 8 // bytes before the content of a record
	fcgiID       = 1 // of the only request of a connection
	fcgiLongest  = 1<<16 - 1
	fcgiEndBytes = 8
)

// encodeFastCGI is a request with all its parameters and no input. The application closes the connection after it.
func encodeFastCGI(path string) []byte {
	script, query, _ := strings.Cut(path, "?")
	var params []byte
	for _, pair := range [][2]string{
		{"SCRIPT_FILENAME", script}, {"SCRIPT_NAME", script}, {"REQUEST_METHOD", "GET"}, {"QUERY_STRING", query},
		{"REQUEST_URI", path}, {"SERVER_PROTOCOL", "HTTP/1.0"}, {"GATEWAY_INTERFACE", "CGI/1.1"}, {"SERVER_SOFTWARE", "supervisor-healthcheck"},
	} {
		params = append(appendLength(appendLength(params, len(pair[0])), len(pair[1])), pair[0]+pair[1]...)
	}
	message := appendRecord(nil, fcgiBegin, []byte{0, 1, 0, 0, 0, 0, 0, 0}) // as a responder
	for part := range slices.Chunk(params, fcgiLongest) {
		message = appendRecord(message, fcgiParams, part)
	}
	return appendRecord(appendRecord(message, fcgiParams, nil), fcgiStdin, nil)
}

// appendLength writes the length of a name or a value: one byte, or four if it is longer than 127.
func appendLength(to []byte, n int) []byte {
	if n < 1<<7 {
		return append(to, byte(n))
	}
	return binary.BigEndian.AppendUint32(to, uint32(n)|1<<31)
}

func appendRecord(to []byte, kind byte, content []byte) []byte {
	to = append(to, fcgiVersion, kind, 0, fcgiID, byte(len(content)>>8), byte(len(content)), 0, 0)
	return append(to, content...)
}

// readFastCGI reads records until the request has ended. What the application writes for its log, what concerns no request, and what
// is of a kind that nobody knows is left out.
func readFastCGI(conn io.Reader) (answer domain.FastCGIAnswer, err error) {
	in := bufio.NewReaderSize(conn, 1<<10)
	var written []byte
	for {
		var head [fcgiHeader]byte
		n, err := io.ReadFull(in, head[:])
		if n > 0 && head[0] != fcgiVersion { // such as an HTTP server that is not content
			return answer, &domain.BadAnswer{Err: errors.New("the answer is not FastCGI"), Beginning: string(head[:n])}
		}
		if err != nil {
			return answer, err
		}
		length, ours := int(binary.BigEndian.Uint16(head[4:])), binary.BigEndian.Uint16(head[2:]) == fcgiID
		switch padding := int(head[6]); {
		case ours && head[1] == fcgiStdout:
			begun := len(written)
			written = append(written, make([]byte, length)...)
			if _, err := io.ReadFull(in, written[begun:]); err != nil {
				return answer, err
			}
			length = padding
		case ours && head[1] == fcgiEnd:
			return endOfFastCGI(in, length, written)
		default:
			length += padding
		}
		if _, err := in.Discard(length); err != nil {
			return answer, err
		}
	}
}

// endOfFastCGI says how the request has ended.
func endOfFastCGI(in io.Reader, length int, written []byte) (answer domain.FastCGIAnswer, err error) {
	var end [fcgiEndBytes]byte
	if length < fcgiEndBytes {
		return answer, errors.New("the answer is not FastCGI: its end is too short")
	}
	if _, err := io.ReadFull(in, end[:]); err != nil {
		return answer, err
	}
	switch status := end[4]; status {
	case 0:
		return parseCGI(string(written))
	case 1:
		return answer, errors.New("the request was refused: one at a time (FCGI_CANT_MPX_CONN)")
	case 2:
		return answer, errors.New("the request was refused: the service is overloaded (FCGI_OVERLOADED)")
	case 3:
		return answer, errors.New("the request was refused: it is no responder (FCGI_UNKNOWN_ROLE)")
	default:
		return answer, fmt.Errorf("the request was refused: protocol status %d", status)
	}
}

// parseCGI parts what an application has written into header and body (RFC 3875, section 6).
func parseCGI(text string) (answer domain.FastCGIAnswer, err error) {
	shown := text[:min(len(text), beginning)]
	bad := func(why string) (domain.FastCGIAnswer, error) {
		return domain.FastCGIAnswer{}, &domain.BadAnswer{Err: errors.New(why), Beginning: shown}
	}
	if text == "" {
		return bad("the answer is empty")
	}
	answer.Status = 200
	for {
		line, rest, ended := strings.Cut(text, "\n")
		if !ended {
			return bad("the answer has no end of its header")
		}
		text = rest
		line = strings.TrimSuffix(line, "\r")
		if line == "" {
			answer.Body = text
			return answer, nil
		}
		name, value, _ := strings.Cut(line, ":")
		if !strings.EqualFold(name, "Status") {
			continue
		}
		code, _, _ := strings.Cut(strings.TrimSpace(value), " ")
		if answer.Status, err = strconv.Atoi(code); err != nil || answer.Status < 100 || answer.Status > 999 {
			return bad("the answer has a status that is none")
		}
	}
}
