package slacksim

import (
	"bufio"
	"net"
	"net/http"
	"sync/atomic"
)

// silencer hands the WebSocket library a connection that can fall silent.
type silencer struct {
	http.ResponseWriter
	conn *silentConn
}

// Unwrap lets http.ResponseController reach the writer below.
func (s *silencer) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// Hijack takes the connection over.
func (s *silencer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, _, err := http.NewResponseController(s.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	s.conn = &silentConn{Conn: conn}
	return s.conn, bufio.NewReadWriter(bufio.NewReader(s.conn), bufio.NewWriter(s.conn)), nil
}

// silentConn is a connection that, once silent, swallows what is written and gives nothing it
// reads, without closing: what a peer sees when the network between is gone.
type silentConn struct {
	net.Conn
	silent atomic.Bool
}

func (c *silentConn) Write(p []byte) (int, error) {
	if c.silent.Load() {
		return len(p), nil
	}
	return c.Conn.Write(p)
}

func (c *silentConn) Read(p []byte) (int, error) {
	for {
		n, err := c.Conn.Read(p)
		if err != nil || !c.silent.Load() {
			return n, err
		}
	}
}
