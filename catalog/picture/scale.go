package picture

import (
	"image"
	"image/color"

	"golang.org/x/image/draw"
)

// orientation says which way up a picture is, as EXIF numbers it.
type orientation int

const asItIs orientation = 1

// shrunk is a picture on white whose longer side is at most so long. One that is much larger is first averaged down
// to less than twice the size: CatmullRom keeps a row of floats for each row of its source, which for a large one is
// more than the picture itself.
func shrunk(of image.Image, side int) *image.RGBA {
	size := of.Bounds().Size()
	long := max(size.X, size.Y)
	if ready, is := of.(*image.RGBA); is && long <= side && ready.Opaque() {
		return ready
	}
	to := image.Pt(size.X, size.Y)
	if long > side {
		to = image.Pt(max((size.X*side+long/2)/long, 1), max((size.Y*side+long/2)/long, 1))
	}
	if k := long / side; k >= 2 {
		of = averaged(of, k)
	}
	white := image.NewRGBA(image.Rectangle{Max: to})
	draw.Draw(white, white.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	if of.Bounds().Size() == to {
		draw.Draw(white, white.Bounds(), of, of.Bounds().Min, draw.Over)
	} else {
		draw.CatmullRom.Scale(white, white.Bounds(), of, of.Bounds(), draw.Over, nil)
	}
	return white
}

// averaged makes one pixel of each k × k. It goes through the picture in bands, for which drawing has fast ways from
// every kind of picture.
func averaged(of image.Image, k int) *image.RGBA {
	from := of.Bounds()
	to := image.NewRGBA(image.Rect(0, 0, (from.Dx()+k-1)/k, (from.Dy()+k-1)/k))
	band := image.NewRGBA(image.Rect(0, 0, from.Dx(), k))
	for y := range to.Rect.Dy() {
		rows := min(k, from.Dy()-y*k)
		draw.Draw(band, image.Rect(0, 0, from.Dx(), rows), of, image.Pt(from.Min.X, from.Min.Y+y*k), draw.Src)
		for x := range to.Rect.Dx() {
			columns := min(k, from.Dx()-x*k)
			average(to.Pix[to.PixOffset(x, y):][:4], band, x*k, columns, rows)
		}
	}
	return to
}

func average(into []uint8, band *image.RGBA, x, columns, rows int) {
	var sums [4]int
	for row := range rows {
		pixels := band.Pix[band.PixOffset(x, row):][:4*columns]
		for i, value := range pixels {
			sums[i&3] += int(value)
		}
	}
	count := columns * rows
	for i, sum := range sums {
		into[i] = uint8((sum + count/2) / count)
	}
}

// upright turns a picture the way it was taken.
func upright(of *image.RGBA, turn orientation) *image.RGBA {
	if turn == asItIs {
		return of
	}
	w, h := of.Rect.Dx(), of.Rect.Dy()
	to := image.NewRGBA(image.Rect(0, 0, w, h))
	if turn >= 5 {
		to = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range to.Rect.Dy() {
		for x := range to.Rect.Dx() {
			fromX, fromY := turn.source(x, y, w, h)
			copy(to.Pix[to.PixOffset(x, y):][:4], of.Pix[of.PixOffset(of.Rect.Min.X+fromX, of.Rect.Min.Y+fromY):][:4])
		}
	}
	return to
}

// source is where the pixel of an upright picture stands in one of w × h pixels as it was stored.
func (turn orientation) source(x, y, w, h int) (fromX, fromY int) {
	switch turn {
	case 2:
		return w - 1 - x, y
	case 3:
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6:
		return y, h - 1 - x
	case 7:
		return w - 1 - y, h - 1 - x
	case 8:
		return w - 1 - y, x
	default:
		return x, y
	}
}
