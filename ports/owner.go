package ports

import "context"

//go:generate go tool mockgen -source=owner.go -destination=../mocks/owner.go -package=mocks

// ProcessOwner tells whose a process is.
type ProcessOwner interface {
	// Owner returns the uid as which the process acts now (its effective one); domain.ErrGone for a process that is not there.
	Owner(ctx context.Context, pid int) (uid int, err error)
}
