package formats

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestARussianExportOfWooCommerceSaysWhatAnEnglishOneDoes(t *testing.T) {
	const english = "Type,SKU,Name,Published,In stock?,Stock,Weight (kg),Sale price,Regular price,Categories,Tags,Images,Parent,Attribute 1 name,Attribute 1 value(s),Meta: _parley_handle\n"
	const rows = "variable,B,Boots,1,1,,0.9,,,Shoes > Boots,warm,https://pictures.example/b.jpg,,Size,\"41, 42\",boots\n" +
		"variation,B-41,Boots 41,1,1,3,,40,50,,,,B,Size,41,\n" +
		"variation,B-42,Boots 42,1,1,0,,,50,,,,B,Size,42,\n"
	_, want, wrong := read(t, shop("", "en"), []byte(english+rows))
	if len(want) != 1 || len(want[0].Product.Variants) != 2 || len(wrong) > 0 {
		t.Fatalf("the English one is %+v, %v", want, wrong)
	}
	for _, header := range []string{
		"Тип,Артикул,Имя,Опубликован,Наличие,Запасы,Вес (кг),Акционная цена,Базовая цена,Категории,Метки,Изображения,Родительский,Название атрибута 1,Значения атрибутов 1,Мета: _parley_handle\n",
		"Тип,Артикул,Имя,Опубликован,В наличии?,Запасы,Вес (kg),Цена распродажи,Базовая цена,Категории,Метки,Изображения,Родительский,Имя атрибута 1,Значение(-я) аттрибута(-ов) 1,Мета: _parley_handle\n",
	} {
		format, got, wrong := read(t, shop("", "en"), []byte(header+rows))
		if format != "woocommerce" || len(wrong) > 0 {
			t.Errorf("it is %s, and wrong with %v", format, wrong)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	_, _, wrong = read(t, shop("", "en"), []byte("Тип,Артикул,Имя,Базовая цена\nsimple,A,Lamp,ten\n"))
	if len(wrong) != 1 || wrong[0].Column != "Базовая цена" {
		t.Errorf("an error is not said in the words of the file: %+v", wrong)
	}
}
