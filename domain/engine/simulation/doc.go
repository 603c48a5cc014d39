// Package simulation lets thousands of service-days pass in seconds to see what a policy of restarts is worth: hosts with
// groups of processes that hang, leak, boot slowly, lose their database or are stopped by people, under a model of
// supervisord. All that comes from outside is drawn before the policy acts, so every policy meets the same fate.
//
// World says what is drawn, Keeper is whoever decides, Run plays a world for a policy, and Score and Table tell what came
// of it. The mix of faults and their rates are assumptions, not measurements: orders and mechanisms deserve more belief
// than decimals.
//
// Every time in this package is a time.Duration since the beginning of the simulation.
package simulation
