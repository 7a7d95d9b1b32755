package widget

import (
	"context"
	"strings"
	"testing"

	"threadline/bridge"
)

// TestAnIntroductionKeepsWhatOthersSaved: a session that resumes says something
// about the visitor while the assistant keeps their e-mail address.
func TestAnIntroductionKeepsWhatOthersSaved(t *testing.T) {
	w := newWorld(t)
	s := w.session()
	w.say(s, "question")
	resume := map[string]any{"site": "default", "visitor": map[string]any{"name": "Ana", "attributes": map[string]any{"plan": "gold"}}}
	w.call("POST", "/api/v1/sessions", s.Token, resume)
	id := bridge.ConversationID(s.ConversationID)
	w.handle(bridge.VisitorGaveContact{Conversation: id, Visitor: bridge.VisitorID(s.VisitorID), Press: "p", Contact: bridge.Contact{Email: "ana@example.com"}})
	// The session had read the visitor before that, and writes only now.
	w.handle(bridge.VisitorIntroduced{Conversation: id, Visitor: bridge.VisitorID(s.VisitorID), Contact: bridge.Contact{Phone: "555 0100"}, Attributes: map[string]string{"seats": "3"}})
	v, err := w.store.Visitor(context.Background(), bridge.VisitorID(s.VisitorID))
	if err != nil {
		t.Fatal(err)
	}
	if v.Name != "Ana" || v.Email != "ana@example.com" || v.Phone != "555 0100" || v.Attributes["plan"] != "gold" || v.Attributes["seats"] != "3" {
		t.Errorf("kept %+v", v)
	}
}

// TestABadContactFromAWebsiteDoesNotCostTheVisitorTheirChat.
func TestABadContactFromAWebsiteDoesNotCostTheVisitorTheirChat(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ given, kept bridge.Contact }{
		{bridge.Contact{Name: " Ana ", Email: "me at home", Phone: "555 0100"}, bridge.Contact{Name: "Ana", Phone: "555 0100"}},
		{bridge.Contact{Name: strings.Repeat("é", 150), Email: "a@example.com"}, bridge.Contact{Name: strings.Repeat("é", 100), Email: "a@example.com"}},
		{bridge.Contact{Name: "Bo", Phone: strings.Repeat("5", 65)}, bridge.Contact{Name: "Bo"}},
	} {
		var s sessionReply
		w.call("POST", "/api/v1/sessions", "", map[string]any{
			"site": "default", "visitor": map[string]any{"name": c.given.Name, "email": c.given.Email, "phone": c.given.Phone},
		}).into(t, 201, &s)
		v, err := w.store.Visitor(context.Background(), bridge.VisitorID(s.VisitorID))
		if err != nil || v.Name != c.kept.Name || v.Email != c.kept.Email || v.Phone != c.kept.Phone {
			t.Errorf("%+v: kept %q %q %q, %v", c.given, v.Name, v.Email, v.Phone, err)
		}
	}
}
