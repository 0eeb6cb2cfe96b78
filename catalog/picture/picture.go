// Package picture makes of whatever picture somebody has the files that shops show: upright, without anything that
// the camera wrote beside it, in the sizes that pages and messengers take.
//
// What a file claims to be is read before any of it is decoded, so that a small file cannot ask for much memory. Every
// file it makes is a JPEG on white: WhatsApp and Viber take no WebP, WhatsApp shows what is transparent in black, and
// one type is one thing to get right in every network.
package picture

import (
	"bytes"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strconv"
	"strings"

	"golang.org/x/image/webp"

	"parley/catalog/fault"
)

// Size is how large a picture is made.
type Size string

// Sizes. A picture that is smaller than its size stays as it is; none is enlarged.
const (
	Large Size = "large" // to look at: what Telegram keeps of a photo, and at most WhatsApp's 5 MB
	Card  Size = "card"  // in a list or a carousel, and at most Viber's 1 MB
	Thumb Size = "thumb" // beside a line of text
)

// measure is what a size is bounded by.
type measure struct {
	size Size
	side int // the longer one, in pixels
	most int // bytes
}

// sizes are made each of the one before.
var sizes = []measure{{Large, 1280, 5_000_000}, {Card, 640, 1_000_000}, {Thumb, 160, 100_000}}

// Bounds of what is accepted.
const (
	MostBytes  = 20 << 20    // of a file as it is given
	MostPixels = 25_000_000  // 5000 × 5000, as other shops' systems take them
	mostMemory = 200_000_000 // bytes while it is decoded
	mostRatio  = 20          // the longer side by the shorter one, as Telegram has it (Bot API, sendPhoto)
)

// Type is the MIME type of every file that is made.
const Type = "image/jpeg"

// File is one size of a picture.
type File struct {
	Size          Size
	Width, Height int
	Content       []byte
}

// Set is a picture in every size, largest first, and a name for it: 26 signs of [a-z2-7], made of what it shows, so
// that the same picture has the same name and another one never.
type Set struct {
	Name  string
	Files []File
}

// Make reads a JPEG, PNG, GIF (its first frame) or WebP. It needs up to 400 MB for a moment, so let one run at a time.
//
// It fails with fault.Invalid: "picture.heavy" {most} megabytes, "picture.format" for anything else, "picture.large"
// {most} megapixels, "picture.narrow" {most} times longer than wide, "picture.broken" for what can't be decoded.
func Make(content []byte) (set Set, err error) {
	defer func() {
		if wreck := recover(); wreck != nil { // a decoder that stumbles over a picture has found it broken
			err = broken(fmt.Errorf("the decoder panicked: %v", wreck))
		}
	}()
	head, err := look(content)
	if err != nil {
		return Set{}, err
	}
	decoded, err := head.decode(bytes.NewReader(content))
	if err != nil {
		return Set{}, broken(err)
	}
	if size := decoded.Bounds().Size(); size.X < 1 || size.Y < 1 {
		return Set{}, broken(errors.New("it has no pixels"))
	}
	return files(decoded, head.turn)
}

func files(decoded image.Image, turn orientation) (Set, error) {
	var set Set
	at := upright(shrunk(decoded, sizes[0].side), turn)
	for _, m := range sizes {
		at = shrunk(at, m.side)
		encoded, err := encode(at, m.most)
		if err != nil {
			return Set{}, err
		}
		set.Files = append(set.Files, File{Size: m.size, Width: at.Bounds().Dx(), Height: at.Bounds().Dy(), Content: encoded})
	}
	sum := sha256.Sum256(set.Files[0].Content)
	set.Name = strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))[:nameLength]
	return set, nil
}

// nameLength is 130 bits: nobody finds two pictures of one name.
const nameLength = 26

// qualities are tried until the file is small enough; even noise of the largest size is at the last one.
var qualities = []int{85, 75, 60, 40, 20}

func encode(of image.Image, most int) ([]byte, error) {
	var file bytes.Buffer
	for _, quality := range qualities {
		file.Reset()
		if err := jpeg.Encode(&file, of, &jpeg.Options{Quality: quality}); err != nil {
			return nil, fmt.Errorf("encode a picture: %w", err)
		}
		if file.Len() <= most {
			break
		}
	}
	return file.Bytes(), nil
}

// decoders by format. GIF's reads the first frame and no further.
var decoders = map[string]struct {
	decode decoder
	config func(*bytes.Reader) (image.Config, error)
}{
	"jpeg": {func(r *bytes.Reader) (image.Image, error) { return jpeg.Decode(r) }, func(r *bytes.Reader) (image.Config, error) { return jpeg.DecodeConfig(r) }},
	"png":  {func(r *bytes.Reader) (image.Image, error) { return png.Decode(r) }, func(r *bytes.Reader) (image.Config, error) { return png.DecodeConfig(r) }},
	"gif":  {func(r *bytes.Reader) (image.Image, error) { return gif.Decode(r) }, func(r *bytes.Reader) (image.Config, error) { return gif.DecodeConfig(r) }},
	"webp": {func(r *bytes.Reader) (image.Image, error) { return webp.Decode(r) }, func(r *bytes.Reader) (image.Config, error) { return webp.DecodeConfig(r) }},
}

type decoder func(*bytes.Reader) (image.Image, error)

func broken(cause error) error { return fault.New(fault.Invalid, "picture.broken").Because(cause) }

// tooLarge, tooHeavy and tooNarrow say what is most.
func tooLarge() error {
	return fault.New(fault.Invalid, "picture.large").With("most", strconv.Itoa(MostPixels/1_000_000))
}

// TooHeavy is the refusal of a file of more than MostBytes, for those who read it.
func TooHeavy() error {
	return fault.New(fault.Invalid, "picture.heavy").With("most", strconv.Itoa(MostBytes>>20))
}

func tooNarrow() error {
	return fault.New(fault.Invalid, "picture.narrow").With("most", strconv.Itoa(mostRatio))
}
