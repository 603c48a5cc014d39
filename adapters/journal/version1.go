package journal

import "encoding/json"

// version1 is what stands in the files of programs that knew no histories. It is read so that an update of the program
// in the middle of a restart does not lose that restart, which stands there as it does now. What is written next is of
// our version.
const version1 = 1

// budget is what a process had used up, in a file of version 1.
type budget struct {
	Listener name   `json:"listener"`
	Process  name   `json:"process"`
	Restarts []span `json:"restarts_ago"` // ours, and deaths; oldest first
	Last     *span  `json:"last_ago"`     // the last of ours
	Healthy  *span  `json:"healthy_for"`
	Kept     stamp  `json:"kept"`
}

func (d *document) readBudgets(data []byte) error {
	var old struct{ Budgets []budget }
	if err := json.Unmarshal(data, &old); err != nil {
		return err
	}
	d.Version, d.Histories = version, nil
	for _, b := range old.Budgets {
		d.Histories = append(d.Histories, b.history())
	}
	return nil
}

// history is the budget as far as histories have words for it. The pause follows from the acts. Who was given up has to
// be given up anew, because the watches that did it are not named.
func (b budget) history() history {
	h := history{Listener: b.Listener, Process: b.Process, Kept: b.Kept}
	for _, ago := range b.Restarts {
		h.Acts = append(h.Acts, act{Ago: ago, Death: b.Last == nil || ago < *b.Last})
	}
	if n := len(h.Acts); n > 0 && b.Healthy != nil {
		h.Acts[n-1].Calm = min(*b.Healthy, h.Acts[n-1].Ago)
	}
	return h
}
