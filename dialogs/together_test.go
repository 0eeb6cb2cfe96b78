package dialogs_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"parley/channels"
	"parley/dialogs"
	"parley/dialogs/flow"
	"parley/migrations/db"
)

func fromGuest(i int, round string) channels.Inbound {
	buyer := fmt.Sprint("guest", i)
	return channels.Inbound{ID: buyer + round, From: channels.Address{Channel: "test", Buyer: buyer}, At: morning, Shop: "meadow", Language: "en", Name: "G"}
}

// sharedTransactions is how many transactions wrote several conversations last.
func (h *house) sharedTransactions() int64 {
	if !h.db.Versions() {
		return 0
	}
	return h.count("select count(*) from (select 1 from conversations group by cast(xmin as text) having count(*) > 1) shared")
}

// Many buyers do the same at once, each update comes twice, at two replicas, and all are answered once and alike: as
// one who is alone in the shop.
func TestManyWhoWriteAtOnceAreAnsweredAsIfAlone(t *testing.T) {
	const guests = 24
	stocked(t, func(t *testing.T, copied func(testing.TB) db.Where) {
		h := openHouse(t, copied(t), kinds["telegram"])
		p, at := h.variant("EM-01")
		rounds := []channels.Inbound{
			{Started: true}, {Text: "mug"}, {Text: "boots"}, {Token: flow.Token(flow.AddTapped{Variant: int64(p.Variants[at].ID), Count: 1})}, {Text: "menu"}, {Text: "1"},
			{Text: "cart"}, {Text: "русский"}, {Text: "меню"}, {Text: "nonsense which nothing is found for"},
		}
		alone := map[int]string{}
		for n, round := range rounds {
			for _, one := range h.roundOf(n, round, []int{0}, 1) {
				alone[n] = one
			}
		}
		many := make([]int, guests)
		for i := range many {
			many[i] = i + 1
		}
		for n, round := range rounds {
			for buyer, said := range h.roundOf(n, round, many, 2) {
				if said != alone[n] {
					t.Errorf("round %d: %s was told\n%s\nand one alone\n%s", n, buyer, said, alone[n])
				}
			}
		}
		if h.db.Versions() && h.sharedTransactions() == 0 {
			t.Error("no turns were written together")
		}
		if n := h.count("select count(*) from messages where way = 'in'"); n != int64(len(rounds)*(guests+1)) {
			t.Errorf("%d updates were kept", n)
		}
		h.check()
	})
}

// roundOf has each guest do something at the same moment, delivered so many times, by turns to two replicas, and
// returns what each was told.
func (h *house) roundOf(n int, what channels.Inbound, guests []int, times int) map[string]string {
	h.t.Helper()
	var updates []channels.Inbound
	for _, guest := range guests {
		in := fromGuest(guest, fmt.Sprint("-", n))
		in.Started, in.Text, in.Token = what.Started, what.Text, what.Token
		for range times {
			updates = append(updates, in)
		}
	}
	h.atOnce(updates...)
	told := map[string]string{}
	for _, guest := range guests {
		buyer := fmt.Sprint("guest", guest)
		var said []string
		for _, one := range h.network.read(buyer) {
			said = append(said, one.message.Title+one.message.Text)
		}
		told[buyer] = strings.Join(said, "\n")
	}
	return told
}

// Staff takes conversations over while their buyers write: nothing that was decided for a state that is over is kept.
func TestTurnsThatAreOvertakenAreWorkedAgain(t *testing.T) {
	const guests = 16
	stocked(t, func(t *testing.T, copied func(testing.TB) db.Where) {
		h := openHouse(t, copied(t), kinds["telegram"])
		for i := range guests {
			if err := h.engine.Receive(context.Background(), fromGuest(i, "-start")); err != nil {
				t.Fatal(err)
			}
		}
		h.settle()
		list, err := h.inbox.List(context.Background(), 1, true, 0, 100)
		if err != nil || len(list) != guests {
			t.Fatal(len(list), err)
		}
		var under sync.WaitGroup
		for i := range guests {
			under.Go(func() {
				for n := range 5 {
					in := fromGuest(i, fmt.Sprint("-", n))
					in.Text = "menu"
					if err := h.engine.Receive(context.Background(), in); err != nil {
						t.Error(err)
					}
				}
			})
			under.Go(func() {
				if err := h.inbox.Reply(context.Background(), 1, list[i].ID, "maria", "A person is here"); err != nil {
					t.Error(err)
				}
			})
		}
		under.Wait()
		h.settle()
		if n := h.count("select count(*) from conversations where owner <> ?", dialogs.Human); n > 0 {
			t.Errorf("%d conversations forgot that a person took them", n)
		}
		if n := h.count(`select count(*) from messages m where m.way = 'out' and m.author = '' and m.id > (
			select min(r.id) from messages r where r.buyer = m.buyer and r.author = 'maria')`); n > 0 {
			t.Errorf("the bot spoke %d times after a person did", n)
		}
		h.check()
	})
}
