// Package images keeps the pictures of products: those that are uploaded, and copies of those that are elsewhere.
//
// They are kept in the database, by what they show, on either engine. Replicas share nothing but PostgreSQL, so a
// folder would be one replica's; an object store is one thing more to run and to back up; and a picture that is
// written in the transaction of its product is never missing and never left over. A picture is about 200 KB in all
// its sizes, and what asks for it keeps it: its name is made of what it shows, so it may be kept for ever.
package images

import (
	"context"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"parley/catalog"
	"parley/catalog/fault"
	"parley/catalog/outside"
	"parley/catalog/picture"
	"parley/migrations/db"
)

// Service is the pictures of every merchant.
type Service struct {
	db      *db.DB
	catalog *catalog.Service
	outside *outside.Client
	now     func() time.Time
	making  chan struct{} // one picture is decoded at a time: it may take a few hundred megabytes

	// Observe is told what became of a picture: "ready", "failed", or "retry" for a try that will be repeated.
	Observe func(result string)
}

// New makes the service; now is the clock.
func New(d *db.DB, c *catalog.Service, client *outside.Client, now func() time.Time) *Service {
	return &Service{db: d, catalog: c, outside: client, now: now, making: make(chan struct{}, 1), Observe: func(string) {}}
}

// at is the present as both engines keep it.
func (s *Service) at() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

// Of is a product whose images are meant.
type Of struct {
	Merchant catalog.MerchantID
	Product  catalog.ProductID
}

func (o Of) image(id catalog.ImageID) catalog.FetchImage {
	return catalog.FetchImage{Merchant: o.Merchant, Product: o.Product, Image: id}
}

// List is a product's images, in order. It fails with fault.Missing.
func (s *Service) List(ctx context.Context, of Of) ([]catalog.Image, error) {
	p, err := s.catalog.Find(ctx, of.Merchant, of.Product)
	return p.Images, err
}

// Upload adds a picture as the product's last and returns it; one that the product has already is returned as it is.
// It fails with fault.Missing, and with fault.Invalid as picture.Make does.
func (s *Service) Upload(ctx context.Context, of Of, content []byte, alt catalog.Text) (catalog.Image, error) {
	if _, err := s.List(ctx, of); err != nil {
		return catalog.Image{}, err // before the work
	}
	set, err := s.Make(ctx, content)
	if err != nil {
		return catalog.Image{}, err
	}
	return s.Add(ctx, of, set, alt)
}

// Make is picture.Make when it is the picture's turn. Call it outside of transactions: it takes its time.
func (s *Service) Make(ctx context.Context, content []byte) (picture.Set, error) {
	select {
	case s.making <- struct{}{}:
		defer func() { <-s.making }()
		return picture.Make(content)
	case <-ctx.Done():
		return picture.Set{}, ctx.Err()
	}
}

// Add is the rest of Upload, for a picture that Make made.
func (s *Service) Add(ctx context.Context, of Of, set picture.Set, alt catalog.Text) (catalog.Image, error) {
	if err := checkAlt(alt); err != nil {
		return catalog.Image{}, err
	}
	name := catalog.PictureName{Merchant: of.Merchant, Name: set.Name}.String()
	var added catalog.Image
	err := s.db.InTx(ctx, func(ctx context.Context) (err error) {
		if err := s.keep(ctx, of.Merchant, set); err != nil {
			return err
		}
		added, err = s.add(ctx, of, catalog.Image{Src: name, File: name, Alt: alt})
		return err
	})
	if err == nil {
		s.Observe("ready")
	}
	return added, err
}

// AddByURL adds the picture at an address as the product's last and returns it; a job fetches it. One that the product
// has already is returned as it is. It fails with fault.Missing, and with fault.Invalid "outside.address".
func (s *Service) AddByURL(ctx context.Context, of Of, url string, alt catalog.Text) (catalog.Image, error) {
	if err := outside.CheckURL(url); err != nil {
		return catalog.Image{}, err
	}
	if err := checkAlt(alt); err != nil {
		return catalog.Image{}, err
	}
	return s.add(ctx, of, catalog.Image{Src: url, State: catalog.ImagePending, Alt: alt})
}

func (s *Service) add(ctx context.Context, of Of, image catalog.Image) (catalog.Image, error) {
	p, err := s.catalog.ChangeImages(ctx, of.Merchant, of.Product, func(images []catalog.Image) ([]catalog.Image, error) {
		if slices.ContainsFunc(images, func(other catalog.Image) bool { return other.Src == image.Src }) {
			return images, nil
		}
		return append(images, image), nil
	})
	if err != nil {
		return catalog.Image{}, err
	}
	return p.Images[slices.IndexFunc(p.Images, func(other catalog.Image) bool { return other.Src == image.Src })], nil
}

// Arrange puts a product's images in an order, the first being the one it is listed with. It fails with fault.Missing,
// and with fault.Invalid "image.order" unless each of its images is named once. check sees them before, while nobody
// else changes them; its error ends it, and it may be nil.
func (s *Service) Arrange(ctx context.Context, of Of, order []catalog.ImageID, check func([]catalog.Image) error) ([]catalog.Image, error) {
	p, err := s.catalog.ChangeImages(ctx, of.Merchant, of.Product, func(images []catalog.Image) ([]catalog.Image, error) {
		if check != nil {
			if err := check(images); err != nil {
				return nil, err
			}
		}
		arranged := make([]catalog.Image, 0, len(images))
		for _, id := range order {
			place := slices.IndexFunc(images, func(image catalog.Image) bool { return image.ID == id })
			if place < 0 || slices.Contains(order[:len(arranged)], id) {
				return nil, notAll()
			}
			arranged = append(arranged, images[place])
		}
		if len(arranged) != len(images) {
			return nil, notAll()
		}
		return arranged, nil
	})
	return p.Images, err
}

func notAll() error { return fault.New(fault.Invalid, "image.order").With("field", "order") }

// Describe says in words, by language, what an image shows. It fails with fault.Missing, and with fault.Invalid for
// more than 1000 characters. check is as in Arrange, for the one image.
func (s *Service) Describe(ctx context.Context, of Of, id catalog.ImageID, alt catalog.Text, check func(catalog.Image) error) (catalog.Image, error) {
	if err := checkAlt(alt); err != nil {
		return catalog.Image{}, err
	}
	return s.change(ctx, of, id, check, func(images []catalog.Image, place int) []catalog.Image {
		images[place].Alt = alt
		return images
	})
}

const longestAlt = 1000

func checkAlt(alt catalog.Text) error {
	for _, words := range alt {
		if utf8.RuneCountInString(words) > longestAlt {
			return fault.New(fault.Invalid, "image.alt").With("field", "alt").With("most", strconv.Itoa(longestAlt))
		}
	}
	return nil
}

// Remove takes an image from a product. Chats that show it still find it for Lingering. It fails with fault.Missing.
// check is as in Describe.
func (s *Service) Remove(ctx context.Context, of Of, id catalog.ImageID, check func(catalog.Image) error) error {
	_, err := s.change(ctx, of, id, check, func(images []catalog.Image, place int) []catalog.Image { return slices.Delete(images, place, place+1) })
	return err
}

// change changes one image of a product and returns it, or the zero one when it is gone.
func (s *Service) change(ctx context.Context, of Of, id catalog.ImageID, check func(catalog.Image) error, how func(images []catalog.Image, place int) []catalog.Image) (catalog.Image, error) {
	at := func(images []catalog.Image) int {
		return slices.IndexFunc(images, func(image catalog.Image) bool { return image.ID == id })
	}
	p, err := s.catalog.ChangeImages(ctx, of.Merchant, of.Product, func(images []catalog.Image) ([]catalog.Image, error) {
		place := at(images)
		if place < 0 {
			return nil, fault.New(fault.Missing, "image.missing")
		}
		if check != nil {
			if err := check(images[place]); err != nil {
				return nil, err
			}
		}
		return how(images, place), nil
	})
	if place := at(p.Images); err == nil && place >= 0 {
		return p.Images[place], nil
	}
	return catalog.Image{}, err
}

// Retry has a picture from elsewhere fetched again, whether that failed, waits or had worked. It fails with
// fault.Missing, and with fault.Conflict "image.uploaded" when it does not come from elsewhere.
func (s *Service) Retry(ctx context.Context, of Of, id catalog.ImageID) (catalog.Image, error) {
	if err := s.catalog.FetchAgain(ctx, of.image(id)); err != nil {
		return catalog.Image{}, err
	}
	return s.catalog.Image(ctx, of.image(id))
}
