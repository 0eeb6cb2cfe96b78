package formats

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"

	"parley/catalog"
)

const head = "Handle,Title,Variant Price\n"

const ymlHead = `<yml_catalog><shop><categories><category id="1">C</category></categories><offers>`

func offerOf(id, more string) string {
	return `<offer id="` + id + `"><name>N</name><price>1</price><categoryId>1</categoryId>` + more + `</offer>`
}

const ymlTail = `</offers></shop></yml_catalog>`

// book is a workbook of rows.
func book(t testing.TB, rows ...[]any) []byte {
	t.Helper()
	file := excelize.NewFile()
	for i, row := range rows {
		if err := file.SetSheetRow("Sheet1", fmt.Sprint("A", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := file.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// zipped is a zip of one part.
func zipped(t testing.TB, name string, content []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	part, err := archive.Create(name)
	if err == nil {
		_, err = part.Write(content)
	}
	if err != nil || archive.Close() != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestHostileFilesGetASentenceWithTheirPlace(t *testing.T) {
	good := book(t, []any{"handle", "title:en", "price"}, []any{"a", "A", 1})
	for name, c := range map[string]struct {
		file []byte
		want string // the beginning of the first sentence
	}{
		"nothing":                    {nil, "1 : The file is empty."},
		"only a mark":                {[]byte("\ufeff"), "1 : The file is empty."},
		"an unknown table":           {[]byte("a,b\n1,2\n"), "1 : This is no file of products"},
		"a picture":                  {[]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), "1"},
		"another XML":                {[]byte("<rss></rss>"), "1 : This is no file of products"},
		"a header twice":             {[]byte("Handle,Title,title\na,b,c\n"), "1 title: The column “title” is there twice."},
		"a field of 10 MB":           {[]byte(head + "a,\"" + strings.Repeat("x", 10<<20) + "\",1\n"), "2 : The row is longer than 8 MB"},
		"a field of 2 MB":            {[]byte(head + "a,\"" + strings.Repeat("x", 2<<20) + "\",1\n"), "2 Title: The field is longer than 1 MB."},
		"a row of many fields":       {[]byte(head + "a,b,1" + strings.Repeat(",x", 100_000) + "\n"), "2 : The row has more fields than the header."},
		"a header of many columns":   {[]byte("Handle,Title" + strings.Repeat(",x", 5000) + "\n"), "1 : The header has more than 2000 columns."},
		"a quote that never ends":    {[]byte(head + "a,\"b,1\nc,d,2\n"), "2 : The row cannot be read: a quotation mark is missing"},
		"a NUL":                      {[]byte(head + "a,b\x00c,1\n"), "2 Title: The field is not UTF-8 text"},
		"bytes of no encoding":       {[]byte(head + "a,\xff\xfe\x81,1\n"), "2 Title: The field is not UTF-8 text"},
		"no price at all":            {[]byte("Handle,Title,Variant SKU\na,b,c\n"), "2 variant price: The price is missing."},
		"a price forgotten":          {[]byte(head + "a,b,\n"), "2 Variant Price: The price is missing."},
		"a price of thousandths":     {[]byte(head + "a,b,12.345\n"), "2 Variant Price: “12.345” is not a price in USD."},
		"a price in parts":           {[]byte(head + "a,b,\"1,2,3.45\"\n"), "2 Variant Price: “1,2,3.45” is not a price in USD."},
		"a product without a price":  {[]byte("Type,SKU,Name,Regular price,Sale price\nsimple,A,B,,5\n"), "2 Regular price: The price is missing."},
		"a price that is a formula":  {[]byte(head + "a,b,=1+1\n"), "2 Variant Price: “=1+1” is not a price in USD."},
		"a price without an end":     {[]byte(head + "a,b,1e1000000000\n"), "2 Variant Price: “1e1000000000” is not a price in USD."},
		"a grouped product":          {[]byte("Type,SKU,Name\ngrouped,A,B\n"), "2 Type: “grouped” products cannot be imported"},
		"a variation of nobody":      {[]byte("Type,SKU,Name,Parent\nvariation,A,B,X\n"), "2 Parent: The variation has no parent in the file."},
		"billion laughs":             {[]byte(`<!DOCTYPE yml_catalog [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>` + ymlHead + offerOf("1", "<vendor>&b;</vendor>") + ymlTail), "1 : The file declares entities"},
		"an external entity":         {[]byte(`<!DOCTYPE yml_catalog [<!ENTITY x SYSTEM "file:///etc/passwd">]>` + ymlHead + offerOf("1", "<vendor>&x;</vendor>") + ymlTail), "1 : The file declares entities"},
		"an entity of nobody":        {[]byte(ymlHead + offerOf("1", "<vendor>&x;</vendor>") + ymlTail), "1 : The file breaks off or is no proper XML here."},
		"an XML that breaks off":     {[]byte(ymlHead + offerOf("1", "")), "1 : The file breaks off or is no proper XML here."},
		"a description of 10 MB":     {[]byte(ymlHead + offerOf("1", "<description>"+strings.Repeat("x", 10<<20)+"</description>") + ymlTail), "1 : An element is longer than 4 MB."},
		"elements without end":       {[]byte(ymlHead + strings.Repeat("<a>", 1000)), "1 : The file breaks off or is no proper XML here."},
		"several currencies":         {[]byte(ymlHead + offerOf("1", "<currencyId>USD</currencyId>") + offerOf("2", "<currencyId>EUR</currencyId>") + ymlTail), "1 : The prices are in several currencies (USD, EUR)"},
		"another currency":           {[]byte(ymlHead + offerOf("1", "<currencyId>RUR</currencyId>") + ymlTail), "1 : The prices are in RUB, and the shop sells in USD."},
		"an offer twice":             {[]byte(ymlHead + offerOf("1", "") + "\n" + offerOf("1", "") + ymlTail), "2 id: Row 1 has the same id “1”."},
		"a category of nobody":       {[]byte(strings.Replace(ymlHead, `id="1"`, `id="2"`, 1) + offerOf("1", "") + ymlTail), "1 categoryId: There is no category “1” in the file."},
		"categories in a circle":     {[]byte(strings.Replace(ymlHead, `id="1"`, `id="1" parentId="1"`, 1) + offerOf("1", "") + ymlTail), "1 categoryId: There is no category “1”"},
		"half a workbook":            {good[:len(good)/2], "1 : The spreadsheet is damaged"},
		"a zip that is no workbook":  {zipped(t, "readme.txt", []byte("hi")), "1 : The spreadsheet is damaged"},
		"a workbook of another kind": {book(t, []any{"a", "b"}), "1 : This is no file of products"},
		"a zip bomb":                 {zipped(t, "xl/worksheets/sheet1.xml", make([]byte, mostUnpacked+1)), "1 : The file would unpack to more than 512 MB."},
		"a workbook with an entity":  {zipped(t, "xl/workbook.xml", []byte(`<!DOCTYPE x [<!ENTITY a "b">]><workbook>&a;</workbook>`)), "1 : The spreadsheet is damaged"},
	} {
		_, found, wrong := read(t, shop("", "en"), c.file)
		if len(wrong) == 0 || !strings.HasPrefix(sentences(wrong)[0], c.want) {
			t.Errorf("%s: %d products, %.300v; want %q", name, len(found), sentences(wrong), c.want)
		}
	}
}

func TestEncodingsAreTold(t *testing.T) {
	text := "Handle;Title;Body (HTML);Variant Price\nsapogi;Сапоги «Метель» — зимние;Тёплые, на меху;1,50\n"
	russian, err := charmap.Windows1251.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	yml := strings.ReplaceAll(ymlHead+offerOf("sapogi", "<description>Тёплые, на меху</description>")+ymlTail, "<name>N", "<name>Сапоги «Метель» — зимние")
	ymlRussian, err := charmap.Windows1251.NewEncoder().String(`<?xml version="1.0" encoding="windows-1251"?>` + yml)
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string][]byte{
		"UTF-8": []byte(text), "UTF-8 with a mark": []byte("\ufeff" + text), "windows-1251": []byte(russian),
		"UTF-16LE": wide(text, binary.LittleEndian), "UTF-16BE": wide(text, binary.BigEndian),
		"UTF-16LE without a mark": wide(text, binary.LittleEndian)[2:], "UTF-16BE without a mark": wide(text, binary.BigEndian)[2:],
		"YML": []byte(yml), "YML in windows-1251": []byte(ymlRussian), "YML in UTF-16": wide(yml, binary.LittleEndian),
	} {
		_, found, wrong := read(t, shop("", "ru"), file)
		if len(wrong) > 0 || len(found) != 1 {
			t.Errorf("%s: %v", name, sentences(wrong))
			continue
		}
		if p := found[0].Product; p.Handle != "sapogi" || p.Title["ru"] != "Сапоги «Метель» — зимние" || p.Description["ru"] != "Тёплые, на меху" {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

func TestRussianTextsOfOneByteALetterAreToldApart(t *testing.T) {
	for title, of := range map[string]*charmap.Charmap{
		"Сапоги зимние мужские": charmap.KOI8R, "Сапоги зимние женские": charmap.Windows1251, "САПОГИ ЗИМНИЕ": charmap.Windows1251, "Чай чёрный байховый": charmap.Windows1251,
	} {
		file, err := of.NewEncoder().String("Handle;Title;Variant Price\nx;" + title + ";1,50\n")
		if err != nil {
			t.Fatal(err)
		}
		_, found, wrong := read(t, shop("", "ru"), []byte(file))
		if len(wrong) > 0 || len(found) != 1 || found[0].Product.Title["ru"] != title {
			t.Errorf("%s in %s: %+v %v", title, of, found, sentences(wrong))
		}
	}
}

func TestTablesOfWhateverProgramAreRead(t *testing.T) {
	for name, file := range map[string]string{
		"Excel says what separates":    "sep=;\r\nHandle;Title;Variant Price\r\nmug;Mug;\"1.234,50\"\r\n",
		"lines end as Macs ended them": "Handle,Title,Variant Price\rmug,Mug,\"1,234.50\"\r",
		"empty lines":                  "\n\nHandle,Title,Variant Price\n\nmug,Mug,1 234.50\n\n",
		"tabs":                         "Handle\tTitle\tVariant Price\nmug\tMug\t1234,5\n",
	} {
		_, found, wrong := read(t, shop("", "en"), []byte(file))
		if len(wrong) > 0 || len(found) != 1 || found[0].Product.Title["en"] != "Mug" || found[0].Product.Variants[0].Price.Minor != 123450 {
			t.Errorf("%s: %+v %v", name, found, sentences(wrong))
		}
	}
}

func TestVariationsMeetTheirParentByWhateverNameTheyCallIt(t *testing.T) {
	_, found, wrong := read(t, shop("", "en"), []byte(strings.Join([]string{
		"ID,Type,SKU,Name,Regular price,Parent,Attribute 1 name,Attribute 1 value(s)",
		"3,variation,R,,20,TEE,Colour,red",
		"4,variation,B,,20,id:2,Colour,blue",
		"9,simple,MUG,Mug,7,,,",
		"2,variable,TEE,Tee,,,Colour,\"red, blue, green\"",
		"5,variation,G,,20,TEE,Colour,green",
	}, "\n")))
	if len(wrong) > 0 || len(found) != 2 || len(found[0].Product.Variants) != 3 || found[0].Product.Title["en"] != "Tee" || found[1].Product.Title["en"] != "Mug" {
		t.Errorf("%+v %v", found, sentences(wrong))
	}
}

// wide is a text in UTF-16 with a mark.
func wide(text string, order binary.AppendByteOrder) (all []byte) {
	for _, unit := range utf16.Encode([]rune("\ufeff" + text)) {
		all = order.AppendUint16(all, unit)
	}
	return all
}

func TestNoCellIsAFormula(t *testing.T) {
	for _, text := range []string{"=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "'=1", "''=1", "'x", "'12", "12", "", "a=b", "''", "=", "'"} {
		cell := disarmed(text)
		if armed(cell) || revealed(cell) != text {
			t.Errorf("%q is written as %q and read as %q", text, cell, revealed(cell))
		}
	}
}

func TestNumbersOfSpreadsheetsLoseTheirNoise(t *testing.T) {
	for field, want := range map[string]string{
		"19.989999999999998": "19.99", "19.99": "19.99", "0.30000000000000004": "0.3", "4600000000017": "4600000000017", "no.number.at.all.here": "no.number.at.all.here",
	} {
		if got := rounded(field); got != want {
			t.Errorf("%s became %s, want %s", field, got, want)
		}
	}
}

// sane holds what is read of anything to what the catalogue relies on.
func sane(t *testing.T, found []catalog.Listing, wrong []catalog.RowError) {
	t.Helper()
	for _, e := range wrong {
		if e.Row < 1 || e.Refusal == nil {
			t.Errorf("an error without a row or a sentence: %+v", e)
		}
	}
	for _, said := range sentences(wrong) {
		if strings.Contains(said, "<no value>") || strings.Contains(said, ": file.") {
			t.Errorf("nobody can read %q", said)
		}
	}
	for _, l := range found {
		if l.Row < 1 || len(l.Languages) == 0 {
			t.Errorf("%+v", l)
		}
		for _, v := range l.Product.Variants {
			if len(l.Errors) == 0 && len(v.Values) != len(l.Product.Options) {
				t.Errorf("%s: a variant has %d of %d values", l.Product.Handle, len(v.Values), len(l.Product.Options))
			}
		}
	}
}

func FuzzTable(f *testing.F) {
	f.Add(fixture(f, "woo.csv"))
	f.Add([]byte("Handle,Title,Option1 Name,Option1 Value,Variant Price,Image Src,Variant Image\na,A,Size,S,1,x,y\na,,,M,2,z,x\n"))
	f.Add([]byte("title,handle\r\n\"a\r\nb\",c\r\n"))
	f.Add([]byte("handle;title:en;attributes:en;images;alt:en;category:ru;option1:en;value1:en\na;A;x: y\\: z;i;–;Б > В;Size;S\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		if bytes.HasPrefix(file, []byte("PK")) {
			t.Skip()
		}
		_, found, wrong := read(t, shop("", "en"), file)
		sane(t, found, wrong)
	})
}

func FuzzYML(f *testing.F) {
	f.Add(fixture(f, "market.yml"))
	f.Add([]byte(ymlHead + offerOf("1", "<param name='Size' option='true'>1</param>") + ymlTail))
	f.Add([]byte(`<?xml version="1.0" encoding="windows-1251"?>` + ymlHead + "\xcf\xf0" + ymlTail))
	f.Fuzz(func(t *testing.T, file []byte) {
		_, found, wrong := read(t, shop("RUB", "ru"), append([]byte("<"), file...))
		sane(t, found, wrong)
	})
}

func FuzzWorkbook(f *testing.F) {
	f.Add(book(f, []any{"handle", "title:en", "price", "stock"}, []any{"a", "A", 19.99, 3}))
	f.Fuzz(func(t *testing.T, file []byte) {
		_, found, wrong := read(t, shop("", "en"), append([]byte("PK\x03\x04"), bytes.TrimPrefix(file, []byte("PK\x03\x04"))...))
		sane(t, found, wrong)
	})
}
