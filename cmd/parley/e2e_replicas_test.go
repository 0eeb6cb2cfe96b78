package main_test

import (
	"net/url"
	"strings"
	"testing"

	"parley/channels/telegram/telegramtest"
)

func TestASecondProcessOnOneFolderIsRefusedWithASentence(t *testing.T) {
	t.Parallel()
	at := sqlitePlace(t)
	s := at.serve(t)
	second := at.launch(t)
	if code := second.exit(t); code != 1 {
		t.Errorf("the second process exits with %d, want 1", code)
	}
	said := strings.TrimSpace(second.err.String())
	if strings.Count(said, "\n") != 0 || !strings.HasPrefix(said, "parley: ") || !strings.Contains(said, at.where.Dir) {
		t.Errorf("the second process should say in one line which folder is taken, and says:\n%s", said)
	}
	s.stop(t)
}

func TestTwoReplicasAreOneShop(t *testing.T) {
	t.Parallel()
	at := postgresPlace(t)
	a, b := at.serve(t), at.serve(t)
	visitor := newVisitor(t, a.url)
	onA := visitor.listens(t)
	visitor.at(b.url).says(t, "menu")
	onA.reads("What are you looking for?") // said to B, answered on A's stream
	page := visitor.at(b.url).buys(t, onA)
	press(t, through(t, page, b.url), "pay")
	onA.reads("is paid: $129.00")
	b.stop(t)
	visitor.says(t, "my orders")
	onA.reads("Your orders")
	a.stop(t)
	at.verify(t)
}

// through is the same page at another replica.
func through(t *testing.T, page, replica string) string {
	t.Helper()
	of, err := url.Parse(page)
	if err != nil {
		t.Fatal(err)
	}
	return replica + of.Path
}

func TestOneReplicaPollsAndAnotherTakesOver(t *testing.T) {
	t.Parallel()
	at, api := postgresPlace(t), telegramtest.New(t, telegramtest.Options{})
	a, b := at.serve(t, bot(api)...), at.serve(t, bot(api)...)
	buyer := newChatter(t, api, 701)
	buyer.fillsCart()
	polling := count(t, at.open(t), "select count(*) from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())")
	if polling != 1 {
		t.Errorf("%d replicas hold the right to poll, want 1", polling)
	}
	a.kill()
	buyer.checksOut()
	a = at.serve(t, bot(api)...)
	b.kill()
	buyer.pays()
	a.stop(t)
	at.verify(t)
	if orders := count(t, at.open(t), "select count(*) from orders"); orders != 1 {
		t.Errorf("%d orders, want 1", orders)
	}
}
