package widget

import (
	"context"
	"time"

	"threadline/bridge"
)

// busyFor is how long a sign of an agent or the assistant at work lasts unless
// it is given again or a line ends it.
const busyFor = time.Minute

type typingJSON struct {
	Author authorJSON `json:"author"`
	Typing bool       `json:"typing"`
}

// sign shows that somebody is at work, or no longer is. One of an epoch that
// has passed is void.
func (s *stream) sign(ctx context.Context, g bridge.Sign) error {
	if g.Epoch != s.epoch {
		return nil
	}
	if !g.On {
		if s.busy == nil || s.busy.Kind != g.Kind {
			return nil
		}
		return s.idle()
	}
	author, err := s.author(ctx, g.Author)
	if err != nil {
		return err
	}
	s.busy, s.fade = &g, s.h.clock.After(busyFor)
	return s.event(eventTyping, 0, typingJSON{Author: author, Typing: true})
}

// idle takes back who was shown at work.
func (s *stream) idle() error {
	if s.busy == nil {
		return nil
	}
	a := s.busy.Author
	s.busy, s.fade = nil, nil
	return s.event(eventTyping, 0, typingJSON{Author: authorJSON{Kind: string(a.Kind), Name: a.Name, Title: a.Title}})
}

func (s *stream) author(ctx context.Context, a bridge.Author) (authorJSON, error) {
	out := authorJSON{Kind: string(a.Kind), Name: a.Name, Title: a.Title}
	if a.Agent == "" {
		return out, nil
	}
	who, err := s.write.agent(ctx, a.Agent)
	if err == nil {
		out.AvatarURL = s.write.avatarURL(who)
	}
	return out, err
}

// present tells the desk how many of the visitor's streams are open here: when
// one comes, when one goes, and with each beat.
func (h *Handler) present(id bridge.ConversationID) {
	h.feed.Sign(bridge.Sign{Conversation: id, Kind: bridge.SignStreams, Streams: h.hub.streams(id), Origin: h.name})
}
