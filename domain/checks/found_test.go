package checks

import (
	"strconv"
	"testing"
)

func TestWhatAPatternHasFoundIsKeptAndBounded(t *testing.T) {
	spec, err := ParsePortSpec(`w_(\d+)`)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for port := 1024; port <= 1024+mostFound+10; port++ {
			if got, err := spec.For("w_" + strconv.Itoa(port)); got != port || err != nil {
				t.Fatalf("%d became %d, %v", port, got, err)
			}
		}
	}
	if n := len(spec.found.of); n == 0 || n > mostFound {
		t.Errorf("%d are kept, of at most %d", n, mostFound)
	}
	once := testing.AllocsPerRun(10, func() { spec.For("w_8080") })
	if once > 0 {
		t.Errorf("to find one again makes garbage %v times", once)
	}
	if _, err := spec.For("web"); err == nil || len(spec.found.of) > mostFound {
		t.Errorf("a name without a port: error %v, %d are kept", err, len(spec.found.of))
	}
}
