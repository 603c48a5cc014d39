package checks_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/golang/mock/gomock"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

func TestGRPC(t *testing.T) {
	const at = "127.0.0.1:50051 shop.Cart: "
	for sentence, c := range map[string]struct {
		answer domain.GRPCAnswer
		err    error
		want   domain.Verdict
	}{
		"it serves":         {domain.GRPCAnswer{Serving: 1}, nil, domain.Healthy.Because(at + "SERVING")},
		"it does not":       {domain.GRPCAnswer{Serving: 2}, nil, domain.Unhealthy.Because(at + "expected SERVING, seen NOT_SERVING")},
		"no such service":   {domain.GRPCAnswer{Serving: 3}, nil, domain.Unhealthy.Because(at + "expected SERVING, seen SERVICE_UNKNOWN")},
		"nobody knows":      {domain.GRPCAnswer{}, nil, domain.Unhealthy.Because(at + "expected SERVING, seen UNKNOWN")},
		"a status to come":  {domain.GRPCAnswer{Serving: -7}, nil, domain.Unhealthy.Because(at + "expected SERVING, seen status -7")},
		"not found":         {domain.GRPCAnswer{Code: 5, Message: "no\n"}, nil, domain.Unhealthy.Because(at + `expected SERVING, seen an error of gRPC: NOT_FOUND: "no\n"`)},
		"a long message":    {domain.GRPCAnswer{Code: 14, Message: strings.Repeat("c", 500)}, nil, domain.Unhealthy.Because(at+`expected SERVING, seen an error of gRPC: UNAVAILABLE: "%s..."`, strings.Repeat("c", 77))},
		"a code to come":    {domain.GRPCAnswer{Code: 99}, nil, domain.Unhealthy.Because(at + "expected SERVING, seen an error of gRPC: status 99")},
		"no health service": {domain.GRPCAnswer{Code: 12, Message: "s3cret"}, nil, domain.Unknown.Because(at + "there is no health service (UNIMPLEMENTED): the server must offer grpc.health.v1")},
		"what went wrong":   {domain.GRPCAnswer{}, errors.New("refused"), domain.Unhealthy.Because(at + "refused")},
		"what we lack":      {domain.GRPCAnswer{}, domain.ErrProber, domain.Unknown.Because(at + "the probe failed on our side")},
	} {
		t.Run(sentence, func(t *testing.T) {
			w := newWorld(t)
			w.grpc.EXPECT().GRPC(gomock.Any(), domain.GRPCRequest{Network: "tcp", Address: "127.0.0.1:50051", Service: "shop.Cart"}).Return(c.answer, c.err)
			check := build(t, checks.GRPC{Port: checks.FixedPort(50051), Service: "shop.Cart", Retries: new(0)}, w)
			wantVerdict(t, check.Run(t.Context(), web()), c.want)
			if port, ok := check.(domain.Listening).Port(web()); port != 50051 || !ok {
				t.Errorf("it listens at %d", port)
			}
		})
	}
}

func TestGRPCOverTLS(t *testing.T) {
	w := newWorld(t)
	w.clock.EXPECT().Now().Return(noon())
	w.grpc.EXPECT().GRPC(gomock.Any(), domain.GRPCRequest{Network: "unix", Address: "/run/g", TLS: &domain.TLS{ServerName: "shop.example.org"}}).
		Return(domain.GRPCAnswer{Serving: 1, Expires: noon().Add(50 * time.Hour)}, nil)
	tls := checks.TLS{TLS: domain.TLS{ServerName: "shop.example.org"}, Expires: 14 * 24 * time.Hour}
	got := build(t, checks.GRPC{Socket: "/run/g", Secure: true, TLS: tls}, w).Run(t.Context(), web())
	if got.Reason != "unix:/run/g: SERVING" || len(got.Warnings) != 1 || !strings.HasPrefix(got.Warnings[0].Text, "the certificate expires in 2 days") {
		t.Errorf("got %+v", got)
	}
}

func TestGRPCSettingsAreRefused(t *testing.T) {
	for setting, settings := range map[string]checks.GRPC{
		"port":    {},
		"service": {Port: checks.FixedPort(1), Service: "shop cart"},
		"ca":      {Port: checks.FixedPort(1), TLS: checks.TLS{TLS: domain.TLS{CA: "none"}}},
	} {
		_, err := settings.Build(checks.World{})
		if bad, ok := errors.AsType[*domain.SettingError](err); !ok || bad.Setting != setting {
			t.Error(err)
		}
	}
}
