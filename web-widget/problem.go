package widget

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"math"
	"mime"
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"

	"threadline/bridge"
)

// maxBody is the longest JSON body in bytes. A text of 8,000 code points that
// are all escaped as surrogate pairs takes 96,000.
const maxBody = 128 << 10

// bodyTimeout is how long a client may take to send a body.
const bodyTimeout = 15 * time.Second

// problem is an error that a visitor's program may read.
type problem struct {
	status  int
	code    string
	message string
	retry   time.Duration
}

func (p *problem) Error() string { return p.code }

func invalid(code, message string) error {
	return &problem{status: http.StatusUnprocessableEntity, code: code, message: message}
}

func notFound() error {
	return &problem{status: http.StatusNotFound, code: "not_found", message: "There is nothing at this address."}
}

func tooMany(retry time.Duration) error {
	return &problem{
		status: http.StatusTooManyRequests, code: "rate_limited", retry: retry,
		message: "That was a little fast. Please try again in a moment.",
	}
}

func unavailable() *problem {
	return &problem{
		status: http.StatusServiceUnavailable, code: "unavailable", retry: 2 * time.Second,
		message: "The service cannot keep anything at the moment. Please try again shortly.",
	}
}

// fail answers with the error. An error that is not a problem comes from the
// store or the bridge: the visitor can only try again, and the log has it in
// full.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	var p *problem
	if !errors.As(err, &p) {
		p = unavailable()
		if r.Context().Err() == nil || !errors.Is(err, context.Canceled) {
			level := slog.LevelError
			if errors.Is(err, bridge.ErrUnavailable) {
				level = slog.LevelWarn
			}
			h.log.Log(r.Context(), level, "visitor call failed", "method", r.Method, "path", r.URL.Path, "error", err)
		}
	}
	if p.retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(p.retry.Seconds()))))
	}
	if p.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	type detail struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	writeJSON(w, p.status, struct {
		Error detail `json:"error"`
	}{detail{p.code, p.message}})
}

// writeJSON answers with v. A failing write means that the client has gone.
func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil { // every reply type of this package can be encoded
		status, body = http.StatusInternalServerError, []byte(`{"error":{"code":"internal","message":"Something went wrong."}}`)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n'))
}

// readJSON decodes the body into v. An absent body is the empty object.
func readJSON(w http.ResponseWriter, r *http.Request, v any) error {
	rc := http.NewResponseController(w)
	if err := rc.SetReadDeadline(time.Now().Add(bodyTimeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err == nil {
		if err = rc.SetReadDeadline(time.Time{}); errors.Is(err, http.ErrNotSupported) {
			err = nil
		}
	}
	if err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return &problem{status: http.StatusRequestEntityTooLarge, code: "body_too_large", message: "The request is too large."}
		}
		return &problem{status: http.StatusBadRequest, code: "unreadable_body", message: "The request ended before its body did."}
	}
	if len(body) == 0 {
		return nil
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return &problem{
			status: http.StatusUnsupportedMediaType, code: "unsupported_media_type",
			message: "The body must be application/json.",
		}
	}
	if !utf8.Valid(body) {
		return malformed("The body is not valid UTF-8.")
	}
	if err := json.Unmarshal(body, v); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) && wrong.Field != "" {
			return invalid("invalid_field", "The field "+wrong.Field+" has the wrong type.")
		}
		return malformed("The body is not a JSON object.")
	}
	return nil
}

func malformed(message string) error {
	return &problem{status: http.StatusBadRequest, code: "malformed_json", message: message}
}
