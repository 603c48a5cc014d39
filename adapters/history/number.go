package history

import "math"

// A number of a sample has 16 bits: a sign, and the logarithm of its size. It is right to a thousandth from a microsecond to exabytes,
// which is all that an eye can tell in a plot.
const (
	octave   = 400 // steps between a number and its double
	smallest = -20 // the exponent of the first step: 2^-20 s is a microsecond
	largest  = 1<<15 - 1
)

// pack makes 16 bits of a number. What is no number is nothing.
func pack(x float64) uint16 {
	size := math.Abs(x)
	if !(size > 0) {
		return 0
	}
	step := min(max(math.Round((math.Log2(size)-smallest)*octave)+1, 1), largest)
	if x < 0 {
		return uint16(step) | 1<<15
	}
	return uint16(step)
}

// unpack tells a number with as many digits as are right.
func unpack(bits uint16) float64 {
	step := bits &^ (1 << 15)
	if step == 0 {
		return 0
	}
	x := digits(math.Exp2(float64(step-1)/octave+smallest), 4)
	if step != bits {
		return -x
	}
	return x
}

// digits rounds a number of more than nothing to so many.
func digits(x float64, many int) float64 {
	at := many - 1 - int(math.Floor(math.Log10(x)))
	if at < 0 {
		unit := math.Pow10(-at)
		return math.Round(x/unit) * unit
	}
	unit := math.Pow10(at)
	return math.Round(x*unit) / unit
}
