package wire

import (
	"net"
	"testing"
)

// AnswerOnce is the address of a server that does so with the one connection that it takes, which it closes then.
func AnswerOnce(t testing.TB, does func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		does(conn)
	}()
	t.Cleanup(func() { listener.Close(); <-ended })
	return listener.Addr().String()
}
