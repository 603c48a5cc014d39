package journal

import (
	"encoding/json"
	"fmt"
	"slices"

	"supervisor-healthcheck/domain"
)

// version is what stands in the files that this package writes and understands.
const version = 1

// document is the content of a file.
type document struct {
	Version  int       `json:"version"`
	Server   string    `json:"server"`
	Restarts []restart `json:"unfinished_restarts,omitempty"`
	Budgets  []budget  `json:"budgets,omitempty"`
}

// name is a domain.ID.
type name struct {
	Group string `json:"group"`
	Name  string `json:"name"`
}

func parse(data []byte, server string) (document, error) {
	var head struct{ Version int }
	if err := json.Unmarshal(data, &head); err != nil {
		return document{}, err
	}
	if head.Version != version {
		return document{}, fmt.Errorf("it has version %d, not %d", head.Version, version)
	}
	var d document
	if err := json.Unmarshal(data, &d); err != nil {
		return document{}, err
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

// claimed returns the other living listener that restarts the process, if there is one.
func (d *document) claimed(id domain.ID, me owner, boot string) (owner, bool) {
	i := d.restart(id)
	if i < 0 {
		return owner{}, false
	}
	by := d.Restarts[i].Owner
	return by, by != me && by.lives(boot)
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

func (d *document) remove(id domain.ID) bool {
	i := d.restart(id)
	if i < 0 {
		return false
	}
	d.Restarts = slices.Delete(d.Restarts, i, i+1)
	return true
}

// adopt makes every entry ours whose owner does not live, and returns all that are ours.
func (d *document) adopt(me owner, m moment) (found []domain.Restart, changed bool) {
	for i, e := range d.Restarts {
		if e.Owner != me && e.Owner.lives(m.Boot) {
			continue
		}
		changed = changed || e.Owner != me
		d.Restarts[i].Owner = me
		found = append(found, e.restored(m))
	}
	return found, changed
}

func (d *document) budget(listener name, id domain.ID) int {
	return slices.IndexFunc(d.Budgets, func(b budget) bool {
		return b.Listener == listener && domain.ID(b.Process) == id
	})
}

func (d *document) budgets(listener name, m moment) map[domain.ID]domain.Budget {
	found := map[domain.ID]domain.Budget{}
	for _, b := range d.Budgets {
		if b.Listener == listener {
			found[domain.ID(b.Process)] = b.restored(m)
		}
	}
	return found
}

// keep puts the budget in place of the earlier one and reports whether that makes a difference.
func (d *document) keep(listener name, id domain.ID, b domain.Budget, m moment) bool {
	i, e := d.budget(listener, id), budgetOf(listener, id, b, m)
	switch {
	case i < 0 && e.zero():
		return false
	case i < 0:
		d.Budgets = append(d.Budgets, e)
	case e.zero():
		d.Budgets = slices.Delete(d.Budgets, i, i+1)
	case e.says(d.Budgets[i], m):
		return false
	default:
		d.Budgets[i] = e
	}
	return true
}

// prune drops the budgets that have become meaningless, whosever they are, so that the file does not grow.
func (d *document) prune(m moment) {
	d.Budgets = slices.DeleteFunc(d.Budgets, func(b budget) bool { return b.stale(m) })
}
