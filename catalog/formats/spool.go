package formats

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// spool keeps the parts of products in a temporary file until each is whole, since the rows of a product need
// not stand together. In memory it has their places only.
type spool struct {
	file   *os.File
	out    *bufio.Writer
	end    int64
	groups []group
	merged int // groups that went into others
	byKey  map[string]int
	next   int
}

type group struct{ parts []place }

type place struct {
	from int64
	size int
}

func newSpool() (*spool, error) {
	file, err := os.CreateTemp("", "parley-rows-")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(file.Name()); err != nil { // it goes with the program, however that ends
		return nil, errors.Join(err, file.Close())
	}
	return &spool{file: file, out: bufio.NewWriterSize(file, 256<<10), byKey: map[string]int{}}, nil
}

// add keeps a part of the product with a key.
func (s *spool) add(key string, part any) error {
	encoded, err := json.Marshal(part)
	if err != nil {
		return fmt.Errorf("keep a row: %w", err)
	}
	if _, err := s.out.Write(encoded); err != nil {
		return fmt.Errorf("keep a row: %w", err)
	}
	k, known := s.byKey[key]
	if !known {
		k = len(s.groups)
		s.byKey[key] = k
		s.groups = append(s.groups, group{})
	}
	s.groups[k].parts = append(s.groups[k].parts, place{s.end, len(encoded)})
	s.end += int64(len(encoded))
	return nil
}

// merge has the products of two keys be one, which keeps the first key.
func (s *spool) merge(key, other string) {
	from, known := s.byKey[other]
	if !known || key == other {
		return
	}
	if into, known := s.byKey[key]; known {
		s.groups[into].parts = append(s.groups[into].parts, s.groups[from].parts...)
		s.groups[from].parts = nil
		s.merged++
	} else {
		s.byKey[key] = from
	}
	delete(s.byKey, other)
}

// products is how many were kept.
func (s *spool) products() int { return len(s.groups) - s.merged }

// full ends the adding.
func (s *spool) full() error {
	s.byKey = nil
	return s.out.Flush()
}

// take reads the parts of the next product; io.EOF after the last one.
func take[T any](s *spool) ([]T, error) {
	for s.next < len(s.groups) && len(s.groups[s.next].parts) == 0 {
		s.next++
	}
	if s.next >= len(s.groups) {
		return nil, io.EOF
	}
	places := s.groups[s.next].parts
	s.groups[s.next].parts = nil
	s.next++
	parts := make([]T, len(places))
	for i, at := range places {
		encoded := make([]byte, at.size)
		if _, err := s.file.ReadAt(encoded, at.from); err != nil {
			return nil, fmt.Errorf("read a kept row: %w", err)
		}
		if err := json.Unmarshal(encoded, &parts[i]); err != nil {
			return nil, fmt.Errorf("read a kept row: %w", err)
		}
	}
	return parts, nil
}

func (s *spool) close() error { return s.file.Close() }
