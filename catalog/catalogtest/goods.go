// Package catalogtest makes a catalogue of any size, always the same, and judges what a search finds in it. It is for
// tests and benchmarks.
package catalogtest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// Good is one product of the made catalogue and what a judge knows of it.
type Good struct {
	Handle   string // "sneakers-17"
	Kind     string // what it is, in English: "sneakers"
	Brand    string
	Colour   string // in English
	Audience string // "men", "women", "kids"; empty: everybody
	Material string
	Model    string
	Sizes    []string
	SKU      string // of its first variant; others add "-2"
	Barcode  string
	Price    int64  // in kopecks
	Feature  string // said by its description alone
	RU, EN   string
}

// kind is a sort of things. Gender is how Russian adjectives agree with it: m, f, n or p.
type kind struct{ en, ru, gender, sizes string }

var kinds = []kind{
	{"sneakers", "Кроссовки", "p", "shoe"}, {"boots", "Ботинки", "p", "shoe"}, {"high boots", "Сапоги", "p", "shoe"}, {"sandals", "Босоножки", "p", "shoe"},
	{"slippers", "Тапочки", "p", "shoe"}, {"canvas shoes", "Кеды", "p", "shoe"}, {"loafers", "Мокасины", "p", "shoe"},
	{"jacket", "Куртка", "f", "cloth"}, {"coat", "Пальто", "n", "cloth"}, {"raincoat", "Плащ", "m", "cloth"}, {"vest", "Жилетка", "f", "cloth"},
	{"shirt", "Рубашка", "f", "cloth"}, {"t-shirt", "Футболка", "f", "cloth"}, {"sweater", "Свитер", "m", "cloth"}, {"hoodie", "Толстовка", "f", "cloth"},
	{"dress", "Платье", "n", "cloth"}, {"skirt", "Юбка", "f", "cloth"}, {"trousers", "Брюки", "p", "cloth"}, {"jeans", "Джинсы", "p", "cloth"},
	{"shorts", "Шорты", "p", "cloth"}, {"socks", "Носки", "p", ""}, {"hat", "Шапка", "f", ""}, {"gloves", "Перчатки", "p", ""}, {"scarf", "Шарф", "m", ""},
	{"belt", "Ремень", "m", ""}, {"backpack", "Рюкзак", "m", ""}, {"handbag", "Сумка", "f", ""}, {"suitcase", "Чемодан", "m", ""}, {"wallet", "Кошелек", "m", ""},
	{"umbrella", "Зонт", "m", ""}, {"watch", "Часы", "p", ""}, {"armchair", "Кресло", "n", ""}, {"table lamp", "Светильник", "m", ""}, {"blanket", "Одеяло", "n", ""},
	{"mug", "Кружка", "f", ""}, {"plate", "Тарелка", "f", ""}, {"frying pan", "Сковорода", "f", ""}, {"kettle", "Чайник", "m", ""}, {"tent", "Палатка", "f", ""},
	{"toy car", "Игрушка", "f", ""},
}

var brands = []string{
	"Kaiten", "Volta", "Stormwell", "Nordik", "Zephyra", "Lumo", "Tundra", "Brava", "Castor", "Delmar", "Ferrum", "Gobi", "Halden", "Irbis", "Jasper", "Kestrel",
	"Lindgard", "Marengo", "Nimbus", "Orlan", "Pampero", "Quadra", "Rusalka", "Savanna", "Tesoro", "Umbra", "Velvetine", "Wolfram", "Yantar", "Zodiak",
}

// colour is its name and its Russian adjective by gender.
type colour struct{ en, m, f, n, p string }

func hard(en, stem string) colour {
	return colour{en, stem + "ый", stem + "ая", stem + "ое", stem + "ые"}
}

var colours = []colour{
	hard("red", "красн"), hard("black", "черн"), hard("white", "бел"), hard("green", "зелен"), hard("yellow", "желт"), hard("grey", "сер"),
	{"blue", "синий", "синяя", "синее", "синие"}, {"brown", "коричневый", "коричневая", "коричневое", "коричневые"},
	hard("pink", "розов"), hard("beige", "бежев"), hard("purple", "фиолетов"), {"light blue", "голубой", "голубая", "голубое", "голубые"},
}

var audiences = []struct {
	en, own string
	ru      colour
}{
	{"men", "Men's", colour{"", "мужской", "мужская", "мужское", "мужские"}}, {"women", "Women's", colour{"", "женский", "женская", "женское", "женские"}},
	{"kids", "Kids", colour{"", "детский", "детская", "детское", "детские"}}, {"", "", colour{}},
}

var materials = []struct{ en, ru string }{
	{"leather", "кожа"}, {"cotton", "хлопок"}, {"wool", "шерсть"}, {"suede", "замша"}, {"polyester", "полиэстер"}, {"linen", "лен"}, {"steel", "сталь"}, {"silk", "шелк"},
}

func (c colour) agreeing(gender string) string {
	return map[string]string{"m": c.m, "f": c.f, "n": c.n, "p": c.p}[gender]
}

// Made is the nth product, from 0.
func Made(n int) Good {
	dice := rand.New(rand.NewPCG(20_240, uint64(n)))
	k := kinds[dice.IntN(len(kinds))]
	c, a, m := colours[dice.IntN(len(colours))], audiences[dice.IntN(len(audiences))], materials[dice.IntN(len(materials))]
	g := Good{
		Kind: k.en, Brand: brands[min(dice.IntN(len(brands)), dice.IntN(len(brands)))], Colour: c.en, Material: m.en, Audience: a.en, Model: model(dice),
		Handle: fmt.Sprintf("%s-%d", strings.ReplaceAll(k.en, " ", "-"), n), Price: int64(490+dice.IntN(60)*dice.IntN(500)) * 100,
		Barcode: fmt.Sprintf("46%011d", 7*n+3), Sizes: sizes(dice, k.sizes), Feature: Feature(n),
	}
	if k.sizes == "" {
		g.Audience, a.own, a.ru = "", "", colour{}
	}
	g.SKU = fmt.Sprintf("%s-%05d", strings.ToUpper(g.Brand[:2]), n)
	g.RU = words(k.ru, a.ru.agreeing(k.gender), g.Brand, g.Model, c.agreeing(k.gender))
	g.EN = words(capital(c.en), a.own, g.Brand, g.Model, k.en)
	return g
}

func words(all ...string) string {
	return strings.Join(slices.DeleteFunc(all, func(s string) bool { return s == "" }), " ")
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// model is a made-up name, now and then with a number.
func model(dice *rand.Rand) string {
	beginnings, ends := []string{"Al", "Bor", "Cor", "Dav", "El", "Fan", "Gar", "Hex", "Il", "Jor", "Kal", "Lor", "Mir", "Nor", "Or", "Pal"},
		[]string{"ano", "ero", "ita", "um", "ex", "ona", "ide", "ara", "in", "os", "ado", "ette", "ium", "as", "or", "elle"}
	name := beginnings[dice.IntN(len(beginnings))] + ends[dice.IntN(len(ends))]
	if dice.IntN(3) == 0 {
		name += fmt.Sprintf(" %d", 100+10*dice.IntN(90))
	}
	return name
}

func sizes(dice *rand.Rand, of string) []string {
	all := map[string][]string{"shoe": {"36", "37", "38", "39", "40", "41", "42", "43", "44", "45"}, "cloth": {"XS", "S", "M", "L", "XL", "XXL"}}[of]
	if len(all) == 0 {
		return nil
	}
	from := dice.IntN(len(all) - 2)
	return all[from : from+3]
}
