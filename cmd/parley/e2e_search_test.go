package main_test

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestSearchFindsWhatIsTypedBadlyAndSaysHowItWasUnderstood(t *testing.T) {
	everyPlace(t, func(t *testing.T, at place) {
		for _, c := range []struct {
			args []string
			says []string
			code int
		}{
			{[]string{"search", "--merchant", "meadow", "--explain", "rhjccjdrb", "до", "60"}, []string{"1 found", "Canvas High-Top", "layout", "кроссовк", "price to 60.00 USD"}, 0},
			{[]string{"search", "--merchant", "meadow", "--limit", "2", "wool"}, []string{"7 found", "more: --after "}, 0},
			{[]string{"search", "--merchant", "meadow", "green", "unobtainium"}, []string{"nothing found; nearest:", "Puddle Rain Boot"}, 0},
			{[]string{"search", "--merchant", "meadow", "unobtainium"}, []string{"nothing found"}, 0},
			{[]string{"search", "--merchant", "meadow", "--explain", "mug", "under", "€50"}, []string{"a price in EUR does not count here", "Enamel Mug"}, 0},
			{[]string{"search", "--merchant", "nobody", "mug"}, []string{`there is no shop "nobody"`}, 1},
			{[]string{"search", "--merchant", "meadow", "--limit", "0", "mug"}, []string{"--limit"}, 2},
			{[]string{"search", "--merchant", "meadow", "--after", "nowhere", "mug"}, []string{"malformed"}, 1},
		} {
			got := at.run(t, "", c.args...)
			for _, said := range c.says {
				if !strings.Contains(got.out+got.err, said) {
					t.Errorf("%v does not say %q:\n%s%s", c.args, said, got.out, got.err)
				}
			}
			if got.code != c.code {
				t.Errorf("%v exits with %d", c.args, got.code)
			}
		}
		got := at.run(t, "", "search", "--merchant", "meadow", "--json", "--explain", "EM-01")
		var found struct {
			Total    int
			Products []struct {
				Title map[string]string
				From  string
			}
			Understood []struct{ Guesses []struct{ How string } }
		}
		if err := json.Unmarshal([]byte(got.out), &found); err != nil || found.Total != 1 || found.Products[0].From != "12.00" || len(found.Understood) == 0 {
			t.Errorf("%v: %s%s", err, got.out, got.err)
		}
		if got := at.run(t, "cap, beanie # both are hats\n\n", "synonyms", "set", "--merchant", "meadow", "-"); got.code != 0 || got.out != "groups of synonyms that are set: 1\n" {
			t.Errorf("exit %d: %s%s", got.code, got.out, got.err)
		}
		if got := at.run(t, "", "synonyms", "list", "--merchant", "meadow"); got.out != "cap, beanie\n" {
			t.Errorf("exit %d: %s%s", got.code, got.out, got.err)
		}
		if got := at.run(t, "", "search", "--merchant", "meadow", "caps"); !strings.Contains(got.out, "Pompom Beanie") {
			t.Errorf("exit %d: %s%s", got.code, got.out, got.err)
		}
		if got := at.run(t, "alone\n", "synonyms", "set", "--merchant", "meadow", "-"); got.code != 1 || strings.Count(got.err, "\n") != 1 {
			t.Errorf("exit %d: %s%s", got.code, got.out, got.err)
		}
		at.verify(t)
	})
}
