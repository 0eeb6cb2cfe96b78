package demo

import (
	"bytes"
	"image/png"
	"io/fs"
	"path"
	"strings"
	"testing"

	"parley/catalog/fault"
)

// shownPictures are the names of all pictures that the shops show, and the mark of Parley.
func shownPictures(t *testing.T) map[string]bool {
	names := map[string]bool{"parley.png": true}
	r := opened(t)
	for _, p := range r.products {
		for _, i := range p.Images {
			names[i.Src] = true
			if folder := path.Dir(i.Src); folder != r.merchants[p.Merchant-1].Slug {
				t.Errorf("%s shows a picture of %s", p.Handle, folder)
			}
		}
	}
	return names
}

func TestEveryPictureShownIsASmallPNG(t *testing.T) {
	for name := range shownPictures(t) {
		data, mime, err := Pictures{}.Picture(t.Context(), name)
		if err != nil {
			t.Error(err)
			continue
		}
		decoded, err := png.DecodeConfig(bytes.NewReader(data))
		if err != nil || mime != "image/png" {
			t.Errorf("%s is no PNG: %v, %s", name, err, mime)
		}
		side := 640
		if name == "parley.png" {
			side = 256
		}
		if decoded.Width != side || decoded.Height != side || len(data) > 12<<10 {
			t.Errorf("%s is %d × %d in %d bytes", name, decoded.Width, decoded.Height, len(data))
		}
	}
}

func TestEveryPictureInsideIsShown(t *testing.T) {
	shown := shownPictures(t)
	err := fs.WalkDir(drawn, ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && !shown[strings.TrimPrefix(name, "pictures/")] {
			t.Errorf("nothing shows %s", name)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestOnlyThePicturesThemselvesHaveNames(t *testing.T) {
	for _, name := range []string{
		"", ".", "..", "meadow", "meadow/", "/parley.png", "./parley.png", "meadow/../parley.png", "../meadow.json", "meadow//enamel-mug.png",
		"PARLEY.PNG", "parley", "parley.png\x00", `meadow\enamel-mug.png`, "meadow/none.png",
	} {
		data, _, err := Pictures{}.Picture(t.Context(), name)
		if fault.KindOf(err) != fault.Missing || data != nil {
			t.Errorf("%q gives %d bytes, %v", name, len(data), err)
		}
	}
}
