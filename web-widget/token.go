package widget

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"threadline/bridge"
)

const (
	tokenVersion = "v1"
	// tokenLife is how long a visitor stays known without coming back.
	tokenLife = 30 * 24 * time.Hour
	maxToken  = 2048
)

// claims are what a visitor's token says. Locale, Referrer and Device tell how
// the visitor came: they wait there for the first message, because a page
// view leaves no conversation behind.
type claims struct {
	Site         bridge.SiteID         `json:"s"`
	Visitor      bridge.VisitorID      `json:"v"`
	Conversation bridge.ConversationID `json:"c"`
	Issued       int64                 `json:"i"` // unix seconds
	Expires      int64                 `json:"e"`
	Locale       string                `json:"l,omitempty"`
	Referrer     string                `json:"r,omitempty"`
	Device       string                `json:"d,omitempty"`
}

func (c claims) expired(now time.Time) bool { return now.Unix() >= c.Expires }

// signer makes and checks tokens: version, claims and an HMAC-SHA256 of both.
type signer struct{ secret []byte }

func (s signer) mac(part string) []byte {
	m := hmac.New(sha256.New, s.secret)
	m.Write([]byte(part))
	return m.Sum(nil)
}

func (s signer) sign(c claims) string {
	payload, err := json.Marshal(c)
	if err != nil { // strings and integers can always be encoded
		return ""
	}
	part := tokenVersion + "." + base64.RawURLEncoding.EncodeToString(payload)
	return part + "." + base64.RawURLEncoding.EncodeToString(s.mac(part))
}

// parse returns the claims of a token that this secret signed, expired or not.
func (s signer) parse(token string) (claims, bool) {
	var c claims
	if len(token) > maxToken {
		return c, false
	}
	dot := strings.LastIndexByte(token, '.')
	if dot < 0 || !strings.HasPrefix(token, tokenVersion+".") {
		return c, false
	}
	part, enc := token[:dot], base64.RawURLEncoding.Strict()
	mac, err := enc.DecodeString(token[dot+1:])
	if err != nil || !hmac.Equal(mac, s.mac(part)) {
		return c, false
	}
	payload, err := enc.DecodeString(strings.TrimPrefix(part, tokenVersion+"."))
	if err != nil || json.Unmarshal(payload, &c) != nil {
		return c, false
	}
	return c, c.Visitor != "" && c.Conversation != ""
}

func invalidToken() error {
	return &problem{status: http.StatusUnauthorized, code: "invalid_token", message: "The token is missing or not one of ours."}
}

// bearer returns the token of the Authorization header; false if there is no
// such header at all.
func bearer(r *http.Request) (string, bool) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return "", false
	}
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", true
	}
	return strings.TrimSpace(token), true
}

// identify returns the claims of a request that must bear a valid token. Only
// where inQuery is set may the token stand in the address.
func (h *Handler) identify(r *http.Request, inQuery bool) (claims, error) {
	token, ok := bearer(r)
	if !ok && inQuery {
		token = r.URL.Query().Get("token")
	}
	c, ok := h.tokens.parse(token)
	if !ok {
		return claims{}, invalidToken()
	}
	if c.expired(h.clock.Now()) {
		return claims{}, &problem{status: http.StatusUnauthorized, code: "token_expired", message: "The session has expired. Please begin a new one."}
	}
	return c, nil
}
