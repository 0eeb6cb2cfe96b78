package picture

import (
	"bytes"
	"encoding/binary"

	"image/color"

	"parley/catalog/fault"
)

// head is what a file says of itself before it is decoded.
type head struct {
	width, height int
	memory        int // bytes that decoding will take, about
	turn          orientation
	decode        decoder
}

// look reads the head of a picture and refuses what is too much.
func look(content []byte) (head, error) {
	if len(content) > MostBytes {
		return head{}, TooHeavy()
	}
	format := formatOf(content)
	known, ok := decoders[format]
	if !ok {
		return head{}, fault.New(fault.Invalid, "picture.format")
	}
	config, err := known.config(bytes.NewReader(content))
	if err != nil {
		return head{}, broken(err)
	}
	h := head{width: config.Width, height: config.Height, decode: known.decode, turn: asItIs}
	perPixel := bytesOf(config.ColorModel)
	switch format {
	case "jpeg":
		perPixel = h.readJPEG(content)
	case "png":
		perPixel *= 2 // an interlaced one is put together of others
		h.readPNG(content)
	case "webp":
		perPixel = 16 // its transforms are pictures too
		h.readWebP(content)
	}
	return h, h.check(perPixel)
}

func (h *head) check(perPixel int) error {
	long, short := max(h.width, h.height), min(h.width, h.height)
	switch {
	case short < 1:
		return broken(nil)
	case long > MostPixels || long*short > MostPixels:
		return tooLarge()
	case long > mostRatio*short:
		return tooNarrow()
	}
	if h.memory = long * short * perPixel; h.memory > mostMemory {
		return tooLarge()
	}
	return nil
}

func formatOf(content []byte) string {
	switch {
	case bytes.HasPrefix(content, []byte("\xff\xd8\xff")):
		return "jpeg"
	case bytes.HasPrefix(content, []byte("\x89PNG\r\n\x1a\n")):
		return "png"
	case bytes.HasPrefix(content, []byte("GIF87a")), bytes.HasPrefix(content, []byte("GIF89a")):
		return "gif"
	case len(content) > 16 && string(content[:4]) == "RIFF" && string(content[8:12]) == "WEBP":
		return "webp"
	default:
		return ""
	}
}

func bytesOf(m color.Model) int {
	switch m {
	case color.GrayModel:
		return 1
	case color.Gray16Model:
		return 2
	case color.RGBA64Model, color.NRGBA64Model:
		return 8
	}
	if _, is := m.(color.Palette); is {
		return 1
	}
	return 4
}

// readJPEG walks the segments before the first scan (ITU-T T.81, annex B). A progressive picture keeps the
// coefficients of all of it, four bytes each, until its last scan.
func (h *head) readJPEG(content []byte) (perPixel int) {
	perPixel = 4
	for at := 2; at+4 <= len(content) && content[at] == 0xff; {
		marker, length := content[at+1], int(binary.BigEndian.Uint16(content[at+2:]))
		if marker == 0xff { // a fill byte
			at++
			continue
		}
		if marker == 0xda || length < 2 || at+2+length > len(content) {
			break
		}
		body := content[at+4 : at+2+length]
		switch {
		case marker == 0xe1 && bytes.HasPrefix(body, []byte("Exif\x00\x00")):
			h.turn = orientationOf(body[6:])
		case marker == 0xc2:
			perPixel = 4 + 4*components(body)
		}
		at += 2 + length
	}
	return perPixel
}

// components is how many coefficients a pixel of a progressive frame has, rounded up.
func components(frame []byte) int {
	if len(frame) < 6 {
		return 4
	}
	most, sum := 1, 0
	for i := 0; i < int(frame[5]) && 6+3*i+1 < len(frame); i++ {
		sampling := int(frame[6+3*i+1]>>4) * int(frame[6+3*i+1]&15)
		most, sum = max(most, sampling), sum+sampling
	}
	return min((sum+most-1)/most, 4)
}

// readPNG looks for the eXIf chunk (PNG, third edition, 11.3.3.5) before the pixels.
func (h *head) readPNG(content []byte) {
	for at := 8; at+12 <= len(content); {
		length := int(binary.BigEndian.Uint32(content[at:]))
		kind := string(content[at+4 : at+8])
		if kind == "IDAT" || length < 0 || length > len(content)-at-12 {
			return
		}
		if kind == "eXIf" {
			h.turn = orientationOf(content[at+8 : at+8+length])
		}
		at += 12 + length
	}
}

// readWebP walks all chunks: the decoder believes the size of the canvas until it has decoded what is inside, so each
// size that any chunk claims counts; and EXIF comes last.
func (h *head) readWebP(content []byte) {
	for at := 12; at+8 <= len(content); {
		length := int(binary.LittleEndian.Uint32(content[at+4:]))
		body := content[at+8:]
		if length < 0 || length > len(body) {
			length = len(body) // cut off: what it says of itself counts all the same
		}
		body = body[:length]
		switch string(content[at : at+4]) {
		case "VP8L":
			if len(body) >= 5 {
				bits := binary.LittleEndian.Uint32(body[1:])
				h.grow(int(bits&0x3fff)+1, int(bits>>14&0x3fff)+1)
			}
		case "VP8 ":
			if len(body) >= 10 {
				h.grow(int(binary.LittleEndian.Uint16(body[6:])&0x3fff), int(binary.LittleEndian.Uint16(body[8:])&0x3fff))
			}
		case "EXIF":
			h.turn = orientationOf(bytes.TrimPrefix(body, []byte("Exif\x00\x00")))
		}
		at += 8 + length + length&1
	}
}

func (h *head) grow(width, height int) {
	h.width, h.height = max(h.width, width), max(h.height, height)
}

// orientationOf reads tag 0x0112 of the first directory of a TIFF file (TIFF 6.0, section 2; EXIF 2.32, 4.6.4).
func orientationOf(tiff []byte) orientation {
	if len(tiff) < 8 {
		return asItIs
	}
	var order binary.ByteOrder = binary.BigEndian
	switch string(tiff[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
	default:
		return asItIs
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return asItIs
	}
	entries := int64(order.Uint16(tiff[at:]))
	for i := range entries {
		entry := at + 2 + 12*i
		if entry+12 > int64(len(tiff)) {
			break
		}
		if order.Uint16(tiff[entry:]) != 0x0112 || order.Uint16(tiff[entry+2:]) != 3 { // 3: a short
			continue
		}
		if turn := orientation(order.Uint16(tiff[entry+8:])); turn >= 1 && turn <= 8 {
			return turn
		}
	}
	return asItIs
}
