package main

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"strings"

	"github.com/kelseyhightower/envconfig"
)

// secret is a value that must never be printed.
type secret string

func (s secret) String() string       { return "[redacted]" }
func (s secret) LogValue() slog.Value { return slog.StringValue("[redacted]") }
func (s secret) reveal() string       { return string(s) }

// config is the environment. Names and defaults are the product's outside.
type config struct {
	ListenAddr    string   `envconfig:"LISTEN_ADDR" default:"127.0.0.1:8080"`
	PublicURL     string   `envconfig:"PUBLIC_URL"`
	DatabaseURL   secret   `envconfig:"DATABASE_URL" default:"sqlite:threadline.db"`
	SlackBotToken secret   `envconfig:"SLACK_BOT_TOKEN"`
	SlackAppToken secret   `envconfig:"SLACK_APP_TOKEN"`
	SlackAPIURL   string   `envconfig:"SLACK_API_URL"`
	SlackChannel  string   `envconfig:"SLACK_CHANNEL" default:"support"`
	Managers      []string `envconfig:"MANAGERS"`
	VisitorRate   string   `envconfig:"VISITOR_RATE"`
	Proxies       []string `envconfig:"TRUSTED_PROXIES"`
	OpenAIKey     secret   `envconfig:"OPENAI_API_KEY"`
	OpenAIBaseURL string   `envconfig:"OPENAI_BASE_URL"`
	OpenAIModel   string   `envconfig:"OPENAI_MODEL"`
	OpenAIVectors string   `envconfig:"OPENAI_EMBEDDING_MODEL"`
	KnowledgeDir  string   `envconfig:"KNOWLEDGE_DIR"`
	SecretKey     secret   `envconfig:"SECRET_KEY"`
	LogLevel      string   `envconfig:"LOG_LEVEL" default:"info"`
	LogFormat     string   `envconfig:"LOG_FORMAT" default:"text"`

	clock   *clock // the process's one
	trusted []netip.Prefix
}

// notYet are variables of later versions. Setting one is no mistake, but the
// operator must not believe that it does something.
func notYet() []string {
	return []string{
		"SMTP_URL", "MAIL_FROM", "NOTIFY_URLS",
		"WEBHOOK_URLS", "WEBHOOK_SECRET", "METRICS_ADDR",
	}
}

var (
	botToken = regexp.MustCompile(`^xoxb-[A-Za-z0-9-]{8,}$`)
	appToken = regexp.MustCompile(`^xapp-[A-Za-z0-9-]{8,}$`)
)

// purpose says whether a command can do without Slack's tokens.
type purpose bool

const (
	withSlack    purpose = true
	withoutSlack purpose = false
)

// loadConfig reads the environment. Every problem is reported at once, each
// with how to mend it.
func loadConfig(p purpose) (config, error) {
	c, problems := readConfig(p)
	if len(problems) > 0 {
		return c, usageError{fmt.Errorf("the configuration has %d problem(s):\n%w", len(problems), errors.Join(problems...))}
	}
	return c, nil
}

// readConfig reads the environment and lists what is wrong with it.
func readConfig(p purpose) (config, []error) {
	c := config{clock: newClock()}
	if err := envconfig.Process("", &c); err != nil {
		return c, []error{fmt.Errorf("environment: %w", err)}
	}
	var problems []error
	bad := func(format string, a ...any) { problems = append(problems, fmt.Errorf(format, a...)) }

	if _, _, err := net.SplitHostPort(c.ListenAddr); err != nil {
		bad("LISTEN_ADDR is %q: write host:port, such as 127.0.0.1:8080", c.ListenAddr)
	}
	if c.PublicURL != "" && !isWebURL(c.PublicURL) {
		bad("PUBLIC_URL is %q: write the address browsers use, such as https://chat.example.com", c.PublicURL)
	}
	c.PublicURL = strings.TrimRight(c.PublicURL, "/")
	db := c.DatabaseURL.reveal()
	if !strings.HasPrefix(db, "sqlite:") && !strings.HasPrefix(db, "postgres://") && !strings.HasPrefix(db, "postgresql://") {
		bad("DATABASE_URL: write sqlite:PATH or postgres://user:password@host/database")
	}
	if p == withSlack {
		checkToken(bad, "SLACK_BOT_TOKEN", c.SlackBotToken, botToken, "xoxb-", "the app's page, OAuth & Permissions, Bot User OAuth Token")
		checkToken(bad, "SLACK_APP_TOKEN", c.SlackAppToken, appToken, "xapp-", "the app's page, Basic Information, App-Level Tokens, with the scope connections:write")
	}
	if c.SlackAPIURL != "" {
		if !isWebURL(c.SlackAPIURL) {
			bad("SLACK_API_URL is %q: write a URL such as https://slack.com/api/, or leave it out", c.SlackAPIURL)
		}
		c.SlackAPIURL = strings.TrimRight(c.SlackAPIURL, "/") + "/"
	}
	c.SlackChannel = strings.TrimPrefix(c.SlackChannel, "#")
	if c.SlackChannel == "" {
		bad("SLACK_CHANNEL is empty: write the name or id of the channel for chats")
	}
	if c.VisitorRate != "" && c.VisitorRate != "off" {
		bad("VISITOR_RATE is %q: leave it out for sensible limits, or write off", c.VisitorRate)
	}
	for _, s := range c.Proxies {
		if p, ok := network(s); ok {
			c.trusted = append(c.trusted, p)
		} else {
			bad("TRUSTED_PROXIES has %q: write addresses or networks of your proxies with commas between, such as 10.0.0.5,172.18.0.0/16; a network of everybody is none", s)
		}
	}
	if c.OpenAIBaseURL != "" && !isWebURL(c.OpenAIBaseURL) {
		bad("OPENAI_BASE_URL is %q: write a URL such as https://api.example.com/v1", c.OpenAIBaseURL)
	}
	if c.OpenAIKey == "" && c.OpenAIBaseURL == "" && c.OpenAIModel != "" {
		bad("OPENAI_MODEL is set but neither OPENAI_API_KEY nor OPENAI_BASE_URL: set one, or leave all out for the built-in answerer")
	}
	if c.OpenAIKey == "" && c.OpenAIVectors != "" {
		bad("OPENAI_EMBEDDING_MODEL is set but not OPENAI_API_KEY: set the key of the endpoint (any word where it wants none), or leave the model out and search goes by words")
	}
	if c.KnowledgeDir != "" {
		if info, err := os.Stat(c.KnowledgeDir); err != nil || !info.IsDir() {
			bad("KNOWLEDGE_DIR is %q, which is no readable folder", c.KnowledgeDir)
		}
	}
	if c.SecretKey != "" && len(c.SecretKey) < 16 {
		bad("SECRET_KEY is shorter than 16 characters: use a long random one, or leave it out and one is made")
	}
	if _, err := c.level(); err != nil {
		bad("LOG_LEVEL is %q: write debug, info, warn or error", c.LogLevel)
	}
	if c.LogFormat != "text" && c.LogFormat != "json" {
		bad("LOG_FORMAT is %q: write text or json", c.LogFormat)
	}
	return c, problems
}

func checkToken(bad func(string, ...any), name string, s secret, form *regexp.Regexp, prefix, where string) {
	switch {
	case s == "":
		bad("%s is missing: copy it from %s", name, where)
	case !form.MatchString(s.reveal()):
		bad("%s does not look like a token: it begins with %s; copy it from %s", name, prefix, where)
	}
}

// network reads an address or a network; one that holds every address is
// refused.
func network(s string) (netip.Prefix, bool) {
	s = strings.TrimSpace(s)
	p, err := netip.ParsePrefix(s)
	if err != nil {
		ip, err := netip.ParseAddr(s)
		if err != nil {
			return netip.Prefix{}, false
		}
		p = netip.PrefixFrom(ip, ip.BitLen())
	}
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Masked(), p.Bits() > 0
}

func isWebURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

func (c config) level() (slog.Level, error) {
	var l slog.Level
	err := l.UnmarshalText([]byte(c.LogLevel))
	return l, err
}

// publicURL is how browsers reach the program that listens on addr.
func (c config) publicURL(addr net.Addr) string {
	return cmp.Or(c.PublicURL, "http://"+addr.String())
}

// warnUnused names variables that are set but do nothing yet.
func warnUnused(log *slog.Logger) {
	for _, name := range notYet() {
		if os.Getenv(name) != "" {
			log.Warn("this version does not use the variable", "name", name)
		}
	}
}
