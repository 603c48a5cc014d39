package terminal

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// sequenceTime is within which the bytes of one key come. An escape after which nothing comes is the key of that name.
const sequenceTime = 50 * time.Millisecond

// read hands on the keys until the terminal is closed or gone.
func (f *Full) read() {
	defer close(f.keys)
	var rest []byte
	var all []Key
	buffer := make([]byte, 256)
	for {
		wait := -1 * time.Millisecond // for ever
		if len(rest) > 0 {
			wait = sequenceTime
		}
		ready, ended := f.poll(wait)
		if ended {
			return
		}
		n := 0
		if ready {
			var err error
			if n, err = unix.Read(int(f.in.Fd()), buffer); err == unix.EINTR || err == unix.EAGAIN {
				continue
			} else if err != nil || n == 0 {
				return
			}
		}
		all, rest = keys(append(rest, buffer[:n]...), !ready)
		for _, key := range all {
			select {
			case f.keys <- key:
			case <-f.ended:
				return
			}
		}
	}
}

// poll waits for bytes from the terminal.
func (f *Full) poll(wait time.Duration) (ready, ended bool) {
	both := []unix.PollFd{{Fd: int32(f.in.Fd()), Events: unix.POLLIN}, {Fd: int32(f.wake[0]), Events: unix.POLLIN}}
	n, err := unix.Poll(both, int(wait/time.Millisecond))
	for err == unix.EINTR {
		n, err = unix.Poll(both, int(wait/time.Millisecond))
	}
	if err != nil {
		return false, true
	}
	return n > 0 && both[0].Revents != 0, both[1].Revents != 0
}

// hear follows what others do with the terminal.
func (f *Full) hear() {
	for {
		select {
		case <-f.ended:
			return
		case s := <-f.signals:
			switch s {
			case syscall.SIGTSTP:
				f.stop()
			case syscall.SIGCONT:
				f.again()
			case syscall.SIGWINCH:
				f.Forget() // the terminal may have moved what was shown
			}
			select {
			case f.changed <- struct{}{}:
			default: // it is known already
			}
		}
	}
}

// Suspend gives the terminal to whoever has called the program, and stops until that goes on with it, as a terminal does at Ctrl-Z.
func (f *Full) Suspend() { _ = unix.Kill(unix.Getpid(), unix.SIGTSTP) } // to ourselves it can be sent

// arrives is how long a stop may take to arrive.
const arrives = 300 * time.Millisecond

// stop stops the job that this program is a part of, and goes on when somebody says so. It is SIGSTOP, because the runtime of Go swallows
// SIGTSTP even after signal.Reset.
func (f *Full) stop() {
	if !stoppable() {
		return
	}
	f.give()
	_ = unix.Kill(0, unix.SIGSTOP) // to our own group it can be sent
	wait := time.NewTimer(arrives)
	defer wait.Stop()
	for stopped := true; stopped; {
		select {
		case s := <-f.signals:
			stopped = s != syscall.SIGCONT
		case <-wait.C:
			stopped = false
		case <-f.ended:
			return
		}
	}
	f.again()
}

// stoppable reports whether there is a shell that would go on with us. Who leads the session, as in a container, would stand still for ever.
func stoppable() bool {
	own, err := unix.Getsid(0)
	if err != nil || unix.Getpgrp() == own {
		return false
	}
	others, err := unix.Getsid(unix.Getppid())
	return err == nil && others == own
}

// again takes the terminal once more: others may have changed how it is.
func (f *Full) again() {
	select {
	case <-f.ended:
	default:
		_ = f.take() // without it the program ends as soon as it draws
	}
}
