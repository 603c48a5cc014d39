package domain_test

import (
	"testing"

	"supervisor-healthcheck/domain"
)

func TestHeartbeatPath(t *testing.T) {
	tests := map[string]struct {
		root string
		id   domain.ID
		want string
	}{
		"group, name and pid are joined by dashes": {"/run/beats", domain.ID{Group: "web", Name: "web_00"}, "/run/beats/web-web_00-42"},
		"a name equal to its group is written too": {"/tmp", domain.ID{Group: "web", Name: "web"}, "/tmp/web-web-42"},
		"a slash at the end of the root is one":    {"/tmp/", domain.ID{Group: "a", Name: "b"}, "/tmp/a-b-42"},
		"names cannot lead out of the root":        {"/tmp", domain.ID{Group: "../etc", Name: "x/../../y"}, "/tmp/.._etc-x_.._.._y-42"},
		"blanks and dashes stay":                   {"/tmp", domain.ID{Group: "a-b", Name: "c d"}, "/tmp/a-b-c d-42"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := domain.HeartbeatPath(tt.root, tt.id, 42); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
