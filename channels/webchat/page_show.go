package webchat

import (
	"context"
	"fmt"
	"hash/fnv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"parley/channels"
)

// pageful is how many entries of the transcript a page shows at once.
const pageful = 40

// shown is what the page's template is given.
type shown struct {
	Shop     Shop
	Slug     string
	Base     string // where the page's requests go
	Language string
	Text     texts
	Framed   bool
	Initial  string
	Accent   int // which of the style sheet's accents
	Picture  *picture
	Turns    []turn
	Earlier  int64 // the entry before which there is more; 0: nothing
	Newest   int64 // the last entry that the page knows
	Past     bool  // an earlier part of the conversation, by itself
	Start    string
	Started  bool // the conversation has begun
	FormID   string
	Form     string
	Notice   string
	Shortcut []button
	Speak    []button
}

// visit is one request to a shop's chat.
type visit struct {
	of       channels.Address
	slug     string
	base     string
	shop     Shop
	language string
	known    bool // the buyer was here before
}

// page shows the conversation as it stands.
func (a *Adapter) page(framed bool) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if a.reading.take(network(c.IP())) > 0 {
			return a.tooFast(c, "1")
		}
		v, found, err := a.visit(c, framed)
		if err != nil {
			return a.broken(c, err)
		}
		if !found {
			return a.missing(c)
		}
		buyer, known := a.remember(c, framed)
		v.of, v.known = channels.Address{Channel: ChannelOf(v.slug), Buyer: buyer}, known
		if err := a.converse(c.UserContext(), &v); err != nil {
			return a.broken(c, err)
		}
		view, err := a.show(c, v, framed)
		if err != nil {
			return a.broken(c, err)
		}
		return a.html(c, fiber.StatusOK, "page.html", view)
	}
}

// visit finds the shop in the language that the browser asks for.
func (a *Adapter) visit(c *fiber.Ctx, framed bool) (v visit, found bool, err error) {
	v.slug = strings.Clone(c.Params("slug"))
	v.base = pagePath + v.slug
	if framed {
		v.base = framePath + v.slug
	}
	if !slugShape.MatchString(v.slug) {
		return v, false, nil
	}
	accepts := strings.Clone(c.Get(fiber.HeaderAcceptLanguage))
	v.shop, found, err = a.Shops(c.UserContext(), v.slug, reported(accepts))
	if err != nil {
		return v, false, fmt.Errorf("find shop: %w", err)
	}
	v.language = nearest(accepts, v.shop.Languages)
	return v, found, nil
}

// converse goes over to the language of the conversation, if it has one.
func (a *Adapter) converse(ctx context.Context, v *visit) error {
	language := v.language
	if v.known && a.Language != nil {
		own, err := a.Language(ctx, v.of)
		if err != nil {
			return fmt.Errorf("language of conversation: %w", err)
		}
		if own != "" {
			language = own
		}
	}
	shop, found, err := a.Shops(ctx, v.slug, language)
	if err != nil {
		return fmt.Errorf("find shop: %w", err)
	}
	if found {
		v.shop, v.language = shop, language
	}
	return nil
}

func (a *Adapter) show(c *fiber.Ctx, v visit, framed bool) (shown, error) {
	words := a.pages.wordsFor(v.language)
	s := shown{
		Shop: v.shop, Slug: v.slug, Base: v.base, Language: v.language, Text: words, Framed: framed,
		Initial: initial(v.shop.Name), Accent: accent(v.slug), Picture: pictureOf(v.shop.Picture),
		Start: startOf(c.Query("p"), c.Query("c")), FormID: newBuyer(), Form: a.formToken(v.of.Buyer),
	}
	for _, choice := range v.shop.Shortcuts {
		s.Shortcut = append(s.Shortcut, buttonOf(choice, 0))
	}
	for _, choice := range v.shop.Speak {
		s.Speak = append(s.Speak, buttonOf(choice, 0))
	}
	if key := c.Query("e"); noticeKeys[key] {
		s.Notice = words.Of(key)
	}
	if !v.known {
		return s, nil
	}
	before := rowID(c.Query("before"))
	s.Past = before > 0
	entries, more, err := a.before(c.UserContext(), v.of, before)
	if err != nil {
		return s, err
	}
	s.fill(entries, more)
	s.Turns = fold(a.turns(c.UserContext(), entries, words))
	return s, nil
}

// fill takes from the entries what the page must know besides how they look.
func (s *shown) fill(entries []channels.Entry, more bool) {
	if len(entries) == 0 {
		return
	}
	s.Started = true
	s.Newest = entries[len(entries)-1].ID
	if more {
		s.Earlier = entries[0].ID
	}
}

// before is a pageful of entries before one, and whether there are more before those.
func (a *Adapter) before(ctx context.Context, of channels.Address, id int64) (entries []channels.Entry, more bool, err error) {
	entries, err = a.History.Before(ctx, of, id, pageful+1)
	if err != nil {
		return nil, false, fmt.Errorf("read history: %w", err)
	}
	if len(entries) > pageful {
		return entries[1:], true, nil
	}
	return entries, false, nil
}

func (a *Adapter) turns(ctx context.Context, entries []channels.Entry, words texts) []turn {
	turns := make([]turn, len(entries))
	for i, e := range entries {
		turns[i] = turnOf(e, a.Limits(), a.who(ctx, e, words), words)
	}
	return turns
}

// who is what the buyer may call the author of an entry: never the name of an account.
func (a *Adapter) who(ctx context.Context, e channels.Entry, words texts) string {
	if e.Author == "" || e.Way == channels.In {
		return ""
	}
	if a.Operator != nil {
		if name := a.Operator(ctx, e.Author); name != "" {
			return name
		}
	}
	return words.Of("operator")
}

func initial(name string) string {
	for _, r := range name {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return string(unicode.ToUpper(r))
		}
	}
	r, _ := utf8.DecodeRuneInString("•")
	return string(r)
}

// accents is how many the style sheet has.
const accents = 6

// accent gives each shop a colour of its own that stays.
func accent(slug string) int {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(slug))
	return int(sum.Sum32() % accents)
}
