package picture

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/color/palette"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"parley/catalog/fault"
)

func refused(t *testing.T, err error, key string) {
	t.Helper()
	known, ok := fault.Of(err)
	if !ok || known.Kind != fault.Invalid || known.Key != key {
		t.Errorf("got %v, want %s", err, key)
	}
}

// quarters is a picture whose corners are red, green, blue and black, clockwise from the top left.
func quarters(w, h int) *image.NRGBA {
	of := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.NRGBA{A: 255}
			switch {
			case x < w/2 && y < h/2:
				c.R = 255
			case y < h/2:
				c.G = 255
			case x >= w/2:
				c.B = 255
			}
			of.SetNRGBA(x, y, c)
		}
	}
	return of
}

func asPNG(t testing.TB, of image.Image) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := png.Encode(&file, of); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func asJPEG(t testing.TB, of image.Image) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := jpeg.Encode(&file, of, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func made(t testing.TB, content []byte) (Set, []image.Image) {
	t.Helper()
	set, err := Make(content)
	if err != nil {
		t.Fatal(err)
	}
	var decoded []image.Image
	for _, file := range set.Files {
		shown, err := jpeg.Decode(bytes.NewReader(file.Content))
		if err != nil || shown.Bounds().Dx() != file.Width || shown.Bounds().Dy() != file.Height {
			t.Fatalf("%s: %v, %v", file.Size, shown.Bounds(), err)
		}
		decoded = append(decoded, shown)
	}
	return set, decoded
}

// corners are the letters of the colours clockwise from the top left, "." for another one.
func corners(of image.Image) string {
	var letters strings.Builder
	b := of.Bounds()
	for _, at := range []image.Point{{b.Dx() / 8, b.Dy() / 8}, {b.Dx() * 7 / 8, b.Dy() / 8}, {b.Dx() * 7 / 8, b.Dy() * 7 / 8}, {b.Dx() / 8, b.Dy() * 7 / 8}} {
		r, g, b, _ := of.At(at.X, at.Y).RGBA()
		letter := "."
		for name, want := range map[string][3]uint32{"r": {0xffff}, "g": {0, 0xffff}, "b": {0, 0, 0xffff}, "k": {}, "w": {0xffff, 0xffff, 0xffff}} {
			near := true
			for i, have := range []uint32{r, g, b} {
				near = near && max(have, want[i])-min(have, want[i]) < 0x2000
			}
			if near {
				letter = name
			}
		}
		letters.WriteString(letter)
	}
	return letters.String()
}

func TestAPictureOfAnyFormatIsMadeInEverySize(t *testing.T) {
	animated := &gif.GIF{}
	for _, frame := range []color.Color{color.NRGBA{R: 255, A: 255}, color.NRGBA{B: 255, A: 255}} {
		page := image.NewPaletted(image.Rect(0, 0, 900, 600), palette.WebSafe)
		for i := range page.Pix {
			page.Pix[i] = uint8(page.Palette.Index(frame))
		}
		animated.Image, animated.Delay = append(animated.Image, page), append(animated.Delay, 10)
	}
	var moving bytes.Buffer
	if err := gif.EncodeAll(&moving, animated); err != nil {
		t.Fatal(err)
	}
	large := quarters(3000, 2000)
	for name, of := range map[string]struct {
		content []byte
		sizes   [3]image.Point
		corners string
	}{
		"png":  {asPNG(t, large), [3]image.Point{{1280, 853}, {640, 427}, {160, 107}}, "rgbk"},
		"jpeg": {asJPEG(t, large), [3]image.Point{{1280, 853}, {640, 427}, {160, 107}}, "rgbk"},
		"gif":  {moving.Bytes(), [3]image.Point{{900, 600}, {640, 427}, {160, 107}}, "rrrr"},
		"webp": {webP(vp8l(30, 600, color.NRGBA{G: 255, A: 255})), [3]image.Point{{30, 600}, {30, 600}, {8, 160}}, "gggg"},
		"tiny": {asPNG(t, quarters(8, 8)), [3]image.Point{{8, 8}, {8, 8}, {8, 8}}, "rgbk"},
		"tall": {asPNG(t, quarters(100, 2000)), [3]image.Point{{64, 1280}, {32, 640}, {8, 160}}, "rgbk"},
	} {
		set, shown := made(t, of.content)
		for i, file := range set.Files {
			if at := (image.Point{file.Width, file.Height}); file.Size != sizes[i].size || at != of.sizes[i] {
				t.Errorf("%s: %s is %v, want %v", name, file.Size, at, of.sizes[i])
			}
			if name != "tiny" && min(file.Width, file.Height) > 16 && corners(shown[i]) != of.corners {
				t.Errorf("%s: %s shows %s, want %s", name, file.Size, corners(shown[i]), of.corners)
			}
		}
		again, _ := made(t, of.content)
		if len(set.Name) != nameLength || again.Name != set.Name {
			t.Errorf("%s is called %q and %q", name, set.Name, again.Name)
		}
	}
	one, _ := made(t, asPNG(t, large))
	other, _ := made(t, asPNG(t, quarters(3000, 1999)))
	if one.Name == other.Name {
		t.Error("two pictures have one name")
	}
}

func TestWhatIsTransparentIsWhite(t *testing.T) {
	clear := image.NewNRGBA(image.Rect(0, 0, 2000, 1000))
	_, shown := made(t, asPNG(t, clear))
	for _, size := range shown {
		if corners(size) != "wwww" {
			t.Errorf("it shows %s", corners(size))
		}
	}
}

func TestPicturesAreTurnedAsTheyWereTaken(t *testing.T) {
	// What the camera stored of an upright "rgbk", by orientation (EXIF 2.32, table 6).
	for turn, want := range []string{1: "rgbk", 2: "grkb", 3: "bkrg", 4: "kbgr", 5: "rkbg", 6: "krgb", 7: "bgrk", 8: "gbkr"} {
		if turn == 0 {
			continue
		}
		for _, order := range []binary.AppendByteOrder{binary.BigEndian, binary.LittleEndian} {
			_, shown := made(t, withEXIF(asJPEG(t, quarters(64, 32)), exif(order, uint16(turn))))
			if got := corners(shown[0]); got != want {
				t.Errorf("orientation %d shows %s, want %s", turn, got, want)
			}
			if wide := shown[0].Bounds().Dx() > shown[0].Bounds().Dy(); wide != (turn < 5) {
				t.Errorf("orientation %d is %v", turn, shown[0].Bounds())
			}
		}
	}
	_, shown := made(t, chunked(asPNG(t, quarters(64, 32)), "eXIf", exif(binary.BigEndian, 6)))
	if got := corners(shown[0]); got != "krgb" {
		t.Errorf("a PNG shows %s", got)
	}
	file := webP(vp8l(64, 32, color.White), append([]byte("EXIF"), sized(exif(binary.LittleEndian, 8))...))
	if _, shown := made(t, file); shown[0].Bounds().Dx() != 32 {
		t.Errorf("a WebP is %v", shown[0].Bounds())
	}
	for _, odd := range [][]byte{nil, []byte("II*\x00"), []byte("II*\x00\xff\xff\xff\xff"), exif(binary.BigEndian, 9), exif(binary.BigEndian, 0), exif(binary.BigEndian, 6)[:20]} {
		if _, shown := made(t, withEXIF(asJPEG(t, quarters(64, 32)), odd)); corners(shown[0]) != "rgbk" {
			t.Errorf("%x turns it", odd)
		}
	}
}

func TestNothingThatTheCameraWroteIsKept(t *testing.T) {
	secret := append(exif(binary.BigEndian, 1), "59.9343N 30.3351E"...)
	set, _ := made(t, withEXIF(asJPEG(t, quarters(64, 32)), secret))
	for _, file := range set.Files {
		for _, left := range []string{"Exif", "59.9343N", "\xff\xe1", "\xff\xfe"} {
			if bytes.Contains(file.Content[:min(600, len(file.Content))], []byte(left)) {
				t.Errorf("%s still holds %q", file.Size, left)
			}
		}
	}
}

func TestEverySizeFitsItsMessengers(t *testing.T) {
	noise := image.NewRGBA(image.Rect(0, 0, 1300, 1300))
	chance := rand.NewChaCha8([32]byte{})
	for i := range noise.Pix {
		noise.Pix[i] = uint8(chance.Uint64()) | uint8(255*(i&3/3))
	}
	set, _ := made(t, asPNG(t, noise))
	for i, file := range set.Files {
		if len(file.Content) > sizes[i].most {
			t.Errorf("%s has %d bytes", file.Size, len(file.Content))
		}
	}
}

func TestASmallFileCannotAskForMuchMemory(t *testing.T) {
	bombs := map[string][]byte{
		"png":                pngClaiming(50_000, 50_000),
		"png of the widest":  pngClaiming(1<<31-1, 1),
		"webp":               webP(vp8l(16384, 16384, color.White)),
		"webp in a webp":     webP(vp8x(1, 1), vp8l(16384, 16384, color.White)),
		"webp behind a webp": webP(vp8l(4, 4, color.White), vp8l(16384, 16384, color.White)),
		"jpeg":               jpegClaiming(t, 0xc0, 65_000, 65_000),
		"progressive jpeg":   jpegClaiming(t, 0xc2, 4_900, 4_900),
		"gif":                append([]byte("GIF89a\xff\xff\xff\xff\x00\x00\x00,"), make([]byte, 100)...),
	}
	for name, bomb := range bombs {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Make(bomb)
		runtime.ReadMemStats(&after)
		known, ok := fault.Of(err)
		if !ok || known.Key != "picture.large" {
			t.Errorf("%s: %v", name, err)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > 4<<20 {
			t.Errorf("%s took %d bytes", name, took)
		}
	}
}

func TestWhatIsNoPictureIsRefusedWithASentence(t *testing.T) {
	whole := asJPEG(t, quarters(640, 480))
	refusals := map[string]struct {
		content []byte
		key     string
	}{
		"nothing":         {nil, "picture.format"},
		"a page":          {[]byte("<html><script>alert(1)</script>"), "picture.format"},
		"a drawing":       {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), "picture.format"},
		"half a jpeg":     {whole[:len(whole)/2], "picture.broken"},
		"the head of one": {whole[:3], "picture.broken"},
		"a lone header":   {[]byte("\x89PNG\r\n\x1a\n"), "picture.broken"},
		"a heavy one":     {append(whole, make([]byte, MostBytes)...), "picture.heavy"},
		"a line":          {asPNG(t, quarters(2100, 100)), "picture.narrow"},
		"no pixels":       {pngClaiming(0, 10), "picture.broken"},
	}
	for name, of := range refusals {
		_, err := Make(of.content)
		if err == nil {
			t.Errorf("%s is a picture", name)
			continue
		}
		refused(t, err, of.key)
	}
}

// ---- files by hand ----

// exif is a TIFF file with one entry, the orientation.
func exif(order binary.AppendByteOrder, turn uint16) []byte {
	file := []byte("MM\x00*")
	if order == binary.AppendByteOrder(binary.LittleEndian) {
		file = []byte("II*\x00")
	}
	file = order.AppendUint32(file, 8)
	file = order.AppendUint16(file, 1)
	file = order.AppendUint16(order.AppendUint16(file, 0x0112), 3)
	file = order.AppendUint16(order.AppendUint32(file, 1), turn)
	return append(file, 0, 0, 0, 0, 0, 0)
}

func withEXIF(file, tiff []byte) []byte {
	segment := append([]byte("Exif\x00\x00"), tiff...)
	head := binary.BigEndian.AppendUint16([]byte{0xff, 0xd8, 0xff, 0xe1}, uint16(len(segment)+2))
	return append(append(head, segment...), file[2:]...)
}

// chunked is a PNG with one more chunk behind its header.
func chunked(file []byte, kind string, data []byte) []byte {
	const headed = 8 + 12 + 13
	return append(append(bytes.Clone(file[:headed]), pngChunk(kind, data)...), file[headed:]...)
}

func pngChunk(kind string, data []byte) []byte {
	chunk := append(binary.BigEndian.AppendUint32(nil, uint32(len(data))), kind...)
	chunk = append(chunk, data...)
	return binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
}

func pngClaiming(w, h uint32) []byte {
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	header = append(header, 8, 2, 0, 0, 0)
	var data bytes.Buffer
	squeezed := zlib.NewWriter(&data)
	_, _ = squeezed.Write(make([]byte, 1<<20))
	_ = squeezed.Close()
	file := append([]byte("\x89PNG\r\n\x1a\n"), pngChunk("IHDR", header)...)
	return append(append(file, pngChunk("IDAT", data.Bytes())...), pngChunk("IEND", nil)...)
}

// jpegClaiming is a JPEG whose frame says that it is of another kind and size.
func jpegClaiming(t *testing.T, marker byte, w, h uint16) []byte {
	file := asJPEG(t, quarters(16, 16))
	at := bytes.Index(file, []byte{0xff, 0xc0})
	file[at+1] = marker
	binary.BigEndian.PutUint16(file[at+5:], h)
	binary.BigEndian.PutUint16(file[at+7:], w)
	return file
}

func sized(data []byte) []byte {
	if len(data)%2 == 1 {
		data = append(data, 0)
	}
	return append(binary.LittleEndian.AppendUint32(nil, uint32(len(data))), data...)
}

func webP(chunks ...[]byte) []byte {
	body := []byte("WEBP")
	for _, chunk := range chunks {
		body = append(body, chunk...)
	}
	return append([]byte("RIFF"), sized(body)...)
}

func vp8x(w, h int) []byte {
	data := make([]byte, 10)
	data[4], data[5], data[7], data[8] = byte(w-1), byte((w-1)>>8), byte(h-1), byte((h-1)>>8)
	return append([]byte("VP8X"), sized(data)...)
}

// vp8l is a lossless WebP of one colour: each of its five codes has one symbol, so that no pixel takes a bit.
func vp8l(w, h int, c color.Color) []byte {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	var bits []byte
	put := func(value, count int) {
		for i := range count {
			bits = append(bits, byte(value>>i&1))
		}
	}
	put(w-1, 14)
	put(h-1, 14)
	put(0, 4) // no alpha, version 0
	put(0, 3) // no transform, no colour cache, no groups
	for _, symbol := range []uint8{n.G, n.R, n.B, n.A} {
		put(1, 1) // a simple code
		put(0, 1) // of one symbol
		put(1, 1) // of eight bits
		put(int(symbol), 8)
	}
	put(1, 1)
	put(0, 3)
	data := []byte{0x2f}
	for i, bit := range bits {
		if i%8 == 0 {
			data = append(data, 0)
		}
		data[len(data)-1] |= bit << (i % 8)
	}
	return append([]byte("VP8L"), sized(data)...)
}

func FuzzMake(f *testing.F) {
	small := quarters(20, 12)
	f.Add(asPNG(f, small))
	f.Add(withEXIF(asJPEG(f, small), exif(binary.BigEndian, 6)))
	f.Add(webP(vp8l(20, 12, color.Black), append([]byte("EXIF"), sized(exif(binary.LittleEndian, 8))...)))
	f.Add(webP(vp8x(20, 12), vp8l(20, 12, color.Black)))
	var animated bytes.Buffer
	if err := gif.Encode(&animated, small, nil); err != nil {
		f.Fatal(err)
	}
	f.Add(animated.Bytes())
	f.Fuzz(func(t *testing.T, content []byte) {
		if h, err := look(content); err == nil && h.width*h.height > 1<<20 {
			t.Skip("large, and only slow")
		}
		set, err := Make(content)
		if err != nil {
			if known, ok := fault.Of(err); !ok || known.Kind != fault.Invalid {
				t.Fatalf("a picture is refused with %v", err)
			}
			return
		}
		if len(set.Files) != len(sizes) || len(set.Name) != nameLength {
			t.Fatalf("%d files called %q", len(set.Files), set.Name)
		}
		for i, file := range set.Files {
			if max(file.Width, file.Height) > sizes[i].side || min(file.Width, file.Height) < 1 || len(file.Content) > sizes[i].most {
				t.Fatalf("%s is %d × %d in %d bytes", file.Size, file.Width, file.Height, len(file.Content))
			}
		}
	})
}
