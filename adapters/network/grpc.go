package network

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"supervisor-healthcheck/adapters/wire"
	"supervisor-healthcheck/domain"
)

// What is read of one answer. The windows of flow control, which nobody makes larger here, allow just so many bytes of messages.
const (
	mostOfGRPC   = 64 << 10
	mostOfFields = 16 << 10 // bytes of a header
	ourStream    = 1
)

// GRPC makes one call of grpc.health.v1.Health/Check over a connection of its own, and reads until the stream has ended.
func (p *Prober) GRPC(ctx context.Context, request domain.GRPCRequest) (domain.GRPCAnswer, error) {
	c := &grpcCall{}
	expires, err := p.wire.Ask(ctx, wire.Ask{
		Place:   wire.Place{Network: request.Network, Address: request.Address, TLS: request.TLS, Protocol: http2.NextProtoTLS},
		Message: encodeGRPC(request), Most: mostOfGRPC, Answer: c.read,
	})
	c.answer.Expires = expires
	return c.answer, err
}

// encodeGRPC is all that a client says that has one question: its preface, a header and a message.
func encodeGRPC(request domain.GRPCRequest) []byte {
	var message, fields bytes.Buffer
	message.WriteString(http2.ClientPreface)
	framer := http2.NewFramer(&message, nil)
	framer.WriteSettings(http2.Setting{ID: http2.SettingEnablePush, Val: 0}, http2.Setting{ID: http2.SettingMaxHeaderListSize, Val: mostOfFields})
	encoder, scheme := hpack.NewEncoder(&fields), "http"
	if request.TLS != nil {
		scheme = "https"
	}
	for _, field := range [][2]string{
		{":method", "POST"}, {":scheme", scheme}, {":path", "/grpc.health.v1.Health/Check"}, {":authority", authority(request)},
		{"content-type", "application/grpc"}, {"te", "trailers"}, {"user-agent", "supervisor-healthcheck"},
	} {
		encoder.WriteField(hpack.HeaderField{Name: field[0], Value: field[1]})
	}
	framer.WriteHeaders(http2.HeadersFrameParam{StreamID: ourStream, BlockFragment: fields.Bytes(), EndHeaders: true})
	framer.WriteData(ourStream, true, healthRequest(request.Service))
	return message.Bytes()
}

// authority is the name that a certificate is asked for, or the address; a socket has no name.
func authority(request domain.GRPCRequest) string {
	switch {
	case request.TLS != nil && request.TLS.ServerName != "":
		_, port, _ := net.SplitHostPort(request.Address)
		if request.Network == "unix" {
			return request.TLS.ServerName
		}
		return net.JoinHostPort(request.TLS.ServerName, port)
	case request.Network == "unix":
		return "localhost"
	}
	return request.Address
}

// healthRequest is a HealthCheckRequest, which is a name in field 1, with the five bytes that gRPC puts before a message.
func healthRequest(service string) []byte {
	var body []byte
	if service != "" {
		body = append(binary.AppendUvarint([]byte{1<<3 | 2}, uint64(len(service))), service...)
	}
	return append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(body))), body...)
}

// grpcCall is what has come of a call.
type grpcCall struct {
	answer   domain.GRPCAnswer
	framer   *http2.Framer
	settled  bool   // the settings of the server have come
	answered bool   // its header has
	body     []byte // of our stream
}

// read handles frames until our stream has ended.
func (c *grpcCall) read(conn io.ReadWriter) error {
	c.framer = http2.NewFramer(conn, conn)
	c.framer.SetReuseFrames()
	c.framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	c.framer.MaxHeaderListSize = mostOfFields
	c.framer.SetMaxReadFrameSize(16 << 10)
	for {
		frame, err := c.framer.ReadFrame()
		if err != nil {
			return c.broken(err)
		}
		if _, is := frame.(*http2.SettingsFrame); !is && !c.settled {
			return errNotHTTP2
		}
		if ended, err := c.take(frame); ended || err != nil {
			return err
		}
	}
}

var errNotHTTP2 = errors.New("the answer is not HTTP/2")

// broken is what is wrong with a frame. The first is none where another protocol is spoken.
func (c *grpcCall) broken(err error) error {
	_, ofStream := errors.AsType[http2.StreamError](err)
	_, ofConnection := errors.AsType[http2.ConnectionError](err)
	malformed := ofStream || ofConnection || errors.Is(err, http2.ErrFrameTooLarge)
	switch {
	case malformed && !c.settled:
		return errNotHTTP2
	case malformed:
		return errors.New("the answer has a frame that is not HTTP/2")
	}
	return err
}

// take handles a frame, and tells whether it was the last that matters.
func (c *grpcCall) take(frame http2.Frame) (ended bool, err error) {
	switch f := frame.(type) {
	case *http2.SettingsFrame:
		c.settled = true
		if !f.IsAck() {
			err = c.framer.WriteSettingsAck()
		}
	case *http2.PingFrame:
		if !f.IsAck() {
			err = c.framer.WritePing(true, f.Data)
		}
	case *http2.GoAwayFrame:
		if f.LastStreamID < ourStream || f.ErrCode != http2.ErrCodeNo {
			err = fmt.Errorf("the server goes away (GOAWAY %s)", f.ErrCode)
		}
	case *http2.RSTStreamFrame:
		if f.StreamID == ourStream {
			err = fmt.Errorf("the server has broken off the call (RST_STREAM %s)", f.ErrCode)
		}
	case *http2.PushPromiseFrame:
		err = errors.New("the answer has a frame that is not HTTP/2")
	case *http2.DataFrame:
		if f.StreamID == ourStream {
			c.body = append(c.body, f.Data()...)
			if f.StreamEnded() {
				err = errors.New("the answer has no status of gRPC")
			}
		}
	case *http2.MetaHeadersFrame:
		if f.StreamID == ourStream {
			return c.fields(f)
		}
	}
	return false, err
}

// fields are those of the header, or those behind the message. A server that has nothing to say sends both in one.
func (c *grpcCall) fields(f *http2.MetaHeadersFrame) (ended bool, err error) {
	if !c.answered {
		status, kind := f.PseudoValue("status"), fieldOf(f, "content-type")
		_, err := strconv.ParseUint(status, 10, 16)
		switch {
		case err != nil:
			return false, errNotHTTP2
		case strings.HasPrefix(status, "1"):
			return false, nil
		case status != "200" && fieldOf(f, "grpc-status") == "":
			return false, fmt.Errorf("the answer has HTTP status %s, and none of gRPC", status)
		case !strings.HasPrefix(kind, "application/grpc"):
			return false, errors.New("the answer is HTTP/2 and not gRPC")
		}
		c.answered = true
	}
	if !f.StreamEnded() {
		return false, nil
	}
	if c.answer.Code, err = strconv.Atoi(fieldOf(f, "grpc-status")); err != nil {
		return false, errors.New("the answer has no status of gRPC")
	}
	c.answer.Message = fieldOf(f, "grpc-message")
	if decoded, err := url.PathUnescape(c.answer.Message); err == nil {
		c.answer.Message = decoded
	}
	if c.answer.Code == 0 {
		c.answer.Serving, err = readHealth(c.body)
	}
	return true, err
}

func fieldOf(f *http2.MetaHeadersFrame, name string) string {
	for _, field := range f.RegularFields() {
		if field.Name == name {
			return field.Value
		}
	}
	return ""
}

// readHealth reads a HealthCheckResponse, which is a number in field 1; what else is in it is left out. The last one counts, and none is
// that of UNKNOWN, as everywhere in protobuf.
func readHealth(body []byte) (serving int, err error) {
	bad := errors.New("the answer is not one of grpc.health.v1")
	if len(body) < 5 || body[0] != 0 || uint64(binary.BigEndian.Uint32(body[1:])) != uint64(len(body)-5) {
		return 0, bad
	}
	for rest := body[5:]; len(rest) > 0; {
		tag, n := binary.Uvarint(rest)
		if n <= 0 {
			return 0, bad
		}
		rest = rest[n:]
		value, size := protoValue(tag&7, rest)
		if size <= 0 || size > len(rest) {
			return 0, bad
		}
		if tag == 1<<3 {
			serving = int(int32(value))
		}
		rest = rest[size:]
	}
	return serving, nil
}

// protoValue is a value of a kind of protobuf, if it is a number, and its size; 0 or less if it is none.
func protoValue(kind uint64, from []byte) (value uint64, size int) {
	switch kind {
	case 0:
		return binary.Uvarint(from)
	case 1:
		return 0, 8
	case 2:
		length, n := binary.Uvarint(from)
		if n <= 0 || length > uint64(len(from)-n) {
			return 0, 0
		}
		return 0, n + int(length)
	case 5:
		return 0, 4
	}
	return 0, 0
}
