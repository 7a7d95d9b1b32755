package slacksim

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/google/uuid"
)

// idMaker derives every id and token from the seed and a name or a counter, so that one seed
// always gives one workspace.
type idMaker struct{ seed int64 }

func (m idMaker) sum(kind, name string) [32]byte {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(m.seed))
	return sha256.Sum256(append(append(b[:], kind...), append([]byte{0}, name...)...))
}

// named is a Slack-like id, such as U0ABCDEFGHI, for a thing with a fixed name.
func (m idMaker) named(prefix, name string) string {
	h := m.sum(prefix, name)
	return prefix + "0" + base32.StdEncoding.EncodeToString(h[:])[:9]
}

// token is "xoxb-…" or "xapp-…" in Slack's outer shape.
func (m idMaker) token(kind string) string {
	h := m.sum(kind, "token")
	n := binary.BigEndian.Uint64(h[24:]) % 1_000_000_000_000
	if kind == "xapp" {
		return fmt.Sprintf("xapp-1-%s-%012d-%s", m.named("A", "app"), n, hex.EncodeToString(h[:20]))
	}
	return fmt.Sprintf("%s-%012d-%s", kind, n, hex.EncodeToString(h[:12]))
}

// next counts up in the state and derives an id of that kind.
func (s *Server) next(prefix string) string {
	return s.ids.named(prefix, fmt.Sprint(s.count()))
}

func (s *Server) nextUUID(kind string) string {
	h := s.ids.sum(kind, fmt.Sprint(s.count()))
	u := uuid.UUID(h[:16])
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	return u.String()
}

// nextSecret is an unguessable-looking part of a URL, ticket or trigger.
func (s *Server) nextSecret(kind string) string {
	h := s.ids.sum(kind, fmt.Sprint(s.count()))
	return hex.EncodeToString(h[:16])
}

// nextShort is the five-character id that Slack gives to a block or element without one.
func (s *Server) nextShort() string {
	h := s.ids.sum("short", fmt.Sprint(s.count()))
	return base32.StdEncoding.EncodeToString(h[:])[:5]
}

func (s *Server) count() int64 {
	s.st.Counter++
	s.journal.put("counter", s.st.Counter)
	return s.st.Counter
}

// nextTS is a message timestamp: seconds and six digits, rising strictly over all channels.
// Slack promises uniqueness per channel only; rising over all costs nothing and is easier to read.
func (s *Server) nextTS() string {
	us := s.stamp().UnixMicro()
	if us <= s.st.LastTS {
		us = s.st.LastTS + 1
	}
	s.st.LastTS = us
	s.journal.put("last_ts", us)
	return formatTS(us)
}

func formatTS(us int64) string { return fmt.Sprintf("%d.%06d", us/1e6, us%1e6) }

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
