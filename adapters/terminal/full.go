package terminal

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// Full is a terminal that belongs to one program as a whole: it shows what that draws, and hands on each key. Make it with Take, and give it
// back with Close, whatever happens.
type Full struct {
	in, out *os.File
	before  *unix.Termios // how it was
	keys    chan Key
	changed chan struct{}
	signals chan os.Signal
	ended   chan struct{}
	wake    [2]int // a pipe: a byte in it ends the reading of keys
	done    sync.WaitGroup

	mu    sync.Mutex
	taken bool
	shown []string // nil: nothing is known of what is on the screen
}

// ErrNoTerminal says that there is nobody to show something to.
var ErrNoTerminal = errors.New("this is no terminal")

// What a terminal is told when it is taken and given back: the other screen, no cursor, no wrapped lines.
const (
	takes = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J"
	gives = "\x1b[?7h\x1b[?25h\x1b[?1049l"
)

// Take takes the terminal of which in and out are the two ends.
func Take(in, out *os.File) (*Full, error) {
	if !Is(in) || !Is(out) {
		return nil, ErrNoTerminal
	}
	before, err := unix.IoctlGetTermios(int(in.Fd()), getTermios)
	if err != nil {
		return nil, ErrNoTerminal
	}
	f := &Full{in: in, out: out, before: before, keys: make(chan Key, 64), changed: make(chan struct{}, 1), signals: make(chan os.Signal, 8), ended: make(chan struct{})}
	if err := unix.Pipe(f.wake[:]); err != nil {
		return nil, fmt.Errorf("a pipe: %w", err)
	}
	if err := f.take(); err != nil {
		f.closePipe()
		return nil, err
	}
	signal.Notify(f.signals, syscall.SIGWINCH, syscall.SIGTSTP, syscall.SIGCONT)
	f.done.Go(f.read)
	f.done.Go(f.hear)
	return f, nil
}

func (f *Full) take() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	raw := *f.before
	raw.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.PARMRK | unix.ISTRIP | unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON
	raw.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
	raw.Cflag = raw.Cflag&^(unix.CSIZE|unix.PARENB) | unix.CS8
	raw.Cc[unix.VMIN], raw.Cc[unix.VTIME] = 1, 0
	if err := unix.IoctlSetTermios(int(f.in.Fd()), setTermios, &raw); err != nil {
		return fmt.Errorf("the terminal: %w", err)
	}
	f.taken, f.shown = true, nil
	_, err := f.out.WriteString(takes)
	return err
}

// give gives the terminal back. It does nothing if that was done.
func (f *Full) give() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.taken {
		return
	}
	f.taken = false
	_, _ = f.out.WriteString(gives) // a terminal that is gone needs nothing
	_ = unix.IoctlSetTermios(int(f.in.Fd()), setTermios, f.before)
}

// Close gives the terminal back, and ends the keys.
func (f *Full) Close() {
	signal.Stop(f.signals)
	close(f.ended)
	_, _ = unix.Write(f.wake[1], []byte{0})
	f.done.Wait()
	f.give() // nobody takes it again now
	f.closePipe()
}

func (f *Full) closePipe() {
	_ = unix.Close(f.wake[0])
	_ = unix.Close(f.wake[1])
}

// Guard runs something in a goroutine of its own. A panic in it ends the program, and gives the terminal back before.
func (f *Full) Guard(run func()) {
	go func() {
		defer f.onPanic()
		run()
	}()
}

func (f *Full) onPanic() {
	if what := recover(); what != nil {
		f.give()
		panic(what)
	}
}

// Keys are those that are pressed. They end when the terminal is closed or gone.
func (f *Full) Keys() <-chan Key { return f.keys }

// Changed says that all must be drawn anew, as by another size.
func (f *Full) Changed() <-chan struct{} { return f.changed }

// Size is how many columns and lines there are.
func (f *Full) Size() (width, height int) {
	size, err := unix.IoctlGetWinsize(int(f.out.Fd()), unix.TIOCGWINSZ)
	if err != nil || size.Col == 0 || size.Row == 0 {
		return Plain, 24
	}
	return int(size.Col), int(size.Row)
}

// Draw shows these lines and nothing else, in one writing and only where they are others than before.
func (f *Full) Draw(lines []string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.taken {
		return nil
	}
	text := difference(f.shown, lines)
	f.shown = append([]string{}, lines...)
	if text == nil {
		return nil
	}
	_, err := f.out.Write(text)
	return err
}

// Forget has all drawn anew the next time, whatever others have written on the screen.
func (f *Full) Forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.shown = nil
}

// difference is what makes a screen with some lines one with others; nil if they are the same. Of a screen without lines nothing is known.
func difference(before, after []string) []byte {
	var b bytes.Buffer
	if before == nil {
		b.WriteString("\x1b[2J")
	}
	for i := range max(len(before), len(after)) {
		var old, now string
		if i < len(before) {
			old = before[i]
		}
		if i < len(after) {
			now = after[i]
		}
		if old != now {
			fmt.Fprintf(&b, "\x1b[%d;1H%s\x1b[K", i+1, now)
		}
	}
	if b.Len() == 0 {
		return nil
	}
	return []byte("\x1b[?2026h" + b.String() + "\x1b[?2026l") // a terminal that knows this shows all of it at once
}
