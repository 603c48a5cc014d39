package network_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"supervisor-healthcheck/adapters/network"
	"supervisor-healthcheck/domain"
)

func TestWhatIsWrongOnOurSideIsToldApart(t *testing.T) {
	tooLong := filepath.Join(t.TempDir(), strings.Repeat("x", 200))
	ours := network.New().XMLRPC(context.Background(), domain.XMLRPCRequest{Network: "unix", Address: tooLong, Path: "/RPC2", Method: "status"})
	if !errors.Is(ours, domain.ErrProber) {
		t.Errorf("a socket path that cannot be one: %v is not ours", ours)
	}
	missing := filepath.Join(t.TempDir(), "no.sock")
	theirs := network.New().XMLRPC(context.Background(), domain.XMLRPCRequest{Network: "unix", Address: missing, Path: "/RPC2", Method: "status"})
	if theirs == nil || errors.Is(theirs, domain.ErrProber) {
		t.Errorf("a socket that is not there: %v is not the service's", theirs)
	}
}
