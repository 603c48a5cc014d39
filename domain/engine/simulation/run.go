package simulation

// Run plays the world for a policy, host after host.
func Run(w World, policy Policy) *Score {
	total := newScore()
	for n, hand := range w.deal() {
		total.add(newHost(w, n, hand, policy).run())
	}
	total.sort()
	return total
}
