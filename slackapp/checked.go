package slackapp

import (
	"context"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"threadline/bridge"
)

// A reaction bears no time when it is read later, so whose mark stands on a
// root is kept: only a mark that was not there at the last look is news.

func checkedMark(root bridge.Place) string { return "checked:" + root.Channel + ":" + root.Stamp }

// checkedBy are the people whose mark stands on a root card.
func checkedBy(m *slack.Message) []string {
	for _, r := range m.Reactions {
		if r.Name == resolveEmoji {
			return slices.Sorted(slices.Values(r.Users))
		}
	}
	return nil
}

// checkedLate puts the holder's mark into the inbox if it was set while nobody
// listened. It counts from now, which is after every line the holder wrote
// before it.
func (a *App) checkedLate(ctx context.Context, c bridge.Conversation, users []string) error {
	was, err := a.d.store.Mark(ctx, checkedMark(c.Thread))
	if err != nil {
		return err
	}
	is := strings.Join(users, ",")
	if is == was {
		return nil
	}
	if h := string(c.Holder); h != "" && len(c.Holds) > 0 &&
		slices.Contains(users, h) && !slices.Contains(strings.Split(was, ","), h) {
		at := a.d.clock.now(a.d.c.Clock.Now())
		n := notice{
			Kind: noteReaction, Channel: c.Thread.Channel, Thread: c.Thread.Stamp, Stamp: c.Thread.Stamp,
			At: at, User: h, Name: resolveEmoji,
		}
		// One for each hold: another look finds the same mark.
		key := strings.Join([]string{"react", c.Thread.Channel, c.Thread.Stamp, resolveEmoji, h, "late", c.Holds[len(c.Holds)-1].From}, ":")
		if err := a.heardLate(ctx, c.Thread, key, at, n); err != nil {
			return err
		}
	}
	return a.d.store.SetMark(ctx, checkedMark(c.Thread), is)
}

// noteChecked remembers a mark that was heard.
func (a *App) noteChecked(ctx context.Context, root bridge.Place, user string) error {
	was, err := a.d.store.Mark(ctx, checkedMark(root))
	if err != nil {
		return err
	}
	var users []string
	if was != "" {
		users = strings.Split(was, ",")
	}
	if slices.Contains(users, user) {
		return nil
	}
	users = append(users, user)
	slices.Sort(users)
	return a.d.store.SetMark(ctx, checkedMark(root), strings.Join(users, ","))
}
