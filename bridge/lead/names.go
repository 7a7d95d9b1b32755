package lead

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

var (
	// named introduces a name whatever its case.
	named = regexp.MustCompile(`(?:^|[^\p{L}])(?:my (?:full |first )?name(?:'s| is)|the name(?:'s| is)|name ?:|i am called|i'm called|you can call me|please call me|me llamo|mi nombre es|nombre ?:|ich hei(?:ß|ss)e|mein name ist|name ist|je m'appelle|mon nom est|nom ?:|mi chiamo|il mio nome è|me chamo|chamo-me|meu nome é|nome ?:) +`)
	// being may introduce a name, or anything else one can be.
	being = regexp.MustCompile(`(?:^|[^\p{L}'])(?:i'm|i am|im|this is|soy|ich bin|hier ist|je suis|ici|sono|sou a|sou o|sou) +`)
	here  = regexp.MustCompile(`^(?:hi|hello|hey|hallo|hola|bonjour|ciao|olá)?[ ,!]*(\p{Lu}[\p{L}'\-]+) here(?:[^\p{L}]|$)`)
)

// follows are words that may come right after a name.
const follows = " and from here calling again with at in speaking my i i'm i've phone email y de con und aus von hier et depuis e di da do mi meine mon ma o a "

// noNames are words that are never a name, however they are written.
const noNames = " a an the not no yes ok okay hi hello hey thanks thank please sorry sure glad happy sad angry mad upset so very too just also still only really interested looking trying calling writing having getting going thinking wondering asking waiting ready done here there home back new now later today tomorrow available free busy in on at from with about for to of by near my your his her their our its it this that these those what who where when why how which person human agent customer client homeowner owner tenant landlord renter manager technician business someone somebody anyone nobody none nothing private confidential important urgent serious afraid aware able unable unhappy frustrated confused worried desperate tired sick cold hot freezing american german french english spanish italian mexican canadian british chicago america i me we he she they you im error broken wrong right correct good great fine bad best interesting ridiculous unacceptable terrible horrible crazy stupid insane awful kunde kundin mieter mieterin vermieter eigentümer besitzer hausbesitzer neu nicht sehr hier aus interessiert cliente clienta propietario dueño inquilino client cliente locataire propriétaire intéressé interessato interessado de la el un una une un der die das ein eine le les il lo uno muy très molto muito "

const particles = " de del della di da dos das du van von der den la le al el bin ibn mac mc st "

func (r *reader) name() string {
	for _, m := range named.FindAllStringIndex(r.low, 8) {
		if n := r.nameAt(m[1], true); n != "" {
			return n
		}
	}
	if n := r.introduced(); n != "" {
		return n
	}
	asked := slices.Contains(Asks(r.asked, nil), Name)
	if asked || r.in.Known.Name != "" && r.before != "" && mended.MatchString(r.low[:min(len(r.low), 30)]) && strings.Contains(r.before, r.in.Known.Name) {
		return r.answeredName(asked)
	}
	return ""
}

// introduced reads "I'm Ana", which may as well be "I'm Tired". A name that is
// known already is not given up for it.
func (r *reader) introduced() string {
	if r.in.Known.Name != "" || shouted(r.text) {
		return ""
	}
	if m := here.FindStringSubmatch(r.text); m != nil && !anyOf([]string{strings.ToLower(m[1])}, noNames) {
		return m[1]
	}
	for _, m := range being.FindAllStringIndex(r.low, 8) {
		if n := r.nameAt(m[1], false); n != "" {
			return n
		}
	}
	return ""
}

// answeredName reads a message that is nothing but a name, or a name with
// other answers after it.
func (r *reader) answeredName(asked bool) string {
	s := r.text
	if loc := mended.FindStringIndex(r.low[:min(len(r.low), 30)]); loc != nil && !asked {
		s = s[min(loc[1], len(s)):]
	}
	s = strings.TrimLeft(s, " ,.:-")
	for _, lead := range []string{"it's ", "its ", "it is ", "es ", "es ist ", "c'est ", "è ", "é "} {
		if strings.HasPrefix(strings.ToLower(s), lead) {
			s = s[len(lead):]
		}
	}
	if i := strings.IndexFunc(s, func(c rune) bool { return !unicode.IsLetter(c) && c != ' ' && c != '\'' && c != '-' && c != '.' }); i >= 0 {
		if s[i] == '?' {
			return ""
		}
		s = s[:i]
	}
	w := strings.Fields(strings.TrimRight(s, " .-'"))
	if len(w) == 0 || len(w) > 3 || slices.ContainsFunc(w, func(s string) bool {
		return !isNameWord(s) || anyOf([]string{strings.ToLower(s)}, noNames+" zip name phone email call stop help ")
	}) {
		return ""
	}
	return titled(w)
}

// nameAt reads a name that begins at a place. certain says that the words
// before it leave no doubt.
func (r *reader) nameAt(at int, certain bool) string {
	rest := r.text[at:min(len(r.text), at+160)]
	rest = strings.ToValidUTF8(rest, "")
	end := strings.IndexFunc(rest, func(c rune) bool { return !unicode.IsLetter(c) && c != ' ' && c != '\'' && c != '-' })
	stopped := end >= 0
	if !stopped {
		end = len(rest)
	}
	all := strings.Fields(rest[:end])
	var w []string
	for i, s := range all {
		low := strings.ToLower(s)
		if len(w) >= 3 || strings.HasSuffix(low, "'s") || !isNameWord(s) {
			break
		}
		capital := unicode.IsUpper([]rune(s)[0])
		particle := len(w) > 0 && i+1 < len(all) && anyOf([]string{low}, particles) && unicode.IsUpper([]rune(all[i+1])[0])
		if !particle && anyOf([]string{low}, noNames) {
			break
		}
		// Without capitals a name is as long as what stands before the comma,
		// or else one word.
		small := certain && (len(w) == 0 || len(all) <= 3 && !unicode.IsUpper([]rune(w[0])[0]) && !anyOf([]string{low}, follows))
		if !capital && !particle && !small {
			break
		}
		w = append(w, s)
	}
	if len(w) == 0 || anyOf([]string{strings.ToLower(w[0])}, noNames) {
		return ""
	}
	if next := len(w); !certain && next < len(all) && !anyOf([]string{strings.ToLower(all[next])}, follows) {
		return ""
	}
	if !certain && len(w) == len(all) && stopped && strings.ContainsRune("@/\\_%:", rune(rest[end])) {
		return ""
	}
	return titled(w)
}

// isNameWord reports whether a word has a name's letters and length.
func isNameWord(s string) bool {
	n := 0
	for _, c := range s {
		if !unicode.IsLetter(c) && c != '\'' && c != '-' && c != '.' {
			return false
		}
		n++
	}
	first := []rune(s)
	return n >= 1 && n <= 30 && len(first) > 0 && unicode.IsLetter(first[0])
}

// titled joins a name's words; those without any capital get one.
func titled(w []string) string {
	small := !slices.ContainsFunc(w, func(s string) bool { return strings.ContainsFunc(s, unicode.IsUpper) })
	for i, s := range w {
		if small && (i == 0 || !anyOf([]string{s}, particles)) {
			c := []rune(s)
			c[0] = unicode.ToUpper(c[0])
			w[i] = string(c)
		}
	}
	n := strings.Trim(strings.Join(w, " "), " .-'")
	if len([]rune(n)) < 2 || len([]rune(n)) > 80 {
		return ""
	}
	return n
}

// shouted reports whether a text is mostly capitals, which then tell nothing.
func shouted(s string) bool {
	upper, lower := 0, 0
	for _, c := range s {
		switch {
		case unicode.IsUpper(c):
			upper++
		case unicode.IsLower(c):
			lower++
		}
	}
	return upper > 8 && upper > 2*lower
}
