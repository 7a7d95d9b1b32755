package assistant

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sashabaranov/go-openai"

	"threadline/bridge"
	"threadline/bridge/trigger"
)

// errGarbage: the model called no tool of ours, or with arguments that are
// none. It is worth asking once more.
var errGarbage = errors.New("the model's decision cannot be read")

// decision is what the model's tool calls come to.
type decision struct {
	move bridge.Move
	// none: no tool was called but save_contact, or none at all.
	none       bool
	confidence float64
	stated     bool // the model stated a confidence
	passages   []string
	question   string
	trigger    string
	reason     string
	summary    string
	contact    bridge.Contact
	slot       string
}

// tools are what the model may call.
func tools(call *bridge.Callback) []openai.Tool {
	tool := func(name, description, schema string) openai.Tool {
		return openai.Tool{Type: openai.ToolTypeFunction, Function: &openai.FunctionDefinition{
			Name: name, Description: description, Parameters: json.RawMessage(schema),
		}}
	}
	names := make([]string, 0, len(trigger.Names()))
	for _, n := range modelTriggers() {
		names = append(names, strconv.Quote(n))
	}
	all := []openai.Tool{
		tool("answer", "Answer from the passages, then write the answer as text. Cite the ids of the passages it rests on; confidence from 0 to 1 says how sure it is that they answer the question.",
			`{"type":"object","properties":{"confidence":{"type":"number","minimum":0,"maximum":1},"passages":{"type":"array","items":{"type":"string"}}},"required":["confidence","passages"]}`),
		tool("ask_back", "Ask the visitor one short question without which no answer is possible.",
			`{"type":"object","properties":{"question":{"type":"string"}},"required":["question"]}`),
		tool("hand_off", "Bring in a person: the visitor wants one, the passages do not answer, or it is not for an assistant.",
			`{"type":"object","properties":{"trigger":{"type":"string","enum":[`+strings.Join(names, ",")+`]},"reason":{"type":"string"},"summary":{"type":"string"}},"required":["trigger","reason","summary"]}`),
		tool("save_contact", "Keep what the visitor said about how to reach them. Call it beside one of the others.",
			`{"type":"object","properties":{"name":{"type":"string"},"email":{"type":"string"},"phone":{"type":"string"},"fields":{"type":"object","additionalProperties":{"type":"string"}}}}`),
	}
	if call != nil {
		all = append(all, tool("book_callback", "Book a phone call of our team with the visitor, where they would like to be called. slot is one of free_times that the visitor has named or picked; leave it empty to show them times to pick from. What came of it is said without you.",
			`{"type":"object","properties":{"slot":{"type":"string"}},"required":["slot"]}`))
	}
	return all
}

// modelTriggers are the reasons a model may hand off for; rules and agents have
// their own way.
func modelTriggers() []string {
	return slices.DeleteFunc(trigger.Names(), func(n string) bool {
		return n == trigger.Rule || n == trigger.AgentInitiated
	})
}

// complete reports whether the call's arguments are whole.
func complete(c openai.ToolCall) bool {
	return c.Function.Name != "" && json.Valid([]byte(c.Function.Arguments))
}

// decide reads the tool calls. A handoff beats a call to be booked, which beats
// a question, which beats an answer. [errGarbage] if any call is unknown or unreadable.
func decide(calls []openai.ToolCall) (decision, error) {
	d := decision{none: true}
	rank := 0
	for _, c := range calls {
		args := []byte(strings.TrimSpace(c.Function.Arguments))
		if len(args) == 0 {
			args = []byte("{}")
		}
		switch c.Function.Name {
		case "answer":
			var a struct {
				Confidence json.RawMessage `json:"confidence"`
				Passages   []string        `json:"passages"`
			}
			if err := json.Unmarshal(args, &a); err != nil {
				return d, fmt.Errorf("%w: answer: arguments", errGarbage)
			}
			conf, stated, err := confidenceOf(a.Confidence)
			if err != nil {
				return d, err
			}
			if rank < 1 {
				rank, d.none, d.move = 1, false, bridge.MoveAnswer
			}
			d.confidence, d.stated, d.passages = conf, stated, a.Passages
		case "ask_back":
			var a struct{ Question string }
			if err := json.Unmarshal(args, &a); err != nil || strings.TrimSpace(a.Question) == "" {
				return d, fmt.Errorf("%w: ask_back: arguments", errGarbage)
			}
			if rank < 2 {
				rank, d.none, d.move = 2, false, bridge.MoveAskBack
			}
			d.question = strings.TrimSpace(a.Question)
		case "book_callback":
			var a struct{ Slot string }
			if err := json.Unmarshal(args, &a); err != nil {
				return d, fmt.Errorf("%w: book_callback: arguments", errGarbage)
			}
			if rank < 3 {
				rank, d.none, d.move = 3, false, bridge.MoveBook
			}
			d.slot = a.Slot
		case "hand_off":
			var a struct {
				Trigger string
				Reason  string
				Summary json.RawMessage
			}
			if err := json.Unmarshal(args, &a); err != nil {
				return d, fmt.Errorf("%w: hand_off: arguments", errGarbage)
			}
			if !slices.Contains(modelTriggers(), a.Trigger) {
				a.Trigger = trigger.InformationGap
			}
			rank, d.none, d.move = 4, false, bridge.MoveHandOff
			d.trigger, d.reason, d.summary = a.Trigger, clip(oneLine(a.Reason), 300), clip(oneLine(words(a.Summary)), 300)
		case "save_contact":
			var a struct {
				Name, Email, Phone string
				Fields             map[string]any
			}
			if err := json.Unmarshal(args, &a); err != nil {
				return d, fmt.Errorf("%w: save_contact: arguments", errGarbage)
			}
			d.contact = bridge.Contact{Name: oneLine(a.Name), Email: oneLine(a.Email), Phone: oneLine(a.Phone)}
			for k, v := range a.Fields {
				if d.contact.Fields == nil {
					d.contact.Fields = map[string]string{}
				}
				d.contact.Fields[oneLine(k)] = oneLine(fmt.Sprint(v))
			}
		default:
			return d, fmt.Errorf("%w: unknown tool", errGarbage)
		}
	}
	return d, nil
}

// confidenceOf reads a number from 0 to 1, also as a string or a percentage.
func confidenceOf(raw json.RawMessage) (float64, bool, error) {
	s := strings.Trim(string(bytes.TrimSpace(raw)), `"`)
	if s == "" || s == "null" {
		return 0, false, nil
	}
	percent := strings.HasSuffix(s, "%")
	f, err := strconv.ParseFloat(strings.TrimSuffix(s, "%"), 64)
	if percent {
		f /= 100
	}
	if err != nil || !(f >= 0 && f <= 1) {
		return 0, false, fmt.Errorf("%w: answer: confidence", errGarbage)
	}
	return f, true, nil
}

// words reads a string, or whatever strings an object holds.
func words(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var o struct{ Issue, Summary, Text string }
	if json.Unmarshal(raw, &o) == nil {
		return strings.TrimSpace(o.Issue + " " + o.Summary + " " + o.Text)
	}
	return ""
}

// said keeps of a contact what the visitor wrote themselves: a model must not
// invent an address, nor take one out of a passage.
func said(c bridge.Contact, transcript []bridge.Message) bridge.Contact {
	var b strings.Builder
	for _, m := range transcript {
		if m.Author.Kind == bridge.ByVisitor && !m.Deleted {
			b.WriteString(" " + m.Text)
		}
	}
	text := strings.ToLower(oneLine(b.String()))
	has := func(s string) bool { return s != "" && len(s) <= 200 && strings.Contains(text, strings.ToLower(s)) }
	out := bridge.Contact{}
	if has(c.Name) {
		out.Name = c.Name
	}
	if has(c.Email) && strings.Contains(c.Email, "@") {
		out.Email = c.Email
	}
	if d := digits(c.Phone); len(d) >= 7 && len(d) <= 15 && strings.Contains(digits(text), d) {
		out.Phone = c.Phone
	}
	for k, v := range c.Fields {
		if k != "" && len(k) <= 60 && has(v) && len(out.Fields) < 20 {
			if out.Fields == nil {
				out.Fields = map[string]string{}
			}
			out.Fields[k] = v
		}
	}
	return out
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

func empty(c bridge.Contact) bool {
	return c.Name == "" && c.Email == "" && c.Phone == "" && len(c.Fields) == 0
}
