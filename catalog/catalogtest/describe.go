package catalogtest

import (
	"math/rand/v2"
	"strings"

	"parley/catalog"
)

// feature is what only the description of a good says.
type feature struct{ name, en, ru string }

var features = []feature{
	{"waterproof", "Fully waterproof.", "Непромокаемая ткань."},
	{"reflective", "Reflective stripes on both sides.", "Светоотражающие полосы с двух сторон."},
	{"vegan", "Certified vegan.", "Без материалов животного происхождения, веганский."},
	{"handmade", "Handmade in a small workshop.", "Ручная работа небольшой мастерской."},
	{"foldable", "Foldable, with a pouch.", "Складной, с чехлом."},
	{"recycled", "Made of recycled bottles.", "Из переработанных бутылок."},
	{"orthopaedic", "With an orthopaedic sole.", "Ортопедическая стелька."},
	{"magnetic", "With a magnetic clasp.", "Магнитная застежка."},
}

// prose are sentences that shops write of anything.
var prose = []struct{ en, ru string }{
	{"Comes in a gift box.", "Поставляется в подарочной коробке."}, {"Tested for three seasons.", "Проверено тремя сезонами."},
	{"Our buyers come back for it.", "За ней возвращаются наши покупатели."}, {"Easy to look after.", "Легко ухаживать."},
	{"Designed for everyday life in the city.", "Создано для повседневной жизни в городе."}, {"Light, strong and quiet.", "Легкость, прочность и тишина."},
	{"The seams are double stitched.", "Швы прошиты дважды."}, {"Keeps its shape for years.", "Годами сохраняет форму."},
	{"A warranty of two years is included.", "Гарантия два года."}, {"Goes well with anything you own.", "Сочетается с любым гардеробом."},
	{"Colours may differ slightly on your screen.", "Оттенок может отличаться на экране."}, {"Wash at thirty degrees.", "Стирать при тридцати градусах."},
}

// Feature is what only the description of the nth good says.
func Feature(n int) string { return features[n*5%len(features)].name }

// Description is the description of the nth good.
func Description(n int) catalog.Text {
	dice := rand.New(rand.NewPCG(20_241, uint64(n)))
	f := features[n*5%len(features)]
	var en, ru []string
	for _, i := range dice.Perm(len(prose))[:5] {
		en, ru = append(en, prose[i].en), append(ru, prose[i].ru)
	}
	return catalog.Text{"en": strings.Join(append(en, f.en), " "), "ru": strings.Join(append(ru, f.ru), " ")}
}
