package gopsutil

import (
	"context"

	"supervisor-healthcheck/domain"
)

// shares adds up the mappings of the process: a file of many kB, where Linux has an older kernel than 4.14.
func (l library) shares(ctx context.Context, pid int) (shares domain.MemoryShares, err error) {
	defer recovered(&err)
	ctx = l.under(ctx)
	maps, err := of(pid).MemoryMapsWithContext(ctx, true)
	if zombie(ctx, pid) {
		return shares, domain.ErrGone
	}
	if err != nil {
		return shares, err
	}
	for _, m := range *maps {
		shares.PSS += m.Pss << 10
		shares.USS += (m.PrivateClean + m.PrivateDirty) << 10
	}
	return shares, nil
}
