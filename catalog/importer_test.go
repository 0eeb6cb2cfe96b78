package catalog_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/catalog"
	"parley/catalog/money"
	"parley/dialogs/texts"
	"parley/migrations/db"
	"parley/migrations/dbtest"
)

// empty is a shop without anything.
func empty(t testing.TB, d *db.DB) *bench {
	t.Helper()
	b := open(d)
	shop, err := b.SaveMerchant(t.Context(), catalog.Merchant{Slug: "s", Name: en("S"), Languages: []string{"en"}, Currency: "USD"})
	ok(t, err)
	b.shop = shop.ID
	return b
}

// report is what an import did, or would do. When there are errors, nothing was done.
type report struct {
	Created, Changed, Unchanged []string // handles, in the order of the file
	Variants, Images            int
	Errors                      []string
}

// look uploads a file.
func (b *bench) look(t testing.TB, file []byte) catalog.Import {
	t.Helper()
	i, err := b.Upload(t.Context(), b.shop, catalog.Upload{Name: "products", Who: "tester", File: bytes.NewReader(file)})
	ok(t, err)
	return i
}

// told is what is kept of an import.
func (b *bench) told(t testing.TB, i catalog.Import) (r report) {
	t.Helper()
	for what, handles := range map[catalog.ImportWhat]*[]string{
		catalog.ImportCreates: &r.Created, catalog.ImportChanges: &r.Changed, catalog.ImportLeaves: &r.Unchanged,
	} {
		for page := (catalog.Page{Limit: 200}); ; page.Offset += page.Limit {
			items, err := b.ImportItems(t.Context(), b.shop, i.ID, what, page)
			ok(t, err)
			for _, item := range items {
				*handles = append(*handles, item.Handle)
			}
			if len(items) < page.Limit {
				break
			}
		}
	}
	wrong, err := b.ImportErrors(t.Context(), b.shop, i.ID, catalog.Page{})
	ok(t, err)
	for _, e := range wrong {
		args := map[string]any{}
		for name, value := range e.Refusal.Args {
			args[name] = value
		}
		r.Errors = append(r.Errors, fmt.Sprintf("%d %s: %s", e.Row, e.Column, texts.Say("en", e.Refusal.Key, args)))
	}
	r.Variants, r.Images = i.Variants, i.Images
	if len(r.Created) != i.Created || len(r.Changed) != i.Changed || len(r.Unchanged) != i.Unchanged || len(r.Errors) != i.Wrong {
		t.Errorf("%+v is counted as %+v", r, i)
	}
	return r
}

// confirm brings a file in that was looked at.
func (b *bench) confirm(t testing.TB, i catalog.Import) catalog.Import {
	t.Helper()
	b.clk.pass(time.Second)
	_, err := b.Confirm(t.Context(), b.shop, i.ID, catalog.Consent{Sweeping: true})
	ok(t, err)
	done, err := b.Work(t.Context(), b.shop, i.ID, nil)
	ok(t, err)
	return done
}

// load brings a file in, if nothing is wrong with it.
func (b *bench) load(t testing.TB, file []byte) report {
	t.Helper()
	i := b.look(t, file)
	if i.State == catalog.ImportReady {
		if done := b.confirm(t, i); done.State != catalog.ImportApplied || done.Done != done.Total {
			t.Errorf("it ended as %+v", done)
		}
	}
	return b.told(t, i)
}

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("testdata", name))
	ok(t, err)
	return file
}

func (b *bench) handle(t testing.TB, handle string) catalog.Product {
	t.Helper()
	p, err := b.FindByHandle(t.Context(), b.shop, handle)
	ok(t, err)
	return p
}

func TestATrickyFileComesInWhole(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := empty(t, d)
		file := fixture(t, "tricky.csv")
		trial := b.told(t, b.look(t, file))
		if list, err := b.Products(t.Context(), b.shop, 0, catalog.Page{}); err != nil || list.Total != 0 {
			t.Errorf("a trial left %+v, %v", list, err)
		}
		got := b.load(t, file)
		if diff := cmp.Diff(trial, got); diff != "" {
			t.Errorf("the trial said otherwise: %s", diff)
		}
		want := report{Created: []string{"polar-mug", "pattern", "engraving", "кружка"}, Variants: 6, Images: 4}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		mug := b.handle(t, "polar-mug")
		said := fmt.Sprintf("%s|%q|%s|%v|%s|%s", mug.Title["en"], mug.Description["en"], mug.Vendor, mug.Tags, mug.State, mug.Kind)
		if said != `Mug "Polar"|"Holds 0.3\u00a0l.\n• Safe in the dishwasher\n• White"|Kiln & Co|[Mug Gift]|active|physical` {
			t.Error(said)
		}
		var srcs, options, variants []string
		for _, image := range mug.Images {
			srcs = append(srcs, strings.TrimPrefix(image.Src, "https://pictures.example/")+"="+image.Alt["en"])
		}
		for _, option := range mug.Options {
			for _, value := range option.Values {
				options = append(options, option.Name["en"]+"="+value.Name["en"])
			}
		}
		items, err := b.Sellable(t.Context(), b.shop, mug.Variants[0].ID, mug.Variants[1].ID, mug.Variants[2].ID)
		ok(t, err)
		for _, v := range items {
			variants = append(variants, fmt.Sprint(v.SKU, " ", v.Barcode, " ", v.Price.Major(), " ", v.CompareAt.Minor, " ", v.Weight, " ",
				v.Tracked, " ", v.OnHand, " ", v.Options["en"], " ", filepath.Base(v.Src)))
		}
		for _, check := range [][2]string{
			{fmt.Sprint(srcs), "[mug-1.jpg=Front, with\nthe bear mug-2.jpg=The handle mug-3.jpg= white.jpg=]"},
			{fmt.Sprint(options), "[Size=S Size=L Colour=white Colour=black Glaze=matt Glaze=gloss]"},
			{strings.Join(variants, "\n"), "MUG-1 4600000000017 12.50 1500 350 true 7 S / white / matt white.jpg\n" +
				"MUG-2  12.50 0 350 true 0 S / black / matt mug-1.jpg\nMUG-3  14.00 0 500 false 3 L / white / gloss white.jpg"},
			{fmt.Sprint(mug.Attributes), "[{map[en:SEO Title] map[en:Polar mug]} {map[en:Google Shopping / Gender] map[en:unisex]}]"},
		} {
			if check[0] != check[1] {
				t.Errorf("got\n%s\nwant\n%s", check[0], check[1])
			}
		}
		kitchen, err := b.Browse(t.Context(), b.shop, 0)
		ok(t, err)
		if len(kitchen) != 2 || kitchen[0].Name["en"] != "Kitchen" || kitchen[0].Products != 1 || mug.Category != kitchen[0].ID {
			t.Errorf("%+v", kitchen)
		}
		if p := b.handle(t, "pattern"); p.Kind != catalog.Digital || p.State != catalog.Draft || p.Description["en"] != "Two lines,\nno markup." {
			t.Errorf("%+v", p)
		}
		if p := b.handle(t, "engraving"); p.Kind != catalog.Services || p.State != catalog.Active || p.Variants[0].Tracked {
			t.Errorf("%+v", p)
		}
		if p := b.handle(t, "кружка"); p.State != catalog.Draft {
			t.Errorf("%+v", p)
		}
		b.sound(t)
	})
}

func TestImportingAgainChangesOnlyWhatIsDifferent(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := empty(t, d)
		file := fixture(t, "tricky.csv")
		b.load(t, file)
		mug := b.handle(t, "polar-mug")
		ok(t, b.Reserve(t.Context(), b.shop, "order:1", nil, []catalog.Want{{mug.Variants[0].ID, 2}}))
		ok(t, b.Take(t.Context(), "order:1", "order:1", "buyer"))
		mug.Title["ru"] = "Кружка"
		b.save(t, mug)

		var before, after []string
		dump := func() (rows []string) {
			for _, table := range []string{"products", "variants", "images", "options", "option_values", "stock_moves", "categories", "shelves", "product_words"} {
				var found []map[string]any
				ok(t, d.On(t.Context()).Raw("select * from "+table+" order by 1, 2, 3").Scan(&found).Error)
				rows = append(rows, fmt.Sprint(table, found))
			}
			return rows
		}
		before = dump()
		b.clk.pass(3600e9)
		again := b.load(t, file)
		if len(again.Unchanged) != 4 || len(again.Created)+len(again.Changed)+len(again.Errors) != 0 {
			t.Errorf("%+v", again)
		}
		if after = dump(); cmp.Diff(before, after) != "" {
			t.Error(cmp.Diff(before, after))
		}

		dearer := bytes.Replace(file, []byte(",14,,true"), []byte(",15,,true"), 1)
		got := b.load(t, dearer)
		if fmt.Sprint(got.Changed) != "[polar-mug]" || len(got.Unchanged) != 3 {
			t.Errorf("%+v", got)
		}
		now := b.handle(t, "polar-mug")
		if now.Variants[2].Price != usd(1500) || now.Variants[0].OnHand != 5 || now.Title["ru"] != "Кружка" {
			t.Errorf("%+v", now)
		}
		b.sound(t)
	})
}

func TestAFileWithErrorsSaysTheirRowsAndDoesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := empty(t, d)
		header := "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,Variant Grams,Variant Inventory Policy,Status,Image Src,Image Position\n"
		taken := simple("other", 0)
		taken.Variants[0].SKU = "TAKEN"
		b.save(t, taken)
		for _, file := range []struct{ name, text, want string }{
			{"nothing", "", "1 : The file is empty."},
			{"no header", "a,b\n", "1 : This is no file of products that is known: a product CSV of Shopify or WooCommerce, a Yandex Market YML, or our own XLSX or CSV with the columns handle and title:en."},
			{"price", header + "good,Good,,,,1\nbad,Bad,,,,1.999\n", "3 Variant Price: “1.999” is not a price in USD."},
			{"negative", header + "bad,Bad,,,,-1\n", "2 Variant Price: -1 is less than nothing."},
			{"weight", header + "bad,Bad,,,,1,heavy\n", "2 Variant Grams: “heavy” is not a whole number."},
			{"policy", header + "bad,Bad,,,,1,1,maybe\n", "2 Variant Inventory Policy: “maybe” is neither deny nor continue."},
			{"status", header + "bad,Bad,,,,1,1,,sold\n", "2 Status: “sold” is none of active, draft and archived."},
			{"position", header + "bad,Bad,,,,1,1,,,a.png,first\n", "2 Image Position: The position of an image is a number from 1."},
			{"title", header + "bad,,,,,1\n", "2 Title: The product has no title."},
			{"handle", header + ",Bad,,,,1\n", "2 Handle: The row does not say which product it belongs to."},
			{"twice", header + "bad,Bad,Size,S,,1\nbad,,,S,,1\n", "3 Option1 Value: Row 2 has the same option values."},
			{"no value", header + "bad,Bad,Size,S,,1\nbad,,,,,1\n", "3 Option1 Value: The variant has no value for the option “Size”."},
			{"sku", header + "bad,Bad,Size,S,A,1\nbad,,,M,A,1\n", "2 Variant SKU: The SKU A is given twice."},
			{"taken", header + "bad,Bad,,,TAKEN,1\n", "2 Variant SKU: The SKU TAKEN belongs to another product."},
			{"quote", header + "bad,\"Bad,,,,1\n", "2 : The row cannot be read: a quotation mark is missing or stands where it should not."},
			{"utf8", header + "bad,\xff\xfe,,,,1\n", "2 Title: The field is not UTF-8 text; save the file as UTF-8."},
			{"wide", header + "bad,Bad,,,,1,1,,,,,x\n", "2 : The row has more fields than the header."},
			{"long", header + "bad,\"" + strings.Repeat("x", 1<<20+1) + "\"\n", "2 Title: The field is longer than 1 MB."},
		} {
			got := b.load(t, []byte(file.text))
			if strings.Join(got.Errors, "; ") != file.want {
				t.Errorf("%s: got %q, want %q", file.name, got.Errors, file.want)
			}
		}
		if list, err := b.Products(t.Context(), b.shop, 0, catalog.Page{}); err != nil || list.Total != 1 {
			t.Errorf("%+v, %v", list, err)
		}
		b.sound(t)
	})
}

// shared is the folder with files that are not in the repository.
func shared(t testing.TB) string {
	t.Helper()
	folder := os.Getenv("PARLEY_SHARED")
	if folder == "" {
		folder = filepath.Join("..", "..", "shared")
	}
	if _, err := os.Stat(folder); err != nil {
		t.Skipf("SKIPPED, NOT PROVEN ON REAL FILES: there is no folder %s; PARLEY_SHARED may name one", folder)
	}
	return folder
}

func TestRealFilesComeInWholeAndCanBeBought(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(shared(t), "data", "shopify", "*.csv"))
	if err != nil || len(files) < 2 {
		t.Fatalf("real files: %v, %v", files, err)
	}
	for _, name := range files {
		file, err := os.ReadFile(name)
		ok(t, err)
		t.Run(filepath.Base(name), func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				b := empty(t, d)
				got := b.load(t, file)
				if len(got.Errors) > 0 {
					t.Fatal(got.Errors)
				}
				seen := b.compare(t, file)
				if seen.handles != len(got.Created) || seen.variants != got.Variants || seen.images != got.Images || seen.handles < 20 {
					t.Errorf("the file has %+v, the report %d products, %d variants, %d images", seen, len(got.Created), got.Variants, got.Images)
				}
				if again := b.load(t, file); len(again.Unchanged) != seen.handles {
					t.Errorf("again: %+v", again)
				}
				b.sound(t)
			})
		})
	}
}

type tally struct{ handles, variants, images int }

// compare reads a file row by row, without the importer, and looks for each thing in the shop.
func (b *bench) compare(t testing.TB, file []byte) (seen tally) {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(file)).ReadAll()
	ok(t, err)
	at := map[string]int{}
	for i, name := range rows[0] {
		at[name] = i
	}
	products, variantOf, valuesOf := map[string]catalog.Product{}, map[string]int{}, map[string]map[string]bool{}
	for n, row := range rows[1:] {
		get := func(column string) string { return row[at[column]] }
		handle := get("Handle")
		p, known := products[handle]
		if !known {
			p = b.handle(t, handle)
			products[handle], valuesOf[handle] = p, map[string]bool{}
			seen.handles++
			var tags []string
			for _, tag := range strings.Split(get("Tags"), ",") {
				if tag = strings.TrimSpace(tag); tag != "" {
					tags = append(tags, tag)
				}
			}
			named := 0
			if name := get("Option1 Name"); name != "" && name != "Title" {
				named = 1
				if p.Options[0].Name["en"] != name {
					t.Errorf("row %d: the option is called %v", n+2, p.Options[0].Name)
				}
			}
			if p.Title["en"] != get("Title") || p.Vendor != get("Vendor") || !slices.Equal(p.Tags, tags) || len(p.Options) != named || p.State != catalog.Active {
				t.Errorf("row %d is %+v", n+2, p)
			}
			text := strings.NewReplacer("<p>", "", "</p>", "", "<span>", "", "</span>", "").Replace(get("Body (HTML)"))
			if !strings.Contains(text, "<") && p.Description["en"] != strings.TrimSpace(text) && !strings.Contains(text, "\n") && !strings.Contains(text, "&") {
				t.Errorf("row %d: %q became %q", n+2, text, p.Description["en"])
			}
			if name := get("Type"); name != "" {
				if c, err := b.Category(t.Context(), b.shop, p.Category); err != nil || c.Name["en"] != name {
					t.Errorf("row %d: it stands in %+v, %v", n+2, c, err)
				}
			}
		}
		if src := get("Image Src"); src != "" {
			seen.images++
			if !slices.ContainsFunc(p.Images, func(i catalog.Image) bool { return i.Src == src }) {
				t.Errorf("row %d: there is no image %s", n+2, src)
			}
		}
		if get("Variant Price") == "" {
			continue
		}
		seen.variants++
		v := p.Variants[variantOf[handle]]
		variantOf[handle]++
		price, err := money.Parse(get("Variant Price"), "USD")
		ok(t, err)
		before := money.Amount{}
		if text := get("Variant Compare At Price"); text != "" {
			before, err = money.Parse(text, "USD")
			ok(t, err)
		}
		quantity, _ := strconv.Atoi(get("Variant Inventory Qty"))
		tracked := get("Variant Inventory Tracker") != ""
		if v.Price != price || v.CompareAt != before || v.Tracked != tracked || v.OnHand != quantity || v.SKU != get("Variant SKU") {
			t.Errorf("row %d is %+v", n+2, v)
		}
		if len(p.Options) > 0 {
			valuesOf[handle][get("Option1 Value")] = true
			k := slices.IndexFunc(p.Options[0].Values, func(o catalog.Value) bool { return o.ID == v.Values[0] })
			if p.Options[0].Values[k].Name["en"] != get("Option1 Value") || len(p.Variants) < len(valuesOf[handle]) {
				t.Errorf("row %d has %v", n+2, p.Options[0].Values[k])
			}
		}
		b.buy(t, v, n)
	}
	for handle, p := range products {
		if len(p.Variants) != variantOf[handle] || len(p.Options) > 0 && len(p.Options[0].Values) != len(valuesOf[handle]) {
			t.Errorf("%s: %+v", handle, p)
		}
	}
	return seen
}

func (b *bench) buy(t testing.TB, v catalog.Variant, n int) {
	t.Helper()
	if v.Free() > 0 {
		holder := fmt.Sprint("order:", n)
		ok(t, b.Reserve(context.Background(), b.shop, holder, nil, []catalog.Want{{v.ID, 1}}))
		ok(t, b.Take(context.Background(), holder, holder, "buyer"))
	}
}
