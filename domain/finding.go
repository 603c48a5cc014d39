package domain

// Finding is what one round has found of a process under one watch.
type Finding struct {
	Watch    string
	Process  ID
	PID      int
	Verdict  Verdict
	Decision Decision
}
