package journal

import (
	"encoding/json"
	"fmt"
	"slices"

	"supervisor-healthcheck/domain"
)

// version is what stands in the files that this package writes; those of version 1 are read too. A program that is older
// than such a file does not understand it: it moves the file aside as it does with every other that it cannot read, says
// so, and begins anew.
const version = 2

// document is the content of a file.
type document struct {
	Version   int       `json:"version"`
	Server    string    `json:"server"`
	Restarts  []restart `json:"unfinished_restarts,omitempty"`
	Histories []history `json:"histories,omitempty"`
}

// name is a domain.ID.
type name struct {
	Group string `json:"group"`
	Name  string `json:"name"`
}

func parse(data []byte, server string) (document, error) {
	var d document
	err := json.Unmarshal(data, &d)
	switch ours := d.Version == version || d.Version == version1; {
	case err != nil && (ours || d.Version == 0):
		return document{}, err
	case !ours:
		return document{}, fmt.Errorf("it has version %d, not %d", d.Version, version)
	}
	if d.Version == version1 {
		if err := d.readBudgets(data); err != nil {
			return document{}, err
		}
	}
	if d.Server != server {
		return document{}, fmt.Errorf("it belongs to the supervisord at %q", d.Server)
	}
	for _, e := range d.Restarts {
		if _, ok := phase(e.Phase); !ok {
			return document{}, fmt.Errorf("%s: unknown phase %q", domain.ID(e.Process), e.Phase)
		}
	}
	return d, nil
}

func (d *document) restart(id domain.ID) int {
	return slices.IndexFunc(d.Restarts, func(e restart) bool { return domain.ID(e.Process) == id })
}

// barred says why a restart of this process cannot be ours: another listener has one under way, or has left one behind that
// has to be finished, or at least counted, first. A stop that is not sent yet may be sent by nobody but a listener that lives.
func (d *document) barred(id domain.ID, me owner, m moment) error {
	i := d.restart(id)
	if i < 0 || d.Restarts[i].Owner == me {
		return nil
	}
	e := d.Restarts[i]
	by := fmt.Sprintf("%s with pid %d", domain.ID(e.Owner.Listener), e.Owner.PID)
	switch {
	case !e.abandoned(m):
		return fmt.Errorf("%s: %w", by, domain.ErrClaimed)
	case e.unsettled():
		return fmt.Errorf("%s: %w", by, domain.ErrOwed)
	}
	return nil
}

// write puts the restart in place of the earlier entry and reports whether that makes a difference. A stop that is
// about to be sent always does: it has to be on the disk whatever became of an earlier attempt.
func (d *document) write(r domain.Restart, me owner, m moment) bool {
	e := entryOf(r, me, m)
	i := d.restart(r.Instance.ID)
	if i < 0 {
		d.Restarts = append(d.Restarts, e)
		return true
	}
	if r.Phase != domain.StopSent && e.says(d.Restarts[i], m) {
		return false
	}
	d.Restarts[i] = e
	return true
}

// remove forgets a restart that is ours. One of another listener stays, even if that lives no more: it may owe a start.
func (d *document) remove(id domain.ID, me owner) bool {
	i := d.restart(id)
	if i < 0 || d.Restarts[i].Owner != me {
		return false
	}
	d.Restarts = slices.Delete(d.Restarts, i, i+1)
	return true
}

// owes reports whether the entry is that of another restart than this one and the one before it, and is to be settled first.
func (d *document) owes(r domain.Restart, m moment) bool {
	i := d.restart(r.Instance.ID)
	if i < 0 {
		return false
	}
	e := d.Restarts[i]
	begun := m.restored(e.Begun, e.Kept)
	return e.unsettled() && !near(begun, r.Begun) && !near(begun, r.After)
}

// adopt makes every entry ours that its owner has abandoned, unless a restart of ours is about to meet it, which may not
// take its place. It returns all that are ours, and whose were not.
func (d *document) adopt(me owner, m moment, busy func(domain.ID) bool) (found []domain.Restart, adopted []domain.ID) {
	for i, e := range d.Restarts {
		id := domain.ID(e.Process)
		if e.Owner != me {
			if busy(id) || !e.abandoned(m) {
				continue
			}
			adopted = append(adopted, id)
		}
		d.Restarts[i].Owner = me
		found = append(found, e.restored(m))
	}
	return found, adopted
}
