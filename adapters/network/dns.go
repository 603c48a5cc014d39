package network

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/net/dns/dnsmessage"

	"supervisor-healthcheck/adapters/wire"
	"supervisor-healthcheck/domain"
)

const (
	mostOfDNS     = 64 << 10 // bytes that are read, of all datagrams together
	datagramOfDNS = 4 << 10  // more than a server sends whom nobody has told that it may
	mostDatagrams = 100      // that are read of one server
)

// DNS asks once over UDP, and over TCP if the answer does not fit into a datagram.
func (p *Prober) DNS(ctx context.Context, request domain.DNSRequest) (domain.DNSAnswer, error) {
	q, err := newDNSQuestion(request)
	if err != nil {
		return domain.DNSAnswer{}, err
	}
	truncated, err := p.askDNS(ctx, q, "udp", request.Address, q.message, q.datagrams)
	if truncated && err == nil {
		framed := append(binary.BigEndian.AppendUint16(nil, uint16(len(q.message))), q.message...)
		if _, err = p.askDNS(ctx, q, "tcp", request.Address, framed, q.stream); err != nil {
			err = fmt.Errorf("the answer was truncated, and over TCP: %w", err)
		}
	}
	return q.answer, err
}

func (p *Prober) askDNS(ctx context.Context, q *dnsQuestion, network, address string, message []byte, read func(io.Reader) (bool, error)) (truncated bool, err error) {
	_, err = p.wire.Ask(ctx, wire.Ask{
		Place: wire.Place{Network: network, Address: address}, Message: message, Most: mostOfDNS,
		Answer: func(conn io.ReadWriter) (err error) {
			truncated, err = read(conn)
			return err
		},
	})
	return truncated, err
}

// dnsQuestion is what was asked, and in the end the answer.
type dnsQuestion struct {
	id      uint16
	asked   dnsmessage.Question
	message []byte
	answer  domain.DNSAnswer
}

// dnsTypes are the numbers of domain.DNSTypes.
func dnsTypes() map[string]dnsmessage.Type {
	return map[string]dnsmessage.Type{
		"A": dnsmessage.TypeA, "AAAA": dnsmessage.TypeAAAA, "CNAME": dnsmessage.TypeCNAME, "MX": dnsmessage.TypeMX, "NS": dnsmessage.TypeNS,
		"PTR": dnsmessage.TypePTR, "SOA": dnsmessage.TypeSOA, "SRV": dnsmessage.TypeSRV, "TXT": dnsmessage.TypeTXT,
	}
}

func newDNSQuestion(request domain.DNSRequest) (*dnsQuestion, error) {
	kind, known := dnsTypes()[request.Type]
	name, err := dnsmessage.NewName(strings.TrimSuffix(request.Name, ".") + ".")
	if err != nil || !known {
		return nil, fmt.Errorf("%w: %s %s cannot be asked for", domain.ErrProber, request.Name, request.Type)
	}
	q := &dnsQuestion{id: uint16(rand.Uint32()), asked: dnsmessage.Question{Name: name, Type: kind, Class: dnsmessage.ClassINET}}
	m := dnsmessage.Message{Header: dnsmessage.Header{ID: q.id, RecursionDesired: true}, Questions: []dnsmessage.Question{q.asked}}
	if q.message, err = m.Pack(); err != nil {
		return nil, fmt.Errorf("%w: %s is no name: its parts have 63 letters at most", domain.ErrProber, request.Name)
	}
	return q, nil
}

// datagrams reads until one is the answer. Others may be late, or somebody else's.
func (q *dnsQuestion) datagrams(conn io.Reader) (truncated bool, err error) {
	datagram := make([]byte, datagramOfDNS)
	for range mostDatagrams {
		n, err := conn.Read(datagram)
		if err != nil {
			return false, err
		}
		if truncated, err = q.read(datagram[:n]); !errors.Is(err, errOtherAnswer) {
			return truncated, err
		}
	}
	return false, errOtherAnswer
}

// stream reads the one answer of a connection.
func (q *dnsQuestion) stream(conn io.Reader) (bool, error) {
	var length [2]byte
	if _, err := io.ReadFull(conn, length[:]); err != nil {
		return false, err
	}
	message := make([]byte, binary.BigEndian.Uint16(length[:]))
	if _, err := io.ReadFull(conn, message); err != nil {
		return false, err
	}
	truncated, err := q.read(message)
	if err == nil && truncated {
		err = errors.New("it was truncated again")
	}
	return truncated, err
}

var (
	errOtherAnswer = errors.New("the answer is to another question")
	errNotDNS      = errors.New("the answer is not DNS")
)

// read understands a message. One that is truncated is not looked into.
func (q *dnsQuestion) read(message []byte) (truncated bool, err error) {
	var parser dnsmessage.Parser
	header, err := parser.Start(message)
	if err != nil || header.ID != q.id || !header.Response {
		return false, errOtherAnswer
	}
	questions, err := parser.AllQuestions()
	switch {
	case err != nil:
		return false, errNotDNS
	case len(questions) == 0 && header.RCode != dnsmessage.RCodeSuccess: // as of a server that has not understood it
	case len(questions) != 1 || !q.isFor(questions[0]):
		return false, errOtherAnswer
	}
	if header.Truncated {
		return true, nil
	}
	q.answer = domain.DNSAnswer{Code: dnsCode(header.RCode)}
	for {
		resource, err := parser.Answer()
		switch {
		case errors.Is(err, dnsmessage.ErrSectionDone):
			return false, nil
		case err != nil:
			return false, errNotDNS
		case resource.Header.Type == q.asked.Type && resource.Header.Class == q.asked.Class:
			q.answer.Records = append(q.answer.Records, recordText(resource.Body))
		}
	}
}

// isFor compares without capitals: some servers write a name as they like.
func (q *dnsQuestion) isFor(other dnsmessage.Question) bool {
	return other.Type == q.asked.Type && other.Class == q.asked.Class && strings.EqualFold(other.Name.String(), q.asked.Name.String())
}

// dnsCode is a response code as the tools of the field write it (RFC 1035, section 4.1.1).
func dnsCode(code dnsmessage.RCode) string {
	names := []string{"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"}
	if int(code) < len(names) {
		return names[code]
	}
	return "RCODE" + strconv.Itoa(int(code))
}

// recordText is a record as a zone has it, without the name and the type.
func recordText(body dnsmessage.ResourceBody) string {
	switch r := body.(type) {
	case *dnsmessage.AResource:
		return netip.AddrFrom4(r.A).String()
	case *dnsmessage.AAAAResource:
		return netip.AddrFrom16(r.AAAA).String()
	case *dnsmessage.CNAMEResource:
		return r.CNAME.String()
	case *dnsmessage.NSResource:
		return r.NS.String()
	case *dnsmessage.PTRResource:
		return r.PTR.String()
	case *dnsmessage.MXResource:
		return fmt.Sprintf("%d %s", r.Pref, r.MX)
	case *dnsmessage.SRVResource:
		return fmt.Sprintf("%d %d %d %s", r.Priority, r.Weight, r.Port, r.Target)
	case *dnsmessage.SOAResource:
		return fmt.Sprintf("%s %s %d", r.NS, r.MBox, r.Serial)
	case *dnsmessage.TXTResource:
		return strings.Join(r.TXT, "")
	}
	return ""
}
