package catalog_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/catalog"
	"parley/catalog/fault"
	"parley/migrations/db"
	"parley/migrations/dbtest"
)

const front, back = "https://cdn.example/front.png", "https://cdn.example/back.png"

// pictured is a product with two pictures from elsewhere that are to be fetched; its second variant shows the second.
func pictured(category catalog.CategoryID) catalog.Product {
	p := wool(category)
	p.Images = []catalog.Image{{ID: 1, Src: front, State: catalog.ImagePending}, {ID: 2, Src: back, State: catalog.ImagePending}}
	return p
}

func (b *bench) fetching(p catalog.Product, place int) catalog.FetchImage {
	return catalog.FetchImage{Merchant: b.shop, Product: p.ID, Image: p.Images[place].ID}
}

// listed is what lists show of the only product, and what a cart shows of its first and its third variant.
func (b *bench) listed(t *testing.T, p catalog.Product) [3]string {
	t.Helper()
	list, err := b.Products(t.Context(), b.shop, 0, catalog.Page{})
	ok(t, err)
	items, err := b.Sellable(t.Context(), b.shop, p.Variants[0].ID, p.Variants[2].ID)
	ok(t, err)
	return [3]string{list.Products[0].Image, items[0].Src, items[1].Src}
}

func waiting(t *testing.T, d *db.DB, kind string) (jobs []string) {
	t.Helper()
	ok(t, d.On(t.Context()).Raw("select args from jobs where kind = ? order by id", kind).Scan(&jobs).Error)
	return jobs
}

func TestAPictureFromElsewhereIsShownFromThereUntilWeHaveIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, _, boots := opened(t, d)
		p := b.save(t, pictured(boots))
		if jobs := waiting(t, d, catalog.JobFetchImage); len(jobs) != 2 {
			t.Errorf("to be fetched: %v", jobs)
		}
		if got := b.listed(t, p); got != [3]string{front, front, back} {
			t.Errorf("pending: %v", got)
		}
		copied := catalog.PictureName{Merchant: b.shop, Name: "abcdefghijklmnopqrstuvwxyz"}.String()
		ok(t, b.SettleImage(t.Context(), b.fetching(p, 1), copied, nil))
		ok(t, b.SettleImage(t.Context(), b.fetching(p, 0), "", fault.New(fault.Denied, "outside.private").With("a", "b")))
		if got := b.listed(t, p); got != [3]string{copied, copied, copied} {
			t.Errorf("one failed and one came: %v", got)
		}
		found, err := b.Find(t.Context(), b.shop, p.ID)
		ok(t, err)
		if first := found.Images[0]; first.State != catalog.ImageFailed || first.Failure.Key != "outside.private" || first.Failure.Args["a"] != "b" || first.Shown() != "" {
			t.Errorf("%+v", first)
		}
		b.sound(t)

		again := b.save(t, pictured(boots)) // as an import does that is repeated
		if diff := cmp.Diff(found.Images, again.Images, cmp.Comparer(func(a, b *fault.Error) bool { return (a == nil) == (b == nil) })); diff != "" {
			t.Errorf("saving again forgot what had become of the pictures: %s", diff)
		}
		renamed := pictured(boots)
		renamed.Vendor = "Other"
		b.save(t, renamed)
		if got := b.listed(t, p); got != [3]string{copied, copied, copied} {
			t.Errorf("changing the product forgot what had become of its pictures: %v", got)
		}
		b.sound(t)
		ok(t, b.FetchAgain(t.Context(), b.fetching(p, 0)))
		ok(t, b.SettleImage(t.Context(), b.fetching(p, 1), "", fault.New(fault.Invalid, "picture.broken")))
		if got := b.listed(t, p); got != [3]string{front, front, copied} {
			t.Errorf("one is tried again, the other has an earlier copy: %v", got)
		}
		b.sound(t)
	})
}

func TestTheImagesOfAProductAreChangedAsAList(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, _, boots := opened(t, d)
		p := b.save(t, pictured(boots))
		turned, err := b.ChangeImages(t.Context(), b.shop, p.ID, func(images []catalog.Image) ([]catalog.Image, error) {
			images[0].Alt = en("the front")
			slices.Reverse(images)
			return append(images, catalog.Image{Src: "drawn.png"}), nil
		})
		ok(t, err)
		if i := turned.Images; len(i) != 3 || i[0].ID != p.Images[1].ID || i[1].ID != p.Images[0].ID || i[1].Alt["en"] != "the front" || i[2].Shown() != "drawn.png" {
			t.Errorf("%+v", i)
		}
		if turned.Variants[2].Image != p.Images[1].ID || turned.Variants[0].OnHand != 3 {
			t.Errorf("%+v", turned.Variants)
		}
		left, err := b.ChangeImages(t.Context(), b.shop, p.ID, func(images []catalog.Image) ([]catalog.Image, error) { return images[2:], nil })
		ok(t, err)
		if len(left.Images) != 1 || left.Variants[2].Image != 0 {
			t.Errorf("%+v, %+v", left.Images, left.Variants[2])
		}
		if got := b.listed(t, p); got != [3]string{"drawn.png", "drawn.png", "drawn.png"} {
			t.Errorf("%v", got)
		}
		stop := errors.New("stop")
		_, err = b.ChangeImages(t.Context(), b.shop, p.ID, func([]catalog.Image) ([]catalog.Image, error) { return nil, stop })
		if !errors.Is(err, stop) {
			t.Error(err)
		}
		b.sound(t)
	})
}

func TestAnImageIsNobodyElses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, _, boots := opened(t, d)
		p := b.save(t, pictured(boots))
		other, err := b.SaveMerchant(t.Context(), catalog.Merchant{Slug: "south", Name: en("South"), Languages: []string{"en"}, Currency: "USD"})
		ok(t, err)
		stranger := b.fetching(p, 0)
		stranger.Merchant = other.ID
		_, err = b.Image(t.Context(), stranger)
		refused(t, err, "image.missing")
		refused(t, b.FetchAgain(t.Context(), stranger), "image.missing")
		ok(t, b.SettleImage(t.Context(), stranger, "m1/abcdefghijklmnopqrstuvwxyz.jpg", nil))
		if got := b.listed(t, p); got[0] != front {
			t.Errorf("a stranger's picture is shown: %v", got)
		}
		_, err = b.ChangeImages(t.Context(), other.ID, p.ID, func([]catalog.Image) ([]catalog.Image, error) { return nil, nil })
		refused(t, err, "catalog.no_product")
		gone := b.fetching(p, 0)
		gone.Image += 100
		ok(t, b.SettleImage(context.WithoutCancel(t.Context()), gone, "x", nil))
	})
}

func TestNamesOfPicturesAreReadAsTheyAreWritten(t *testing.T) {
	for _, name := range []catalog.PictureName{{7, "abcdefghijklmnopqrstuvwxyz", ""}, {1 << 50, "22222222222222222222222222", "card"}} {
		if again, kept := catalog.ParsePictureName(name.String()); !kept || again != name {
			t.Errorf("%v is read as %v", name, again)
		}
	}
	for _, other := range []string{"", "meadow/boot.png", "m0/abcdefghijklmnopqrstuvwxyz.jpg", "m7/abcdefghijklmnopqrstuvwxyz-huge.jpg", "m7/../abcdefghijklmnopqrstuvwx.jpg", front} {
		if _, kept := catalog.ParsePictureName(other); kept || catalog.InSize(other, "card") != other {
			t.Errorf("%q is taken for one of ours", other)
		}
	}
	if got := catalog.InSize("m7/abcdefghijklmnopqrstuvwxyz.jpg", "thumb"); got != "m7/abcdefghijklmnopqrstuvwxyz-thumb.jpg" {
		t.Error(got)
	}
}
