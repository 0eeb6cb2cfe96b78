package telegram

import (
	"bytes"
	"context"
	"strings"
	"sync"

	"github.com/go-telegram/bot/models"

	"parley/catalog/fault"
)

// mostFiles is how many file ids are remembered; then all are forgotten and uploaded again as they are needed.
const mostFiles = 50_000

// files remembers by what id Telegram keeps a picture, so that each is uploaded or fetched once.
type files struct {
	mu  sync.Mutex
	ids map[string]string // by the picture's name
}

func (f *files) get(name string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ids[name]
}

func (f *files) put(name, id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ids == nil || len(f.ids) >= mostFiles {
		f.ids = map[string]string{}
	}
	f.ids[name] = id
}

func (f *files) forget(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.ids, name)
}

// withPhoto calls with a picture in the cheapest form there is, and remembers what Telegram made of it. An id that
// Telegram does not know any more is forgotten, and the call made once more with the picture itself.
func (a *Adapter) withPhoto(ctx context.Context, name string, call func(models.InputFile) error, result func() *models.Message) error {
	if id := a.files.get(name); id != "" {
		err := call(&models.InputFileString{Data: id})
		if !says(err, badPhoto) {
			return err
		}
		a.files.forget(name)
	}
	file, err := a.picture(ctx, name)
	if err != nil {
		return err
	}
	if err := call(file); err != nil {
		return err
	}
	if sizes := result().Photo; len(sizes) > 0 {
		a.files.put(name, sizes[len(sizes)-1].FileID)
	}
	return nil
}

// picture is a picture that Telegram has not seen: an address for it to fetch, or the bytes of one of our own.
func (a *Adapter) picture(ctx context.Context, name string) (models.InputFile, error) {
	if strings.HasPrefix(name, "https://") || strings.HasPrefix(name, "http://") {
		return &models.InputFileString{Data: name}, nil
	}
	content, _, err := a.config.Pictures.Picture(ctx, name)
	if err != nil {
		return nil, err
	}
	return &models.InputFileUpload{Filename: name, Data: bytes.NewReader(content)}, nil
}

// photoRefused tells whether it is only the picture that cannot be shown: we have none of the name, or Telegram cannot
// fetch or read it.
func photoRefused(err error) bool {
	return err != nil && (fault.KindOf(err) == fault.Missing || says(err, badPhoto))
}

// asMedia is a picture in the form that editing wants.
func asMedia(file models.InputFile) *models.InputMediaPhoto {
	switch file := file.(type) {
	case *models.InputFileUpload:
		return &models.InputMediaPhoto{Media: "attach://picture", MediaAttachment: file.Data}
	case *models.InputFileString:
		return &models.InputMediaPhoto{Media: file.Data}
	default:
		return &models.InputMediaPhoto{}
	}
}
