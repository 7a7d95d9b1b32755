package slackapp

import (
	"context"
	"errors"
	"time"

	"threadline/bridge"
	"threadline/bridge/killpoint"
)

// line hands what a person wrote in a conversation's thread to the bridge.
func (a *App) line(ctx context.Context, n notice) error {
	c, who, ok, err := a.written(ctx, n)
	if err != nil || !ok {
		return err
	}
	text, page := a.public(ctx, n)
	key := n.Channel + ":" + n.Stamp
	files, from := a.deskFiles(ctx, n.Files)
	var kept []bridge.Attachment
	if c.Holder == who.ID && len(files) > 0 {
		kept = a.fetchAll(ctx, c, key, files, from)
	}
	moving := c.Thread == c.Left // its next root is not posted yet
	elsewhere := c.Thread.Stamp != n.Thread || moving
	_, err = a.bridge.Handle(ctx, bridge.AgentWrote{
		Conversation: c.ID, Key: key, Agent: who.Agent, Stamp: n.Stamp,
		Source: n.Text, Text: text, HTML: page,
		MentionsColleague: n.mentions(), Elsewhere: elsewhere, Files: files, Kept: kept,
	})
	if err != nil {
		return err
	}
	if elsewhere && !moving {
		a.pointOn(ctx, n, c)
	}
	if word, rest, ok := banged(n.Text); ok {
		if err := a.bang(ctx, n, c, who, word, rest); err != nil {
			return err
		}
	}
	killpoint.Reach(killpoint.LineCommitted)
	return nil
}

// written finds whose line it is and in which conversation; false if it is in
// no thread of ours, or nobody's.
func (a *App) written(ctx context.Context, n notice) (bridge.Conversation, person, bool, error) {
	c, ok, err := a.conversation(ctx, n)
	if err != nil || !ok {
		return bridge.Conversation{}, person{}, false, err
	}
	who, err := a.d.person(ctx, n.User)
	return c, who, err == nil && !who.Nobody, err
}

// public is the visitor's form of a line's words.
func (a *App) public(ctx context.Context, n notice) (string, string) {
	who := func(id string) string { return a.d.nameOf(ctx, id) }
	if text, page, ok := richForm(n.Rich, n.Text, who); ok {
		return text, page
	}
	return publicForm(n.Text, who)
}

// mentions reports whether the line addresses somebody at the desk.
func (n notice) mentions() bool { return mentionsColleague(n.Text) || mentionsInRich(n.Rich) }

func (a *App) edit(ctx context.Context, n notice) error {
	c, who, ok, err := a.written(ctx, n)
	if err != nil || !ok {
		return err
	}
	text, page := a.public(ctx, n)
	files, _ := a.deskFiles(ctx, n.Files)
	_, err = a.bridge.Handle(ctx, bridge.AgentEdited{
		Conversation: c.ID, Key: n.Channel + ":" + n.Stamp, Edit: n.At, Agent: who.Agent,
		Source: n.Text, Text: text, HTML: page, MentionsColleague: n.mentions(), Files: files,
	})
	return err
}

func (a *App) deletion(ctx context.Context, n notice) error {
	key := n.Channel + ":" + n.Stamp
	var id bridge.ConversationID
	if n.Thread != "" {
		c, ok, err := a.conversation(ctx, n)
		if err != nil || !ok {
			return err
		}
		id = c.ID
	} else {
		l, err := a.d.store.Line(ctx, key)
		if errors.Is(err, bridge.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		id = l.Conversation
	}
	_, err := a.bridge.Handle(ctx, bridge.AgentDeleted{Conversation: id, Key: key, Stamp: n.At})
	return err
}

// foreignFor is how long a thread that is none of ours is remembered as such.
const foreignFor = time.Minute

// conversation finds the conversation of a thread; false if it is no thread of
// ours. A root whose post is not settled yet is looked at and adopted, so that
// a quick reply to it is not lost.
func (a *App) conversation(ctx context.Context, n notice) (bridge.Conversation, bool, error) {
	root := bridge.Place{Channel: n.Channel, Stamp: n.Thread}
	c, err := a.d.byThread(ctx, root)
	if err == nil {
		return c, true, nil
	}
	if !errors.Is(err, bridge.ErrNotFound) {
		return bridge.Conversation{}, false, err
	}
	me, err := a.d.identity(ctx)
	if err != nil {
		return bridge.Conversation{}, false, err
	}
	if n.Parent != "" && n.Parent != me.user {
		return bridge.Conversation{}, false, nil
	}
	now := a.d.c.Clock.Now()
	a.mu.Lock()
	at, seen := a.threads[root]
	a.mu.Unlock()
	if seen && now.Sub(at) < foreignFor {
		return bridge.Conversation{}, false, nil
	}
	ours, err := a.d.adopt(ctx, root)
	if err != nil {
		if f := judge(err); f.kind == channelTrouble || f.kind == threadGone {
			return bridge.Conversation{}, false, nil
		}
		return bridge.Conversation{}, false, err
	}
	if ours {
		c, err = a.d.byThread(ctx, root)
		if err == nil {
			return c, true, nil
		}
		if !errors.Is(err, bridge.ErrNotFound) {
			return bridge.Conversation{}, false, err
		}
	}
	a.mu.Lock()
	if len(a.threads) > recentSize {
		clear(a.threads)
	}
	a.threads[root] = now
	a.mu.Unlock()
	return bridge.Conversation{}, false, nil
}
