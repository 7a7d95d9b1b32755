package bridge

import "time"

// Site is one website and how we speak there.
type Site struct {
	ID            SiteID `json:"id"`
	Name          string `json:"name"`
	AssistantName string `json:"assistant_name"`
	Instructions  string `json:"instructions"`
	// Tone is how the assistant speaks, in a few words.
	Tone string `json:"tone,omitempty"`
	// Mode is empty for ModeAnswer.
	Mode    AssistantMode `json:"mode,omitempty"`
	Origins []string      `json:"origins"`
	// Channels are the desk's channels for the site's chats, by name or id.
	// The first takes them; the others stand in, in their order, while it takes
	// no posts. None means the desk's default channel.
	Channels []string `json:"channels,omitempty"`
	// Pages send chats that begin on some pages to a channel of their own; the
	// first rule that covers the page wins.
	Pages []PageRule `json:"pages,omitempty"`
	// Spread shares chats out over all Channels instead of giving them to the
	// first: Slack takes about one post a second in each.
	Spread bool `json:"spread,omitempty"`
	// Mirror says how chats that only the assistant answers show in their
	// threads; empty means MirrorFull.
	Mirror Mirror `json:"mirror,omitempty"`
	Accent string `json:"accent"`
	Texts  Texts  `json:"texts"`
	// Threshold is the confidence, 0 to 1, under which the assistant does not
	// answer. Zero means the answerer's default.
	Threshold float64 `json:"threshold"`
	// ReturnAfter and UrgentReturnAfter replace the windows of the settings for
	// this site; zero keeps them.
	ReturnAfter       time.Duration `json:"return_after"`
	UrgentReturnAfter time.Duration `json:"urgent_return_after"`
	// Team takes the site's handoffs; empty is the default team.
	Team TeamID `json:"team,omitempty"`
	// Hours are when people are there; none means always. Holidays are closed:
	// "2026-12-25", "12-25" or "fourth thursday of november".
	Hours      Hours      `json:"hours,omitzero"`
	Holidays   []string   `json:"holidays,omitempty"`
	AfterHours AfterHours `json:"after_hours,omitzero"`
	// Lead says what to learn about visitors.
	Lead LeadSettings `json:"lead,omitzero"`
	// Limits cap what the assistant does in a day.
	Limits Limits `json:"limits,omitzero"`
}

// AssistantMode says what the assistant does with its answers.
type AssistantMode string

const (
	// ModeAnswer: it answers visitors by itself.
	ModeAnswer AssistantMode = "answer"
	// ModeSuggest: it only suggests answers to agents.
	ModeSuggest AssistantMode = "suggest"
)

// Texts are the words a visitor reads that nobody typed. {agent}, {title} and
// {assistant} are replaced.
type Texts struct {
	Greeting     string `json:"greeting"`
	AINotice     string `json:"ai_notice"`
	Placeholder  string `json:"placeholder"`
	TalkToPerson string `json:"talk_to_person"`
	Waiting      string `json:"waiting"`
	// WaitingClosed is the expectation while nobody is there, {opening} being
	// when somebody is.
	WaitingClosed string `json:"waiting_closed"`
	// Bridge is said at the handoff; the others replace it for their trigger.
	Bridge          string `json:"bridge"`
	BridgeUrgent    string `json:"bridge_urgent"`
	BridgeSensitive string `json:"bridge_sensitive"`
	BridgeGap       string `json:"bridge_gap"`
	BridgeFailure   string `json:"bridge_failure"`
	// The tones go before the text of a handoff that is not urgent, by what the
	// visitor seems to feel.
	ToneAnger     string `json:"tone_anger"`
	ToneAnxiety   string `json:"tone_anxiety"`
	TonePanic     string `json:"tone_panic"`
	ToneConfusion string `json:"tone_confusion"`
	// BridgeClosed is said instead of Bridge while nobody is there, {opening}
	// being when somebody is.
	BridgeClosed string `json:"bridge_closed"`
	Unreachable  string `json:"unreachable"`
	Joined       string `json:"joined"`
	AlsoJoined   string `json:"also_joined"`
	Released     string `json:"released"`
	Transferred  string `json:"transferred"`
	Blocked      string `json:"blocked"`
	Resolved     string `json:"resolved"`
	Returned     string `json:"returned"`
	Ended        string `json:"ended"`

	// UnreachableKnown replaces Unreachable for a visitor who can be reached at
	// {contact}. AskContact follows Bridge where the site asks for a phone number
	// or an e-mail address and has neither.
	UnreachableKnown string `json:"unreachable_known"`
	AskContact       string `json:"ask_contact"`
	// Unsure is said where the assistant would hand over again for what a person
	// has just dealt with.
	Unsure string `json:"unsure"`
	// Withdrawn is said when the visitor takes back the wish for a person.
	Withdrawn string `json:"withdrawn"`
	// What is said about calls: {slots} are times to pick from, {time} is when
	// the call is, {contact} the number to call. CallKnown or CallNumber follows
	// CallBooked and CallMoved.
	CallOffer     string `json:"call_offer"`
	CallInvite    string `json:"call_invite"`
	CallOther     string `json:"call_other"`
	CallTaken     string `json:"call_taken"`
	CallNone      string `json:"call_none"`
	CallBooked    string `json:"call_booked"`
	CallMoved     string `json:"call_moved"`
	CallKnown     string `json:"call_known"`
	CallNumber    string `json:"call_number"`
	CallHave      string `json:"call_have"`
	CallCancelled string `json:"call_cancelled"`
	CallReminder  string `json:"call_reminder"`
	// Spent is said past a limit where no person is asked.
	Spent string `json:"spent"`
}

// DefaultSite is what an empty database starts with.
func DefaultSite() Site {
	return Site{
		ID:            "default",
		Name:          "our team",
		AssistantName: "Assistant",
		Accent:        "#0b6e4f",
		Texts: Texts{
			Greeting:        "Hi! Ask me anything, or ask for a person at any time.",
			AINotice:        "You are chatting with an AI assistant. It can be wrong; a person is one click away.",
			Placeholder:     "Write a message…",
			TalkToPerson:    "Talk to a person",
			WaitingClosed:   "Our team is back {opening}. You can keep writing; they will see everything here.",
			Waiting:         "Waiting for a person. You can keep writing; they will see everything here.",
			Bridge:          "Thanks, I'm bringing in a person from our team. They can read this whole chat, so you won't have to repeat anything.",
			BridgeUrgent:    "This sounds urgent, so I'm alerting our team right now. If anyone is in danger, leave the building and call 911 first.",
			BridgeSensitive: "That is one for a person, so I'm passing you to our team now and won't answer this one myself. They can read this whole chat.",
			BridgeGap:       "I don't have reliable information about that, and I'd rather not guess. I'm asking a person from our team to help you here.",
			BridgeFailure:   "I can't answer properly right now, so I'm asking a person from our team to help you here.",
			BridgeClosed:    "Our team is not here right now; they are back {opening}. I've put your request into their queue and keep helping meanwhile.",
			ToneAnger:       "I'm sorry that this has gone wrong.",
			ToneAnxiety:     "I understand that this is worrying.",
			TonePanic:       "I'm with you, and help is on its way to this chat.",
			ToneConfusion:   "Sorry that this was not clear.",
			Unreachable:     "We're having trouble reaching our team right now. Your request is kept and they will see it; please leave a phone number or an e-mail address here so that they can get back to you.",
			Joined:          "Hi, I'm {agent}{title}. I've read your chat and I'm taking over from here.",
			AlsoJoined:      "{agent}{title} has joined this chat.",
			Transferred:     "{agent} is passing you to colleagues who can help you better. They can read this whole chat.",
			Blocked:         "This chat has been closed.",
			Released:        "{agent} had to step away. I've asked the team for someone else; they can read this whole chat.",
			Resolved:        "{agent} has closed this request. If anything else comes up, just write: the assistant answers first, and a person is always one click away.",
			Returned:        "I'm sorry, nobody from the team could join in time. I'm here to help; you can ask for a person again at any time.",
			Ended:           "This chat has ended. Write again at any time to continue.",

			CallInvite:    "If you would rather be called, these times are free:\n{slots}\nAnswer with a number, or name another day or time.",
			CallOffer:     "When may our team call you?\n{slots}\nAnswer with a number, or name another day or time.",
			CallOther:     "Nothing is free then. The nearest times for a call are:\n{slots}\nAnswer with a number, or name another day or time.",
			CallTaken:     "I'm sorry, that time has just been taken. These are free:\n{slots}\nAnswer with a number, or name another day or time.",
			CallNone:      "I'm sorry, no time for a call is free at present.",
			CallBooked:    "Your call is booked for {time}. The file is for your calendar.",
			CallMoved:     "Your call is moved to {time}. The file updates your calendar.",
			CallKnown:     "Our team calls you on {contact}.",
			CallNumber:    "Which phone number should our team call?",
			CallHave:      "Our team calls you {time}. To change that, write “move the call” or “cancel the call”.",
			CallCancelled: "Your call of {time} is cancelled.",
			CallReminder:  "A reminder: our team calls you {time}.",

			UnreachableKnown: "We're having trouble reaching our team right now. Your request is kept and they will see it, with {contact} to get back to you.",
			AskContact:       "What's the best phone number or e-mail address to reach you, in case we get cut off?",
			Unsure:           "I don't have more than that on this myself. If you want our team to look at it again, ask for a person at any time.",
			Withdrawn:        "All right, I've told our team that you don't need anyone now. If anything else comes up, just write; you can ask for a person again at any time.",
			Spent:            "I can't answer any more today. You can ask for a person at any time with the button, or come back tomorrow.",
		},
		Limits: Limits{VisitorTurns: 300},
	}
}
