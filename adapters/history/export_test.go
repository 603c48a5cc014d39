package history

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"os"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

// Followers is how many streams are open.
func (h *History) Followers() int {
	h.streams.mu.Lock()
	defer h.streams.mu.Unlock()
	return len(h.streams.all)
}

// Letters are those of the strips, the worst first.
const Letters = letters

// Through is a number as it comes back out of a file.
func Through(x float64) float64 { return unpack(pack(x)) }

// Read tells the rows of a file with this content.
func Read(content []byte, each func(Row) error) error {
	return RowQuery{}.read(bytes.NewReader(content), int64(len(content)), time.Unix(1<<40, 0), each)
}

// Gathering is what is gathered of samples, for benchmarks.
type Gathering struct {
	g *gatherer
	e *encoder
}

// NewGathering returns one of which nothing was gathered.
func NewGathering() Gathering { return Gathering{newGatherer(), newEncoder()} }

// Verdict takes in a verdict.
func (g Gathering) Verdict(r domain.Report) { g.g.verdict(&r) }

// Look takes in how all are.
func (g Gathering) Look(s ports.Surveyor) { g.g.look(s) }

// Block is the next block, and how much of it are rows.
func (g Gathering) Block(at time.Time) (block []byte, rows int) {
	block, _ = g.e.encode(g.g, at, time.Minute, 1<<30)
	return block, g.e.rows
}

// Sealed is content with the sums that belong to it, so that who makes it up gets behind them.
func Sealed(content []byte) []byte {
	sealed := bytes.Clone(content)
	for at := 0; at+blockHead <= len(sealed); {
		copy(sealed[at:], mark)
		length := int(binary.LittleEndian.Uint32(sealed[at+4:]) % 256)
		length = min(length, len(sealed)-at-blockHead)
		binary.LittleEndian.PutUint32(sealed[at+4:], uint32(length))
		binary.LittleEndian.PutUint32(sealed[at+8:], crc32.Checksum(sealed[at+blockHead:at+blockHead+length], castagnoli()))
		at += blockHead + length
	}
	return sealed
}

// Recorder is one whose clock is in the hands of a test.
type Recorder struct{ r *recorder }

// NewRecorder begins at some time.
func NewRecorder(c Config, now time.Time) Recorder {
	r := newRecorder(c)
	r.begun, r.due = now, r.end(now)
	return Recorder{r}
}

// Verdict takes in a verdict.
func (r Recorder) Verdict(v domain.Report) { r.r.gatherer.verdict(&v) }

// Break has the next write fail.
func (r Recorder) Break() error {
	name := r.r.files.file.Name()
	r.r.files.close()
	file, err := os.Open(name) // to be read alone
	r.r.files.file = file
	return err
}

// Tick is what happens at a look.
func (r Recorder) Tick(now time.Time) { r.r.tick(now) }
