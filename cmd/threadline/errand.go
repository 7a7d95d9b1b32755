package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"threadline/storage"
)

// A SQLite file has one process. Other commands that need the database while it
// runs send it errands: through a loopback port and a key that stand in a file
// beside the database, readable for its owner alone.

// errandLimit bounds what an errand may bring.
const errandLimit = 32 << 20

// errandDesk is what that file says.
type errandDesk struct {
	Address string `json:"address"`
	Key     string `json:"key"`
}

// errandPath is the file beside a SQLite database; empty for other databases.
func (c config) errandPath() string {
	path, ok := strings.CutPrefix(c.DatabaseURL.reveal(), "sqlite:")
	if !ok {
		return ""
	}
	return path + ".errands"
}

// takeErrands serves errands until the returned function is called, which
// waits for those in hand. On PostgreSQL it does nothing.
func takeErrands(ctx context.Context, cfg config, store *storage.Store, log *slog.Logger) (stop func(), err error) {
	path := cfg.errandPath()
	if path == "" {
		return func() {}, nil
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("take errands: %w", err)
	}
	here := errandDesk{Address: l.Addr().String(), Key: rand.Text()}
	if err := writePrivately(path, here); err != nil {
		return nil, errors.Join(fmt.Errorf("take errands: %w", err), l.Close())
	}
	server := &http.Server{
		Handler: errands(store, here.Key), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			log.Error("errands", "err", err)
		}
	}()
	return func() {
		within, done := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer done()
		if err := errors.Join(os.Remove(path), server.Shutdown(within)); err != nil {
			log.Warn("stop taking errands", "err", errors.Join(err, server.Close()))
		}
		<-ended
	}, nil
}

// writePrivately replaces a file that only its owner may read.
func writePrivately(path string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err // what a killed process left may be anybody's to read
	}
	return os.WriteFile(path, b, 0o600)
}

func errands(store *storage.Store, key string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if subtle.ConstantTimeCompare([]byte(got), []byte(key)) != 1 || r.Method != http.MethodPost {
			http.Error(w, "no errand", http.StatusForbidden)
			return
		}
		input, err := io.ReadAll(http.MaxBytesReader(w, r.Body, errandLimit))
		if err != nil {
			http.Error(w, "the errand is too large: "+err.Error(), http.StatusUnprocessableEntity)
			return
		}
		var out bytes.Buffer
		err = runErrand(r.Context(), store, strings.TrimPrefix(r.URL.Path, "/"), input, &out)
		var bad usageError
		switch {
		case errors.As(err, &bad):
			http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		case err != nil:
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		default:
			_, _ = w.Write(out.Bytes()) // whoever sent the errand has gone
		}
	})
}

// sendErrand asks the process that owns the database. inUse is what is said
// where none takes errands.
func sendErrand(ctx context.Context, cfg config, errand string, input []byte, stdout io.Writer, inUse error) error {
	b, err := os.ReadFile(cfg.errandPath())
	var there errandDesk
	if err != nil || json.Unmarshal(b, &there) != nil {
		return inUse
	}
	ctx, done := context.WithTimeout(ctx, 30*time.Second)
	defer done()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+there.Address+"/"+errand, bytes.NewReader(input))
	if err != nil {
		return inUse
	}
	req.Header.Set("Authorization", "Bearer "+there.Key)
	// The port is this machine's: no proxy may stand between.
	resp, err := (&http.Client{Transport: &http.Transport{}}).Do(req)
	if err != nil {
		return inUse
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode == http.StatusForbidden {
		return inUse // another program has the port of a process that was killed
	}
	out, err := io.ReadAll(resp.Body)
	switch {
	case err != nil:
		return databaseError{fmt.Errorf("the running process did not finish: %w", err)}
	case resp.StatusCode == http.StatusUnprocessableEntity:
		return usageError{errors.New(strings.TrimSpace(string(out)))}
	case resp.StatusCode != http.StatusOK:
		return databaseError{errors.New(strings.TrimSpace(string(out)))}
	}
	_, err = stdout.Write(out)
	return err
}
