package trigger

import "strings"

// Declines reports whether a message does nothing but say no, or take back what
// was wanted: "nah", "never mind", "I'll figure it out". One that says no and
// goes on with something else does not.
func Declines(s string) bool {
	t := scan(s)
	no := false
	for i, w := range t.words {
		switch {
		case declining.has(w.s):
			no = true
		case !idle.has(w.s):
			return false
		case w.s == "mind" && t.at(i-1) == "my" && t.at(i-2) == "changed":
			no = true
		case fits([]string{"good", "fine", "set", "okay", "ok", "alright"}, w.s) && fits([]string{"im", "am", "its", "all", "were"}, t.at(i-1)):
			no = true // "I'm good"
		}
	}
	return no && t.asks == 0 && len(t.words) <= 14
}

// Withdraws reports whether a message takes back the wish for a person, and not
// only an answer to something else: "no wait, don't transfer me", "never mind,
// I found it".
func Withdraws(s string) bool {
	t := scan(s)
	if !Declines(s) {
		return false
	}
	for i, w := range t.words {
		switch w.s {
		case "nvm", "nevermind", "forget", "figured", "sorted", "solved", "resolved":
			return true
		case "mind":
			if fits([]string{"never", "my", "nvr"}, t.at(i-1)) {
				return true // "changed my mind"
			}
		case "found":
			return true
		case "transfer", "connect", "person", "human", "agent", "anyone", "anybody", "someone", "somebody":
			return true // beside a no
		}
	}
	return false
}

type wordSet map[string]bool

func (s wordSet) has(w string) bool { return s[w] }

func setOf(lines ...string) wordSet {
	s := wordSet{}
	for _, l := range lines {
		for w := range strings.FieldsSeq(l) {
			s[w] = true
		}
	}
	return s
}

//nolint:gochecknoglobals // constants that take a computation
var (
	// declining are the words that say no, in the languages that are read.
	declining = setOf(
		shake, "no nope nah naw nay noo nop nopes nvm nevermind never dont didnt not skip pass forget later elsewhere myself ourselves anyway anyways figure figured bummer pity cancel",
		"ningun nada dejalo deja olvidalo nein nee ne nicht nichts lass lassen egal non nan pas rien laisse laissez tomber niente lascia nao deixa",
	)
	// idle are words that may stand beside them.
	idle = setOf(
		nod, "ok okay okey k oh ah aw ahh ohh hm hmm well so then wait stop hold on sorry actually please pls plz thanks thank thx ty thnx tks you u guys cheers",
		"a an the it its is was that thats this all im i ill id ive am we were will would can could just really rather do did need needed necessary want bother mind worries worry",
		"to figure figured out found find sort sorted got look looking try go going somewhere else around maybe some other another time day yet now right today but for of me my them us sure alright fine good great set too bad already solved resolved fixed changed much very",
		"transfer connect bring put through any more anymore person human agent anyone anybody someone somebody people answer help in request cool",
		"gracias esta bien hace falta quiero necesito ya lo se danke gut schon doch brauche ich es ist mehr keine keinen mir merci ca va cest bon besoin cela grazie va bene fa stare ho risolto fatto obrigado obrigada precisa preciso tudo bem ja",
	)
)
