package network_test

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/dns/dnsmessage"

	"supervisor-healthcheck/adapters/network"
	"supervisor-healthcheck/domain"
)

// nameServer answers over UDP with all of these, and over TCP, at the same port, with the last.
func nameServer(t *testing.T, answers ...func(question []byte) []byte) string {
	t.Helper()
	listener := listen(t, "tcp", "127.0.0.1:0")
	packets, err := net.ListenPacket("udp", listener.Addr().String())
	if err != nil {
		t.Skip(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for question := make([]byte, 4096); ; {
			n, from, err := packets.ReadFrom(question)
			if err != nil {
				return
			}
			for _, answer := range answers {
				packets.WriteTo(answer(question[:n]), from)
			}
		}
	}()
	t.Cleanup(func() { packets.Close(); <-done })
	return serveOn(t, listener, func(conn net.Conn) {
		var length [2]byte
		io.ReadFull(conn, length[:])
		question := make([]byte, binary.BigEndian.Uint16(length[:]))
		io.ReadFull(conn, question)
		answer := answers[len(answers)-1](question)
		answer[2] &^= 2 // all of it fits into TCP
		conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...))
	})
}

// zone is an answer with these records.
func zone(change func(*dnsmessage.Message), records ...dnsmessage.ResourceBody) func([]byte) []byte {
	return func(question []byte) []byte {
		var m dnsmessage.Message
		if err := m.Unpack(question); err != nil {
			return nil
		}
		m.Response = true
		for _, body := range records {
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: m.Questions[0].Name, Class: dnsmessage.ClassINET}, Body: body})
		}
		change(&m)
		packed, _ := m.Pack()
		return packed
	}
}

func asItIs(*dnsmessage.Message) {}

func code(c dnsmessage.RCode) func(*dnsmessage.Message) {
	return func(m *dnsmessage.Message) { m.RCode = c }
}

func truncated(m *dnsmessage.Message) { m.Truncated = true }

// byHand is the answer of a server to A example.com, with an alias and a pointer for each name (RFC 1035, section 4.1.4).
func byHand(question []byte) []byte {
	const rest = "\x81\x80\x00\x01\x00\x02\x00\x00\x00\x00\x07example\x03com\x00\x00\x01\x00\x01" +
		"\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x3c\x00\x06\x03www\xc0\x0c" +
		"\xc0\x29\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xc0\x00\x02\x0a"
	return append([]byte{question[0], question[1]}, rest...)
}

func TestDNS(t *testing.T) {
	address := &dnsmessage.AResource{A: [4]byte{192, 0, 2, 10}}
	name := dnsmessage.MustNewName("mail.example.com.")
	raw := func(text string) func([]byte) []byte {
		return func(question []byte) []byte { return append(question[:2:2], text...) }
	}
	for what, tt := range map[string]struct {
		server []func([]byte) []byte
		kind   string
		want   domain.DNSAnswer
		err    string
	}{
		"an address":              {[]func([]byte) []byte{byHand}, "A", domain.DNSAnswer{Code: "NOERROR", Records: []string{"192.0.2.10"}}, ""},
		"two":                     {[]func([]byte) []byte{zone(asItIs, address, address)}, "A", domain.DNSAnswer{Code: "NOERROR", Records: []string{"192.0.2.10", "192.0.2.10"}}, ""},
		"of IPv6":                 {[]func([]byte) []byte{zone(asItIs, &dnsmessage.AAAAResource{AAAA: [16]byte{15: 1}})}, "AAAA", domain.DNSAnswer{Code: "NOERROR", Records: []string{"::1"}}, ""},
		"a mail server":           {[]func([]byte) []byte{zone(asItIs, &dnsmessage.MXResource{Pref: 10, MX: name})}, "MX", domain.DNSAnswer{Code: "NOERROR", Records: []string{"10 mail.example.com."}}, ""},
		"a service":               {[]func([]byte) []byte{zone(asItIs, &dnsmessage.SRVResource{Priority: 1, Weight: 2, Port: 3, Target: name})}, "SRV", domain.DNSAnswer{Code: "NOERROR", Records: []string{"1 2 3 mail.example.com."}}, ""},
		"a zone":                  {[]func([]byte) []byte{zone(asItIs, &dnsmessage.SOAResource{NS: name, MBox: name, Serial: 7})}, "SOA", domain.DNSAnswer{Code: "NOERROR", Records: []string{"mail.example.com. mail.example.com. 7"}}, ""},
		"a text":                  {[]func([]byte) []byte{zone(asItIs, &dnsmessage.TXTResource{TXT: []string{"a", "b"}})}, "TXT", domain.DNSAnswer{Code: "NOERROR", Records: []string{"ab"}}, ""},
		"another name":            {[]func([]byte) []byte{zone(asItIs, &dnsmessage.CNAMEResource{CNAME: name})}, "CNAME", domain.DNSAnswer{Code: "NOERROR", Records: []string{"mail.example.com."}}, ""},
		"to another question":     {[]func([]byte) []byte{byHand}, "MX", domain.DNSAnswer{}, "timed out after 300ms reading the answer"},
		"none":                    {[]func([]byte) []byte{zone(asItIs)}, "A", domain.DNSAnswer{Code: "NOERROR"}, ""},
		"no such name":            {[]func([]byte) []byte{zone(code(dnsmessage.RCodeNameError))}, "A", domain.DNSAnswer{Code: "NXDOMAIN"}, ""},
		"a server in trouble":     {[]func([]byte) []byte{zone(code(dnsmessage.RCodeServerFailure))}, "A", domain.DNSAnswer{Code: "SERVFAIL"}, ""},
		"a server that refuses":   {[]func([]byte) []byte{zone(code(dnsmessage.RCodeRefused))}, "A", domain.DNSAnswer{Code: "REFUSED"}, ""},
		"one that knows no DNS":   {[]func([]byte) []byte{raw("\x80\x01\x00\x00\x00\x00\x00\x00\x00\x00")}, "A", domain.DNSAnswer{Code: "FORMERR"}, ""},
		"a code of another time":  {[]func([]byte) []byte{zone(code(11))}, "A", domain.DNSAnswer{Code: "RCODE11"}, ""},
		"too much for a datagram": {[]func([]byte) []byte{zone(truncated, address)}, "A", domain.DNSAnswer{Code: "NOERROR", Records: []string{"192.0.2.10"}}, ""},
		"behind others":           {[]func([]byte) []byte{func([]byte) []byte { return []byte("x") }, func(q []byte) []byte { return append([]byte{q[0] + 1}, q[1:]...) }, zone(func(m *dnsmessage.Message) { m.Questions[0].Type = dnsmessage.TypeMX }), func(q []byte) []byte { return q }, zone(asItIs, address)}, "A", domain.DNSAnswer{Code: "NOERROR", Records: []string{"192.0.2.10"}}, ""},
		"too many others":         {slices.Repeat([]func([]byte) []byte{func([]byte) []byte { return nil }}, 100), "A", domain.DNSAnswer{}, "the answer is to another question"},
		"half an answer":          {[]func([]byte) []byte{func(q []byte) []byte { return byHand(q)[:50] }}, "A", domain.DNSAnswer{}, "the answer is not DNS"},
		"a pointer to itself":     {[]func([]byte) []byte{raw("\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00\xc0\x0c\x00\x01\x00\x01")}, "A", domain.DNSAnswer{}, "the answer is not DNS"},
		"nothing":                 {[]func([]byte) []byte{func([]byte) []byte { return nil }}, "A", domain.DNSAnswer{}, "timed out after 300ms reading the answer"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			limit := 20 * time.Second
			if strings.HasPrefix(tt.err, "timed out") {
				limit = 300 * time.Millisecond
			}
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			got, err := network.New().DNS(ctx, domain.DNSRequest{Address: nameServer(t, tt.server...), Name: "Example.com", Type: tt.kind})
			if text := strings.Replace(said(err), "waiting for", "reading", 1); text != tt.err { // an empty datagram is no byte
				t.Errorf("got error %v, want %q", err, tt.err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" && err == nil {
				t.Error(diff)
			}
		})
	}
}

func TestANameServerThatIsTruncatedForEver(t *testing.T) {
	for what, tt := range map[string]struct {
		serve func(net.Conn)
		want  string
	}{
		"nothing over TCP": {func(c net.Conn) { c.Read(make([]byte, 512)) }, "the answer was truncated, and over TCP: the connection was closed without an answer"},
		"half of it":       {func(c net.Conn) { c.Read(make([]byte, 512)); io.WriteString(c, "\x00\x20abc") }, "the answer was truncated, and over TCP: the connection was closed in the middle of the answer"},
		"another answer":   {func(c net.Conn) { c.Read(make([]byte, 512)); io.WriteString(c, "\x00\x03abc") }, "the answer was truncated, and over TCP: the answer is to another question"},
		"truncated again": {func(c net.Conn) {
			question := make([]byte, 512)
			n, _ := c.Read(question)
			answer := zone(truncated)(question[2:n])
			c.Write(append([]byte{0, byte(len(answer))}, answer...))
		}, "the answer was truncated, and over TCP: it was truncated again"},
	} {
		t.Run(what, func(t *testing.T) {
			listener := listen(t, "tcp", "127.0.0.1:0")
			conn, err := net.ListenPacket("udp", listener.Addr().String())
			if err != nil {
				t.Skip(err)
			}
			done := make(chan struct{})
			go func() {
				defer close(done)
				question := make([]byte, 512)
				if n, from, err := conn.ReadFrom(question); err == nil {
					conn.WriteTo(zone(truncated)(question[:n]), from)
				}
			}()
			t.Cleanup(func() { conn.Close(); <-done })
			_, err = network.New().DNS(t.Context(), domain.DNSRequest{Address: serveOn(t, listener, tt.serve), Name: "example.com", Type: "A"})
			if said(err) != tt.want {
				t.Errorf("got %v", err)
			}
		})
	}
}

// FuzzDNS has anything read as the answer to a question.
func FuzzDNS(f *testing.F) {
	f.Add("A", string(byHand([]byte("ab"))))
	f.Add("AAAA", "ab\x81\x83\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x03com\x00\x00\x1c\x00\x01")
	f.Add("TXT", "")
	f.Fuzz(func(t *testing.T, kind, sent string) {
		answer, err := network.ReadDNS(domain.DNSRequest{Name: "example.com", Type: kind}, []byte(sent))
		if err == nil && answer.Code == "" || len(strings.Join(answer.Records, "")) > 100*len(sent) {
			t.Errorf("%q is %+v", sent, answer)
		}
	})
}
