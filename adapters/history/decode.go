package history

import (
	"encoding/binary"
	"errors"
	"math"
	"time"

	"supervisor-healthcheck/domain"
)

// decoder reads the contents of blocks, one after the other.
type decoder struct {
	layouts []*layout // nil: it was lost with a damaged block
	series  []*named
}

type named struct{ process, watch string }

// block is a content of which the names are read and the rows are still to be told.
type block struct {
	at   time.Time
	span time.Duration
	rows cursor
}

var errDamaged = errors.New("damaged")

// begin reads a content up to its rows. After an error it knows the names that come before what is wrong.
func (d *decoder) begin(content []byte) (block, error) {
	c := cursor{rest: content}
	if c.byte()&1 != 0 {
		d.layouts, d.series = nil, nil
	}
	b := block{at: time.Unix(c.varint(), 0).UTC(), span: time.Duration(c.uvarint()) * time.Second}
	if !known(&c, &d.layouts) {
		return b, errDamaged
	}
	for range c.count(1) {
		d.layouts = append(d.layouts, &layout{measures: c.layout()})
	}
	if !known(&c, &d.series) {
		return b, errDamaged
	}
	for range c.count(2) {
		d.series = append(d.series, &named{c.text(), c.text()})
	}
	if c.short || b.at.Year() < 1970 || b.at.Year() > 9999 {
		return b, errDamaged
	}
	b.rows = c
	return b, nil
}

// tell tells the rows of a block that are wanted. A row of a name that was lost with a damaged block is passed over.
func (d *decoder) tell(b block, q RowQuery, each func(Row) error) error {
	c := b.rows
	number := uint64(0)
	for range c.count(2) {
		head := c.uvarint()
		number += head >> 4
		l := c.uvarint()
		measures, known := d.measures(l)
		if !known || int(head&15) >= len(letters) || c.short {
			return errDamaged
		}
		name := d.name(number)
		if name == nil || q.Process != "" && q.Process != name.process {
			skip(&c, l, measures)
			continue
		}
		r := Row{At: b.at, Span: b.span, Process: name.process, Watch: name.watch, Condition: domain.Worst()[head&15]}
		if q.Bare {
			skip(&c, l, measures)
		} else {
			fill(&c, l, measures, &r)
		}
		if c.short {
			return errDamaged
		}
		if err := each(r); err != nil {
			return err
		}
	}
	return nil
}

func (d *decoder) measures(l uint64) (measures []domain.Measure, known bool) {
	if l == 0 {
		return nil, true
	}
	if l > uint64(len(d.layouts)) || d.layouts[l-1] == nil {
		return nil, false
	}
	return d.layouts[l-1].measures, true
}

func (d *decoder) name(number uint64) *named {
	if number == 0 || number > uint64(len(d.series)) {
		return nil
	}
	return d.series[number-1]
}

// fill reads what stands behind the layout of a row. Layout 0 has nothing there.
func fill(c *cursor, l uint64, measures []domain.Measure, r *Row) {
	if l == 0 {
		return
	}
	r.Took = unpack(c.uint16())
	for _, m := range measures {
		m.Value = unpack(c.uint16())
		if m.Forecast > 0 {
			m.Forecast = unpack(c.uint16())
		}
		r.Measures = append(r.Measures, m)
	}
}

func skip(c *cursor, l uint64, measures []domain.Measure) {
	if l == 0 {
		return
	}
	size := 2
	for _, m := range measures {
		if size += 2; m.Forecast > 0 {
			size += 2
		}
	}
	c.take(size)
}

// cursor reads what is left of a content. Once that is too short, it reads nothing but zeros.
type cursor struct {
	rest  []byte
	short bool
}

func (c *cursor) take(n int) []byte {
	if n > len(c.rest) {
		c.rest, c.short = nil, true
		return make([]byte, min(n, 8))
	}
	taken := c.rest[:n]
	c.rest = c.rest[n:]
	return taken
}

func (c *cursor) byte() byte { return c.take(1)[0] }

func (c *cursor) uint16() uint16 { return binary.LittleEndian.Uint16(c.take(2)) }

func (c *cursor) number() float64 {
	return math.Float64frombits(binary.LittleEndian.Uint64(c.take(8)))
}

func (c *cursor) uvarint() uint64 {
	x, n := binary.Uvarint(c.rest)
	if n <= 0 {
		c.rest, c.short = nil, true
		return 0
	}
	c.rest = c.rest[n:]
	return x
}

func (c *cursor) varint() int64 {
	x := c.uvarint()
	return int64(x>>1) ^ -int64(x&1)
}

// count is how many follow, each of which has so many bytes at least.
func (c *cursor) count(least int) uint64 {
	n := c.uvarint()
	if n > uint64(len(c.rest)/least) {
		c.rest, c.short = nil, true
		return 0
	}
	return n
}

// mostLost is how many names may have been lost with damaged blocks.
const mostLost = 1 << 20

// known reads how many names came before. Those that are not there were lost.
func known[T any](c *cursor, names *[]*T) bool {
	before := c.uvarint()
	if before < uint64(len(*names)) || before > mostLost {
		return before == uint64(len(*names))
	}
	*names = append(*names, make([]*T, before-uint64(len(*names)))...)
	return true
}

func (c *cursor) text() string {
	if n := c.uvarint(); n <= uint64(len(c.rest)) {
		return string(c.take(int(n)))
	}
	c.rest, c.short = nil, true
	return ""
}

func (c *cursor) layout() (measures []domain.Measure) {
	for range c.count(11) {
		m := domain.Measure{Check: c.text(), Of: domain.Measured(c.text()), Limit: c.number()}
		if c.byte()&1 != 0 {
			m.Forecast = 1 // to be read
		}
		measures = append(measures, m)
	}
	return measures
}
