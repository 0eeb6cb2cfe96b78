package admin

import (
	"fmt"
	"html/template"
	"time"
	"unicode"

	"parley/catalog"
	"parley/catalog/money"
)

// frame is what every page shows around itself.
type frame struct {
	Page    string // its title
	Section string // which part of the navigation it is in
	Account Account
	Shop    catalog.Merchant
	Shops   []catalog.Merchant
	Token   string // of forms
	Once    string // names this page's forms
	Done    string // what the last form did
	Stream  string // where news of the shop's inbox come from; empty: nowhere
	Waiting int    // conversations that wait for a person
	zone    *time.Location
	now     time.Time
}

// done is what the last form did, by the word in the address.
var done = map[string]string{
	"replied": "Your answer is on its way.", "taken": "This conversation is yours. The bot is quiet until you hand it back.",
	"handed_back": "The bot has the conversation again.", "shipped": "The order is on its way; the buyer has been told.",
	"completed": "The order is complete; the buyer has been told.", "cancelled": "The order is cancelled; the buyer has been told.",
	"confirmed": "The money is booked and the order is paid; the buyer has been told.", "closed": "Closed, with your note.",
	"granted": "The refund is agreed; somebody else executes it.", "refunded": "The money is on its way back; the buyer will be told.",
	"executed": "The money is on its way back; the buyer will be told.", "withdrawn": "The refund is taken back; nothing was sent.",
	"resolved": "Done, and off the queue.", "conceded": "The processor is told that the buyer keeps the money.", "submitted": "The evidence is on its way to the processor.", "month_closed": "The month is closed. Corrections fall into the next one.",
	"fee_set": "Payments that are begun from now on leave that with the platform.", "looked": "That is how it stands at the processor’s now.",
	"telegram_set": "Invoices that are made from now on go by that.",
	"password":     "Your password is changed. You are signed out everywhere else.",
}

// frame is around a page of somebody's visit.
func (a *Admin) frame(v *visit, page string) frame {
	f := frame{Page: page, Account: v.account(), Shop: v.shop, Shops: v.shops, Done: done[v.query("done")], Once: newForm(), now: a.at(), zone: time.UTC}
	if v.session.hash != "" {
		f.Token = a.signed("session:" + v.session.hash)
	}
	if f.Shop.ID == 0 && len(v.shops) > 0 {
		f.Shop = v.shops[0]
	}
	if zone, err := time.LoadLocation(f.Shop.TimeZone); err == nil {
		f.zone = zone
	}
	return f
}

// shopFrame is the frame of a page about a shop, with how many conversations wait there.
func (a *Admin) shopFrame(v *visit, page, section string) (frame, error) {
	f := a.frame(v, page)
	f.Section = section
	if !f.May("GET", "/shops/:shop/inbox") {
		return f, nil
	}
	f.Stream = v.at("inbox", "stream")
	waiting, err := a.Inbox.List(v.ctx, v.merchant(), false, 0, mostCounted)
	f.Waiting = len(waiting)
	return f, err
}

// mostCounted is where counting ends: more is "99+".
const mostCounted = 100

// Frame is what is around the page, whatever the page is.
func (f frame) Frame() frame { return f }

// May says whether whoever sees the page may do something.
func (f frame) May(method, path string) bool {
	return route(method + " " + path).allows(f.Account.Role)
}

// To is the address of a page of the shop.
func (f frame) To(parts ...any) string { return f.In(f.Shop, parts...) }

// In is To for another shop.
func (frame) In(shop catalog.Merchant, parts ...any) string {
	path := Base + "/shops/" + shop.Slug
	for _, part := range parts {
		path += "/" + fmt.Sprint(part)
	}
	return path
}

// Switch is the address of another shop's page of the same kind.
func (f frame) Switch(shop catalog.Merchant) string {
	for _, tab := range tabs(f) {
		if tab.Section == f.Section && tab.Section != "home" {
			return f.In(shop, tab.Section)
		}
	}
	if f.May("GET", "/shops/:shop/orders") {
		return f.In(shop, "orders")
	}
	return Base
}

// tab is one part of the navigation.
type tab struct {
	Section, Says, Icon, Href string
	Count                     int
}

// tabs are the parts of the navigation that whoever sees the page may go to.
func tabs(f frame) []tab {
	all := []tab{{"home", "Today", "home", Base, 0}}
	for _, one := range []tab{{"inbox", "Inbox", "inbox", "", f.Waiting}, {"orders", "Orders", "box", "", 0}, {"reviews", "Payments", "coin", "", 0}, {"books", "Books", "book", "", 0}} {
		if f.May("GET", "/shops/:shop/"+one.Section) && f.Shop.ID != 0 {
			one.Href = f.To(one.Section)
			all = append(all, one)
		}
	}
	return append(all, tab{"account", "Account", "person", Base + "/account", 0})
}

// Clock is a time of the shop's day: "14:05", with the date when it isn't today.
func (f frame) Clock(at time.Time) string {
	local, today := at.In(f.zone), f.now.In(f.zone)
	switch {
	case local.YearDay() == today.YearDay() && local.Year() == today.Year():
		return local.Format("15:04")
	case local.Year() == today.Year():
		return local.Format("2 Jan, 15:04")
	default:
		return local.Format("2 Jan 2006, 15:04")
	}
}

// Ago is how long something has been going on: "now", "12 min", "3 h", "2 days".
func (f frame) Ago(since time.Time) string {
	switch passed := f.now.Sub(since); {
	case passed < time.Minute:
		return "now"
	case passed < time.Hour:
		return fmt.Sprintf("%d min", int(passed.Minutes()))
	case passed < 48*time.Hour:
		return fmt.Sprintf("%d h", int(passed.Hours()))
	default:
		return fmt.Sprintf("%d days", int(passed.Hours()/24))
	}
}

// Zone is the name of the shop's time zone at present.
func (f frame) Zone() string { return f.now.In(f.zone).Format("MST") }

// plea is a form that comes back with what was wrong beside the field.
type plea struct {
	Form  string // which of the page's forms
	Field string // which field of it
	Says  string
	Was   map[string]string // what was entered
}

// Of is what was wrong with a field of a form, empty when nothing was.
func (p plea) Of(form, field string) string {
	if p.Form == form && p.Field == field {
		return p.Says
	}
	return ""
}

// Entered is what was entered in a field of a form, else what the field begins with.
func (p plea) Entered(form, field, else_ string) string {
	if p.Form == form {
		return p.Was[field]
	}
	return else_
}

func functions(static assets) template.FuncMap {
	return template.FuncMap{
		"asset":   static.path,
		"iso":     func(at time.Time) string { return at.UTC().Format(time.RFC3339) },
		"money":   func(amount money.Amount) string { return amount.In("en") },
		"initial": initial,
		"dict":    dict,
		"few":     func(count int) string { return few(count, mostCounted) },
		"called":  called,
		"buyer":   buyerName,
		"tabs":    tabs,
		"name":    func(shop catalog.Merchant) string { return shop.Name.In("en") },
	}
}

func few(count, most int) string {
	if count >= most {
		return fmt.Sprintf("%d+", most-1)
	}
	return fmt.Sprint(count)
}

func initial(name string) string {
	for _, r := range name {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return string(unicode.ToUpper(r))
		}
	}
	return "•"
}

// dict gives a template several things: names and values in turn.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict of %d", len(pairs))
	}
	named := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		named[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return named, nil
}
