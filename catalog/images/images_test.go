package images_test

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"parley/catalog"
	"parley/catalog/fault"
	"parley/catalog/images"
	"parley/catalog/outside"
	"parley/catalog/picture"
	"parley/migrations/db"
	"parley/migrations/dbtest"
)

// gallery is a shop with one product, whose pictures may come from this machine, on a clock that the test moves.
type gallery struct {
	*images.Service
	d       *db.DB
	shop    *catalog.Service
	of      images.Of
	clock   time.Time
	results chan string
}

func each(t *testing.T, test func(t *testing.T, g *gallery)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		g := &gallery{d: d, clock: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), results: make(chan string, 100)}
		now := func() time.Time { return g.clock }
		g.shop = catalog.New(d, now)
		client := outside.New(outside.Allow(netip.MustParsePrefix("127.0.0.0/8")))
		t.Cleanup(client.Close)
		g.Service = images.New(d, g.shop, client, now)
		g.Observe = func(result string) { g.results <- result }
		m, err := g.shop.SaveMerchant(t.Context(), catalog.Merchant{Slug: "north", Name: catalog.Text{"en": "North"}, Languages: []string{"en"}, Currency: "USD"})
		ok(t, err)
		p, err := g.shop.SaveProduct(t.Context(), catalog.Product{
			Merchant: m.ID, Handle: "boots", State: catalog.Active, Title: catalog.Text{"en": "Boots"}, Variants: []catalog.Variant{{Tracked: true, OnHand: 2}},
		})
		ok(t, err)
		g.of = images.Of{Merchant: m.ID, Product: p.ID}
		test(t, g)
	})
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func refused(t testing.TB, err error, key string) {
	t.Helper()
	if known, classified := fault.Of(err); !classified || known.Key != key {
		t.Errorf("got %v, want %s", err, key)
	}
}

// drawing is a PNG of one colour.
func drawing(t testing.TB, w, h int, c color.Color) []byte {
	t.Helper()
	of := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			of.Set(x, y, c)
		}
	}
	var file bytes.Buffer
	ok(t, png.Encode(&file, of))
	return file.Bytes()
}

// work keeps the jobs until so many results are there.
func (g *gallery) work(t *testing.T, count int) (results []string) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	ended := make(chan struct{})
	how := g.Keeping()
	how.Poll = 20 * time.Millisecond
	go func() { defer close(ended); g.d.Keep(ctx, how) }()
	for range count {
		select {
		case result := <-g.results:
			results = append(results, result)
		case <-ctx.Done():
			t.Fatalf("only %v", results)
		}
	}
	stop()
	<-ended
	slices.Sort(results)
	return results
}

func (g *gallery) list(t *testing.T) []catalog.Image {
	t.Helper()
	all, err := g.List(t.Context(), g.of)
	ok(t, err)
	return all
}

func TestAnUploadedPictureIsServedInEverySize(t *testing.T) {
	each(t, func(t *testing.T, g *gallery) {
		file := drawing(t, 1500, 1000, color.RGBA{R: 200, A: 255})
		added, err := g.Upload(t.Context(), g.of, file, catalog.Text{"en": "a boot", "ru": "ботинок"})
		ok(t, err)
		if added.State != catalog.ImageReady || added.Shown() != added.File || added.Alt["ru"] != "ботинок" || !g.Lasting(added.File) {
			t.Errorf("%+v", added)
		}
		for size, side := range map[string]int{"": 1280, "card": 640, "thumb": 160} {
			name := added.File
			if size != "" {
				name = catalog.InSize(name, size)
			}
			content, mime, err := g.Picture(t.Context(), name)
			ok(t, err)
			shown, err := jpeg.DecodeConfig(bytes.NewReader(content))
			if err != nil || mime != picture.Type || shown.Width != side {
				t.Errorf("%s: %d wide, %s, %v", name, shown.Width, mime, err)
			}
		}
		again, err := g.Upload(t.Context(), g.of, file, nil)
		if err != nil || again.ID != added.ID || len(g.list(t)) != 1 {
			t.Errorf("the same picture twice: %+v, %v", again, err)
		}
		_, err = g.Upload(t.Context(), g.of, []byte("<svg/>"), nil)
		refused(t, err, "picture.format")
		stranger := g.of
		stranger.Merchant++
		_, err = g.Upload(t.Context(), stranger, file, nil)
		refused(t, err, "catalog.no_merchant")
		for _, name := range []string{"", "x.jpg", "meadow/boot.png", strings.Replace(added.File, "m", "m9", 1), added.File + "/.."} {
			_, _, err := g.Picture(t.Context(), name)
			refused(t, err, "picture.missing")
		}
	})
}

func TestPicturesArePutInOrderDescribedAndTakenAway(t *testing.T) {
	each(t, func(t *testing.T, g *gallery) {
		var ids []catalog.ImageID
		for _, c := range []color.Color{color.Black, color.White, color.RGBA{B: 255, A: 255}} {
			added, err := g.Upload(t.Context(), g.of, drawing(t, 40, 40, c), nil)
			ok(t, err)
			ids = append(ids, added.ID)
		}
		turned, err := g.Arrange(t.Context(), g.of, []catalog.ImageID{ids[2], ids[0], ids[1]}, nil)
		ok(t, err)
		if turned[0].ID != ids[2] || turned[2].ID != ids[1] {
			t.Errorf("%+v", turned)
		}
		for _, wrong := range [][]catalog.ImageID{nil, ids[:2], {ids[0], ids[0], ids[1]}, {ids[0], ids[1], 999}, append(slices.Clone(ids), ids[0])} {
			_, err := g.Arrange(t.Context(), g.of, wrong, nil)
			refused(t, err, "image.order")
		}
		told, err := g.Describe(t.Context(), g.of, ids[0], catalog.Text{"en": "black"}, nil)
		if err != nil || told.Alt["en"] != "black" {
			t.Errorf("%+v, %v", told, err)
		}
		_, err = g.Describe(t.Context(), g.of, ids[0], catalog.Text{"en": strings.Repeat("я", 1001)}, nil)
		refused(t, err, "image.alt")
		ok(t, g.Remove(t.Context(), g.of, ids[2], nil))
		refused(t, g.Remove(t.Context(), g.of, ids[2], nil), "image.missing")
		list, err := g.shop.Products(t.Context(), g.of.Merchant, 0, catalog.Page{})
		ok(t, err)
		if left := g.list(t); len(left) != 2 || left[0].ID != ids[0] || list.Products[0].Image != left[0].File {
			t.Errorf("%+v, listed with %s", left, list.Products[0].Image)
		}
		_, err = g.Retry(t.Context(), g.of, ids[0])
		refused(t, err, "image.uploaded")
	})
}

func TestAPictureFromElsewhereIsFetchedAndOneThatFailsSaysWhy(t *testing.T) {
	red := drawing(t, 300, 200, color.RGBA{R: 255, A: 255})
	var mended atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/red.png":
			_, _ = w.Write(red)
		case "/moved.png":
			http.Redirect(w, r, "/red.png", http.StatusMovedPermanently)
		case "/page":
			_, _ = w.Write([]byte("<html>"))
		case "/inside":
			http.Redirect(w, r, "http://169.254.169.254/latest/meta-data", http.StatusFound)
		case "/busy":
			if mended.Load() {
				_, _ = w.Write(red)
				return
			}
			mended.Store(true)
			w.WriteHeader(http.StatusServiceUnavailable)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	defer server.Close()
	each(t, func(t *testing.T, g *gallery) {
		mended.Store(false)
		want := map[string]string{
			"/red.png": "", "/moved.png": "", "/busy": "", "/page": "picture.format", "/inside": "outside.private", "/gone": "image.answered",
		}
		for path := range want {
			added, err := g.AddByURL(t.Context(), g.of, server.URL+path, catalog.Text{"en": path})
			if err != nil || added.State != catalog.ImagePending || added.Shown() != server.URL+path {
				t.Fatalf("%+v, %v", added, err)
			}
		}
		_, err := g.AddByURL(t.Context(), g.of, "file:///etc/passwd", nil)
		refused(t, err, "outside.address")
		if got := g.work(t, 7); strings.Join(got, " ") != "failed failed failed ready ready ready retry" {
			t.Errorf("%v", got)
		}
		for _, image := range g.list(t) {
			key := want[image.Alt["en"]]
			switch {
			case key == "" && (image.State != catalog.ImageReady || !g.Lasting(image.Shown())):
				t.Errorf("%+v", image)
			case key != "" && (image.State != catalog.ImageFailed || image.Failure.Key != key || image.Shown() != ""):
				t.Errorf("%+v", image)
			}
			if image.Failure != nil && image.Failure.Key == "image.answered" {
				if image.Failure.Args["status"] != "404" {
					t.Errorf("%+v", image.Failure)
				}
				again, err := g.Retry(t.Context(), g.of, image.ID)
				if err != nil || again.State != catalog.ImagePending {
					t.Errorf("%+v, %v", again, err)
				}
			}
		}
		if got := g.work(t, 1); got[0] != "failed" {
			t.Errorf("tried again: %v", got)
		}
		var jobs []string
		ok(t, g.d.On(t.Context()).Raw("select kind from jobs").Scan(&jobs).Error)
		if len(jobs) != 0 {
			t.Errorf("left over: %v", jobs)
		}
		found, err := g.shop.Verify(t.Context())
		ok(t, err)
		for _, law := range found {
			if law.Count > 0 {
				t.Errorf("%s: %v", law.Sentence, law.First)
			}
		}
	})
}

func TestAnImageThatIsGoneIsNotFetched(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer server.Close()
	each(t, func(t *testing.T, g *gallery) {
		asked.Store(0)
		added, err := g.AddByURL(t.Context(), g.of, server.URL, nil)
		ok(t, err)
		ok(t, g.Remove(t.Context(), g.of, added.ID, nil))
		other, err := g.AddByURL(t.Context(), g.of, server.URL+"/other", nil)
		ok(t, err)
		g.work(t, 1)
		if asked.Load() != 1 || g.list(t)[0].ID != other.ID {
			t.Errorf("asked %d times", asked.Load())
		}
	})
}

func TestPicturesThatNobodyShowsGoAfterAWhile(t *testing.T) {
	each(t, func(t *testing.T, g *gallery) {
		kept, err := g.Upload(t.Context(), g.of, drawing(t, 30, 30, color.Black), nil)
		ok(t, err)
		gone, err := g.Upload(t.Context(), g.of, drawing(t, 30, 30, color.White), nil)
		ok(t, err)
		collect := func(want int) {
			t.Helper()
			if deleted, err := g.Collect(t.Context()); err != nil || deleted != want {
				t.Errorf("%d deleted, want %d; %v", deleted, want, err)
			}
		}
		ok(t, g.Remove(t.Context(), g.of, gone.ID, nil))
		collect(0)
		g.clock = g.clock.Add(images.Lingering - time.Hour)
		collect(0)
		back, err := g.Upload(t.Context(), g.of, drawing(t, 30, 30, color.White), nil)
		ok(t, err)
		var unused int
		ok(t, g.d.On(t.Context()).Raw("select count(*) from pictures where unused_since is not null").Scan(&unused).Error)
		if unused != 0 {
			t.Error("a picture that is shown again might be collected")
		}
		g.clock = g.clock.Add(2 * time.Hour)
		collect(0) // it is shown again
		ok(t, g.Remove(t.Context(), g.of, back.ID, nil))
		collect(0)
		g.clock = g.clock.Add(images.Lingering)
		collect(1)
		collect(0)
		if _, _, err := g.Picture(t.Context(), kept.File); err != nil {
			t.Error(err)
		}
		_, _, err = g.Picture(t.Context(), gone.File)
		refused(t, err, "picture.missing")
		var files int
		ok(t, g.d.On(t.Context()).Raw("select count(*) from picture_files").Scan(&files).Error)
		if files != 3 {
			t.Errorf("%d files", files)
		}
	})
}

func TestCollectingIsPromisedOnceAndNeverEnds(t *testing.T) {
	each(t, func(t *testing.T, g *gallery) {
		ok(t, g.Begin(t.Context()))
		ok(t, g.Begin(t.Context()))
		err := g.Keepers()["images.collect"](t.Context(), db.Job{})
		if later, is := err.(db.Later); !is || time.Until(later.At) < time.Hour { //nolint:errorlint // it is the value itself
			t.Error(err)
		}
		var jobs int
		ok(t, g.d.On(t.Context()).Raw("select count(*) from jobs").Scan(&jobs).Error)
		if jobs != 1 {
			t.Errorf("%d jobs", jobs)
		}
	})
}
