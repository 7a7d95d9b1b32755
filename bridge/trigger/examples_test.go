package trigger

import "testing"

func TestExamplesReachBeyondTheirWords(t *testing.T) {
	set := Settings{
		Examples: map[string][]string{
			HighValue:      {"we run a bakery chain and need ovens serviced", "can you look after all our vacation rentals"},
			SensitiveTopic: {"my warranty claim was rejected", "the invoice is higher than the estimate"},
			Urgency:        {"the freezer with our vaccines is warm"},
		},
		CounterExamples: map[string][]string{
			ExplicitRequest: {"let me speak to the manager of the weather"},
			SensitiveTopic:  {"what does the warranty cover", "do you refund tolls for the drive"},
		},
	}
	for _, c := range []struct{ text, want string }{
		{"my waranty claim got rejected", SensitiveTopic},
		{"Why was the claim on my warranty rejected?", SensitiveTopic},
		{"your invoice was much higher than your estimate", SensitiveTopic},
		{"We are running a chain of bakeries and the ovens need service", HighValue},
		{"could you look after our vacation rental homes", HighValue},
		{"the vaccine freezer is getting warm", Urgency},
		{"I want a refund", SensitiveTopic}, // the product's own rules still hold
		{"let me speak to the manager", ExplicitRequest},
		// look-alikes
		{"what does my warranty cover?", ""},
		{"do you refund the tolls for the drive?", ""},
		{"let me speak to the weather manager", ""},
		{"which warranty do you give on ovens", ""},
		{"is the estimate free", ""},
		{"the weather is warm", ""},
		{"hello", ""},
	} {
		if got := first(Judge(Input{Text: c.text, Settings: set})); got != c.want {
			t.Errorf("Judge(%q) found %q, want %q", c.text, got, c.want)
		}
	}
	if fs := Judge(Input{Text: "my waranty claim got rejected"}); len(fs) != 0 {
		t.Errorf("without the example it found %+v", fs)
	}
}

func TestThresholdsAndSwitches(t *testing.T) {
	in := Input{Text: "I want a refund"}
	in.Settings.Thresholds = map[string]float64{SensitiveTopic: 0.97}
	if fs := Judge(in); len(fs) != 0 {
		t.Errorf("under the threshold it found %+v", fs)
	}
	in.Settings.Thresholds = map[string]float64{SensitiveTopic: 0.1}
	if fs := Judge(in); first(fs) != SensitiveTopic {
		t.Errorf("above the threshold it found %+v", fs)
	}
	in.Settings.Off = map[string]bool{SensitiveTopic: true}
	if fs := Judge(in); len(fs) != 0 {
		t.Errorf("switched off it found %+v", fs)
	}
}
