package network_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/adapters/network"
	"supervisor-healthcheck/domain"
)

const declaration = `<?xml version="1.0"?>`

func value(v string) string {
	return declaration + "<methodResponse><params><param>" + v + "</param></params></methodResponse>"
}

func fault(v string) string {
	return declaration + "<methodResponse><fault>" + v + "</fault></methodResponse>"
}

func faultOf(code, text string) string {
	return fault("<value><struct><member><name>faultCode</name><value>" + code + "</value></member>" +
		"<member><name>faultString</name><value>" + text + "</value></member></struct></value>")
}

// replying serves one document to every call.
func replying(t *testing.T, body string) string {
	return serve(t, say(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)))
}

func callTo(address string) domain.XMLRPCRequest {
	return domain.XMLRPCRequest{Network: "tcp", Address: address, Path: "/RPC2", Method: "get_status"}
}

func TestXMLRPCAcceptsAnyValue(t *testing.T) {
	for name, body := range map[string]string{
		"a string":                       value("<value><string>load 50% ok</string></value>"),
		"text without a type":            value("<value>ok</value>"),
		"an empty string":                value("<value><string></string></value>"),
		"an empty value":                 value("<value/>"),
		"no value":                       value(""),
		"no parameter":                   declaration + "<methodResponse><params/></methodResponse>",
		"false":                          value("<value><boolean>0</boolean></value>"),
		"nil":                            value("<value><nil/></value>"),
		"nil of an extension":            value(`<value><ex:nil xmlns:ex="http://example.org/"/></value>`),
		"base64":                         value("<value><base64>AAEC</base64></value>"),
		"a date":                         value("<value><dateTime.iso8601>20261122T13:18:00</dateTime.iso8601></value>"),
		"a type of the server's own":     value("<value><i128>1</i128></value>"),
		"a struct":                       value("<value><struct><member><name>a</name><value/></member></struct></value>"),
		"a struct with a fault's words":  value("<value><struct><member><name>faultCode</name><value><int>1</int></value></member></struct></value>"),
		"a string that speaks of faults": value("<value><string><![CDATA[<fault></fault>]]></string></value>"),
		"an array in an array":           value("<value><array><data><value><array><data/></array></value></data></array></value>"),
		"a document without declaration": strings.TrimPrefix(value("<value/>"), declaration),
		"a byte order mark":              "\ufeff" + value("<value/>"),
		"blanks and comments around":     " \n<!-- hello -->" + strings.TrimPrefix(value("<value/>"), declaration) + "<!-- bye -->\n",
		"another encoding":               `<?xml version="1.0" encoding="ISO-8859-1"?>` + strings.TrimPrefix(value("<value>caf\xe9</value>"), declaration),
		"250 kB":                         value("<value>" + strings.Repeat("x", 250<<10) + "</value>"),
	} {
		t.Run(name, func(t *testing.T) {
			if err := network.New().XMLRPC(t.Context(), callTo(replying(t, body))); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestXMLRPCTellsFaults(t *testing.T) {
	long := strings.Repeat("é", 1000)
	tests := map[string]struct {
		body string
		want domain.Fault
	}{
		"with code and text":           {faultOf("<int>10</int>", "<string>BAD_NAME: 50% &lt;a&gt;</string>"), domain.Fault{Code: 10, Text: "BAD_NAME: 50% <a>"}},
		"with a negative code":         {faultOf("<i4>-32601</i4>", "<string>no such method</string>"), domain.Fault{Code: -32601, Text: "no such method"}},
		"with a text of 2 kB":          {faultOf("<int>1</int>", "<string>"+long+"</string>"), domain.Fault{Code: 1, Text: long[:1024] + "..."}},
		"with a text cut in a letter":  {faultOf("<int>1</int>", "<string>x"+long+"</string>"), domain.Fault{Code: 1, Text: "x" + long[:1022] + "..."}},
		"whose code is not a number":   {faultOf("<string>ten</string>", "<string>x</string>"), domain.Fault{Text: "its code and text cannot be read"}},
		"with nothing in it":           {fault(""), domain.Fault{Text: "its code and text cannot be read"}},
		"in blanks, as some indent it": {strings.ReplaceAll(faultOf("<int>1</int>", "<string>x</string>"), "><", ">\n  <"), domain.Fault{Code: 1, Text: "x"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			err := network.New().XMLRPC(t.Context(), callTo(replying(t, tt.body)))
			var got *domain.Fault
			if !errors.As(err, &got) {
				t.Fatalf("got error %v, want a fault", err)
			}
			if diff := cmp.Diff(&tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestXMLRPCRefusesAnswers(t *testing.T) {
	const shapeless = "the answer is not one methodResponse with either params or a fault"
	deep := strings.Repeat("<value><array><data>", 1000) + strings.Repeat("</data></array></value>", 1000)
	for name, tt := range map[string]struct{ body, want string }{
		"nothing":                    {"", "the answer is empty"},
		"only a declaration":         {declaration, "the answer is empty"},
		"text":                       {"s3cret", "the answer has text outside of its XML document"},
		"text after the document":    {value("<value/>") + "s3cret", "the answer has text outside of its XML document"},
		"a web page":                 {"<html><body>ok</body></html>", "the answer is not a methodResponse"},
		"another call":               {"<methodCall/>", "the answer is not a methodResponse"},
		"two documents":              {strings.Repeat("<methodResponse><params/></methodResponse>", 2), shapeless},
		"an empty methodResponse":    {"<methodResponse/>", shapeless},
		"params and a fault":         {"<methodResponse><params/><fault/></methodResponse>", shapeless},
		"params somewhere else":      {"<methodResponse><a><params/></a></methodResponse>", shapeless},
		"a document that is cut off": {strings.TrimSuffix(value("<value/>"), "</params></methodResponse>"), "the answer is not well-formed XML in its line 1"},
		"crossed elements":           {"\n<methodResponse><params></methodResponse></params>", "the answer is not well-formed XML in its line 2"},
		"an unknown entity":          {value("<value>&s3cret;</value>"), "the answer is not well-formed XML in its line 1"},
		"a control character":        {value("<value>\x01</value>"), "the answer is not well-formed XML in its line 1"},
		"bytes that are not UTF-8":   {value("<value>\xff</value>"), "the answer is not well-formed XML in its line 1"},
		"another version of XML":     {`<?xml version="1.7"?><methodResponse><params/></methodResponse>`, "the answer is not well-formed XML"},
		"too deep a value":           {value(deep), "the answer is nested too deeply"},
		"a fault that is too deep":   {fault(deep), "the answer is nested too deeply"},
		"300 kB":                     {value("<value>" + strings.Repeat("x", 300<<10) + "</value>"), "the answer is longer than 256 kB"},
		"a document type":            {"<!DOCTYPE a><methodResponse><params/></methodResponse>", "the answer has a document type, which XML-RPC does not know"},
	} {
		t.Run(name, func(t *testing.T) {
			err := network.New().XMLRPC(t.Context(), callTo(replying(t, tt.body)))
			if err == nil || err.Error() != tt.want {
				t.Errorf("got error %v, want %s", err, tt.want)
			}
			if network.EndOfInput(err) {
				t.Error("the error is io.EOF, which means the end of the events elsewhere")
			}
		})
	}
}

func TestXMLRPCRefusesOtherStatuses(t *testing.T) {
	for status, want := range map[int]string{
		http.StatusUnauthorized: "the server answered 401 Unauthorized",
		http.StatusFound:        "the server answered 302 Found",
		http.StatusNoContent:    "the server answered 204 No Content",
		599:                     "the server answered 599",
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			io.WriteString(w, value("<value/>"))
		}))
		err := network.New().XMLRPC(t.Context(), callTo(server.Listener.Addr().String()))
		if err == nil || err.Error() != want {
			t.Errorf("got error %v, want %s", err, want)
		}
		server.Close()
	}
}

func TestXMLRPCSendsCalls(t *testing.T) {
	const body = `<?xml version="1.0" encoding="UTF-8"?><methodCall><methodName>%s</methodName></methodCall>`
	const auth = "Authorization: Basic YWRtaW46\r\n"
	for name, tt := range map[string]struct {
		request domain.XMLRPCRequest
		method  string // in the body
		line    string
		auth    string
	}{
		"a name":                  {domain.XMLRPCRequest{Method: "get_status", Path: "/RPC2"}, "get_status", "/RPC2", ""},
		"a name with a dot":       {domain.XMLRPCRequest{Method: "system.listMethods", Path: "/a b?c=%20"}, "system.listMethods", "/a%20b?c=%20", ""},
		"a name with markup":      {domain.XMLRPCRequest{Method: "a<b&c</methodName>"}, "a&lt;b&amp;c&lt;/methodName&gt;", "/", ""},
		"a name with percents":    {domain.XMLRPCRequest{Method: "50%s%d"}, "50%s%d", "/", ""},
		"a user without password": {domain.XMLRPCRequest{Method: "m", Username: "admin"}, "m", "/", auth},
	} {
		t.Run(name, func(t *testing.T) {
			tt.request.Network = "tcp"
			address, sent := record(t)
			tt.request.Address = address
			if err := network.New().XMLRPC(t.Context(), tt.request); err == nil {
				t.Error("204 was accepted")
			}
			call := strings.Replace(body, "%s", tt.method, 1)
			want := "POST " + tt.line + " HTTP/1.1\r\nHost: " + address + "\r\nUser-Agent: supervisor-healthcheck\r\nAccept-Encoding: identity\r\n" +
				tt.auth + fmt.Sprintf("Content-Length: %d\r\nContent-Type: text/xml\r\nConnection: close\r\n\r\n", len(call)) + call
			if diff := cmp.Diff(want, sent()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestXMLRPCOverAUnixSocket(t *testing.T) {
	host := make(chan string, 1)
	listener := socket(t)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host <- r.Host
		io.WriteString(w, value("<value/>"))
	})}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	defer func() {
		server.Close()
		<-ended
	}()
	request := domain.XMLRPCRequest{Network: "unix", Address: listener.Addr().String(), Path: "/RPC2", Method: "m"}
	if err := network.New().XMLRPC(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	if got := <-host; got != "localhost" {
		t.Errorf("the Host is %q, want localhost", got)
	}
}

func TestXMLRPCOverAUnixSocketThatHangs(t *testing.T) {
	listener := socket(t)
	serveOn(t, listener, silent)
	request := domain.XMLRPCRequest{Network: "unix", Address: listener.Addr().String(), Path: "/RPC2", Method: "m"}
	wantEnd(t, context.DeadlineExceeded, "timed out after [0-9.]+m?s waiting for the answer", func(limit time.Duration) error {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		return network.New().XMLRPC(ctx, request)
	})
}

// slow is a context that is done after it was asked some times.
type slow struct {
	context.Context
	left int
}

func (s *slow) Err() error {
	if s.left--; s.left < 0 {
		return context.Canceled
	}
	return nil
}

func TestReadingAnAnswerEndsWithTheContext(t *testing.T) {
	_, err := network.ReadAnswer(&slow{Context: t.Context(), left: 3}, []byte(value("<value/>")))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want %v", err, context.Canceled)
	}
}

func FuzzXMLRPCAnswer(f *testing.F) {
	for _, seed := range []string{
		"", declaration, value("<value>x</value>"), value("<value/>"), faultOf("<int>1</int>", "<string>x</string>"),
		faultOf("<string/>", ""), fault("<value><array><data><value/></data></array></value>"),
		`<?xml version="1.0" encoding="latin1"?><methodResponse><params/></methodResponse>`,
		`<!DOCTYPE a [<!ENTITY b "c">]><methodResponse><params>&b;</params></methodResponse>`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		isFault, err := network.ReadAnswer(context.Background(), body)
		if err != nil {
			if isFault || network.EndOfInput(err) || len(err.Error()) > 100 {
				t.Errorf("fault %t, error %v", isFault, err)
			}
			return
		}
		if !strings.Contains(string(body), "methodResponse") {
			t.Error("accepted without a methodResponse")
		}
		if !isFault {
			return
		}
		var got *domain.Fault
		if err := network.DecodeFault(body); !errors.As(err, &got) || len(got.Text) > 1100 {
			t.Errorf("got error %v, want a short fault", err)
		}
	})
}
