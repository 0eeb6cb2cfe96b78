package catalog

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"parley/catalog/fault"
	"parley/migrations/db"
)

// JobFetchImage is the kind of a job that fetches a picture from elsewhere; it carries FetchImage.
const JobFetchImage = "images.fetch"

// FetchImage is the arguments of a JobFetchImage.
type FetchImage struct {
	Merchant MerchantID `json:"merchant_id"`
	Product  ProductID  `json:"product_id"`
	Image    ImageID    `json:"image_id"`
}

// Job is the job of these arguments. While one for the image waits, another is not added.
func (f FetchImage) Job() db.Job {
	return db.Job{Kind: JobFetchImage, Key: JobFetchImage + ":" + strconv.FormatInt(int64(f.Image), 10)}.With(f)
}

// fetchImages promises to fetch the pending ones of the images that are new at these places.
func (w *writer) fetchImages(ctx context.Context, p Product, places []int) error {
	var jobs []db.Job
	for _, place := range places {
		if image := p.Images[place]; image.State == ImagePending {
			jobs = append(jobs, FetchImage{w.shop.ID, p.ID, image.ID}.Job())
		}
	}
	return w.db.Promise(ctx, jobs...)
}

// ChangeImages makes the images of a product what change makes of them, and returns the product as it is then. Images
// are known by their Src. Variants whose image goes show the product's first. It fails with fault.Missing, with
// fault.Invalid as SaveProduct does, and with what change fails with.
func (s *Service) ChangeImages(ctx context.Context, merchant MerchantID, id ProductID, change func([]Image) ([]Image, error)) (changed Product, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		w, err := s.writer(ctx, merchant, opened)
		if err != nil {
			return err
		}
		p, err := s.readProduct(ctx, w.shop, "merchant_id = ? and id = ?", int64(merchant), int64(id))
		if err != nil {
			return err
		}
		p.Variants = p.kept(Product{})
		if p.Images, err = change(p.Images); err != nil {
			return err
		}
		for i := range p.Variants {
			if !slices.ContainsFunc(p.Images, func(image Image) bool { return image.ID == p.Variants[i].Image }) {
				p.Variants[i].Image = 0
			}
		}
		if _, err := w.save(ctx, p); err != nil {
			return err
		}
		if err := w.count(ctx); err != nil {
			return err
		}
		changed, err = s.Find(ctx, merchant, id)
		return err
	})
	return changed, err
}

// FetchAgain has the picture of an image fetched once more. It fails with fault.Missing "image.missing", and with
// fault.Conflict "image.uploaded" when it does not come from elsewhere.
func (s *Service) FetchAgain(ctx context.Context, of FetchImage) error {
	return s.db.InTx(ctx, func(ctx context.Context) error {
		image, err := s.Image(ctx, of)
		if err != nil {
			return err
		}
		if !elsewhere(image.Src) {
			return fault.New(fault.Conflict, "image.uploaded")
		}
		if err := s.settleImage(ctx, of, image.File, ImagePending, nil); err != nil {
			return err
		}
		return s.db.Promise(ctx, of.Job())
	})
}

// SettleImage says what became of a picture that was to be fetched: the name of our copy, or why there is none. An
// image that is gone meanwhile is left alone.
func (s *Service) SettleImage(ctx context.Context, of FetchImage, file string, failure *fault.Error) error {
	state := ImageReady
	if failure != nil {
		state = ImageFailed
	}
	return s.settleImage(ctx, of, file, state, failure)
}

// settleImage holds the shop, as those do who save its products: they write the cover by what they have read.
func (s *Service) settleImage(ctx context.Context, of FetchImage, file string, state ImageState, failure *fault.Error) error {
	err := s.db.InTx(ctx, func(ctx context.Context) error {
		if err := s.lockShop(ctx, of.Merchant); err != nil {
			return err
		}
		done := s.db.On(ctx).Exec("update images set file = case when ? <> '' then ? else file end, state = ?, failure = ? where id = ? and product_id = ?"+
			" and exists (select 1 from products p where p.id = images.product_id and p.merchant_id = ?)",
			file, file, string(state), fault.Keep(failure), int64(of.Image), int64(of.Product), int64(of.Merchant))
		if done.Error != nil || done.RowsAffected == 0 {
			return done.Error
		}
		s.recall.forget(of.Product)
		s.db.AfterCommit(ctx, func() { s.recall.forget(of.Product) })
		return s.coverAnew(ctx, of.Product)
	})
	if err != nil {
		return fmt.Errorf("settle image %d: %w", of.Image, err)
	}
	return nil
}

// coverAnew writes which image a product is listed with.
func (s *Service) coverAnew(ctx context.Context, product ProductID) error {
	first := " from images i where i.product_id = products.id and " + shownPicture + " <> '' order by i.position, i.id limit 1)"
	return s.db.On(ctx).Exec("update products set cover = coalesce((select "+shownPicture+first+", ''),"+
		" cover_alt = coalesce((select i.alt"+first+", '{}'), updated_at = ? where id = ?", s.at(), int64(product)).Error
}

// Image is one image of a product. It fails with fault.Missing "image.missing".
func (s *Service) Image(ctx context.Context, of FetchImage) (Image, error) {
	var rows []struct {
		ID   int64
		Src  string
		Alt  encoded[Text]
		Kept pictureRow `gorm:"embedded"`
	}
	err := s.db.On(ctx).Raw("select i.id, i.src, i.alt, i.file, i.state, i.failure from images i join products p on p.id = i.product_id"+
		" where i.id = ? and p.id = ? and p.merchant_id = ?", int64(of.Image), int64(of.Product), int64(of.Merchant)).Scan(&rows).Error
	if err != nil {
		return Image{}, fmt.Errorf("read image %d: %w", of.Image, err)
	}
	if len(rows) == 0 {
		return Image{}, fault.New(fault.Missing, "image.missing")
	}
	return rows[0].Kept.image(rows[0].ID, rows[0].Src, rows[0].Alt.is), nil
}
