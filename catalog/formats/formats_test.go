package formats

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/catalog"
	"parley/dialogs/texts"
)

// shop sells in a currency and speaks a language first.
func shop(currency, language string) catalog.Merchant {
	m := catalog.Merchant{Slug: "s", Languages: []string{language}, Currency: "USD"}
	if currency != "" {
		m.Currency = "RUB"
	}
	return m
}

// read reads a file to its end.
func read(t testing.TB, m catalog.Merchant, content []byte) (format string, found []catalog.Listing, wrong []catalog.RowError) {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.Write(content); err != nil {
		t.Fatal(err)
	}
	reading, err := Files{Site: "https://shop.example"}.Open(file, m)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	defer reading.Close()
	wrong = append(wrong, reading.Errors()...)
	for {
		l, err := reading.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("next: %v", err)
		}
		found, wrong = append(found, l), append(wrong, l.Errors...)
	}
	if len(found) != reading.Products() {
		t.Errorf("%d products were announced and %d read", reading.Products(), len(found))
	}
	return reading.Format(), found, wrong
}

func sentences(wrong []catalog.RowError) (all []string) {
	for _, e := range wrong {
		args := map[string]any{}
		for name, value := range e.Refusal.Args {
			args[name] = value
		}
		all = append(all, fmt.Sprintf("%d %s: %s", e.Row, e.Column, texts.Say("en", e.Refusal.Key, args)))
	}
	return all
}

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// drawn is a listing in a few lines.
func drawn(l catalog.Listing) []string {
	p, language := l.Product, l.Languages[0]
	var shelf, images []string
	for _, name := range l.Shelf {
		shelf = append(shelf, name[language])
	}
	for _, image := range p.Images {
		images = append(images, strings.TrimPrefix(image.Src, "https://pictures.example/"))
	}
	lines := []string{fmt.Sprintf("%d %s|%s|%q|%s|%s|%s|%q|%v|%v", l.Row, p.Handle, p.Title[language], p.Description[language], p.Vendor, p.State, p.Kind, p.Tags, shelf, images)}
	for _, a := range p.Attributes {
		lines = append(lines, "attribute "+a.Name[language]+": "+a.Value[language])
	}
	for _, v := range p.Variants {
		line := fmt.Sprint(v.SKU, " ", v.Barcode, " ", v.Price.Major(), " ", v.CompareAt.Minor, " ", v.Weight, " ", v.Tracked, " ", v.OnHand, " image ", v.Image)
		for i, value := range v.Values {
			for _, one := range p.Options[i].Values {
				if one.ID == value {
					line += " " + p.Options[i].Name[language] + "=" + one.Name[language]
				}
			}
		}
		lines = append(lines, line)
	}
	return lines
}

func expect(t *testing.T, found []catalog.Listing, want []string) {
	t.Helper()
	var got []string
	for _, l := range found {
		got = append(got, drawn(l)...)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAMarketFileIsRead(t *testing.T) {
	format, found, wrong := read(t, shop("RUB", "ru"), fixture(t, "market.yml"))
	if format != "yml" || len(wrong) > 0 {
		t.Errorf("%s %v", format, sentences(wrong))
	}
	expect(t, found, []string{
		`12 700|Свитер «Метель»|"Связан вручную.\n• Шерсть"|Пряжа|active||[]|[Одежда Свитеры & кофты]|[grey-1.jpg grey-2.jpg white.jpg]`,
		"attribute Состав: шерсть",
		"SW-42 4600000000017 2490.50 299000 750 true 4 image 1 Размер=42 RU Цвет=серый",
		"SW-44  2590.00 0 0 false 0 image 3 Размер=44 RU Цвет=белый",
		`29 mug|Кружка Обжиг Полюс|""|Обжиг|active||[]|[Одежда]|[]`,
		"MUG  500.00 0 0 true 0 image 0",
	})
}

func TestAWooCommerceFileIsRead(t *testing.T) {
	format, found, wrong := read(t, shop("", "en"), fixture(t, "woo.csv"))
	if format != "woocommerce" || len(wrong) > 0 {
		t.Errorf("%s %v", format, sentences(wrong))
	}
	expect(t, found, []string{
		`2 tee-fjord-10|Tee "Fjord"|"Soft."||active|physical|["new" "cotton, organic"]|[Clothing Tees]|[tee.jpg tee-red.jpg]`,
		"attribute Material: Cotton",
		"TEE-R  15.00 2000 200 true 5 image 2 Colour=red",
		"TEE-B  20.00 0 250 true 0 image 0 Colour=blue",
		`4 e-book-12|E-book|"Words"||active|digital|[]|[Books]|[]`,
		"EBOOK  7.00 0 0 false 0 image 0",
		`6 an-hour-14|An hour|""||draft|service|[]|[]|[]`,
		"HOUR  50.00 0 0 false 0 image 0",
	})
}

func TestOurOwnTableIsReadInWhateverOrderItsRowsAre(t *testing.T) {
	_, found, wrong := read(t, shop("", "en"), []byte(strings.Join([]string{
		"handle;title:en;title:ru;category:en;option1:en;value1:en;sku;price;stock;attributes:en;attributes:ru;images;alt:en",
		"boot;;;;Size;42;B-42;50,5;3;;;;",
		"mug;Mug;Кружка;Kitchen > Mugs;;;M;9;;\"Material: Clay\nFits: 3:1 \\: more\";\"Материал: глина\n–\";\"a.svg\nhttps://pictures.example/b.jpg\";\"–\nside\"",
		"boot;Boot;;;Size;41;B-41;50;0;;;;",
	}, "\n")))
	if len(wrong) > 0 {
		t.Error(sentences(wrong))
	}
	expect(t, found, []string{
		`2 boot|Boot|""||active||[]|[]|[]`,
		"B-42  50.50 0 0 true 3 image 0 Size=42",
		"B-41  50.00 0 0 true 0 image 0 Size=41",
		`3 mug|Mug|""||active||[]|[Kitchen Mugs]|[a.svg b.jpg]`,
		"attribute Material: Clay",
		"attribute Fits: 3:1 : more",
		"M  9.00 0 0 false 0 image 0",
	})
	mug := found[1].Product
	if mug.Title["ru"] != "Кружка" || mug.Attributes[0].Value["ru"] != "глина" || mug.Images[1].Alt["en"] != "side" || len(mug.Images[0].Alt) != 0 {
		t.Errorf("%+v", mug)
	}
}
