package formats

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// decoded is a file as UTF-8 without a mark: UTF-16 is known by its mark, or without one by the zeros beside the letters
// of its first line, windows-1251 and KOI8-R by what their bytes would say. Bytes of other encodings stay as they are, for the rows that have them to be named; known is then false.
func decoded(file *os.File) (text io.Reader, known bool, err error) {
	mark := make([]byte, 3)
	n, err := io.ReadFull(file, mark)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, false, err
	}
	mark = mark[:n]
	start := int64(0)
	switch {
	case bytes.HasPrefix(mark, []byte{0xff, 0xfe}), bytes.HasPrefix(mark, []byte{0xfe, 0xff}):
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return nil, false, err
		}
		return transform.NewReader(file, unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder()), true, nil
	case bytes.Equal(mark, []byte("\ufeff")):
		start = 3
	}
	if _, err := file.Seek(start, io.SeekStart); err != nil {
		return nil, false, err
	}
	valid, of, err := guessed(file)
	if err != nil {
		return nil, false, err
	}
	if _, err := file.Seek(start, io.SeekStart); err != nil {
		return nil, false, err
	}
	if of != nil {
		return transform.NewReader(file, of.NewDecoder()), true, nil
	}
	return file, valid, nil
}

// guessed says whether a file is UTF-8, and if not in which encoding, if that is known. It is windows-1251 or KOI8-R
// when nine of ten bytes above ASCII are then Cyrillic letters or the quotes and dashes of Russian texts, and there are
// more than a few: which of the two, the commonest letters tell.
func guessed(r io.Reader) (valid bool, of encoding.Encoding, err error) {
	buffered := bufio.NewReaderSize(r, 64<<10)
	if head, _ := buffered.Peek(4); len(head) == 4 { // what is wrong with the file is read below
		switch {
		case head[0] != 0 && head[1] == 0 && head[2] != 0 && head[3] == 0:
			return true, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), nil
		case head[0] == 0 && head[1] != 0 && head[2] == 0 && head[3] != 0:
			return true, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), nil
		}
	}
	letters, high, common := 0, 0, [2]int{}
	valid = true
	for {
		letter, size, err := buffered.ReadRune()
		if errors.Is(err, io.EOF) {
			switch {
			case valid || high < 4 || letters*10 < high*9:
				return valid, nil, nil
			case common[1]*3 > common[0]*4+6: // clearly: windows-1251 is what files are in
				return false, charmap.KOI8R, nil
			}
			return false, charmap.Windows1251, nil
		}
		if err != nil {
			return false, nil, err
		}
		if letter != utf8.RuneError || size != 1 {
			if letter >= utf8.RuneSelf {
				high += size // two bytes that happen to be UTF-8 are no Cyrillic words
			}
			continue
		}
		if err := buffered.UnreadRune(); err != nil {
			return false, nil, err
		}
		b, err := buffered.ReadByte()
		if err != nil {
			return false, nil, err
		}
		valid = false
		high++
		if b >= 0xc0 || b == 0xa8 || b == 0xb8 || bytes.IndexByte([]byte{0xab, 0xbb, 0x96, 0x97, 0xb9, 0x93, 0x94, 0x84, 0xa0, 0x85, 0x95}, b) >= 0 {
			letters++
		}
		for i, known := range commonest {
			if bytes.IndexByte(known, b) >= 0 {
				common[i]++
			}
		}
	}
}

// commonest are the eight letters that make half of a Russian text, small and capital, in windows-1251 and in KOI8-R.
var commonest = [2][]byte{inBytes(charmap.Windows1251), inBytes(charmap.KOI8R)}

func inBytes(of *charmap.Charmap) (all []byte) {
	for _, letter := range "оеаинтсрОЕАИНТСР" {
		b, _ := of.EncodeRune(letter)
		all = append(all, b)
	}
	return all
}

// errLong ends the reading of a file one part of which is too long to be kept in memory.
var errLong = errors.New("a part of the file is too long")

// meter lets so many bytes through until it is set again.
type meter struct {
	r    io.Reader
	left int
}

// Read reads.
func (m *meter) Read(into []byte) (int, error) {
	if m.left <= 0 {
		return 0, errLong
	}
	n, err := m.r.Read(into[:min(len(into), m.left)])
	m.left -= n
	return n, err
}
