package heartbeat_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"supervisor-healthcheck/adapters/heartbeat"
)

// A worker beats after each piece of work. If work hangs, the beat stops, and the file check restarts the program.
func Example() {
	beat, err := heartbeat.New("") // the folder for temporary files, as the file check assumes by default
	if err != nil {
		log.Fatal(err)
	}
	defer beat.Close()

	jobs := make(chan func())
	for job := range jobs {
		job()
		if err := beat.Beat(); err != nil {
			log.Print(err)
		}
	}
}

// A path of your own serves programs that a wrapper script starts, whose pid supervisord does not know.
func ExampleAt() {
	dir, err := os.MkdirTemp("", "beat")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	beat := heartbeat.At(filepath.Join(dir, "worker"))
	fmt.Println(beat.Beat())
	fmt.Println(beat.Close())
	// Output:
	// <nil>
	// <nil>
}
