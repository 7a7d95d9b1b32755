package widget

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"threadline/bridge"
)

// Limit is a token bucket: so many a second on average, Burst at once. The
// zero Limit does not limit.
type Limit struct {
	PerSecond float64
	Burst     int
}

// Rate is how much one visitor and one address may ask for.
type Rate struct {
	Messages Limit // a visitor's lines
	Calls    Limit // a visitor's other calls
	Uploads  Limit // a visitor's files
	Sessions Limit // sessions from an address
	Address  Limit // all calls with a token from an address
	// AddressUploads are the files from an address, whoever's: else a script
	// that opens many sessions could upload as much as it liked.
	AddressUploads Limit
	// AddressUnsent is how many bytes from an address may wait to be sent,
	// whoever's, where a file counts as [bridge.LeastUpload] at least; zero
	// means any number.
	AddressUnsent int64
	// Streams is how many event streams a conversation may have open; zero
	// means any number.
	Streams int
}

// DefaultRate leaves a person all the room they can use and a script little.
func DefaultRate() Rate {
	return Rate{
		Messages: Limit{PerSecond: 1, Burst: 10},
		Calls:    Limit{PerSecond: 5, Burst: 40},
		Uploads:  Limit{PerSecond: 0.5, Burst: 20},
		Sessions: Limit{PerSecond: 2, Burst: 60},
		Address:  Limit{PerSecond: 50, Burst: 200},
		// An office's visitors together: thirty at once, six a minute.
		AddressUploads: Limit{PerSecond: 0.1, Burst: 30},
		AddressUnsent:  maxUnsent / 8,
		Streams:        16,
	}
}

type limits struct {
	messages, calls, uploads, sessions, address, addressUploads *keyed

	addressUnsent int64 // bytes
	streams       int
}

func newLimits(r Rate, clock bridge.Clock) *limits {
	return &limits{
		messages:       newKeyed(r.Messages, clock),
		calls:          newKeyed(r.Calls, clock),
		uploads:        newKeyed(r.Uploads, clock),
		sessions:       newKeyed(r.Sessions, clock),
		address:        newKeyed(r.Address, clock),
		addressUploads: newKeyed(r.AddressUploads, clock),
		addressUnsent:  r.AddressUnsent,
		streams:        r.Streams,
	}
}

// keyed is a bucket for each key. A bucket that has had time to fill up again
// is forgotten, for a fresh one is the same. Safe for concurrent use.
type keyed struct {
	limit Limit
	clock bridge.Clock
	mu    sync.Mutex
	keys  map[string]*bucket
	swept time.Time
}

type bucket struct {
	*rate.Limiter
	used time.Time
}

func newKeyed(l Limit, clock bridge.Clock) *keyed {
	return &keyed{limit: l, clock: clock, keys: make(map[string]*bucket), swept: clock.Now()}
}

// take spends one token of the key, or tells when there will be one.
func (k *keyed) take(key string) error {
	if k.limit == (Limit{}) {
		return nil
	}
	now := k.clock.Now()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.sweep(now)
	b := k.keys[key]
	if b == nil {
		b = &bucket{Limiter: rate.NewLimiter(rate.Limit(k.limit.PerSecond), k.limit.Burst)}
		k.keys[key] = b
	}
	b.used = now
	if b.AllowN(now, 1) {
		return nil
	}
	missing := 1 - b.TokensAt(now)
	return tooMany(time.Duration(missing / k.limit.PerSecond * float64(time.Second)))
}

func (k *keyed) sweep(now time.Time) {
	full := time.Duration(float64(k.limit.Burst)/k.limit.PerSecond*float64(time.Second)) + time.Second
	if now.Sub(k.swept) < full {
		return
	}
	k.swept = now
	for key, b := range k.keys {
		if now.Sub(b.used) >= full {
			delete(k.keys, key)
		}
	}
}
