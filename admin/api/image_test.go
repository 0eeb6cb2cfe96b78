package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// drawn is a PNG of one colour.
func (h *house) drawn(c color.Color) []byte {
	h.Helper()
	of := image.NewRGBA(image.Rect(0, 0, 60, 40))
	for i := range 60 * 40 {
		of.Set(i%60, i/60, c)
	}
	var file bytes.Buffer
	h.check(png.Encode(&file, of))
	return file.Bytes()
}

// uploads sends a file in a form.
func (p *program) uploads(path string, content []byte) reply {
	p.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", "picture.png")
	p.check(err)
	_, err = part.Write(content)
	p.check(err)
	p.check(form.Close())
	return p.with("Content-Type", form.FormDataContentType()).ask("POST "+path, body.Bytes())
}

type pictured struct {
	ID              int64
	Src, State, URL string
	Card            string `json:"card_url"`
	Thumb           string `json:"thumb_url"`
	Alt             map[string]string
	Failure         *struct{ Code, Detail string }
}

func TestImagesAreUploadedFetchedArrangedDescribedAndDeleted(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		red := h.drawn(color.RGBA{R: 255, A: 255})
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/red.png" {
				w.WriteHeader(http.StatusNotFound)
				return
			}
			_, _ = w.Write(red)
		}))
		defer server.Close()
		p := h.owner()
		product := h.count("select max(id) from products where merchant_id = ?", int64(h.meadow.ID))
		at := h.in(h.meadow, fmt.Sprintf("/products/%d/images", product))
		var list struct{ Images []pictured }
		look := func() string {
			got := p.does(200, "GET "+at, nil)
			list.Images = nil
			decode(t, got.body, &list)
			return got.header.Get("ETag")
		}
		look()
		before := len(list.Images)

		got := p.with("Idempotency-Key", "up").uploads(at, h.drawn(color.Black))
		var black pictured
		decode(t, got.body, &black)
		if got.status != 201 || black.State != "ready" || !strings.HasPrefix(black.URL, fmt.Sprintf("/pictures/m%d/", h.meadow.ID)) || !strings.HasSuffix(black.Card, "-card.jpg") || !strings.HasSuffix(black.Thumb, "-thumb.jpg") {
			t.Fatalf("status %d: %s", got.status, got.body)
		}
		if again := p.with("Idempotency-Key", "up").uploads(at, h.drawn(color.Black)); again.status != 201 || again.body != got.body {
			t.Errorf("a repetition with another boundary: %d %s", again.status, again.body)
		}
		if other := p.with("Idempotency-Key", "up").uploads(at, h.drawn(color.White)); other.status != 409 {
			t.Errorf("another picture with the same key: %d", other.status)
		}
		for name, content := range map[string][]byte{"picture.format": []byte("<svg/>"), "picture.broken": red[:50]} {
			if bad := p.uploads(at, content); bad.status != 422 || bad.code() != name {
				t.Errorf("%s: %d %s", name, bad.status, bad.body)
			}
		}
		if none := p.with("Content-Type", "application/json").ask("POST "+at, []byte("{}")); none.status < 400 || none.status >= 500 {
			t.Errorf("no form at all: %d %s", none.status, none.body)
		}
		p.does(201, "POST "+at+"/fetch", is{"url": server.URL + "/red.png", "alt": is{"en": "red"}})
		p.does(201, "POST "+at+"/fetch", is{"url": server.URL + "/gone.png"})
		p.does(422, "POST "+at+"/fetch", is{"url": "ftp://example.com/x.png"})
		h.keeps(func() bool {
			look()
			return list.Images[before+1].State == "ready" && list.Images[before+2].State == "failed"
		})
		failed := list.Images[before+2]
		if failed.Failure == nil || failed.Failure.Code != "image.answered" || !strings.Contains(failed.Failure.Detail, "404") || failed.URL != "" {
			t.Errorf("%+v", failed)
		}
		one := fmt.Sprintf("%s/%d", at, failed.ID)
		if retried := p.does(200, "POST "+one+"/retry", nil); !strings.Contains(retried.body, `"pending"`) {
			t.Error(retried.body)
		}
		if uploaded := p.ask(fmt.Sprintf("POST %s/%d/retry", at, black.ID), nil); uploaded.status != 409 {
			t.Errorf("an uploaded one is fetched: %d", uploaded.status)
		}

		etag := look()
		order := []int64{black.ID}
		for _, image := range list.Images {
			if image.ID != black.ID {
				order = append(order, image.ID)
			}
		}
		p.does(428, "PUT "+at+"/order", is{"order": order})
		p.with("If-Match", etag).does(422, "PUT "+at+"/order", is{"order": order[1:]})
		p.with("If-Match", etag).does(200, "PUT "+at+"/order", is{"order": order})
		p.with("If-Match", etag).does(412, "PUT "+at+"/order", is{"order": order})
		look()
		if list.Images[0].ID != black.ID {
			t.Errorf("%+v", list.Images)
		}
		described := p.with("If-Match", "*").does(200, fmt.Sprintf("PATCH %s/%d", at, black.ID), is{"alt": is{"en": "black", "ru": "чёрный"}})
		var now pictured
		h.check(json.Unmarshal([]byte(described.body), &now))
		if now.Alt["ru"] != "чёрный" {
			t.Error(described.body)
		}
		p.with("If-Match", "*").does(204, "DELETE "+one, nil)
		p.does(404, "GET "+one, nil)
		h.isSound()
	})
}
