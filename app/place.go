package app

import (
	"context"
	"os"
	"time"

	"supervisor-healthcheck/adapters/xmlrpc"
	"supervisor-healthcheck/app/discovery"
)

// Place says where supervisord is, as far as somebody has said it.
type Place struct {
	discovery.Server
	File     string // supervisord's own file; empty for the one that Find finds
	Listener bool   // supervisord has started us
}

// client asks supervisord as its file says, as far as nobody has said it.
func (p Place) client(ctx context.Context, lookup discovery.Lookup) (c discovery.Configuration, server discovery.Server, client *xmlrpc.Client, err error) {
	c, err = discovery.Configured(p.File, p.URL, func() (discovery.Found, error) { return p.Find(ctx, lookup) }, lookup)
	if err != nil {
		return discovery.Configuration{}, discovery.Server{}, nil, err
	}
	server = p.Server.Or(c.Server)
	client, err = xmlrpc.New(xmlrpc.Config{URL: server.URL, Username: server.Username, Password: server.Password})
	return c, server, client, err
}

// toTellItsPID is how long a supervisord that is busy or stopped may take.
const toTellItsPID = 3 * time.Second

// Find finds supervisord's own file: of the supervisord at the address that is given, which is asked for its pid and read by its command line; of
// the one among our ancestors; or where supervisorctl looks. A listener knows its ancestor and asks only where it does not. One on
// another machine is not asked, for its pid means nothing here.
func (p Place) Find(ctx context.Context, lookup discovery.Lookup) (discovery.Found, error) {
	f := discovery.Finder{Proc: "/proc", Parent: os.Getppid(), Listener: p.Listener}
	if p.Here() {
		unasked := f
		f.Ask = func() (int, error) {
			ctx, cancel := context.WithTimeout(ctx, toTellItsPID)
			defer cancel()
			return p.pid(ctx, unasked, lookup)
		}
	}
	return f.Find()
}

// pid asks supervisord for its pid. What it wants to hear may stand in the file that is found without asking.
func (p Place) pid(ctx context.Context, f discovery.Finder, lookup discovery.Lookup) (int, error) {
	server := p.Server
	if found, err := f.Find(); err == nil {
		if c, err := discovery.Read(found.Path, lookup); err == nil {
			server = server.Or(c.Server)
		}
	}
	client, err := xmlrpc.New(xmlrpc.Config{URL: server.URL, Username: server.Username, Password: server.Password})
	if err != nil {
		return 0, err
	}
	who, err := client.Identity(ctx)
	return who.PID, err
}
