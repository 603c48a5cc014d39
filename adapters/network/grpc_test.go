package network_test

import (
	"bytes"
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"supervisor-healthcheck/adapters/network"
	"supervisor-healthcheck/domain"
)

// health is the health service of a server that knows the service shop.Cart, which does not serve, as a handler of net/http.
func health(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if r.ProtoMajor != 2 || r.Method != "POST" || r.URL.Path != "/grpc.health.v1.Health/Check" || r.Header.Get("Content-Type") != "application/grpc" || r.Header.Get("TE") != "trailers" {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "application/grpc")
	switch string(body) {
	case "\x00\x00\x00\x00\x00":
		w.Header().Set("Trailer", "Grpc-Status")
		io.WriteString(w, "\x00\x00\x00\x00\x02\x08\x01")
		w.Header().Set("Grpc-Status", "0")
	case "\x00\x00\x00\x00\x0b\x0a\x09shop.Cart":
		w.Header().Set("Trailer", "Grpc-Status")
		io.WriteString(w, "\x00\x00\x00\x00\x02\x08\x02")
		w.Header().Set("Grpc-Status", "0")
	default: // trailers alone
		w.Header().Set("Grpc-Status", "5")
		w.Header().Set("Grpc-Message", "no such service%21")
	}
}

// The server of net/http knows nothing of our use of frames.
func TestGRPCOfAnother(t *testing.T) {
	plain := httptest.NewUnstartedServer(http.HandlerFunc(health))
	plain.Config.Protocols = new(http.Protocols)
	plain.Config.Protocols.SetUnencryptedHTTP2(true)
	plain.Start()
	defer plain.Close()
	secured := httptest.NewUnstartedServer(http.HandlerFunc(health))
	secured.EnableHTTP2 = true
	secured.StartTLS()
	defer secured.Close()
	ca := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secured.Certificate().Raw}))
	for _, to := range []domain.GRPCRequest{
		{Network: "tcp", Address: plain.Listener.Addr().String()},
		{Network: "tcp", Address: secured.Listener.Addr().String(), TLS: &domain.TLS{CA: ca, ServerName: "example.com"}},
	} {
		for service, want := range map[string]domain.GRPCAnswer{"": {Serving: 1}, "shop.Cart": {Serving: 2}, "other": {Code: 5, Message: "no such service!"}} {
			to.Service = service
			got, err := network.New().GRPC(t.Context(), to)
			if to.TLS != nil {
				want.Expires = secured.Certificate().NotAfter
			}
			if err != nil || got != want {
				t.Errorf("%q: got %+v, %v", service, got, err)
			}
		}
	}
}

func TestGRPCNeedsHTTP2OverTLS(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(health)) // HTTP/1.1 alone
	defer server.Close()
	_, err := network.New().GRPC(t.Context(), domain.GRPCRequest{Network: "tcp", Address: server.Listener.Addr().String(), TLS: &domain.TLS{Unverified: true}})
	if got := said(err); got != "no agreement on TLS: the server refused: no application protocol" {
		t.Error(got)
	}
}

// frames are what a server sends.
func frames(write func(f *http2.Framer)) string {
	var all bytes.Buffer
	write(http2.NewFramer(&all, nil))
	return all.String()
}

// head is a block of fields on our stream.
func head(ends bool, fields ...string) string {
	var block bytes.Buffer
	encoder := hpack.NewEncoder(&block)
	for _, field := range fields {
		name, value, _ := strings.Cut(field, " ")
		encoder.WriteField(hpack.HeaderField{Name: name, Value: value})
	}
	return frames(func(f *http2.Framer) {
		f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block.Bytes(), EndHeaders: true, EndStream: ends})
	})
}

func TestWhatAServerOfGRPCSends(t *testing.T) {
	settings := frames(func(f *http2.Framer) { f.WriteSettings() })
	begin := settings + head(false, ":status 200", "content-type application/grpc+proto")
	data := func(text string) string { return frames(func(f *http2.Framer) { f.WriteData(1, false, []byte(text)) }) }
	end := head(true, "grpc-status 0")
	serving := data("\x00\x00\x00\x00\x02\x08\x01")
	ping := frames(func(f *http2.Framer) { f.WritePing(false, [8]byte{1}) })
	away := func(last uint32, code http2.ErrCode) string {
		return frames(func(f *http2.Framer) { f.WriteGoAway(last, code, []byte("s3cret")) })
	}
	up := domain.GRPCAnswer{Serving: 1}
	none := domain.GRPCAnswer{}
	for name, tt := range map[string]struct {
		serve func(net.Conn)
		want  domain.GRPCAnswer
		err   string
	}{
		"all in one":                  {sends(begin + serving + end), up, ""},
		"byte by byte":                {sends(strings.Split(begin+serving+end, "")...), up, ""},
		"between other frames":        {sends(settings + ping + away(1, http2.ErrCodeNo) + frames(func(f *http2.Framer) { f.WriteWindowUpdate(0, 9) }) + begin + serving + end), up, ""},
		"in pieces":                   {sends(begin + data("\x00\x00\x00") + data("\x00\x02\x08\x01") + end), up, ""},
		"with fields of another time": {sends(begin + data("\x00\x00\x00\x00\x12\x12\x03abc\x19\x01\x02\x03\x04\x05\x06\x07\x08\x08\x01\x10\x01") + end), up, ""},
		"a status that is zero":       {sends(begin + data("\x00\x00\x00\x00\x00") + end), none, ""},
		"no health service":           {sends(settings + head(true, ":status 200", "content-type application/grpc", "grpc-status 12", "grpc-message unknown")), domain.GRPCAnswer{Code: 12, Message: "unknown"}, ""},
		"a message that is none":      {sends(begin + data("\x01\x00\x00\x00\x00") + end), none, "the answer is not one of grpc.health.v1"},
		"half a message":              {sends(begin + data("\x00\x00\x00\x00\x04\x08\x01") + end), none, "the answer is not one of grpc.health.v1"},
		"a field without end":         {sends(begin + data("\x00\x00\x00\x00\x03\x12\xff\x01") + end), none, "the answer is not one of grpc.health.v1"},
		"no message":                  {sends(begin + end), none, "the answer is not one of grpc.health.v1"},
		"no status":                   {sends(begin + serving + head(true, "a b")), none, "the answer has no status of gRPC"},
		"an end without one":          {sends(begin + frames(func(f *http2.Framer) { f.WriteData(1, true, []byte("x")) })), none, "the answer has no status of gRPC"},
		"a web page":                  {sends(settings + head(false, ":status 404", "content-type text/html")), none, "the answer has HTTP status 404, and none of gRPC"},
		"a page that is there":        {sends(settings + head(false, ":status 200", "content-type text/html")), none, "the answer is HTTP/2 and not gRPC"},
		"a status of nobody":          {sends(settings + head(false, ":status abc", "content-type text/html")), none, "the answer is not HTTP/2"},
		"who goes away":               {sends(settings + away(0, http2.ErrCodeNo)), none, "the server goes away (GOAWAY NO_ERROR)"},
		"who is tired of us":          {sends(settings + away(1, http2.ErrCodeEnhanceYourCalm)), none, "the server goes away (GOAWAY ENHANCE_YOUR_CALM)"},
		"who breaks off":              {sends(begin + frames(func(f *http2.Framer) { f.WriteRSTStream(1, http2.ErrCodeRefusedStream) })), none, "the server has broken off the call (RST_STREAM REFUSED_STREAM)"},
		"who pushes": {sends(begin + frames(func(f *http2.Framer) {
			f.WritePushPromise(http2.PushPromiseParam{StreamID: 1, PromiseID: 2, BlockFragment: []byte{0x82}, EndHeaders: true})
		})), none, "the answer has a frame that is not HTTP/2"},
		"a frame that is none":     {sends(settings + "\x00\x00\x01\x06\x00\x00\x00\x00\x00x"), none, "the answer has a frame that is not HTTP/2"},
		"a frame that is too long": {sends(settings + "\xff\xff\xff\x00\x00\x00\x00\x00\x01"), none, "the answer has a frame that is not HTTP/2"},
		"HTTP/1.1":                 {sends("HTTP/1.1 400 Bad Request\r\n\r\n"), none, "the answer is not HTTP/2"},
		"no settings":              {sends(ping), none, "the answer is not HTTP/2"},
		"half of it":               {sends(begin + serving), none, "the connection was closed in the middle of the answer"},
		"nothing":                  {sends(""), none, "the connection was closed without an answer"},
		"settings without end":     {forever(settings), none, "the answer is longer than 64 kB"},
		"pings without end":        {forever(settings + ping), none, "the answer is longer than 64 kB"},
		"fields without end":       {sends(begin + serving + "\x00\x00\x00\x01\x00\x00\x00\x00\x01" + strings.Repeat("\x00\x00\x00\x09\x00\x00\x00\x00\x01", 9000)), none, "the answer is longer than 64 kB"},
		"somebody who waits":       {silent, none, "timed out after 300ms waiting for the answer"},
		"somebody who stops":       {func(c net.Conn) { io.WriteString(c, begin); silent(c) }, none, "timed out after 300ms reading the answer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limit := 20 * time.Second
			if strings.HasPrefix(tt.err, "timed out") {
				limit = 300 * time.Millisecond
			}
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			got, err := network.New().GRPC(ctx, domain.GRPCRequest{Network: "tcp", Address: serve(t, tt.serve)})
			if said(err) != tt.err || err == nil && got != tt.want {
				t.Errorf("got %+v, %v, want %+v, %q", got, err, tt.want, tt.err)
			}
		})
	}
}

// A server may wait for its ping to be answered, and for its settings to be known.
func TestGRPCAnswersPings(t *testing.T) {
	served := make(chan error, 1)
	address := serve(t, func(conn net.Conn) {
		io.ReadFull(conn, make([]byte, len(http2.ClientPreface)))
		f := http2.NewFramer(conn, conn)
		f.WriteSettings()
		f.WritePing(false, [8]byte{4, 2})
		for known, answered := false, false; !known || !answered; {
			frame, err := f.ReadFrame()
			if err != nil {
				served <- err
				return
			}
			switch frame := frame.(type) {
			case *http2.SettingsFrame:
				known = known || frame.IsAck()
			case *http2.PingFrame:
				if answered = frame.IsAck() && frame.Data == [8]byte{4, 2}; !answered {
					served <- fmt.Errorf("the ping was answered with %v", frame)
					return
				}
			}
		}
		io.WriteString(conn, head(true, ":status 200", "content-type application/grpc", "grpc-status 14"))
		served <- nil
		silent(conn)
	})
	got, err := network.New().GRPC(t.Context(), domain.GRPCRequest{Network: "tcp", Address: address})
	if err != nil || got.Code != 14 {
		t.Errorf("%+v, %v", got, err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}

// FuzzGRPC has anything read as what a server sends: what is understood has a status.
func FuzzGRPC(f *testing.F) {
	settings := frames(func(f *http2.Framer) { f.WriteSettings() })
	f.Add(settings + head(false, ":status 200", "content-type application/grpc") + frames(func(f *http2.Framer) { f.WriteData(1, false, []byte("\x00\x00\x00\x00\x02\x08\x01")) }) + head(true, "grpc-status 0"))
	f.Add(settings + head(true, ":status 200", "content-type application/grpc", "grpc-status 12", "grpc-message %41%"))
	f.Add("HTTP/1.1 400 Bad Request\r\n\r\n")
	f.Add("")
	f.Fuzz(func(t *testing.T, sent string) {
		_, err := network.ReadGRPC(strings.NewReader(sent))
		if err != nil && (len(err.Error()) > 120 || strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' || r > '~' })) {
			t.Errorf("%q is %v", sent, err)
		}
	})
}
