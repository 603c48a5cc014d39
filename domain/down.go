package domain

// Down is the verdict about a process that does not run although it should: no check needs to be asked about it.
func Down(p Process) Verdict {
	if p.State == Exited {
		return Unhealthy.Because("it is EXITED with status %d, which is not one of its exitcodes", p.ExitStatus)
	}
	return Unhealthy.Because("it is %s: %s", p.State, p.SpawnError)
}
