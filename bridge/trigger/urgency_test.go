package trigger

import "testing"

// TestDangerInOtherWords holds what people who shiver, or stand in water, write
// when they do not use the words of the trade, beside what only sounds like it.
func TestDangerInOtherWords(t *testing.T) {
	urgent := func(text string) bool { return shows(Urgency, text) }
	for _, text := range []string{
		"heaters dead and we have a 3 week old baby its freezing",
		"the boiler packed in and my toddler is shivering",
		"heating gave up last night, baby is 6 weeks",
		"the house is ice cold with a baby and the furnace does nothing",
		"radiators stone cold, no heating, mum is 91",
		"furnace does nothing and i have newborn twins",
		"ceiling is dripping like crazy and bulging",
		"ceiling sagging under the bathroom",
		"raw sewage in my tub",
		"sewage all over the basement",
		"rotten egg smell by the water heater",
		"my brakes failed on the highway and i can't stop",
		"your guy flooded our basement and its still coming in",
		"basement flooding as we speak",
		"brakes just failed on i-84 what do i do",
	} {
		if !urgent(text) {
			t.Errorf("%q is not urgent", text)
		}
	}
	for _, text := range []string{
		"wow great job, you guys flooded my basement twice",
		"your plumber flooded my kitchen, i want to complain",
		"how do i keep my basement from flooding",
		"the yard floods every spring, can you put in a sump pump",
		"the basement floods when it rains, what can be done",
		"my house is ice cold in the mornings, should i get a bigger boiler",
		"our heater gave out last year and you replaced it",
		"do twins need a warmer room, what thermostat do you suggest",
		"is a sewage smell in the tub normal after rain",
		"my brakes squeak when i stop at traffic lights",
		"the ceiling fan is dripping oil a bit",
		"what size boiler for a house with kids",
	} {
		if urgent(text) {
			t.Errorf("%q is urgent", text)
		}
	}
}
