package discovery

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"supervisor-healthcheck/adapters/ini"
	"supervisor-healthcheck/domain"
)

// service is what is proposed for the ports and sockets of a program.
type service struct {
	settings []Setting
	seen     []string // parts of the first sentence
	more     []string // further sentences
}

// family is the ports, or the sockets, of the processes of one program that can be written as one text.
type family struct {
	network string
	host    string            // of TCP: the address, or everywhere
	text    string            // the port or the path, as the section has it
	fixed   bool              // it is the same for all
	at      []domain.Endpoint // one for each process that listens
	who     []process         // those
}

// everywhere is the host of who listens on all addresses.
const everywhere = "*"

// service finds out where the processes listen and what they answer there.
func (w World) service(ctx context.Context, p program) service {
	var listeners []process
	var places [][]domain.Endpoint
	for _, one := range p.running {
		found, err := w.Sockets.Listening(ctx, one.pid)
		switch {
		case errors.Is(err, fs.ErrPermission):
			return service{seen: []string{"its sockets may not be looked at (run this as root)"}}
		case errors.Is(err, domain.ErrGone): // it has ended since
		case err != nil:
			return service{seen: []string{"its sockets cannot be looked at: " + err.Error()}}
		case len(found) > 0:
			listeners, places = append(listeners, one), append(places, found)
		}
	}
	if len(listeners) == 0 {
		return service{seen: []string{"listens nowhere"}}
	}
	all := families(p, listeners, places)
	if len(all) == 0 {
		return service{seen: []string{everything(places)}, more: []string{
			"no check of them: what they have in common cannot be written with %(process_num)"}}
	}
	s := w.best(ctx, all)
	if silent := len(p.running) - len(listeners); silent > 0 {
		s.more = append(s.more, several(silent, "process listens", "processes listen")+" nowhere")
	}
	return s
}

// best is the first family that answers an HTTP request well, or else the first that accepts connections.
func (w World) best(ctx context.Context, all []family) service {
	var trials []trial
	chosen := -1
	for i, f := range all {
		t := w.try(ctx, f)
		trials = append(trials, t)
		if t.path != "" {
			chosen = i
			break
		}
		if chosen < 0 && t.open {
			chosen = i
		}
	}
	if chosen < 0 {
		return service{seen: []string{all[0].String(), trials[0].said}}
	}
	f, t := all[chosen], trials[chosen]
	s := service{seen: []string{f.String(), t.said}, more: t.more, settings: []Setting{{"tcp", f.address(t.host)}}}
	if t.path != "" {
		s.settings = []Setting{{"http", f.url(t)}}
	}
	if t.bare {
		s.settings = append(s.settings, Setting{"http.verify", "no"})
		s.more = append(s.more, "its certificate is not one for "+t.host+" that this system believes: http.verify = no looks at none, and "+
			"http.ca and http.server_name would have it verified")
	}
	var others []string
	for i, other := range all {
		if i != chosen && other.String() != f.String() {
			others = append(others, other.String())
		}
	}
	if len(others) > 0 {
		s.more = append(s.more, "it also listens on "+strings.Join(distinct(others), ", "))
	}
	if f.fixed && f.network == "tcp" && ephemeral(f.port(0)) {
		s.more = append(s.more, fmt.Sprintf("if nobody has chosen port %d but the kernel, it is another one after the next start: take the check away then", f.port(0)))
	}
	return s
}

// families are those that all listeners have a place in: those that follow the number of the process, in the order of their
// ports, then those that all share.
func families(p program, listeners []process, places [][]domain.Endpoint) []family {
	type key struct{ network, host, text string }
	at := map[key]map[int]domain.Endpoint{} // by listener
	for i, one := range listeners {
		for _, e := range places[i] {
			host, text := parts(e)
			for _, t := range templates(text, one) {
				k := key{e.Network, host, t}
				if at[k] == nil {
					at[k] = map[int]domain.Endpoint{}
				}
				if _, there := at[k][i]; !there {
					at[k][i] = e
				}
			}
		}
	}
	var all []family
	used := map[key]bool{}
	for _, e := range places[0] {
		host, text := parts(e)
		for _, t := range templates(text, listeners[0]) {
			k, fixed := key{e.Network, host, t}, t == ini.Escaped(text)
			if len(at[k]) < len(listeners) || at[k][0] != e ||
				fixed && p.of > 1 && len(listeners) == 1 { // nothing tells where the others are
				continue
			}
			f := family{network: e.Network, host: host, text: t, fixed: fixed, who: listeners}
			for i := range listeners {
				f.at = append(f.at, at[k][i])
			}
			if same := (key{e.Network, everywhere, t}); !used[k] && (host != "127.0.0.1" || !used[same]) {
				used[k] = true
				all = append(all, f)
			}
			break
		}
	}
	slices.SortStableFunc(all, func(a, b family) int { return cmp.Compare(a.rank(), b.rank()) })
	return all
}

// rank puts what is surely configured first.
func (f family) rank() int {
	switch {
	case !f.fixed:
		return 0
	case f.network == "tcp" && !ephemeral(f.port(0)):
		return 1
	case f.network == "unix":
		return 2
	}
	return 3
}

// ephemeral ports are those that Linux gives to whoever asks for any port.
func ephemeral(port uint16) bool { return 32768 <= port && port <= 60999 }

// parts are the host, and the port or the path.
func parts(e domain.Endpoint) (host, text string) {
	if e.Network == "unix" {
		return "", e.Address
	}
	i := strings.LastIndexByte(e.Address, ':')
	host, text = strings.Trim(e.Address[:i], "[]"), e.Address[i+1:]
	if address, err := netip.ParseAddr(host); err == nil && address.IsUnspecified() {
		host = everywhere
	}
	return host, text
}

// hosts are the addresses at which it may be asked: none if that is none of the loopback interface.
func (f family) hosts() []string {
	if f.network == "unix" {
		return []string{""}
	}
	if f.host == everywhere {
		return []string{"127.0.0.1", "::1"}
	}
	if address, err := netip.ParseAddr(f.host); err == nil && address.IsLoopback() {
		return []string{f.host}
	}
	return nil
}

// dial is the address of one process.
func (f family) dial(i int, host string) string {
	if f.network == "unix" {
		return f.at[i].Address
	}
	_, port := parts(f.at[i])
	return joined(host, port)
}

// address is the value of tcp=.
func (f family) address(host string) string {
	if f.network == "unix" {
		return "unix:" + f.text
	}
	return joined(host, f.text)
}

// url is the value of http=.
func (f family) url(t trial) string {
	switch {
	case f.network == "unix":
		return "http://unix:" + f.text + ":" + t.path
	case t.tls:
		return "https://" + joined(t.host, f.text) + t.path
	}
	return "http://" + joined(t.host, f.text) + t.path
}

func joined(host, port string) string {
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return host + ":" + port
}

func (f family) port(i int) uint16 {
	_, text := parts(f.at[i])
	port, _ := strconv.ParseUint(text, 10, 16)
	return uint16(port)
}

// String says where they listen, such as "ports 8000 to 8003".
func (f family) String() string {
	var texts []string
	for i := range f.at {
		_, text := parts(f.at[i])
		texts = append(texts, text)
	}
	texts = distinct(texts)
	one, many, at := "port ", "ports ", ""
	if f.network == "unix" {
		one, many = "unix socket ", "unix sockets "
	} else if f.hosts() == nil {
		at = " of " + f.host
	}
	if len(texts) == 1 {
		return one + texts[0] + at
	}
	if f.network == "tcp" {
		slices.SortFunc(texts, func(a, b string) int { return cmp.Or(len(a)-len(b), strings.Compare(a, b)) })
	}
	last := len(texts) - 1
	if low, high := f.lowest(), f.highest(); f.network == "tcp" && last > 1 && int(high-low) == last {
		return many + texts[0] + " to " + texts[last] + at
	}
	if len(texts) > 4 {
		return many + texts[0] + ", " + texts[1] + " to " + texts[last] + at
	}
	return many + strings.Join(texts, ", ") + at
}

func (f family) lowest() uint16  { return slices.Min(f.ports()) }
func (f family) highest() uint16 { return slices.Max(f.ports()) }

func (f family) ports() []uint16 {
	var all []uint16
	for i := range f.at {
		all = append(all, f.port(i))
	}
	return all
}

// everything says where processes listen that have nothing in common.
func everything(places [][]domain.Endpoint) string {
	var texts []string
	for _, found := range places {
		for _, e := range found {
			_, text := parts(e)
			if e.Network == "tcp" {
				text = "port " + text
			}
			texts = append(texts, text)
		}
	}
	texts = distinct(texts)
	const most = 6
	if len(texts) > most {
		return "listens on " + strings.Join(texts[:most], ", ") + " and " + strconv.Itoa(len(texts)-most) + " more"
	}
	return "listens on " + strings.Join(texts, ", ")
}
