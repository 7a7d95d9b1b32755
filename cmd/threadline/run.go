package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// Exit codes, as scripts rely on them.
const (
	exitOK       = 0
	exitFailed   = 1
	exitConfig   = 2
	exitDatabase = 3
)

// usageError is a mistake of whoever runs the program: bad arguments or a bad
// configuration.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

// databaseError says that the database cannot be used.
type databaseError struct{ err error }

func (e databaseError) Error() string { return e.err.Error() }
func (e databaseError) Unwrap() error { return e.err }

// errFailed ends a command whose own output has said what is wrong.
var errFailed = errors.New("failed")

const usage = `threadline connects a website's chat with a Slack workspace.

  threadline [serve]      run everything; configured by the environment
  threadline demo         the whole product on this machine, no account needed
  threadline slacksim     the Slack simulator alone
  threadline doctor       check tokens, scopes, channel, database and AI
  threadline config export
  threadline config apply FILE
  threadline kb import PATH_OR_URL…
  threadline kb list
  threadline kb search [--json] QUERY
  threadline eval triggers [--json] [--llm] FILE   measure the triggers
  threadline eval answers [--json] --kb PATH FILE  measure the answers
  threadline rehearse [--days N | --last N] [--triggers FILE]
                          play past chats against changed triggers
  threadline version

threadline COMMAND --help tells a command's flags.
`

// run executes one command and returns the process's exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	name := "serve"
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		name, args = args[0], args[1:]
	} else if len(args) > 0 && isHelp(args[0]) {
		name = "help"
	}
	var err error
	switch name {
	case "serve":
		err = serve(ctx, args, stdout, stderr)
	case "demo":
		err = demo(ctx, args, stdout, stderr)
	case "slacksim":
		err = simulate(ctx, args, stdout, stderr)
	case "doctor":
		err = doctor(ctx, args, stdout, stderr)
	case "config":
		err = settings(ctx, args, stdout, stderr)
	case "kb":
		err = knowledge(ctx, args, stdout, stderr)
	case "eval":
		err = evaluate(ctx, args, stdout, stderr)
	case "rehearse":
		err = rehearse(ctx, args, stdout, stderr)
	case "version":
		_, err = fmt.Fprintln(stdout, version())
	case "help":
		_, err = fmt.Fprint(stdout, usage)
	default:
		err = usageError{fmt.Errorf("there is no command %q\n\n%s", name, usage)}
	}
	return exitCode(err, stderr)
}

// exitCode says err to the person at the terminal and turns it into a code.
func exitCode(err error, stderr io.Writer) int {
	var bad usageError
	var db databaseError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return exitOK
	case errors.Is(err, errFailed):
		return exitFailed
	}
	_, _ = fmt.Fprintln(stderr, "threadline:", err)
	switch {
	case errors.As(err, &bad):
		return exitConfig
	case errors.As(err, &db):
		return exitDatabase
	}
	return exitFailed
}

func isHelp(arg string) bool { return arg == "-h" || arg == "-help" || arg == "--help" }

// verb is the second word of a command that has several; usage says which.
func verb(args []string, usage string, stderr io.Writer) (string, error) {
	switch {
	case len(args) == 0:
		return "", usageError{errors.New(usage)}
	case isHelp(args[0]):
		_, err := fmt.Fprintln(stderr, usage)
		return "", cmp.Or(err, flag.ErrHelp)
	}
	return args[0], nil
}

// parse reads a command's flags; mistakes are usage errors.
func parse(fs *flag.FlagSet, args []string, stderr io.Writer) error {
	fs.SetOutput(stderr)
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return usageError{err}
	}
	return nil
}

// newLogger returns the program's logger. Slack's and the model's secrets are
// never given to it.
func newLogger(w io.Writer, level slog.Level, format string) *slog.Logger {
	o := &slog.HandlerOptions{Level: level}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}
