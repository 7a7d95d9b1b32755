package assistant_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"threadline/bridge"
	"threadline/bridge/assistant"
)

// bakery is a FAQ of a bakery, several questions an answer.
const bakery = `id	question	answer
hours	When do you open?	We open at seven, Sundays at nine.
hours	What are your opening hours?
hours	Are you open on Sundays?
hours	How late are you open today?
cake	Can I order a birthday cake?	Order cakes two days ahead.
cake	How do I order a wedding cake?
cake	Do you make custom cakes?
cake	How long before must I order a cake?
gluten	Do you have gluten free bread?	We bake gluten-free bread on Tuesdays.
gluten	Is anything gluten free?
gluten	What can people with coeliac disease eat?
gluten	Which breads have no wheat?
pay	Can I pay by card?	We take cards and cash.
pay	Do you accept contactless payment?
pay	Is there a minimum for card payment?
pay	Do you take American Express?
deliver	Do you deliver?	We deliver within five miles.
deliver	How much is delivery?
deliver	Can you bring bread to my office?
deliver	How far do you deliver?
`

func offline(t testing.TB, table string) *assistant.Offline {
	t.Helper()
	file := filepath.Join(t.TempDir(), "faq.tsv")
	if err := os.WriteFile(file, []byte(table), 0o644); err != nil {
		t.Fatal(err)
	}
	o, err := assistant.OpenOffline(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// find judges each question and wants that article first.
func find(t *testing.T, o *assistant.Offline, wanted map[string]string) {
	t.Helper()
	for query, want := range wanted {
		hits, confidence, err := o.Judge(t.Context(), query, 3)
		if err != nil {
			t.Fatal(err)
		}
		if len(hits) == 0 || o.Article(hits[0].Section) != want {
			t.Errorf("Judge(%q) = %+v, want %s first", query, hits, want)
		}
		if confidence <= 0 || confidence > 1 || len(hits) > 0 && hits[0].Confidence != confidence {
			t.Errorf("Judge(%q): confidence %v, hits %+v", query, confidence, hits)
		}
	}
}

// sureOf is how sure the knowledge is of its answer to a question.
func sureOf(t *testing.T, o *assistant.Offline, question string) float64 {
	t.Helper()
	_, confidence, err := o.Judge(t.Context(), question, 1)
	if err != nil {
		t.Fatal(err)
	}
	return confidence
}

func TestKnownQuestionsForgiveTypos(t *testing.T) {
	o := offline(t, bakery)
	find(t, o, map[string]string{
		"wen do u opne":                   "hours",
		"bithday caek ordr":               "cake",
		"glutenfree bred?":                "gluten",
		"contactles paymnt":               "pay",
		"delivry to my ofice":             "deliver",
		"CAN I PAY BY CARD":               "pay",
		"hoooow late are you open todayy": "hours",
		"custom cakes for a wedding":      "cake",
	})
}

func TestConfidenceKnowsWhatIsMissing(t *testing.T) {
	o := offline(t, bakery)
	sure := func(q string) float64 { t.Helper(); return sureOf(t, o, q) }
	for _, q := range []string{"Do you deliver?", "Do you take American Express?", "what are your opening hours"} {
		if c := sure(q); c < assistant.DefaultThreshold {
			t.Errorf("%q: confidence %.2f, want it answered", q, c)
		}
	}
	for _, q := range []string{"what is the capital of Peru", "my invoice number is 99812345", "kal order cancel kar do bhai", "xyzzy", "🙂", ""} {
		if c := sure(q); c >= assistant.DefaultThreshold {
			t.Errorf("%q: confidence %.2f, want it not answered", q, c)
		}
	}
	// A fault is not answered by how things go when they work.
	if works, fails := sure("pay by card"), sure("pay by card failed"); fails >= works {
		t.Errorf("a fault is as sure (%.2f) as the question (%.2f)", fails, works)
	}
}

func TestKnownQuestionsAnswer(t *testing.T) {
	l := &library{}
	file := filepath.Join(t.TempDir(), "faq.csv")
	write := func(s string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(s), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("question,answer,url\n" +
		"Do you sharpen knives?,\"Yes, on Fridays. Bring them wrapped; a knife costs $4. It takes an hour. We also do scissors.\",https://shop.example/knives\n" +
		"Where can I park?,Behind the shop.,\n")
	if _, err := assistant.Import(t.Context(), l, file); err != nil {
		t.Fatal(err)
	}
	b := assistant.NewBuiltin(assistant.NewIndex(l), nil)
	got := answer(t, b, ask("v do you sharpen knifes?"))
	if got.Move != bridge.MoveAnswer || got.Text != "Yes, on Fridays. Bring them wrapped; a knife costs $4. It takes an hour. We also do scissors." {
		t.Errorf("got %+v, want the whole answer", got)
	}
	if len(got.Sources) != 1 || got.Sources[0].URL != "https://shop.example/knives" {
		t.Errorf("sources %+v", got.Sources)
	}

	// A broken table leaves everything as it was.
	edition := l.edition
	for broken, says := range map[string]string{
		"frage,antwort\na,b\n":               `no column is called "question" (found: "frage", "antwort")`,
		"question,answer\nWho?,\n":           `"Who?" has no answer`,
		"question,answer\n,We.\n":            ":2: not a FAQ table: the question is empty",
		"question\nWho?\n":                   `"question" and "answer"`,
		"question,answer\nWho?,\"We\nsay\n":  "not a FAQ table",
		"id,question,answer\n,Who?,We.\n":    ":2: not a FAQ table: the id is empty",
		"question,answer\nWho?,We.,more\n":   ":2: not a FAQ table: 3 cells under 2 columns",
		"question,answer,question\na,b,c\n":  "stands twice",
		"id,question,answer\n1,a,x\n1,b,y\n": "has another answer on line 2",
		"":                                   "it is empty",
		"question,answer\n\xff,b\n":          "not UTF-8",
		"question,answer\nWho?," + strings.Repeat("x", 9000) + "\n": "longer than",
	} {
		write(broken)
		_, err := assistant.Import(t.Context(), l, file)
		if !errors.Is(err, assistant.ErrTable) || !strings.Contains(fmt.Sprint(err), says) {
			t.Errorf("importing %.40q: %v, want it to say %q", broken, err, says)
		}
	}
	if l.edition != edition {
		t.Error("a broken table changed the library")
	}
}

// Both kinds of knowledge stand side by side.
func TestKnownQuestionsBesideProse(t *testing.T) {
	l := sample(t)
	file := filepath.Join(t.TempDir(), "faq.tsv")
	if err := os.WriteFile(file, []byte(bakery), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := assistant.Import(t.Context(), l, file); err != nil {
		t.Fatal(err)
	}
	x := assistant.NewIndex(l)
	for query, want := range map[string]string{
		"do you make custom cakes": "Order cakes two days ahead.",
		"how much is a tune-up":    "tune-up",
	} {
		hits, err := x.Search(t.Context(), query, 5)
		if err != nil {
			t.Fatal(err)
		}
		if len(hits) == 0 || !strings.Contains(hits[0].Section.Text, want) {
			t.Errorf("Search(%q) = %+v, want a text with %q first", query, hits, want)
		}
		for i := 1; i < len(hits); i++ {
			if hits[i].Score > hits[i-1].Score {
				t.Errorf("Search(%q): scores out of order: %+v", query, hits)
			}
		}
	}
}

// People put one everyday word for another, and slip in it; the business's own
// words count more.
func TestKnownQuestionsKnowEverydayWords(t *testing.T) {
	o := offline(t, `id	question
change	How do I change my booking?
change	Change the date of my table
cancel	How do I cancel my booking?
cancel	Cancel the table
broken	My plate came broken
broken	A glass was broken
size	What size is the plate?
size	Size of the big bowl
`)
	find(t, o, map[string]string{
		"modify it":                   "change",
		"modfiy the thing":            "change", // a slip
		"please abort it":             "cancel",
		"it is damaged":               "broken",
		"whats the dimension":         "size",
		"how do I cancel my booking?": "cancel",
		"what are its measurements":   "size",
	})
}

// An answer with one question stands beside one with many that share more of
// the words: what it speaks of decides.
func TestKnownQuestionsWeighRareWords(t *testing.T) {
	o := offline(t, `id	question
1	My bread is late
1	The bread came late
1	Why is the delivery late
1	When will my late order come
1	Bread not delivered on time
1	My order has not come
1	The driver is late again
1	Order still not here
2	What if a loaf arrives stale?
3	When do you open?
3	Opening hours
`)
	find(t, o, map[string]string{
		"stale again":              "2",
		"my bread is a stale loaf": "2",
		"my bread is late again":   "1",
		"when is it opening":       "3",
	})
}

// What a table calls an answer says what it is about, where it is in words.
func TestNamesOfATableCount(t *testing.T) {
	named := offline(t, `id	question
late	Why is nobody here yet?
late	When does my driver come?
bank_transferDetails	How do I settle an invoice?
bank_transferDetails	Where do I send the money?
open	When do you open?
`)
	hits, confidence, err := named.Judge(t.Context(), "transfer from my bank", 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(hits) == 0 || named.Article(hits[0].Section) != "bank_transferDetails" || confidence < 0.5 {
		t.Errorf("Judge = %+v, %.2f, want the answer of that name", hits, confidence)
	}
	for id, want := range map[string]string{
		"bank_transferDetails": "Who?\nHow much?\nbank transfer details",
		"HOW_MUCH":             "Who?\nHow much?", // it is asked already
		"faq-17/opening":       "Who?\nHow much?\nfaq opening",
		"17":                   "Who?\nHow much?",
	} {
		e := assistant.Entry{ID: id, Questions: []string{"Who?", "How much?"}, Answer: "We."}
		if s := e.Section("faq.tsv"); s.Questions != want || s.Title != "Who?" {
			t.Errorf("%s: questions %q under %q, want %q", id, s.Questions, s.Title, want)
		}
		if len(e.Questions) != 2 {
			t.Errorf("%s: the entry has become %q", id, e.Questions)
		}
	}
}

// A number is seldom what a question is about; a strange word may be.
func TestNumbersAreNotStrange(t *testing.T) {
	o := offline(t, bakery)
	sure := func(q string) float64 { t.Helper(); return sureOf(t, o, q) }
	for plain, with := range map[string][2]string{
		"bring bread":             {"bring bread 24 12", "bring bread zyx qvt"},
		"can my office get bread": {"can my office get 60 bread 17 30", "can my office get zyx bread qvt wvut"},
	} {
		alone, numbers, strange := sure(plain), sure(with[0]), sure(with[1])
		if numbers < alone-0.05 || numbers < strange+0.05 {
			t.Errorf("%q: confidence %.2f, with numbers %.2f, with strange words %.2f", plain, alone, numbers, strange)
		}
	}
}
