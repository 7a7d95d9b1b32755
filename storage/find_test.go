package storage_test

import (
	"slices"
	"testing"

	"threadline/bridge"
	"threadline/storage"
)

func TestFindWantsEveryWordAndTakesThemLiterally(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		for _, v := range []bridge.Visitor{
			{ID: "v1", SiteID: "default", Name: "Ana Ruiz", Email: "ana@example.com", CreatedAt: epoch()},
			{ID: "v2", SiteID: "default", Name: "Bo", Phone: "312-555-0142", CreatedAt: epoch()},
			{ID: "v3", SiteID: "default", Name: "Иван Петров", Email: "иван@пример.рф", CreatedAt: epoch()},
			{ID: "v4", SiteID: "default", Name: "Élodie Özil", CreatedAt: epoch()},
			{ID: "v5", SiteID: "default", Name: "Cem", CreatedAt: epoch()},
		} {
			if err := s.SaveVisitor(t.Context(), v); err != nil {
				t.Fatal(err)
			}
		}
		write := func(id, visitor, text string, deleted bool) {
			settle(t, s, bridge.Query{Key: id + text, Conversation: bridge.ConversationID(id)}, func(st bridge.State) bridge.Changes {
				c := say(st, id+text, text)
				c.Conversation.VisitorID = bridge.VisitorID(visitor)
				c.Messages[0].Deleted = deleted
				return c
			})
		}
		write("c1", "v1", "My heat pump leaks", false)
		write("c1", "v1", "and it is 100% full of_water", false)
		write("c2", "v2", "Heat is fine here", false)
		write("c2", "v2", "a secret pump", true)
		write("c3", "v3", "ГДЕ МОЙ Заказ?", false)
		write("c4", "v4", "Ça fuit, 20 Μαΐου", false)
		write("c5", "v5", "Ο δρόμος, İstanbul", false)
		for _, c := range []struct {
			words []string
			want  []string
		}{
			{nil, nil},
			{[]string{"HEAT"}, []string{"c1", "c2"}},
			{[]string{"heat", "pump"}, []string{"c1"}},
			{[]string{"secret"}, nil},
			{[]string{"ruiz", "leaks"}, []string{"c1"}},
			{[]string{"ana@example"}, []string{"c1"}},
			{[]string{"555-0142"}, []string{"c2"}},
			{[]string{"100%"}, []string{"c1"}},
			{[]string{"0%f"}, nil},
			{[]string{"of_w"}, []string{"c1"}},
			{[]string{"fu_l"}, nil},
			{[]string{`\`}, nil},
			{[]string{`' OR 1=1 --`}, nil},
			{[]string{"Иван", "Петров"}, []string{"c3"}},
			{[]string{"иван"}, []string{"c3"}},
			{[]string{"ПЕТРОВ", "заказ"}, []string{"c3"}},
			{[]string{"где", "Мой"}, []string{"c3"}},
			{[]string{"Пример.рф"}, []string{"c3"}},
			{[]string{"Élodie"}, []string{"c4"}},
			{[]string{"élodie", "özil"}, []string{"c4"}},
			{[]string{"ÖZIL", "ça"}, []string{"c4"}},
			{[]string{"μαΐου"}, []string{"c4"}},
			{[]string{"Elodie"}, nil},
			{[]string{"ΔΡΌΜΟΣ"}, []string{"c5"}},
			{[]string{"δρόμος"}, []string{"c5"}},
			{[]string{"istanbul"}, []string{"c5"}},
			{[]string{"İSTANBUL"}, []string{"c5"}},
		} {
			cases, err := s.Find(t.Context(), c.words, 10)
			if err != nil {
				t.Fatalf("%q: %v", c.words, err)
			}
			var got []string
			for _, found := range cases {
				got = append(got, string(found.Conversation.ID))
				if found.Visitor.ID == "" {
					t.Errorf("%q: found without its visitor", c.words)
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, c.want) {
				t.Errorf("%q found %v, want %v", c.words, got, c.want)
			}
		}
		if one, err := s.Find(t.Context(), []string{"heat"}, 1); err != nil || len(one) != 1 {
			t.Errorf("limit 1 found %d (%v)", len(one), err)
		}
	})
}
