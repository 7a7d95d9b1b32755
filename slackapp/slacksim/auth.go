package slacksim

import (
	"net/http"
	"strconv"
	"strings"
)

// apiError is an answer with ok:false.
type apiError struct {
	code   string
	extra  object
	status int // 0 means 200
	header string
}

func fault(code string) *apiError { return &apiError{code: code} }

// invalid is an error that points at what is wrong, as Slack does in response_metadata.
func invalid(code string, messages ...string) *apiError {
	return &apiError{code: code, extra: object{"response_metadata": object{"messages": messages}}}
}

func missing(field string) *apiError {
	return invalid("invalid_arguments", "[ERROR] missing required field: "+field)
}

// call is one request to the Web API.
type call struct {
	method   string
	args     args
	warnings []string
	// for the log
	channel, ts string
	hidden      bool // a post beyond the limit that nobody sees, by the fault hide_over_limit
}

func (c *call) warn(w string) { c.warnings = append(c.warnings, w) }

type method struct {
	scopes []string // any one of them will do
	tier   int      // calls a minute; 0 is unlimited
	app    bool     // takes the app-level token, by header alone
	open   bool     // takes no token
	run    func(*Server, *call) (object, *apiError)
}

// Calls a minute (Slack: rate limits, tiers 1 to 4; posting and "special" ones as published).
const (
	tier1   = 1
	tier2   = 20
	tier3   = 50
	tier4   = 100
	special = 600
)

func methodTable() map[string]method {
	read := []string{"channels:read", "groups:read", "im:read"}
	history := []string{"channels:history", "groups:history", "im:history"}
	return map[string]method{
		"api.test":                     {open: true, run: (*Server).apiTest},
		"auth.test":                    {tier: special, run: (*Server).authTest},
		"apps.connections.open":        {app: true, tier: tier3, run: (*Server).connectionsOpen},
		"assistant.threads.setStatus":  {scopes: []string{"assistant:write", "chat:write"}, tier: 60, run: (*Server).setStatus},
		"blocks.validate":              {open: true, tier: tier3, run: (*Server).blocksValidate},
		"bots.info":                    {scopes: []string{"users:read"}, tier: tier3, run: (*Server).botsInfo},
		"chat.delete":                  {scopes: []string{"chat:write"}, tier: tier3, run: (*Server).chatDelete},
		"chat.getPermalink":            {tier: special, run: (*Server).chatPermalink},
		"chat.postEphemeral":           {scopes: []string{"chat:write"}, tier: tier4, run: (*Server).chatPostEphemeral},
		"chat.postMessage":             {scopes: []string{"chat:write"}, run: (*Server).chatPostMessage},
		"chat.update":                  {scopes: []string{"chat:write"}, tier: tier3, run: (*Server).chatUpdate},
		"conversations.history":        {scopes: history, tier: tier3, run: (*Server).conversationsHistory},
		"conversations.info":           {scopes: read, tier: tier3, run: (*Server).conversationsInfo},
		"conversations.join":           {scopes: []string{"channels:join"}, tier: tier3, run: (*Server).conversationsJoin},
		"conversations.list":           {scopes: read, tier: tier2, run: (*Server).conversationsList},
		"conversations.members":        {scopes: read, tier: tier4, run: (*Server).conversationsMembers},
		"conversations.open":           {scopes: []string{"im:write"}, tier: tier3, run: (*Server).conversationsOpen},
		"conversations.replies":        {scopes: history, tier: tier3, run: (*Server).conversationsReplies},
		"emoji.list":                   {scopes: []string{"emoji:read"}, tier: tier2, run: (*Server).emojiList},
		"files.completeUploadExternal": {scopes: []string{"files:write"}, tier: tier4, run: (*Server).filesCompleteUpload},
		"files.delete":                 {scopes: []string{"files:write"}, tier: tier3, run: (*Server).filesDelete},
		"files.getUploadURLExternal":   {scopes: []string{"files:write"}, tier: tier4, run: (*Server).filesGetUploadURL},
		"files.info":                   {scopes: []string{"files:read"}, tier: tier4, run: (*Server).filesInfo},
		"reactions.add":                {scopes: []string{"reactions:write"}, tier: tier3, run: (*Server).reactionsAdd},
		"reactions.get":                {scopes: []string{"reactions:read"}, tier: tier3, run: (*Server).reactionsGet},
		"reactions.remove":             {scopes: []string{"reactions:write"}, tier: tier2, run: (*Server).reactionsRemove},
		"team.info":                    {scopes: []string{"team:read"}, tier: tier3, run: (*Server).teamInfo},
		"usergroups.list":              {scopes: []string{"usergroups:read"}, tier: tier2, run: (*Server).usergroupsList},
		"usergroups.users.list":        {scopes: []string{"usergroups:read"}, tier: tier2, run: (*Server).usergroupsUsersList},
		"users.conversations":          {scopes: read, tier: tier3, run: (*Server).usersConversations},
		"users.info":                   {scopes: []string{"users:read"}, tier: tier4, run: (*Server).usersInfo},
		"users.list":                   {scopes: []string{"users:read"}, tier: tier2, run: (*Server).usersList},
		"users.lookupByEmail":          {scopes: []string{"users:read.email"}, tier: tier3, run: (*Server).usersLookupByEmail},
		"views.open":                   {tier: tier4, run: (*Server).viewsOpen},
		"views.publish":                {tier: tier4, run: (*Server).viewsPublish},
		"views.push":                   {tier: tier4, run: (*Server).viewsPush},
		"views.update":                 {tier: tier4, run: (*Server).viewsUpdate},
	}
}

// serveAPI answers one call. The order is: known method, readable body, token present, token
// valid, token of the right kind, scope, rate, then what the method itself checks: arguments,
// channel, payload. Slack documents little of this order; it is what its errors suggest.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("method")
	a, token, warning, fail := readArgs(w, r)
	e, pre, finish := s.answering(name, func() string {
		if s.faults.skew != 0 {
			w.Header().Set("Date", s.stamp().UTC().Format(http.TimeFormat))
		}
		return s.ofCall(a)
	})
	if s.applyFault(w, r, pre, e, finish) {
		return
	}
	c := &call{method: name, args: a}
	if warning != "" {
		c.warn(warning)
	}
	m, known := s.methods[name]
	if !known {
		fail = fault("unknown_method")
	}
	var out object
	s.lock()
	if fail == nil {
		fail = s.authorize(m, c, token, r)
	}
	if fail == nil && pre.rate != nil {
		fail = pre.rate
	}
	if fail == nil && pre.err != "" {
		fail = fault(pre.err)
	}
	if fail == nil {
		fail = s.limit(m, c)
	}
	if fail == nil {
		out, fail = m.run(s, c)
	}
	if c.channel == "" { // refused before the method looked at it
		c.channel = a.str("channel")
		if ch := s.st.channelRef(c.channel); ch != nil {
			c.channel = ch.ID
		}
	}
	e.Channel, e.TS, e.ThreadTS = c.channel, c.ts, a.str("thread_ts")
	reqID := s.nextSecret("request")
	s.moved()
	s.unlock()

	if pre.cutAfter && fail == nil {
		e.OK, e.Error, e.Status = true, "connection_cut", 0
		finish()
		cut(w, false)
		return
	}
	h := w.Header()
	h.Set("X-Slack-Req-Id", reqID)
	if known && !m.open && !m.app && token != "" {
		h.Set("X-Oauth-Scopes", s.app.scopeList())
		if len(m.scopes) > 0 {
			h.Set("X-Accepted-Oauth-Scopes", strings.Join(m.scopes, ","))
		}
	}
	status := http.StatusOK
	if fail != nil {
		if fail.status != 0 {
			status = fail.status
		}
		if fail.header != "" {
			h.Set("Retry-After", fail.header)
		}
		out = object{"ok": false, "error": fail.code}
		for k, v := range fail.extra {
			out[k] = v
		}
		e.Error = fail.code
	} else {
		if out == nil {
			out = object{}
		}
		out["ok"] = true
		e.OK = true
		if c.hidden {
			e.Error = "hidden"
		}
	}
	addWarnings(out, c.warnings)
	e.Status = status
	if pre.truncate {
		e.Error = "truncated"
		finish()
		sendHalf(w, status, out)
		return
	}
	finish()
	sendJSON(w, status, out)
}

func addWarnings(out object, warnings []string) {
	if len(warnings) == 0 {
		return
	}
	out["warning"] = strings.Join(warnings, ",")
	meta, ok := out["response_metadata"].(object)
	if !ok {
		meta = object{}
		out["response_metadata"] = meta
	}
	meta["warnings"] = warnings
}

func (s *Server) authorize(m method, c *call, token string, r *http.Request) *apiError {
	if m.open {
		return nil
	}
	if m.app && r.Header.Get("Authorization") == "" {
		token = "" // Slack: apps.connections.open takes its token in the header alone
	}
	if m.app && r.Method != http.MethodPost {
		return fault("insecure_request")
	}
	bot, app := s.BotToken(), s.AppToken()
	switch {
	case token == "":
		return fault("not_authed")
	case token != bot && token != app:
		return fault("invalid_auth")
	case token == bot && s.faults.revoked:
		return fault("account_inactive")
	case token == app && s.faults.revoked:
		return fault("token_revoked")
	case (token == app) != m.app:
		return fault("not_allowed_token_type")
	}
	if len(m.scopes) == 0 {
		return nil
	}
	for _, sc := range m.scopes {
		if s.app.hasScope(sc) {
			return nil
		}
	}
	return &apiError{code: "missing_scope", extra: object{"needed": m.scopes[0], "provided": s.app.scopeList()}}
}

// needScope is for scopes that depend on what a call touches.
func (s *Server) needScope(scope string) *apiError {
	if s.app.hasScope(scope) {
		return nil
	}
	return &apiError{code: "missing_scope", extra: object{"needed": scope, "provided": s.app.scopeList()}}
}

func limited(seconds int, header bool) *apiError {
	e := &apiError{code: "ratelimited", status: http.StatusTooManyRequests}
	if header {
		e.header = strconv.Itoa(seconds)
	}
	return e
}

func (s *Server) apiTest(c *call) (object, *apiError) {
	if e := c.args.str("error"); e != "" {
		return nil, &apiError{code: e, extra: object{"args": c.args}}
	}
	return object{"args": c.args}, nil
}

func (s *Server) authTest(*call) (object, *apiError) {
	w := s.st.ws
	return object{
		"url": s.base + "/", "team": teamName, "user": w.user(w.BotUser).Name, "team_id": w.TeamID,
		"user_id": w.BotUser, "bot_id": w.BotID, "is_enterprise_install": false,
	}, nil
}
