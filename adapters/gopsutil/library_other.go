//go:build !linux

package gopsutil

import (
	"context"
	"errors"
	"fmt"

	"supervisor-healthcheck/domain"
)

func (library) shares(context.Context, int) (domain.MemoryShares, error) {
	return domain.MemoryShares{}, fmt.Errorf("PSS and USS cannot be told on this system: %w", errors.ErrUnsupported)
}
