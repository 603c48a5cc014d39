package discovery

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"supervisor-healthcheck/domain"
)

// patience is the most time that one question may take.
const patience = time.Second

// paths are those that are asked for, in this order.
func paths() []string { return []string{"/healthz", "/health", "/ping", "/status", "/"} }

// trial is what came of asking a family.
type trial struct {
	open bool   // it accepts connections
	host string // at this address
	path string // answers 200; empty for none
	tls  bool   // it speaks https
	mute bool   // it has hung up without a word, as some who speak https do
	bare bool   // its certificate is none that would be believed for this address
	said string
	more []string
}

// try asks the first process for each path until one answers 200, and then the others for that path.
func (w World) try(ctx context.Context, f family) trial {
	hosts := f.hosts()
	if hosts == nil {
		return trial{open: true, host: f.host, said: "not tried because that is no address of the loopback interface"}
	}
	var err error
	for _, host := range hosts {
		if err = w.connect(ctx, f.network, f.dial(0, host)); err == nil {
			return w.askBoth(ctx, f, host)
		}
	}
	return trial{said: "which does not accept connections: " + err.Error()}
}

func (w World) connect(ctx context.Context, network, address string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	_, err := w.TCP.TCP(ctx, domain.Dialogue{Network: network, Address: address})
	return err
}

// askBoth asks by http, and by https where the answer to that says so.
func (w World) askBoth(ctx context.Context, f family, host string) trial {
	plain := w.ask(ctx, f, host, nil)
	if !plain.tls && !plain.mute || f.network == "unix" {
		return plain
	}
	t := w.ask(ctx, f, host, &domain.TLS{Unverified: true})
	switch {
	case t.path != "":
		_, _, err := w.get(ctx, f, 0, host, t.path, &domain.TLS{})
		t.tls, t.bare = true, err != nil
	case len(t.more) > 0:
		t.said = "which speaks https, " + t.said
	case plain.mute:
		return plain
	default:
		t.said = spoken
	}
	return t
}

// ask tries the paths, over TLS if that is not nil.
func (w World) ask(ctx context.Context, f family, host string, tls *domain.TLS) trial {
	t := trial{open: true, host: host}
	if f.network == "unix" && strings.Contains(f.text, ":") {
		t.said = "not asked by http because a path with a colon has no URL"
		return t
	}
	var statuses []string
	for _, path := range paths() {
		answer, took, err := w.get(ctx, f, 0, host, path, tls)
		switch {
		case err != nil && len(statuses) == 0:
			t.said, t.tls = silence(err)
			t.mute = !t.tls && hungUp(err)
			return t
		case err != nil: // it speaks http, and was in trouble this time
			statuses = append(statuses, path+" failed")
		case answer.Status == 200:
			t.path = path
			t.said, t.more = w.confirm(ctx, f, host, path, tls, took)
			return t
		case encrypted(answer):
			t.said, t.tls = spoken, true
			return t
		default:
			statuses = append(statuses, fmt.Sprintf("%s %d", path, answer.Status))
		}
	}
	t.said = "where no path that was tried answers GET with 200 (" + strings.Join(statuses, ", ") + ")"
	t.more = []string{"where it has one that does, write http = in place of tcp ="}
	return t
}

// get makes one request to one process.
func (w World) get(ctx context.Context, f family, i int, host, path string, tls *domain.TLS) (domain.HTTPAnswer, time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	begun := w.Clock.Now()
	answer, err := w.HTTP.HTTP(ctx, domain.HTTPRequest{Method: "GET", Network: f.network, Address: f.dial(i, host), Path: path, TLS: tls})
	return answer, w.Clock.Now().Sub(begun), err
}

// confirm asks the other processes for the path too. The time is the longest.
func (w World) confirm(ctx context.Context, f family, host, path string, tls *domain.TLS, took time.Duration) (said string, more []string) {
	unwell := make([]string, len(f.at))
	times := make([]time.Duration, len(f.at))
	var all sync.WaitGroup
	slots := make(chan struct{}, atOnce)
	for i := 1; i < len(f.at) && (!f.fixed || f.at[i] != f.at[0]); i++ {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			answer, spent, err := w.get(ctx, f, i, host, path, tls)
			switch {
			case err != nil:
				unwell[i] = f.who[i].String() + " " + err.Error()
			case answer.Status != 200:
				unwell[i] = fmt.Sprintf("%s %d", f.who[i], answer.Status)
			default:
				times[i] = spent
			}
		})
	}
	all.Wait()
	for i, text := range unwell {
		took = max(took, times[i])
		if text != "" {
			more = append(more, "but not at all of them: "+text)
		}
	}
	return fmt.Sprintf("GET %s answers 200 in %d ms", path, max(1, took.Milliseconds())), more
}

// spoken is what is said of https where no request can be made by it.
const spoken = "which speaks https, so only a connection is checked"

// silence says what a service that does not speak plain http does instead, and whether that is https.
func silence(err error) (said string, tls bool) {
	bad := &domain.BadAnswer{}
	switch {
	case errors.As(err, &bad) && strings.HasPrefix(bad.Beginning, "\x15\x03"): // an alert of TLS
		return spoken, true
	case errors.Is(err, context.DeadlineExceeded):
		return "which does not answer GET within " + domain.ShortDuration(patience), false
	}
	return "which speaks no plain http", false
}

// hungUp reports whether nothing was said at all, and that at once.
func hungUp(err error) bool {
	bad := &domain.BadAnswer{}
	return !errors.Is(err, context.DeadlineExceeded) && !(errors.As(err, &bad) && bad.Beginning != "")
}

// encrypted reports whether the answer says that TLS is spoken here, as nginx, Apache and Go say it.
func encrypted(answer domain.HTTPAnswer) bool {
	said := strings.ToLower(answer.Beginning)
	return answer.Status == 400 && (strings.Contains(said, "https") || strings.Contains(said, "ssl-enabled"))
}
