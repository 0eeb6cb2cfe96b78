package main_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"parley/channels/telegram/telegramtest"
)

func TestABuyerGoesOnWhereTheyWereAfterAKill(t *testing.T) {
	everyPlace(t, func(t *testing.T, at place) {
		api := telegramtest.New(t, telegramtest.Options{})
		s := at.serve(t, bot(api)...)
		buyer := newChatter(t, api, 601)
		buyer.fillsCart()
		buyer.taps("Check out")
		buyer.reads("Who is the order for")
		api.SendText(buyer.id, buyerName+", "+buyerPhone)
		buyer.reads("How would you like to get it?")
		s.kill()
		buyer.taps("Parcel point") // while nobody is there
		s = at.serve(t, bot(api)...)
		buyer.taps("Skip")
		buyer.taps("Place the order")
		buyer.reads("is placed")
		s.kill()
		s = at.serve(t, bot(api)...)
		buyer.pays()
		s.stop(t)
		at.verify(t)
		if orders := count(t, at.open(t), "select count(*) from orders"); orders != 1 {
			t.Errorf("%d orders, want 1", orders)
		}
	})
}

func TestWhatWasNotSentLeavesAfterAKill(t *testing.T) {
	everyPlace(t, func(t *testing.T, at place) {
		api := telegramtest.New(t, telegramtest.Options{})
		api.Fail(telegramtest.Failure{Method: "sendMessage", Status: 502, Says: "Bad Gateway", Times: 1_000_000})
		api.Fail(telegramtest.Failure{Method: "sendPhoto", Status: 502, Says: "Bad Gateway", Times: 1_000_000})
		s := at.serve(t, bot(api)...)
		buyer := newChatter(t, api, 602)
		api.Start(buyer.id, "s_meadow")
		ctx := t.Context()
		if err := api.AwaitTaken(ctx); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the answer was tried", func() bool { return strings.Contains(s.err.String(), "channels.send") })
		s.kill()
		if screen := api.Screen(buyer.id); len(screen) != 0 {
			t.Fatalf("the network was down, but %+v arrived", screen)
		}
		api.Mend()
		s = at.serve(t, bot(api)...)
		buyer.reads("What are you looking for?")
		s.stop(t)
		d := at.open(t)
		if queued := count(t, d, "select count(*) from messages where way = 'out' and state = 'queued'"); queued != 0 {
			t.Errorf("%d messages never left", queued)
		}
	})
}

func TestASecondStartFindsEverythingAsItWas(t *testing.T) {
	everyNewPlace(t, func(t *testing.T, at place) {
		at.serve(t).stop(t)
		first := census(t, at)
		at.serve(t).stop(t)
		second := census(t, at)
		if first != second {
			t.Errorf("the first start left\n%s\nthe second\n%s", first, second)
		}
		if !regexp.MustCompile(`merchants 2, products ([4-9]\d|\d{3,}),`).MatchString(first) {
			t.Errorf("want 2 merchants and 40 products or more: %s", first)
		}
	})
}

// census counts what a start opens.
func census(t *testing.T, at place) string {
	t.Helper()
	d := at.open(t)
	var lines []string
	for _, table := range []string{"merchants", "products", "variants", "categories", "images", "stock_moves", "delivery_methods"} {
		lines = append(lines, table+" "+strconv.FormatInt(count(t, d, "select count(*) from "+table), 10))
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, ", ")
}

func TestCtrlCEndsOpenStreams(t *testing.T) {
	everyPlace(t, func(t *testing.T, at place) {
		s := at.serve(t)
		visitor := newVisitor(t, s.url)
		visitor.says(t, "hello")
		stream := visitor.listens(t)
		stream.reads("What are you looking for?")
		began := time.Now()
		s.stop(t)
		if took := time.Since(began); took > 8*time.Second {
			t.Errorf("it took %s: requests have 10 s to end, and the stream used them up", took)
		}
		<-stream.ended
	})
}
