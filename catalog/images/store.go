package images

import (
	"context"
	"fmt"

	"parley/catalog"
	"parley/catalog/fault"
	"parley/catalog/picture"
)

// keep writes the files of a picture, unless they are there.
func (s *Service) keep(ctx context.Context, merchant catalog.MerchantID, set picture.Set) error {
	d := s.db.On(ctx)
	// An existing row is locked, so that it is not collected before somebody shows it.
	err := d.Exec("insert into pictures (merchant_id, name, created_at) values (?, ?, ?)"+
		" on conflict (merchant_id, name) do update set unused_since = null", int64(merchant), set.Name, s.at()).Error
	for _, file := range set.Files {
		if err == nil {
			err = d.Exec("insert into picture_files (merchant_id, name, size, width, height, content) values (?, ?, ?, ?, ?, ?)"+
				" on conflict (merchant_id, name, size) do nothing",
				int64(merchant), set.Name, string(file.Size), file.Width, file.Height, file.Content).Error
		}
	}
	if err != nil {
		return fmt.Errorf("keep picture %s: %w", set.Name, err)
	}
	return nil
}

// Picture is the file of a name that catalog.PictureName wrote. It fails with fault.Missing "picture.missing".
func (s *Service) Picture(ctx context.Context, name string) (content []byte, mime string, err error) {
	missing := fault.New(fault.Missing, "picture.missing").With("name", name)
	parsed, kept := catalog.ParsePictureName(name)
	if !kept {
		return nil, "", missing
	}
	size := parsed.Size
	if size == "" {
		size = string(picture.Large)
	}
	var files []struct{ Content []byte }
	err = s.db.On(ctx).Raw("select content from picture_files where merchant_id = ? and name = ? and size = ?",
		int64(parsed.Merchant), parsed.Name, size).Scan(&files).Error
	switch {
	case err != nil:
		return nil, "", fmt.Errorf("read picture %s: %w", name, err)
	case len(files) == 0:
		return nil, "", missing
	}
	return files[0].Content, picture.Type, nil
}

// Lasting says whether a name always means the same picture, so that whoever has it need not ask again.
func (s *Service) Lasting(name string) bool {
	_, kept := catalog.ParsePictureName(name)
	return kept
}
