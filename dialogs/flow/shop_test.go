package flow

import (
	"flag"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"parley/catalog/money"
)

var update = flag.Bool("update", false, "rewrite shop.md from the table")

// The drawing in the documentation is the table itself.
func TestTheDrawingIsTheTable(t *testing.T) {
	want := "# The storefront conversation\n\nDrawn from `shop.go`; `go test ./dialogs/flow -update` draws it anew.\n\n```mermaid\n" + Shop.Mermaid() + "```\n"
	if *update {
		if err := os.WriteFile("shop.md", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("shop.md")
	if err != nil || string(got) != want {
		t.Fatalf("shop.md is not what the table says; run go test ./dialogs/flow -update (%v)", err)
	}
}

var states = []State{Lobby, Browsing, Viewing, Filling, Contacting, Delivering, Addressing, Commenting, Confirming, Paying, Tracking, WithHuman}

// Every state can be reached from Browsing, and Browsing from every state. (The lobby is entered and left by effects.)
func TestEveryStateIsReachedAndNoneIsADeadEnd(t *testing.T) {
	arrows := map[State][]State{}
	for _, group := range Shop {
		for _, row := range group.Rows {
			switch row.To {
			case Same:
			case Earlier:
				arrows[group.In] = append(arrows[group.In], Browsing)
			default:
				arrows[group.In] = append(arrows[group.In], row.To)
			}
		}
	}
	reach := func(from State) []State {
		seen := []State{from}
		for i := 0; i < len(seen); i++ {
			for _, next := range slices.Concat(arrows[seen[i]], arrows[Anywhere]) {
				if !slices.Contains(seen, next) {
					seen = append(seen, next)
				}
			}
		}
		return seen
	}
	for _, state := range states {
		if state != Lobby && !slices.Contains(reach(Browsing), state) {
			t.Errorf("%s cannot be reached", state)
		}
		if !slices.Contains(reach(state), Browsing) {
			t.Errorf("%s cannot be left", state)
		}
	}
}

// No row hides behind an unguarded row that takes the same events.
func TestNoRowIsShadowed(t *testing.T) {
	for _, group := range Shop {
		for i, row := range group.Rows {
			for _, earlier := range group.Rows[:i] {
				if earlier.If == "" && (earlier.takes == row.takes || earlier.takes.Kind() == reflect.Interface && row.takes.Implements(earlier.takes)) {
					t.Errorf("%s: %s is never tried after %s", group.In, row.Do, earlier.Do)
				}
			}
		}
	}
}

// Each tap has a code, comes back from its token and fits in a button.
func TestEveryTapFitsInAButtonAndComesBack(t *testing.T) {
	for _, event := range alphabet(7) {
		tap, is := event.(Tap)
		if !is {
			continue
		}
		token := Token(tap)
		if got, err := Read(token); err != nil || got != tap {
			t.Errorf("%#v became %q and came back as %#v (%v)", tap, token, got, err)
		}
	}
	if token := Token(ShelfTapped{1<<63 - 1, 1<<63 - 1}); len(token) > MostToken {
		t.Errorf("the longest token has %d bytes", len(token))
	}
}

func FuzzRead(f *testing.F) {
	for _, token := range []string{"h", "a.1f.2", "kp.k3y", "t.ru", "s.zzzzzzzzzzzzz", "", "....", "a.-1.9"} {
		f.Add(token)
	}
	f.Fuzz(func(t *testing.T, token string) {
		tap, err := Read(token)
		if err != nil {
			return
		}
		if again, err := Read(Token(tap)); err != nil || again != tap {
			t.Fatalf("%q is %#v, which comes back as %#v (%v)", token, tap, again, err)
		}
	})
}

func usd(minor int64) money.Amount { return money.Of(minor, "USD") }

// boots is a product of two options, one of whose variants is sold out.
func boots(free int) Product {
	return Product{
		ID: 1, Title: "Boots", Price: usd(9000),
		Options: []Option{{"Size", []Named{{ID: 41, Name: "41"}, {ID: 42, Name: "42"}}}, {"Colour", []Named{{ID: 1, Name: "black"}}}},
		Variants: []Variant{
			{ID: 11, Values: []int64{41, 1}, Price: usd(9000), Free: free},
			{ID: 12, Values: []int64{42, 1}, Price: usd(9500), Free: 0},
		},
		Photos: []Photo{{"a.png", "Boots"}, {"b.png", "Boots"}},
	}
}

// alphabet is one of every event, filled by a number.
func alphabet(n int) []Event {
	id := int64(n%4 + 1)
	cart := Cart{Goods: n % 3, Total: usd(int64(n) * 100)}
	if n%3 > 0 {
		cart.Lines = []Line{{Variant: 11, Product: 1, Title: "Boots", Count: n % 3, Price: usd(100), Total: usd(100)}}
	}
	order := Order{ID: id, Number: "1001", State: "pending", Total: usd(100), Ways: []string{"sandbox", "cod"}, CanCancel: n%2 == 0, NeedsMoney: n%5 > 0}
	ways := []Way{{ID: 1, Name: "Pickup"}, {ID: 2, Name: "Courier", Courier: true, Price: usd(500)}}
	link := map[bool]string{true: "https://pay.test"}[n%2 == 0]
	return []Event{
		HomeTapped{}, ShelfTapped{id, 1}, FoundTapped{1}, ProductTapped{id}, ValueTapped{1, 40 + id}, AnewTapped{1}, PhotoTapped{1, id},
		CountTapped{11, id}, AddTapped{11, id}, CartTapped{}, LineTapped{11}, SetTapped{11, id - 1}, ClearTapped{}, CheckoutTapped{},
		KeepTapped{}, DeliveryTapped{id}, SkipTapped{}, BackTapped{}, PlaceTapped{"k3y"}, PayTapped{id, "sandbox"}, PayTapped{id, ""},
		OrdersTapped{1}, OrderTapped{id}, RepeatTapped{id}, CancelTapped{id}, CancelAffirmed{id}, HumanTapped{}, ReturnTapped{},
		LanguageTapped{"ru"}, LanguageTapped{}, HelpTapped{}, StayTapped{}, ShopsTapped{}, ShopTapped{id},
		Started{}, LinkFollowed{Product: "boots"}, LinkFollowed{Category: "shoes"}, Said{"boots please"}, Said{"?"},
		ContactGiven{Name: "A", Phone: "+15550100"}, ContactGiven{Name: "A"}, AddressGiven{"12 Demo Street"}, AddressGiven{"x"}, CommentGiven{"after six"}, FileSent{},
		ShopsListed{[]Named{{ID: 1, Name: "Meadow"}}}, MenuOpened{Shop: "Meadow", Categories: []Named{{ID: 1, Name: "Shoes"}}, Goods: n % 3, Shared: n%2 == 0, Languages: 2},
		ShelfListed{Shelf: Shelf{Category: id}, Items: []Item{{ID: 1, Title: "Boots"}}, Pages: 3, Total: 20}, ShelfListed{Shelf: Shelf{Words: "boots"}, Total: n % 2},
		ProductFound{boots(n % 3)}, CartPriced{cart}, CheckoutOpened{Checkout{Key: "k3y", Deliver: n%2 == 0, Methods: ways, LastPhone: link, LastPlace: link}},
		Quoted{Cart: cart}, OrderPlaced{order}, OrdersListed{Orders: []Order{order}, More: true}, OrdersListed{}, OrderFound{order}, OrderCancelled{order},
		PayWays{order}, LinkReady{Order: order, Method: "cod", URL: link}, LinkComing{order}, LanguagesListed{[]Tongue{{"en", "English"}}}, LanguageSet{}, Refused{Key: "cart.sold_out"},
		PaymentSettled{order}, PaymentFailed{order, "payment_declined", ""}, PaymentWorking{order}, PaymentStranded{order}, OrderMoved{Order: order, What: "shipped"}, HumanJoined{}, HumanLeft{},
	}
}

func TestTheAlphabetHasEveryTap(t *testing.T) {
	seen := map[reflect.Type]bool{}
	for _, event := range alphabet(0) {
		seen[reflect.TypeOf(event)] = true
	}
	for _, tap := range codes {
		if !seen[reflect.TypeOf(tap)] {
			t.Errorf("%T is not in the alphabet", tap)
		}
	}
}

// answerless are events that need no word from the bot.
func answerless(before Session, event Event) bool {
	switch event.(type) {
	case HumanJoined, HumanLeft:
		return true
	case Said, FileSent:
		return before.State == WithHuman
	case PaymentFailed:
		return true // of an order that is paid otherwise
	}
	_, fact := event.(Fact)
	return fact
}

// Whatever happens, in whatever order, these stay true.
func FuzzShop(f *testing.F) {
	f.Add([]byte{1, 0, 50, 0, 8, 1, 49, 1, 13, 0, 51, 0})
	f.Add([]byte{26, 0, 36, 0, 27, 0, 67, 3, 64, 2})
	f.Add([]byte{2, 3, 31, 0, 44, 1, 32, 0, 68, 0, 69, 0})
	f.Fuzz(func(t *testing.T, script []byte) {
		if len(script) > 200 {
			t.Skip("a hundred events say enough")
		}
		session := Begin()
		for i := 0; i+1 < len(script); i += 2 {
			events := alphabet(int(script[i+1]))
			event := events[int(script[i])%len(events)]
			before := session
			after, effects := Shop.Step(before, event)
			if again, _ := Shop.Step(before, event); !reflect.DeepEqual(again, after) {
				t.Fatalf("step %d: two answers to one question", i)
			}
			if !slices.Contains(states, after.State) {
				t.Fatalf("step %d: %T in %s leads to %q", i, event, before.State, after.State)
			}
			if len(effects) == 0 && !answerless(before, event) {
				t.Fatalf("step %d: %T in %s leaves the buyer without an answer", i, event, before.State)
			}
			if _, settled := event.(PaymentSettled); settled && !says(effects, "thanks") && !says(effects, "thanks_here") {
				t.Fatalf("step %d: money came in %s and nobody said thank you", i, before.State)
			}
			checkOffered(t, before, event, after, effects)
			for _, effect := range effects {
				if order, is := effect.(PlaceOrder); is && (order.Checkout.Key == "" || before.Goods == 0 || before.State != Confirming) {
					t.Fatalf("step %d: an order of nothing: %+v", i, before)
				}
			}
			session = after
		}
	})
}

// checkOffered: every choice has a name and is taken by a row of the state that offered it.
func checkOffered(t *testing.T, before Session, event Event, after Session, effects []Effect) {
	t.Helper()
	for _, choice := range offered(effects) {
		if choice.Key == "" && choice.Label == "" {
			t.Fatalf("%T in %s offers a choice without a name", event, before.State)
		}
		if choice.URL != "" {
			continue
		}
		if _, taken := Shop.row(after, choice.Does); !taken {
			t.Fatalf("%T in %s offers %q (%T), which does nothing in %s", event, before.State, choice.Key+choice.Label, choice.Does, after.State)
		}
	}
}

func TestTheThirdMisunderstandingInARowOffersAPerson(t *testing.T) {
	session := Begin()
	for n := 1; n <= patience; n++ {
		var effects []Effect
		session, effects = Shop.Step(session, FileSent{})
		main := slices.ContainsFunc(offered(effects), func(c Choice) bool { return c.Main && c.Does == HumanTapped{} })
		if main != (n == patience) {
			t.Errorf("after %d the person is the main offer: %v", n, main)
		}
	}
	session, _ = Shop.Step(session, CartTapped{})
	if session.Unclear != 0 {
		t.Error("a tap does not make it good again")
	}
}

func TestHandingBackReturnsToTheSameStep(t *testing.T) {
	for _, state := range states {
		if state == Lobby || state == WithHuman {
			continue
		}
		session := Session{State: state, Product: 1, Order: 2, Checkout: Checkout{Key: "k"}}
		with, _ := Shop.Step(session, HumanTapped{})
		quiet, effects := Shop.Step(with, Said{"my size?"})
		if quiet.State != WithHuman || len(effects) != 0 {
			t.Errorf("in %s the bot answers for the person: %v", state, effects)
		}
		back, effects := Shop.Step(quiet, HumanLeft{})
		if back.State != state || len(effects) < 2 {
			t.Errorf("%s came back as %s with %v", state, back.State, effects)
		}
	}
}

func TestASoldOutValueIsMarkedAndRefused(t *testing.T) {
	session, effects := Shop.Step(Session{State: Browsing}, ProductFound{boots(2)})
	marked := 0
	for _, choice := range offered(effects) {
		if choice.Key == "sold_out_value" && choice.Args["value"] == "42" {
			marked++
		}
	}
	if marked != 1 {
		t.Errorf("size 42 is marked %d times: %+v", marked, offered(effects))
	}
	session, _ = Shop.Step(session, ValueTapped{1, 42})
	session, effects = Shop.Step(session, ProductFound{boots(2)})
	if !says(effects, "value_sold_out") || len(session.Picked) != 0 {
		t.Errorf("42 was picked: %+v", session)
	}
	session, _ = Shop.Step(session, ValueTapped{1, 41})
	_, effects = Shop.Step(session, ProductFound{boots(2)})
	if !slices.ContainsFunc(offered(effects), func(c Choice) bool { return c.Does == AddTapped{11, 1} }) {
		t.Errorf("41 can't be added, though its one colour goes without saying: %+v", offered(effects))
	}
}

func says(effects []Effect, key string) bool {
	return slices.ContainsFunc(effects, func(e Effect) bool { said, ok := e.(Say); return ok && said.Key == key })
}

func offered(effects []Effect) (choices []Choice) {
	for _, effect := range effects {
		if said, ok := effect.(Say); ok {
			choices = append(choices, said.Choices...)
		}
	}
	return choices
}

func TestNoSentenceIsWithoutAKey(t *testing.T) {
	for n := range 12 {
		for _, state := range states {
			for _, event := range alphabet(n) {
				_, effects := Shop.Step(Session{State: state, Goods: n % 2}, event)
				for _, effect := range effects {
					if say, ok := effect.(Say); ok && strings.TrimSpace(say.Key) == "" {
						t.Errorf("%T in %s says nothing", event, state)
					}
				}
			}
		}
	}
}
