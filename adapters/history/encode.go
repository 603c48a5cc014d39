package history

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"slices"
	"time"

	"supervisor-healthcheck/domain"
)

// A file of samples is a header and blocks. A block has the samples of one span of time:
//
//	header   "SHsample", the format (1 byte), 3 bytes of nothing, the number of the file (4 bytes)
//	block    the mark (4 bytes), the length of its content and the sum of that (CRC-32C; 4 bytes each), and the content
//	content  1 if names begin anew here, else 0; the end of the span in seconds since 1970; its length in seconds
//	         how many layouts there were before, how many follow, each: how many measures, each: check, what, limit (8 bytes), 1 if it
//	         has a forecast, else 0
//	         how many series there were before, how many follow, each: process, watch
//	         how many rows follow, each: (what its number is more than that of the row before) * 16 + its condition, its layout,
//	         and unless that is 0: how long the checks took (2 bytes), then of each measure its value (2) and its forecast (2)
//
// Layouts and series have numbers from 1 on, in the order in which they come in the file. Whole numbers are varints, texts have their
// length before them, and what has a size here is little-endian. So a process costs 4 bytes a sample and 2 for each measure, and a
// file that was torn, or is damaged in the middle, is read on from the next mark.
const (
	signature   = "SHsample"
	format      = 1
	headerSize  = 16
	mark        = "\xd5SH\x1a"
	blockHead   = len(mark) + 8
	mostContent = 16 << 20
)

// mostLayouts is how many layouts the writer remembers. There are as many as there are kinds of checks, unless limits keep changing.
const mostLayouts = 4096

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

func header(number uint32) []byte {
	head := make([]byte, headerSize)
	copy(head, signature)
	head[len(signature)] = format
	binary.LittleEndian.PutUint32(head[12:], number)
	return head
}

// encoder makes blocks, and knows which names the file has. It belongs to one goroutine.
type encoder struct {
	anew    bool // the next block begins with all names
	layouts map[string]*layout
	series  uint64 // how many have a number
	block   []byte // of the last call; the next one takes its place
	rows    int    // how many bytes of that are rows
}

// layout is what the rows of some series have in common.
type layout struct {
	number   uint64
	measures []domain.Measure // without values
}

func newEncoder() *encoder { return &encoder{anew: true} }

// encode makes a block of what was gathered, which then begins anew, unless the block is larger than most. A block that was made
// has to be written, or the encoder told by setting anew that it was not.
func (e *encoder) encode(g *gatherer, at time.Time, span time.Duration, most int64) (block []byte, fits bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	flags := byte(0)
	if e.anew || len(e.layouts) > mostLayouts {
		flags = 1
		e.forget(g)
	}
	b := append(e.block[:0], mark...)
	b = append(b, make([]byte, 8)...)
	b = append(b, flags)
	b = binary.AppendVarint(b, at.Unix())
	b = binary.AppendUvarint(b, uint64(span/time.Second))
	b = e.appendLayouts(b, g)
	b = e.appendSeries(b, g)
	names := len(b)
	b = e.appendRows(b, g)
	e.block, e.rows = b, len(b)-names
	content := b[blockHead:]
	binary.LittleEndian.PutUint32(b[len(mark):], uint32(len(content)))
	binary.LittleEndian.PutUint32(b[len(mark)+4:], crc32.Checksum(content, castagnoli()))
	e.anew = int64(len(b)) > most || len(content) > mostContent
	if e.anew {
		return b, false
	}
	for _, s := range g.list {
		s.begin()
	}
	return b, true
}

func (e *encoder) forget(g *gatherer) {
	e.anew, e.layouts, e.series = false, map[string]*layout{}, 0
	for _, s := range g.list {
		s.number, s.layout = 0, nil
	}
}

// appendLayouts gives every series a layout that is right for what was measured, and adds those that are new.
func (e *encoder) appendLayouts(b []byte, g *gatherer) []byte {
	var added []byte
	before, count := uint64(len(e.layouts)), uint64(0)
	for _, s := range g.list {
		if !s.judged() || s.layout.fits(s.measures) {
			continue
		}
		text := appendLayout(nil, s.measures)
		s.layout = e.layouts[string(text)]
		if s.layout == nil {
			s.layout = &layout{uint64(len(e.layouts)) + 1, slices.Clone(s.measures)}
			e.layouts[string(text)] = s.layout
			added = append(added, text...)
			count++
		}
	}
	return append(binary.AppendUvarint(binary.AppendUvarint(b, before), count), added...)
}

// judged reports whether there is more to tell of it than its condition.
func (s *series) judged() bool { return s.seen && (s.took > 0 || len(s.measures) > 0) }

func (l *layout) fits(measures []domain.Measure) bool {
	return l != nil && slices.EqualFunc(l.measures, measures, func(a, b domain.Measure) bool {
		return a.Of == b.Of && a.Check == b.Check && a.Limit == b.Limit && (a.Forecast > 0) == (b.Forecast > 0)
	})
}

func appendLayout(b []byte, measures []domain.Measure) []byte {
	b = binary.AppendUvarint(b, uint64(len(measures)))
	for _, m := range measures {
		b = appendText(appendText(b, m.Check), string(m.Of))
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(m.Limit))
		forecast := byte(0)
		if m.Forecast > 0 {
			forecast = 1
		}
		b = append(b, forecast)
	}
	return b
}

func appendText(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

// appendSeries gives every series a number, and adds those that have had none.
func (e *encoder) appendSeries(b []byte, g *gatherer) []byte {
	unknown := uint64(0)
	for _, s := range g.list {
		if s.number == 0 {
			unknown++
		}
	}
	b = binary.AppendUvarint(binary.AppendUvarint(b, e.series), unknown)
	for _, s := range g.list {
		if s.number > 0 {
			continue
		}
		e.series++
		s.number = e.series
		b = appendText(appendText(b, s.name), s.watch)
	}
	return b
}

func (e *encoder) appendRows(b []byte, g *gatherer) []byte {
	count := 0
	for _, s := range g.list {
		if s.seen {
			count++
		}
	}
	b = binary.AppendUvarint(b, uint64(count))
	before := uint64(0)
	for _, s := range g.list {
		if !s.seen {
			continue
		}
		b = binary.AppendUvarint(b, (s.number-before)<<4|uint64(s.code))
		before = s.number
		if !s.judged() {
			b = append(b, 0)
			continue
		}
		b = binary.AppendUvarint(b, s.layout.number)
		b = binary.LittleEndian.AppendUint16(b, pack(s.took.Seconds()))
		for _, m := range s.measures {
			b = binary.LittleEndian.AppendUint16(b, pack(m.Value))
			if m.Forecast > 0 {
				b = binary.LittleEndian.AppendUint16(b, pack(m.Forecast))
			}
		}
	}
	return b
}
