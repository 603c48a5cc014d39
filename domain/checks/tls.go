package checks

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

// TLS are the settings of a secured connection, for every check that makes one. Its texts are the contents of files of PEM.
type TLS struct {
	domain.TLS
	Expires time.Duration // a certificate that expires within so long is a warning; 0 is never
}

// secureRow is the row of whether TLS is spoken at all.
func secureRow(secure *bool) domain.Setting {
	return row(secure, onlyOn(), domain.Setting{
		Word: "tls", Value: "true|false",
		Doc: "whether the connection is secured by TLS",
	})
}

// rows are the settings. There is none on the command lines, where everything is asked at 127.0.0.1.
func (t *TLS) rows() []domain.Setting {
	return []domain.Setting{
		row(&t.ServerName, names(), domain.Setting{
			Word: "server-name", Value: "NAME",
			Doc: "the name that the certificate must have, if it is not the host that is asked",
		}),
		row(&t.CA, certificates(), domain.Setting{
			Word: "ca", Value: "FILE", Source: domain.InFile,
			Doc: "a file of PEM with the authorities that are believed, in place of those of the system",
		}),
		row(&t.Cert, certificates(), domain.Setting{
			Word: "cert", Value: "FILE", Source: domain.InFile,
			Doc: "a file of PEM with the certificate that is shown, its chain, and perhaps its key",
		}),
		row(&t.Key, privateKeys(), domain.Setting{
			Word: "key", Value: "FILE", Source: domain.InFile,
			Doc: "a file of PEM with the key of that certificate",
		}),
		row(&t.Unverified, inverted(), domain.Setting{
			Word: "verify", Value: "true|false",
			Doc: "false: the certificate of the server may be anybody's",
		}),
	}
}

// warning is the row of what is told of a certificate besides.
func (t *TLS) warning() []domain.Setting {
	return []domain.Setting{
		row(&t.Expires, spans(), domain.Setting{
			Word: "expires", Value: "DURATION",
			Doc: "warn of a certificate that expires within so long, such as 14d",
		}),
	}
}

// invalid returns what Build says of them.
func (t TLS) invalid() error {
	_, ca := certificates().read(t.CA)
	_, cert := certificates().read(t.Cert)
	_, key := privateKeys().read(t.Key)
	_, name := names().read(t.ServerName)
	switch {
	case name != "":
		return wrong("server_name", t.ServerName, name)
	case ca != "":
		return wrong("ca", hidden, ca)
	case cert != "":
		return wrong("cert", hidden, cert)
	case key != "":
		return wrong("key", hidden, key)
	case t.Key != "" && t.Cert == "":
		return wrong("key", hidden, "it goes with a certificate; give that as cert")
	case t.Expires < 0:
		return wrong("expires", t.Expires.String(), "write a time above 0, such as 14 days")
	case t.Cert == "":
		return nil
	}
	if _, err := tls.X509KeyPair([]byte(t.Cert), []byte(cmp.Or(t.Key, t.Cert))); err != nil {
		return wrong("cert", hidden, "it has no key that goes with it; give the key of this very certificate as key, or in the same file")
	}
	return nil
}

// of is what a request says of it; nil where the connection is not to be secured. A name is the one that is asked for, if the settings
// have none.
func (t TLS) of(secured bool, name string) *domain.TLS {
	if !secured {
		return nil
	}
	settings := t.TLS
	settings.ServerName = cmp.Or(settings.ServerName, name)
	return &settings
}

// warn adds for how long a certificate lasts, and what is to be said of that.
func (t TLS) warn(v domain.Verdict, expires time.Time, clock ports.Clock) domain.Verdict {
	if expires.IsZero() {
		return v
	}
	left := expires.Sub(clock.Now())
	v = v.Measuring(domain.Measure{Of: domain.MeasuredCertificate, Value: left.Seconds()})
	on := expires.UTC().Format(time.DateOnly)
	switch {
	case left > t.Expires || t.Expires == 0:
		return v
	case left < 0:
		return v.Warn("the certificate has expired on %s", on)
	case left < 48*time.Hour:
		return v.Warn("the certificate expires in %d hours, on %s", left/time.Hour, on)
	}
	return v.Warn("the certificate expires in %d days, on %s", left/(24*time.Hour), on)
}

// inverted are switches of what is on unless it is told otherwise; then they say nothing.
func inverted() form[bool] {
	f := switches()
	read := f.read
	f.read = func(text string) (bool, string) {
		on, cure := read(text)
		return cure == "" && !on, cure
	}
	f.show = func(off bool) string {
		if off {
			return strconv.FormatBool(false)
		}
		return ""
	}
	return f
}

// onlyOn are switches that say nothing where they are off.
func onlyOn() form[bool] {
	f := switches()
	f.show = func(on bool) string {
		if on {
			return strconv.FormatBool(true)
		}
		return ""
	}
	return f
}

// names are those of hosts, or addresses.
func names() form[string] {
	f := texts()
	f.read = func(text string) (string, string) {
		if _, err := netip.ParseAddr(text); text != "" && err != nil && !isHostName(text) {
			return "", "write a name or an address, such as www.example.org"
		}
		return text, ""
	}
	return f
}

// certificates are what stands in a file of them.
func certificates() form[string] {
	f := texts()
	f.read = func(text string) (string, string) {
		if text != "" && !x509.NewCertPool().AppendCertsFromPEM([]byte(text)) {
			return "", "there is no certificate in it; write PEM, which begins with -----BEGIN CERTIFICATE-----"
		}
		return text, ""
	}
	return f
}

// privateKeys are what stands in a file of one.
func privateKeys() form[string] {
	const cure = "there is no key in it that can be used; write PEM without a passphrase, which begins with -----BEGIN PRIVATE KEY-----"
	f := texts()
	f.read = func(text string) (string, string) {
		if text == "" {
			return "", ""
		}
		for rest := []byte(text); ; {
			var block *pem.Block
			if block, rest = pem.Decode(rest); block == nil {
				return "", cure
			}
			locked := strings.HasPrefix(block.Type, "ENCRYPTED ") || block.Headers["DEK-Info"] != ""
			if strings.HasSuffix(block.Type, "PRIVATE KEY") && !locked {
				return text, ""
			}
		}
	}
	return f
}
