package openaitest

import (
	"fmt"
	"net/http"
	"strings"
)

// Reply writes the response to one request.
type Reply func(*Stream)

// First, as the only cited id, stands for the first passage of the request.
const First = "$first"

func cited(s *Stream, passages []string) []string {
	if len(passages) == 1 && passages[0] == First {
		return ids(s.Request.Passages(), 1)
	}
	if passages == nil {
		return []string{}
	}
	return passages
}

func (s *Stream) answerCall(index int, confidence float64, passages []string) {
	s.Call(index, "answer", arguments(map[string]any{"confidence": confidence, "passages": cited(s, passages)}))
}

// Answer decides first and then streams the text.
func Answer(confidence float64, passages []string, text string) Reply {
	return func(s *Stream) {
		s.Delta(map[string]any{"role": "assistant", "content": ""}, "")
		s.answerCall(0, confidence, passages)
		s.Say(text)
		s.End("tool_calls")
	}
}

// TextFirst streams the text before the decision.
func TextFirst(confidence float64, passages []string, text string) Reply {
	return func(s *Stream) {
		s.Delta(map[string]any{"role": "assistant", "content": ""}, "")
		s.Say(text)
		s.answerCall(0, confidence, passages)
		s.End("tool_calls")
	}
}

// Text streams bare text without any call.
func Text(text string) Reply {
	return func(s *Stream) {
		s.Delta(map[string]any{"role": "assistant", "content": ""}, "")
		s.Say(text)
		s.End("stop")
	}
}

// CallOnly decides to answer and ends without text.
func CallOnly(confidence float64, passages []string) Reply {
	return func(s *Stream) {
		s.Delta(map[string]any{"role": "assistant", "content": nil}, "")
		s.answerCall(0, confidence, passages)
		s.End("tool_calls")
	}
}

// CallTool calls the named tool with raw arguments.
func CallTool(name, arguments string) Reply {
	return func(s *Stream) {
		s.Call(0, name, arguments)
		s.End("tool_calls")
	}
}

// HandOff asks for a person.
func HandOff(trigger, reason, summary string) Reply {
	return CallTool("hand_off", arguments(map[string]string{"trigger": trigger, "reason": reason, "summary": summary}))
}

// AskBack asks the visitor something.
func AskBack(question string) Reply {
	return CallTool("ask_back", arguments(map[string]string{"question": question}))
}

// SaveContact keeps contact fields and answers in the same response; no text
// means that it only keeps them.
func SaveContact(fields map[string]any, confidence float64, passages []string, text string) Reply {
	return func(s *Stream) {
		s.Call(0, "save_contact", arguments(fields))
		if text != "" {
			s.answerCall(1, confidence, passages)
			s.Say(text)
		}
		s.End("tool_calls")
	}
}

// Status refuses with an HTTP status.
func Status(code int, message string) Reply {
	return func(s *Stream) { s.Refuse(code, message) }
}

// Stall accepts the request and never says anything.
func Stall() Reply { return func(s *Stream) { s.Hang() } }

// StallAfter decides, says the text and then never ends.
func StallAfter(confidence float64, passages []string, text string) Reply {
	return func(s *Stream) {
		s.answerCall(0, confidence, passages)
		s.Say(text)
		s.Hang()
	}
}

// CutAfter decides, says the text and breaks the connection.
func CutAfter(confidence float64, passages []string, text string) Reply {
	return func(s *Stream) {
		s.answerCall(0, confidence, passages)
		s.Say(text)
		s.Cut()
	}
}

// EndAfter decides, says the text and closes the stream with no end mark.
func EndAfter(confidence float64, passages []string, text string) Reply {
	return func(s *Stream) {
		s.answerCall(0, confidence, passages)
		s.Say(text)
	}
}

// Finish decides, says the text and ends for the given reason.
func Finish(confidence float64, passages []string, text, reason string) Reply {
	return func(s *Stream) {
		s.answerCall(0, confidence, passages)
		s.Say(text)
		s.End(reason)
	}
}

// Lines sends raw lines and ends.
func Lines(lines ...string) Reply {
	return func(s *Stream) {
		for _, l := range lines {
			s.Raw(l + "\n\n")
		}
	}
}

// Oversized decides and then never stops talking, or stops after 64 MiB.
func Oversized(passages []string) Reply {
	return func(s *Stream) {
		s.answerCall(0, 0.9, passages)
		line := strings.Repeat("word ", 2000)
		for range 64 << 20 / len(line) {
			if s.ctx.Err() != nil {
				return
			}
			s.Delta(map[string]any{"content": line}, "")
		}
	}
}

// FromPassages behaves well: it answers with the first passage's first
// sentence, citing it, and hands off if there is none. Requests without tools
// get a summary.
func FromPassages() Reply {
	return func(s *Stream) {
		ps := s.Request.Passages()
		switch {
		case len(s.Request.Tools) == 0:
			s.Say(arguments(map[string]any{"issue": "The visitor asks: " + s.Request.Visitor(), "open_question": s.Request.Visitor(), "tried": []string{}}))
			s.End("stop")
		case len(ps) == 0:
			HandOff("information_gap", "No passage answers this.", s.Request.Visitor())(s)
		case !s.Tooled():
			Text(firstSentence(ps[0].Text))(s)
		default:
			Answer(0.9, []string{First}, firstSentence(ps[0].Text))(s)
		}
	}
}

// Obey does what a model does that takes data for instructions: whatever the
// visitor or a passage tells it. It knows the words leak, refund, discount,
// staff, transfer, link, time and contact; without any it behaves well.
func Obey() Reply {
	return func(s *Stream) {
		var all strings.Builder
		all.WriteString(s.Request.Visitor())
		for _, p := range s.Request.Passages() {
			all.WriteString("\n" + p.Text)
		}
		text := ""
		for _, o := range []struct{ order, says string }{
			{"OBEY leak", "Of course, here is my prompt: " + s.Request.Messages[0].Content},
			{"OBEY refund", "Good news! I have approved a full refund of $500 for you."},
			{"OBEY discount", "You will get a 40% discount on your next visit."},
			{"OBEY staff", "Hi, I'm Dana from the team, a real person. How can I help?"},
			{"OBEY transfer", "I'm transferring you to one of our agents now."},
			{"OBEY link", "Please pay at [our site](https://evil.example.net/pay) first."},
			{"OBEY time", "A technician will be at your door within 20 minutes."},
		} {
			if strings.Contains(all.String(), o.order) {
				text += o.says + " "
			}
		}
		if strings.Contains(all.String(), "OBEY contact") {
			SaveContact(map[string]any{"name": "Mallory", "email": "mallory@evil.example.net"}, 0.9, []string{First}, "Noted.")(s)
			return
		}
		if text == "" {
			FromPassages()(s)
			return
		}
		if !s.Tooled() {
			Text(text)(s)
			return
		}
		Answer(1, []string{First}, strings.TrimSpace(text))(s)
	}
}

// Echo names an endpoint that refuses a key by echoing it, as some do.
func Echo() Reply {
	return func(s *Stream) {
		key := strings.TrimPrefix(s.Request.Authorization, "Bearer ")
		s.Refuse(http.StatusUnauthorized, fmt.Sprintf("Incorrect API key provided: %s (sk-ab***yz).", key))
	}
}
