package formats

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// decoded is a file as UTF-8 without a mark: UTF-16 is known by its mark, windows-1251 by what its bytes would
// say. Bytes of other encodings stay as they are, for the rows that have them to be named; known is then false.
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
	valid, cyrillic, err := guessed(file)
	if err != nil {
		return nil, false, err
	}
	if _, err := file.Seek(start, io.SeekStart); err != nil {
		return nil, false, err
	}
	if cyrillic {
		return transform.NewReader(file, charmap.Windows1251.NewDecoder()), true, nil
	}
	return file, valid, nil
}

// guessed says whether a file is UTF-8, and if not whether it is windows-1251: nine of ten bytes above ASCII are then
// Cyrillic letters or the quotes and dashes of Russian texts, and there are more than a few.
func guessed(r io.Reader) (valid, cyrillic bool, err error) {
	buffered := bufio.NewReaderSize(r, 64<<10)
	letters, high := 0, 0
	valid = true
	for {
		letter, size, err := buffered.ReadRune()
		if errors.Is(err, io.EOF) {
			return valid, !valid && high >= 4 && letters*10 >= high*9, nil
		}
		if err != nil {
			return false, false, err
		}
		if letter != utf8.RuneError || size != 1 {
			if letter >= utf8.RuneSelf {
				high += size // two bytes that happen to be UTF-8 are no Cyrillic words
			}
			continue
		}
		if err := buffered.UnreadRune(); err != nil {
			return false, false, err
		}
		b, err := buffered.ReadByte()
		if err != nil {
			return false, false, err
		}
		valid = false
		high++
		if b >= 0xc0 || b == 0xa8 || b == 0xb8 || bytes.IndexByte([]byte{0xab, 0xbb, 0x96, 0x97, 0xb9, 0x93, 0x94, 0x84, 0xa0, 0x85, 0x95}, b) >= 0 {
			letters++
		}
	}
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
