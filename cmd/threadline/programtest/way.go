package programtest

import (
	"bytes"
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"
)

// Passage says how a post is passed on.
type Passage struct {
	// Late is how long it is on its way before Slack gets it, which it does
	// then whether or not the process still waits.
	Late time.Duration
	// Over, if set, is called when the call is over, before the process knows:
	// with true if Slack has answered.
	Over func(answered bool)
}

// Way opens a way to Slack for one process, so that a test can read along and
// tell who called. post is told the body of each chat.postMessage before it is
// passed on. A connection that Slack cuts is cut for the process too.
func Way(slack string, post func(body []byte) Passage) (*httptest.Server, error) {
	target, err := url.Parse(slack)
	if err != nil {
		return nil, err
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = target.Scheme, target.Host, target.Host
		},
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
		ErrorLog:     log.New(io.Discard, "", 0),
	}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/chat.postMessage") {
			proxy.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		how := post(body)
		if how.Late > 0 {
			r = r.WithContext(context.WithoutCancel(r.Context()))
			<-time.After(how.Late)
		}
		one := &ending{ResponseWriter: w, over: how.Over}
		defer one.end(false)
		proxy.ServeHTTP(one, r)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Start()
	return s, nil
}

// ending tells once how a call ended.
type ending struct {
	http.ResponseWriter
	over func(bool)
}

func (e *ending) end(answered bool) {
	if e.over != nil {
		e.over(answered)
		e.over = nil
	}
}

// WriteHeader implements http.ResponseWriter.
func (e *ending) WriteHeader(status int) {
	e.end(true)
	e.ResponseWriter.WriteHeader(status)
}
