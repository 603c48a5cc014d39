package domain

// LogPlace is a place in a file that a program's output is written to. The zero place is none.
type LogPlace struct {
	Device, Inode uint64 // of the file; 0 where only its size is known
	Offset        int64
	Known         bool
}

// LogPart is what was written to a log since a place.
type LogPart struct {
	Text    string
	Skipped int64    // bytes before it that were too many to be read
	Next    LogPlace // where it ends
	Anew    bool     // it does not follow on what was read before: the file was emptied or is another one
}
