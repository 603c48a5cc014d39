package xmlrpc

import (
	"io"
	"strconv"
)

// scanListing reads the answer of getAllProcessInfo in the one shape in which supervisord writes it, twenty times as
// fast as kolo and without ever having all of it, and hands on each process, to be copied. At anything else, also a fault, it gives
// up; what it accepts kolo reads to the same result. Room is what it may use for the part that it reads. Texts that are the same as
// in the listing before are shared with it.
func scanListing(answer io.Reader, room *[windowSize]byte, known []texts, each func(*info)) bool {
	var before, next info
	read := func(s *scanner) bool {
		next = info{}
		if len(known) > 0 {
			next.Name, next.Group, next.StdoutLog, next.StderrLog = known[0].name, known[0].group, known[0].stdoutLog, known[0].stderrLog
		}
		if !s.process(&next, &before) {
			return false
		}
		known = known[min(1, len(known)):]
		each(&next)
		before = next
		return true
	}
	return structs(answer, room, read, func(text []byte) bool { return read(&scanner{rest: text}) })
}

// scanSingle reads the answer of getProcessInfo as scanListing does that of getAllProcessInfo.
func scanSingle(answer []byte) (one info, usual bool) {
	s := scanner{rest: answer}
	if s.opening() && s.process(&one, &info{}) && s.closing() {
		return one, true
	}
	return info{}, false
}

// structs reads an answer that is a list of structs, as supervisord writes it, and hands on the text of each for as long as
// use is content with it. It reports whether that was all there is. Quick, unless it is nil, is asked first: it reads a struct off a text
// that may end in the middle of it, so that most are looked at once and not twice.
func structs(answer io.Reader, room *[windowSize]byte, quick func(*scanner) bool, use func(text []byte) bool) bool {
	w := newWindow(answer, room)
	head, ok := w.through("<data>")
	s := scanner{rest: head}
	if !ok || !s.opening() || !s.tags("<array>", "<data>") {
		return false
	}
	begun := false
	for {
		s.rest = w.text
		if quick != nil && (!begun || s.tag("</value>")) && s.tag("<value>") && quick(&s) {
			w.text, begun = s.rest, true
			continue
		}
		text, more := w.through("</struct>")
		if !more {
			break
		}
		s.rest = text
		if begun && !s.tag("</value>") || !s.tag("<value>") || !use(s.rest) {
			return false
		}
		begun = true
	}
	tail, ok := w.last()
	s.rest = tail
	return ok && (!begun || s.tag("</value>")) && s.tags("</data>", "</array>") && s.closing()
}

const (
	seenName = 1 << iota
	seenGroup
	seenStart
	seenStop
	seenNow
	seenState
	seenStateName
	seenSpawnError
	seenExitStatus
	seenPID
	seenStdoutLog
	seenStderrLog
	seenAll = 1<<iota - 1
)

// process reads one struct, which must have every member that is needed, once. Texts that are the same as those that stand there
// already, or in the process before, are shared with these.
func (s *scanner) process(into, before *info) bool {
	if !s.tag("<struct>") {
		return false
	}
	s.seen = 0
	for s.tag("<member>") {
		if !s.member(into, before) || !s.tags("</value>", "</member>") {
			return false
		}
	}
	return s.seen == seenAll && s.tag("</struct>")
}

func (s *scanner) member(into, before *info) bool {
	name, ok := s.name()
	if !ok || !s.tag("<value>") {
		return false
	}
	switch string(name) {
	case "name":
		return s.text(&into.Name, before.Name, seenName)
	case "group":
		return s.text(&into.Group, before.Group, seenGroup)
	case "start":
		return s.number(&into.Start, seenStart)
	case "stop":
		return s.number(&into.Stop, seenStop)
	case "now":
		return s.number(&into.Now, seenNow)
	case "state":
		return s.number(&into.State, seenState)
	case "statename":
		return s.text(&into.StateName, before.StateName, seenStateName)
	case "spawnerr":
		return s.text(&into.SpawnError, before.SpawnError, seenSpawnError)
	case "stdout_logfile":
		return s.text(&into.StdoutLog, before.StdoutLog, seenStdoutLog)
	case "stderr_logfile":
		return s.text(&into.StderrLog, before.StderrLog, seenStderrLog)
	case "exitstatus":
		return s.number(&into.ExitStatus, seenExitStatus)
	case "pid":
		return s.number(&into.PID, seenPID)
	}
	return s.skip()
}

// name reads the name of a member, which in supervisord's answers is of small letters and underscores.
func (s *scanner) name() ([]byte, bool) {
	if !s.tag("<name>") {
		return nil, false
	}
	n := 0
	for n < len(s.rest) && (s.rest[n] >= 'a' && s.rest[n] <= 'z' || s.rest[n] == '_') {
		n++
	}
	name := s.rest[:n]
	s.rest = s.rest[n:]
	return name, n > 0 && s.exactly("</name>")
}

func (s *scanner) text(into *string, same string, member uint) bool {
	if !s.once(member) || !s.tag("<string>") {
		return false
	}
	raw, plain, ok := s.content()
	switch {
	case !ok:
		return false
	case plain && string(raw) == *into:
	case plain && string(raw) == same:
		*into = same
	case plain:
		*into = string(raw)
	default:
		if *into, ok = unescape(raw); !ok {
			return false
		}
	}
	return s.exactly("</string>")
}

func (s *scanner) number(into *int64, member uint) bool {
	if !s.once(member) || !s.tag("<int>") {
		return false
	}
	raw, _, ok := s.content()
	if !ok || len(raw) == 0 || len(raw) > 19 {
		return false
	}
	n, err := strconv.ParseInt(string(raw), 10, 64)
	*into = n
	return err == nil && s.exactly("</int>")
}

// skip passes over a member that is not needed but must be well formed all the same.
func (s *scanner) skip() bool {
	end := "</int>"
	if s.tag("<string>") {
		end = "</string>"
	} else if !s.tag("<int>") {
		return false
	}
	raw, plain, ok := s.content()
	if ok && !plain {
		_, ok = unescape(raw)
	}
	return ok && s.exactly(end)
}
