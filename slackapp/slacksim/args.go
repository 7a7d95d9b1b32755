package slacksim

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// maxBody is the largest request body, well above what any limit of Slack's lets through.
const maxBody = 32 << 20

// args are a call's arguments: strings from a query or form, any JSON value from a JSON body.
type args map[string]any

// readArgs reads query, form, multipart or JSON. Its error is one of Slack's names.
func readArgs(w http.ResponseWriter, r *http.Request) (a args, token string, warning string, fail *apiError) {
	a = args{}
	for k, v := range r.URL.Query() {
		a[k] = v[len(v)-1]
	}
	delete(a, "token") // Slack: tokens in the query string are not accepted
	if h := r.Header.Get("Authorization"); h != "" {
		scheme, t, _ := strings.Cut(h, " ")
		if strings.EqualFold(scheme, "bearer") {
			token = strings.TrimSpace(t)
		}
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	ct := r.Header.Get("Content-Type")
	kind, params, err := mime.ParseMediaType(ct)
	if ct != "" && err != nil {
		return nil, "", "", fault("invalid_post_type")
	}
	if cs := params["charset"]; cs != "" && !strings.EqualFold(cs, "utf-8") && !strings.EqualFold(cs, "iso-8859-1") {
		return nil, "", "", fault("invalid_charset")
	}
	switch {
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
	case kind == "application/json":
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, "", "", fault("request_timeout")
		}
		body := object{}
		if len(strings.TrimSpace(string(raw))) > 0 {
			if err := decode(raw, &body); err != nil {
				var bad *json.UnmarshalTypeError
				if errors.As(err, &bad) {
					return nil, "", "", fault("json_not_object")
				}
				return nil, "", "", fault("invalid_json")
			}
		}
		delete(body, "token")
		for k, v := range body {
			a[k] = v
		}
		if params["charset"] == "" {
			warning = "missing_charset"
		}
	case kind == "application/x-www-form-urlencoded" || kind == "multipart/form-data" || ct == "":
		if err := parseForm(r, kind); err != nil {
			return nil, "", "", fault("invalid_form_data")
		}
		for k, v := range r.PostForm {
			a[k] = v[len(v)-1]
		}
		if t, ok := a["token"].(string); ok && token == "" {
			token = t
		}
		delete(a, "token")
	default:
		return nil, "", "", fault("invalid_post_type")
	}
	return a, token, warning, nil
}

func parseForm(r *http.Request, kind string) error {
	if kind == "multipart/form-data" {
		return r.ParseMultipartForm(maxBody)
	}
	return r.ParseForm()
}

func (a args) has(k string) bool {
	v, ok := a[k]
	return ok && v != nil && v != ""
}

func (a args) str(k string) string {
	switch v := a[k].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

func (a args) bool(k string) bool {
	s := strings.ToLower(a.str(k))
	return s == "true" || s == "1" || s == "on" || s == "yes"
}

// int reads a number; def when absent or unreadable.
func (a args) int(k string, def int) int {
	n, err := strconv.Atoi(a.str(k))
	if err != nil {
		return def
	}
	return n
}

// json reads an argument that is JSON, or a string holding JSON, as form bodies have it.
func (a args) json(k string) (v any, present bool, err error) {
	v, present = a[k]
	if !present || v == nil {
		return nil, false, nil
	}
	if str, ok := v.(string); ok {
		if strings.TrimSpace(str) == "" {
			return nil, false, nil
		}
		var out any
		if err := decode([]byte(str), &out); err != nil {
			return nil, true, err
		}
		return out, out != nil, nil
	}
	return v, true, nil
}

// list reads a comma-separated argument or a JSON array of strings.
func (a args) list(k string) []string {
	if items, ok := a[k].([]any); ok {
		var out []string
		for _, v := range items {
			if s, ok := v.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	var out []string
	for _, p := range strings.Split(a.str(k), ",") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}
