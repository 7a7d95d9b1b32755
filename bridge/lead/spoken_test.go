package lead_test

import (
	"strings"
	"testing"

	"threadline/bridge/lead"
)

func TestReadWhatIsSpeltOut(t *testing.T) {
	for text, want := range map[string]string{
		"my number is five oh three five five five oh one eight eight":  "phone=5035550188",
		"call me: 503 five five five, oh one double eight":              "phone=5035550188",
		"mi teléfono es seis uno dos tres cuatro cinco seis siete ocho": "phone=612345678",
		"ok my email is bob dot smith at yahoo dot com":                 "email=bob.smith@yahoo.com",
		"ana (at) example (dot) com":                                    "email=ana@example.com",
		"its petra @ example . com":                                     "email=petra@example.com",
		"petra.novak@example,com , 503 555 0199":                        "email=petra.novak@example.com; phone=503 555 0199",
		"mail is o'neil@example.ie":                                     "email=o'neil@example.ie",
		"one of the two sinks leaks, three days now":                    "",
		"one two three four five six seven eight nine ten sinks":        "",
		"look at the dot on the wall":                                   "",
		"we are at home, dot com boom kids":                             "",
		"@ 5 pm":                                                        "",
	} {
		country := ""
		if strings.Contains(text, "teléfono") {
			country = "ES"
		}
		if got := show(lead.Read(lead.Input{Text: text, Country: country})); got != want {
			t.Errorf("%q\n got  %s\n want %s", text, got, want)
		}
	}
}

func TestMeant(t *testing.T) {
	for email, want := range map[string]string{
		"jane@hotmial.com": "jane@hotmail.com", "jane@gmail.con": "jane@gmail.com", "j@gmial.com": "j@gmail.com", "j@yaho.com": "j@yahoo.com",
		"j@company.con": "j@company.com", "j@gmail.com": "", "j@example.org": "", "j@web.de": "", "j@mail.ru": "", "j@hotmail.fr": "", "no": "",
	} {
		if got := lead.Meant(email); got != want {
			t.Errorf("%q: %q, want %q", email, got, want)
		}
	}
	for text, want := range map[string]string{
		"jane@gmail": "jane@gmail", "it's jane@gmail.com": "", "ping me @ 5": "", "jane@example,com": "", "mail: bob@@example.com!": "bob@@example.com",
	} {
		if got := lead.Broken(text); got != want {
			t.Errorf("%q: %q is broken, want %q", text, got, want)
		}
	}
	asked := talk("jane@hotmial.com", "a I have noted jane@hotmial.com. "+lead.DidYouMean("jane@hotmail.com"))
	known := lead.Contact{Email: "jane@hotmial.com"}
	for text, want := range map[string]string{"yes": "email=jane@hotmail.com", "oops yep": "email=jane@hotmail.com", "no": "", "yesterday": "", "it's jd@hotmail.com": "email=jd@hotmail.com"} {
		if got := show(lead.Read(lead.Input{Text: text, Earlier: asked, Known: known})); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}
