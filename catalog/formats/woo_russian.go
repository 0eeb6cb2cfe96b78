package formats

import (
	"regexp"
	"strings"
)

// wooRussian is what WooCommerce calls the columns of its export in Russian, as its translations of several years have
// it, by what it calls them in English. All in lower case.
var wooRussian = map[string]string{
	"тип": "type", "артикул": "sku", "gtin, upc, ean или isbn": wooBarcode, "имя": "name", "название": "name", "опубликован": "published",
	"описание": "description", "краткое описание": "short description", "короткое описание": "short description",
	"наличие": "in stock?", "в наличии?": "in stock?", "запасы": "stock", "возможен ли предзаказ?": "backorders allowed?",
	"акционная цена": "sale price", "цена распродажи": "sale price", "базовая цена": "regular price", "обычная цена": "regular price",
	"категории": "categories", "метки": "tags", "бренды": "brands", "изображения": "images", "родительский": "parent", "позиция": "position",
}

// wooRussianUnits are units of weight.
var wooRussianUnits = map[string]string{"кг": "kg", "г": "g", "фунты": "lbs", "унции": "oz", "kg": "kg", "g": "g", "lbs": "lbs", "oz": "oz"}

var (
	wooRussianName   = regexp.MustCompile(`^(?:имя|название) атрибута (\d+)$`)
	wooRussianValues = regexp.MustCompile(`^(?:значения атрибутов|значение\(-я\) ат{1,2}рибута\(-ов\)) (\d+)$`)
	wooRussianWeight = regexp.MustCompile(`^вес \((\p{L}+)\)$`)
)

// inEnglish is the columns of a Russian export of WooCommerce by their English names; those of other files as they are.
func inEnglish(columns map[string]int) map[string]int {
	for _, sign := range []string{"тип", "артикул"} {
		if _, there := columns[sign]; !there {
			return columns
		}
	}
	english := make(map[string]int, len(columns))
	for name, at := range columns {
		translated := wooInEnglish(name)
		if other, twice := english[translated]; !twice || at < other {
			english[translated] = at
		}
	}
	return english
}

func wooInEnglish(name string) string {
	if known, ok := wooRussian[name]; ok {
		return known
	}
	if found := wooRussianName.FindStringSubmatch(name); found != nil {
		return "attribute " + found[1] + " name"
	}
	if found := wooRussianValues.FindStringSubmatch(name); found != nil {
		return "attribute " + found[1] + " value(s)"
	}
	if found := wooRussianWeight.FindStringSubmatch(name); found != nil {
		if unit := wooRussianUnits[found[1]]; unit != "" {
			return "weight (" + unit + ")"
		}
	}
	if meta, ok := strings.CutPrefix(name, "мета:"); ok {
		return "meta:" + meta
	}
	return name
}
