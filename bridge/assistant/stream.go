package assistant

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/sashabaranov/go-openai"
)

var (
	// ErrTimeout: the vendor was too slow.
	ErrTimeout = errors.New("the model took too long")
	// ErrBreakerOpen: the vendor failed too often just now and is left alone
	// for a while.
	ErrBreakerOpen = errors.New("the model failed repeatedly and is given a rest")
	// ErrVendor: the vendor refused, failed or sent something unreadable.
	ErrVendor = errors.New("the model's vendor failed")
	// ErrVectorSize: an embedding model's vectors are of another size than those
	// that are kept of it.
	ErrVectorSize = errors.New("the embedding model's vectors are of another size than before; give another model another name")
)

// maxStream bounds one response, in bytes.
const maxStream = 2 << 20

// chunk is one piece of a streamed completion.
type chunk struct {
	text   string
	calls  []openai.ToolCall
	finish openai.FinishReason
	err    error
}

// stream sends a request and hands every piece to each, in order, until the
// stream ends as it should, each returns an error, or time is up. deadline ends
// the whole turn.
func (m *Model) stream(ctx context.Context, req openai.ChatCompletionRequest, deadline <-chan time.Time, each func(chunk) error) error {
	ctx, cancel := context.WithCancel(ctx)
	pieces := make(chan chunk)
	var reader sync.WaitGroup
	defer func() {
		cancel()
		reader.Wait()
	}()
	reader.Go(func() {
		defer close(pieces)
		m.receive(ctx, req, func(c chunk) bool {
			select {
			case pieces <- c:
				return true
			case <-ctx.Done():
				return false
			}
		})
	})
	wait, what := m.clock.After(m.limits.FirstToken), "no first token"
	for {
		select {
		case c, ok := <-pieces:
			switch {
			case !ok:
				return nil
			case c.err != nil:
				if ctx.Err() != nil {
					return ctx.Err()
				}
				return c.err
			}
			if c.text != "" || len(c.calls) > 0 || c.finish != "" {
				wait, what = m.clock.After(m.limits.Idle), "the stream stalled"
			}
			if err := each(c); err != nil {
				return err
			}
		case <-wait:
			return fmt.Errorf("%w: %s", ErrTimeout, what)
		case <-deadline:
			return fmt.Errorf("%w: the turn lasted too long", ErrTimeout)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// receive reads one streamed completion. A stream that ends with neither a
// finish reason nor its end mark was cut.
func (m *Model) receive(ctx context.Context, req openai.ChatCompletionRequest, send func(chunk) bool) {
	tap := &tap{client: m.http}
	config := openai.DefaultConfig(m.key)
	if m.baseURL != "" {
		config.BaseURL = m.baseURL
	}
	config.HTTPClient = tap
	s, err := openai.NewClientWithConfig(config).CreateChatCompletionStream(ctx, req)
	if err != nil {
		send(chunk{err: m.vendor(err)})
		return
	}
	// The request's context ends with the turn; nothing is left to tell.
	defer func() { _ = s.Close() }()
	finished := false
	for {
		r, err := s.Recv()
		if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			if !finished && !tap.done() {
				send(chunk{err: fmt.Errorf("%w: the stream was cut", ErrVendor)})
			}
			return
		}
		if err != nil {
			send(chunk{err: m.vendor(err)})
			return
		}
		for _, choice := range r.Choices {
			if choice.Index != 0 {
				continue
			}
			if choice.FinishReason != "" {
				finished = true
			}
			if !send(chunk{text: choice.Delta.Content, calls: choice.Delta.ToolCalls, finish: choice.FinishReason}) {
				return
			}
		}
	}
}

func (m *Model) vendor(err error) error { return vendorError(err, m.key, m.keys) }

// vendorError makes an error that names no secret and quotes little.
func vendorError(err error, key string, keys *regexp.Regexp) error {
	var api *openai.APIError
	var request *openai.RequestError
	status, text := 0, ""
	switch {
	case errors.As(err, &api):
		status, text = api.HTTPStatusCode, api.Message
	case errors.As(err, &request):
		status = request.HTTPStatusCode
		if status == 0 && request.Err != nil {
			text = request.Err.Error()
		}
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	default:
		text = err.Error()
	}
	text = redact(clip(oneLine(text), 200), key, keys)
	switch {
	case status != 0 && text != "":
		return fmt.Errorf("%w: status %d: %s", ErrVendor, status, text)
	case status != 0:
		return fmt.Errorf("%w: status %d", ErrVendor, status)
	}
	return fmt.Errorf("%w: %s", ErrVendor, text)
}

// redact takes keys out of a vendor's words: our own, and those that vendors
// echo half masked.
func redact(s, key string, keys *regexp.Regexp) string {
	if key != "" {
		s = strings.ReplaceAll(s, key, "[redacted]")
	}
	return keys.ReplaceAllString(s, "[redacted]")
}

func keyPattern() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b(sk|pk|key|bearer)[-_ ][a-z0-9*._-]{4,}`)
}

// tap bounds a response and remembers whether it bore its end mark.
type tap struct {
	client *http.Client
	most   int // bytes of a response; 0 for maxStream
	body   *bounded
}

// Do implements the client library's HTTP port.
func (t *tap) Do(r *http.Request) (*http.Response, error) {
	res, err := t.client.Do(r)
	if err != nil {
		return nil, err
	}
	t.body = &bounded{ReadCloser: res.Body, left: cmp.Or(t.most, maxStream)}
	res.Body = t.body
	return res, nil
}

func (t *tap) done() bool {
	return t.body != nil && (bytes.Contains(t.body.tail, []byte("data: [DONE]")) || bytes.Contains(t.body.tail, []byte("data:[DONE]")))
}

type bounded struct {
	io.ReadCloser
	left int
	tail []byte
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errors.New("the response is too large")
	}
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left)])
	b.left -= n
	b.tail = append(b.tail, p[:n]...)
	if len(b.tail) > 64 {
		b.tail = append(b.tail[:0], b.tail[len(b.tail)-64:]...)
	}
	return n, err
}
