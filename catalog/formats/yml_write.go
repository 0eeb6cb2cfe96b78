package formats

import (
	"io"
	"strconv"

	"parley/catalog"
)

// yml writes what is for sale as Yandex Market Language. full adds what only a shop that reads it back needs:
// how many pieces there are, which params are options, and variants that are hidden.
func (w *writing) yml(to io.Writer, full bool) error {
	t := newTags(to)
	shop := w.goods.Shop
	t.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<yml_catalog>\n<shop>\n")
	t.element("name", shop.Name.In(w.language))
	t.element("company", shop.Name.In(w.language))
	t.element("url", w.site+"/chat/"+shop.Slug)
	currency := string(shop.Currency)
	if currency == "RUB" {
		currency = "RUR"
	}
	t.raw("<currencies><currency id=\"%s\" rate=\"1\"/></currencies>\n<categories>\n", currency)
	for _, c := range w.goods.Categories {
		parent := ""
		if c.Parent != 0 {
			parent = strconv.FormatInt(int64(c.Parent), 10)
		}
		t.element("category", c.Name.In(w.language), "id", strconv.FormatInt(int64(c.ID), 10), "parentId", parent)
	}
	t.raw("</categories>\n<offers>\n")
	for p, err := range w.goods.Products() {
		if err != nil {
			return err
		}
		if p.State != catalog.Active {
			continue
		}
		for _, v := range p.Variants {
			if full || v.State == catalog.Active {
				w.offer(t, p, v, currency, full)
			}
		}
	}
	t.raw("</offers>\n</shop>\n</yml_catalog>\n")
	return t.end()
}

func (w *writing) offer(t *tagWriter, p catalog.Product, v catalog.Variant, currency string, full bool) {
	group := ""
	if len(p.Options) > 0 {
		group = strconv.FormatInt(int64(p.ID), 10)
	}
	t.open("offer", "id", offerID(v), "available", strconv.FormatBool(v.Free() > 0 && v.State == catalog.Active), "group_id", group)
	t.raw("\n")
	t.element("name", p.Title.In(w.language))
	t.element("vendor", p.Vendor)
	t.element("url", w.page(p))
	t.element("price", v.Price.Major())
	if v.CompareAt.Minor > v.Price.Minor {
		t.element("oldprice", v.CompareAt.Major())
	}
	t.element("currencyId", currency)
	if p.Category != 0 {
		t.element("categoryId", strconv.FormatInt(int64(p.Category), 10))
	}
	for _, link := range w.pictures(p, v) {
		t.element("picture", link)
	}
	t.element("description", markup(p.Description[w.language]))
	t.element("barcode", v.Barcode)
	t.element("weight", kilograms(v.Weight))
	if full && v.Tracked {
		t.element("count", strconv.Itoa(v.OnHand))
	}
	if p.Kind == catalog.Digital {
		t.element("downloadable", "true")
	}
	option := ""
	if full {
		option = "true"
	}
	for i, value := range w.named(p, v) {
		t.element("param", value, "name", p.Options[i].Name.In(w.language), "option", option)
	}
	for _, a := range p.Attributes {
		if name := a.Name[w.language]; name != "" {
			t.element("param", a.Value[w.language], "name", name)
		}
	}
	t.raw("</offer>\n")
}

// offerID is what a variant is known by elsewhere.
func offerID(v catalog.Variant) string {
	if v.SKU != "" {
		return v.SKU
	}
	return "v-" + strconv.FormatInt(int64(v.ID), 10)
}

// pictures are the addresses of a variant's pictures, its own first.
func (w *writing) pictures(p catalog.Product, v catalog.Variant) (links []string) {
	own := imageOf(p, v)
	if own != "" {
		links = append(links, w.link(own))
	}
	for _, image := range p.Images {
		if image.Src != own {
			links = append(links, w.link(image.Src))
		}
	}
	return links
}
