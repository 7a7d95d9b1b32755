package slackapp

import (
	"strings"
	"testing"

	figures "threadline/bridge/report"
)

func TestTriggerReports(t *testing.T) {
	link := func(int) string { return "https://t.slack.com/archives/C1/p1" }
	none := func(int) string { return "" }
	high := figures.Triggers{
		Episodes: 100, HandedOver: 45, Rate: 0.45, Verdict: figures.High, SteppedIn: 1,
		Causes: []figures.Count{
			{Trigger: "information_gap", Handoffs: 30, Share: 0.6, Origins: []figures.OriginCount{{Origin: "assistant", N: 28}, {Origin: "failure", N: 2}}, Evidence: []string{"<!channel> *solar* <@U1>?"}},
			{Trigger: "frustration", Handoffs: 20, Share: 0.4, Origins: []figures.OriginCount{{Origin: "words", N: 20}}},
		},
	}
	low := figures.Triggers{
		Episodes: 200, HandedOver: 2, Rate: 0.01, Verdict: figures.Low,
		Missed: []figures.Missed{{Episode: 3, Signs: []string{"asked the same again"}}},
	}
	for name, c := range map[string]struct {
		r           figures.Triggers
		link        func(int) string
		want, never []string
	}{
		"high":                {high, link, []string{"45 of 100 chats (45 %)", "more than 30 %", "information gap (60 %), frustration (40 %)", "28 by the assistant's judgement, 2 because the assistant failed", "“!channel solar U1 ?”", "unasked 1 time."}, []string{"<!channel>", "<@U1>", "*solar*", "perhaps needed"}},
		"low":                 {low, link, []string{"suspiciously low", "<https://t.slack.com/archives/C1/p1|chat 1>: asked the same again"}, []string{"main causes"}},
		"low without a link":  {low, none, []string{"• chat 1: asked"}, nil},
		"low, nothing missed": {figures.Triggers{Episodes: 50, Verdict: figures.Low}, none, []string{"No chat shows signs"}, nil},
		"nothing":             {figures.Triggers{}, none, []string{"No chats in the last 1 day."}, []string{"rehearse"}},
	} {
		got := sayTriggers(c.r, 1, c.link)
		for _, w := range c.want {
			if !strings.Contains(got, w) {
				t.Errorf("%s lacks %q:\n%s", name, w, got)
			}
		}
		for _, n := range c.never {
			if strings.Contains(got, n) {
				t.Errorf("%s holds %q:\n%s", name, n, got)
			}
		}
	}
}
