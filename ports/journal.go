package ports

import (
	"context"

	"supervisor-healthcheck/domain"
)

//go:generate go tool mockgen -source=journal.go -destination=../mocks/journal.go -package=mocks

// Journal keeps unfinished restarts where the death of the listener does not reach them.
type Journal interface {
	// Write keeps the restart as it is now, in place of what was kept for its process. A restart in the phase
	// StopSent is on the disk when Write returns. It writes nothing, and fails with domain.ErrClaimed, while another
	// living listener has a restart of the same process in the journal; with domain.ErrOwed if one that lives no more
	// has stopped the process, or may have, and r does not come after that (Restart.After): Unfinished returns it. After any
	// other error Unfinished may return what was to be kept, or not.
	Write(ctx context.Context, r domain.Restart) error

	// Remove forgets the restart of a process that is ours; it is no error if there is none. After an error it is
	// forgotten with the next call that can be carried out.
	Remove(ctx context.Context, id domain.ID) error

	// Unfinished returns what earlier lives of this listener, and other listeners that live no more or were suspended, have
	// left behind under the same supervisord, each once. They are ours from then on.
	Unfinished(ctx context.Context) ([]domain.Restart, error)
}

// Ledger keeps the histories of processes over the lives of the listener.
type Ledger interface {
	// Histories returns what was kept by this listener under this supervisord. An error means that what was kept is not
	// known; where nothing was ever kept, or nothing can be, the map is empty.
	Histories(ctx context.Context) (map[domain.ID]domain.History, error)

	// Keep keeps the histories in place of earlier ones of the same processes, all at once. An empty one is forgotten.
	Keep(ctx context.Context, histories map[domain.ID]domain.History) error

	// Others returns what the other listeners under this supervisord have kept.
	Others(ctx context.Context) (domain.Others, error)
}
