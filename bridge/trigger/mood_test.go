package trigger

import "testing"

// TestReproaches holds what people write about work and workers that they are
// angry about, beside the same words said of others or of nobody.
func TestReproaches(t *testing.T) {
	for _, text := range []string{
		"your technician was rude to my mother and left mud everywhere",
		"nobody showed up for my appointment this morning",
		"i waited 4 hours and no one came",
		"your guy never came back like he promised",
		"this is the second time your crew didnt turn up",
		"you guys overcharged me",
		"your receptionist hung up on me",
		"the salesman lied to me about the mileage",
		"the car you sold me is a lemon",
		"still waiting for a callback since monday",
		"wow great job, you guys flooded my basement twice",
		"you wrecked my kitchen floor",
		"I sat in your showroom for 3 hours and no one helped",
		"2nd repair and its leaking again",
		"😡😡😡", "🤬", "great, another useless answer",
	} {
		if !shows(Frustration, text) {
			t.Errorf("%q is no reproach", text)
		}
	}
	for _, text := range []string{
		"my old plumber was rude, are your guys nicer?",
		"nobody showed up to my party lol",
		"the previous owners wrecked the floor, can you fix it",
		"hail dented my hood, how much to fix",
		"will your guy be late tomorrow",
		"your technician left, thanks! great job",
		"what if your crew doesnt come on time",
		"will the technician leave a mess",
		"how many people show up for an install",
		"they damaged the box in shipping, is the part ok",
		"waiting for the baby to sleep then ill send a photo",
		"😂😂", "❤️", "my toilet keeps running 😤",
	} {
		if shows(Frustration, text) {
			t.Errorf("%q is a reproach", text)
		}
	}
	if shows(SensitiveTopic, "my plumber broke his arm so i need a new one") {
		t.Error("a broken arm is a sensitive topic")
	}
}

func TestACallToSomebodyElse(t *testing.T) {
	for text, want := range map[string]bool{
		"my wife's number is 971-555-0134, call her":             true,
		"please call my husband at 971 555 0134":                 true,
		"my wife's number is 971-555-0134 if you need it":        false,
		"I had their number 971-555-0134 and could not call him": false,
	} {
		if shows(ExplicitRequest, text) != want {
			t.Errorf("%q: asked is %v", text, !want)
		}
	}
}

func TestAFleetIsALargeDeal(t *testing.T) {
	for text, want := range map[string]bool{
		"looking to order 25 vans for our delivery company": true,
		"we need 40 laptops for the new office":             true,
		"how many vans do you have":                         false,
		"I want a car with 4 windows":                       false,
	} {
		if shows(HighValue, text) != want {
			t.Errorf("%q: a large deal is %v", text, !want)
		}
	}
	if !shows(ExplicitRequest, "call me tmrw morning pls 208 555 0147") {
		t.Error("a call in the morning is not asked for")
	}
}
