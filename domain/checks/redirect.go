package checks

import (
	"maps"
	"net/url"

	"supervisor-healthcheck/domain"
)

// redirected reports whether an answer tells to ask elsewhere.
func redirected(a domain.HTTPAnswer) bool {
	switch a.Status {
	case 301, 302, 303, 307, 308:
		return a.Location != ""
	}
	return false
}

// follow is the request that a redirect asks for, false if there is none such. At the same host all goes with it, as curl does it;
// another one learns nothing of us: no password, no header, no certificate.
func follow(r domain.HTTPRequest, a domain.HTTPAnswer, tls TLS) (domain.HTTPRequest, bool) {
	from := url.URL{Scheme: "http", Host: named(r), Path: "/"}
	if r.TLS != nil {
		from.Scheme = "https"
	}
	asked, err := url.Parse(r.Path)
	if err != nil {
		return r, false
	}
	to, err := from.ResolveReference(asked).Parse(a.Location)
	if err != nil || to.Hostname() == "" || to.Scheme != "http" && to.Scheme != "https" || to.User != nil {
		return r, false
	}
	if a.Status == 303 && r.Method != "HEAD" || r.Method == "POST" && a.Status <= 302 {
		r.Method, r.Body = "GET", ""
		r.Header = maps.Clone(r.Header)
		delete(r.Header, "Content-Type")
	}
	r.Path = to.RequestURI()
	if authority(to) == authority(&from) && to.Scheme == from.Scheme {
		return r, true
	}
	number, ok := portNumber(authorityPort(to))
	if !ok || r.Method != "GET" && r.Method != "HEAD" { // what is sent is meant for one service
		return r, false
	}
	other := domain.HTTPRequest{Method: r.Method, Network: "tcp", Address: joined(to.Hostname(), number), Path: r.Path, Fields: r.Fields, Most: r.Most}
	if to.Scheme == "https" {
		other.TLS = &domain.TLS{CA: tls.CA, Unverified: tls.Unverified}
	}
	return other, true
}

// named is the host that a request names.
func named(r domain.HTTPRequest) string {
	switch host := r.Header["Host"]; {
	case len(host) > 0:
		return host[0]
	case r.Network == "unix":
		return "localhost"
	}
	return r.Address
}

func authority(u *url.URL) string { return u.Hostname() + ":" + authorityPort(u) }

func authorityPort(u *url.URL) string {
	if port := u.Port(); port != "" {
		return port
	}
	return usualPort(u.Scheme == "https")
}
