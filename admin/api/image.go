package api

import (
	"context"
	"fmt"
	"io"
	"net/url"

	"github.com/danielgtaylor/huma/v2"

	"parley/catalog"
	"parley/catalog/fault"
	"parley/catalog/images"
	"parley/catalog/picture"
)

// Image is one picture of a product, in order.
type Image struct {
	ID      int64    `json:"id" example:"31"`
	Src     string   `json:"src" doc:"Where it comes from: an address, or the name of an uploaded one."`
	Alt     Wording  `json:"alt" doc:"What it shows, in words."`
	State   string   `json:"state" enum:"ready,pending,failed" doc:"pending: it will be fetched; failed: see failure."`
	Failure *Failure `json:"failure,omitempty" doc:"Why it failed."`
	URL     string   `json:"url" doc:"What buyers are shown, at most 1280 pixels long; empty: nothing. A path is on this host."`
	Card    string   `json:"card_url" doc:"At most 640 pixels long, for lists."`
	Thumb   string   `json:"thumb_url" doc:"At most 160 pixels long."`
}

// Failure is why something did not work.
type Failure struct {
	Code   string `json:"code" example:"outside.private" doc:"For programs: it stays the same in every language."`
	Detail string `json:"detail" doc:"For people."`
}

// failureView is why something did not work, in a language; nil for nil.
func failureView(language string, f *fault.Error) *Failure {
	if f == nil {
		return nil
	}
	return &Failure{Code: f.Key, Detail: sentence(language, f)}
}

func imageView(language string, i catalog.Image) Image {
	return Image{
		ID: int64(i.ID), Src: i.Src, Alt: wording(i.Alt), State: string(i.State), Failure: failureView(language, i.Failure),
		URL: shownAt(i.Shown()), Card: shownAt(catalog.InSize(i.Shown(), "card")), Thumb: shownAt(catalog.InSize(i.Shown(), "thumb")),
	}
}

// shownAt is where a picture of a name is shown.
func shownAt(name string) string {
	if name == "" || isAddress(name) {
		return name
	}
	return "/pictures/" + (&url.URL{Path: name}).EscapedPath()
}

func isAddress(name string) bool {
	parsed, err := url.Parse(name)
	return err == nil && (parsed.Scheme == "https" || parsed.Scheme == "http")
}

// etag names what somebody has said of an image: that a job has fetched it changes nothing of that.
func (i Image) etag() string { return etagOf([]any{i.ID, i.Src, i.Alt}) }

// Images is the pictures of a product, in order; the first one is what lists show.
type Images struct {
	Images []Image `json:"images"`
}

func imagesView(language string, all []catalog.Image) Images {
	list := Images{Images: []Image{}}
	for _, i := range all {
		list.Images = append(list.Images, imageView(language, i))
	}
	return list
}

// etag names an order of images.
func (l Images) etag() string {
	ids := make([]int64, len(l.Images))
	for k, i := range l.Images {
		ids[k] = i.ID
	}
	return etagOf(ids)
}

// NewImage is a picture at an address.
type NewImage struct {
	URL string  `json:"url" format:"uri" minLength:"8" maxLength:"4096" example:"https://cdn.example/boot.jpg" doc:"Of the public internet."`
	Alt Wording `json:"alt,omitempty" doc:"What it shows, by language."`
}

// ImageOrder is an order of pictures.
type ImageOrder struct {
	Order []int64 `json:"order" maxItems:"250" doc:"Each image of the product once."`
}

// ImageChange is what is said of a picture.
type ImageChange struct {
	Alt Wording `json:"alt" doc:"All of its wordings."`
}

// ImagePath is one picture of a product.
type ImagePath struct {
	ItemPath
	Image int64 `path:"image" minimum:"1" example:"31"`
}

func (a *API) imageOperations() {
	const at = "/merchants/{merchant}/products/{id}/images"
	read(a, op{id: "list-images", does: "GET " + at, tag: "Images", scope: "catalog:read", summary: "List a product's images"}, a.listImages)
	writeAfter(a, op{id: "upload-image", does: "POST " + at, tag: "Images", roles: sellers, scope: "catalog:write", status: 201, size: MostUpload,
		summary: "Upload an image", about: "JPEG, PNG, GIF (its first frame) or WebP, at most 20 MB and 25 megapixels. It becomes the product's last; one that the product has is answered as it is."},
		a.makeImage, a.uploadImage)
	write(a, op{id: "fetch-image", does: "POST " + at + "/fetch", tag: "Images", roles: sellers, scope: "catalog:write", status: 201,
		summary: "Add an image by its address", about: "It is fetched within moments, and again for a while if that fails; `state` says how it stands."}, a.fetchImage)
	write(a, op{id: "arrange-images", does: "PUT " + at + "/order", tag: "Images", roles: sellers, scope: "catalog:write", matched: true,
		summary: "Put images in order", about: "The first one is what lists show."}, a.arrangeImages)
	read(a, op{id: "get-image", does: "GET " + at + "/{image}", tag: "Images", scope: "catalog:read", summary: "Show an image"}, a.getImage)
	write(a, op{id: "change-image", does: "PATCH " + at + "/{image}", tag: "Images", roles: sellers, scope: "catalog:write", matched: true,
		summary: "Describe an image"}, a.changeImage)
	write(a, op{id: "delete-image", does: "DELETE " + at + "/{image}", tag: "Images", roles: sellers, scope: "catalog:write", matched: true,
		summary: "Delete an image", about: "Variants that showed it show the product's first."}, a.deleteImage)
	write(a, op{id: "retry-image", does: "POST " + at + "/{image}/retry", tag: "Images", roles: sellers, scope: "catalog:write",
		summary: "Fetch an image again", about: "One that failed, or has changed where it comes from."}, a.retryImage)
}

// MostUpload is a picture with what is around it in a form, in bytes: what the server has to let in where they come.
const MostUpload = picture.MostBytes + 64<<10

func (c *call) images(product int64) images.Of {
	return images.Of{Merchant: c.shop.ID, Product: catalog.ProductID(product)}
}

func (a *API) listImages(ctx context.Context, c *call, in *ItemPath) (*shown[Images], error) {
	all, err := a.Images.List(ctx, c.images(in.ID))
	if err != nil {
		return nil, err
	}
	view := imagesView(c.language, all)
	return &shown[Images]{ETag: view.etag(), Body: view}, nil
}

// uploadForm is a picture in a form.
type uploadForm struct {
	File huma.FormFile `form:"file" required:"true" doc:"The picture."`
}

type uploadImage struct {
	ItemPath
	RawBody huma.MultipartFormFiles[uploadForm]
	made    picture.Set
}

// makeImage makes the files of an upload, before a transaction is begun: that takes its time.
func (a *API) makeImage(ctx context.Context, c *call, in *uploadImage) (undo func(context.Context), err error) {
	if _, err := a.Images.List(ctx, c.images(in.ID)); err != nil {
		return nil, err
	}
	file := in.RawBody.Data().File
	if !file.IsSet {
		return nil, fault.New(fault.Invalid, "field.missing").With("field", "file")
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, picture.MostBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read an upload: %w", err)
	}
	in.made, err = a.Images.Make(ctx, content)
	return nil, err // pictures that no product has are swept
}

func (a *API) uploadImage(ctx context.Context, c *call, in *uploadImage) (*made[Image], []deed, error) {
	added, err := a.Images.Add(ctx, c.images(in.ID), in.made, nil)
	return imageMade(c, in.ID, added, err)
}

func imageMade(c *call, product int64, added catalog.Image, err error) (*made[Image], []deed, error) {
	if err != nil {
		return nil, nil, err
	}
	view := imageView(c.language, added)
	at := fmt.Sprintf("%s/merchants/%d/products/%d/images/%d", Base, c.shop.ID, product, view.ID)
	return &made[Image]{ETag: view.etag(), Location: at, Body: view}, []deed{{subject: ofProduct(product), became: view}}, nil
}

func ofProduct(id int64) string { return fmt.Sprintf("product:%d", id) }

type fetchImage struct {
	ItemPath
	Body NewImage
}

func (a *API) fetchImage(ctx context.Context, c *call, in *fetchImage) (*made[Image], []deed, error) {
	added, err := a.Images.AddByURL(ctx, c.images(in.ID), in.Body.URL, catalog.Text(in.Body.Alt))
	return imageMade(c, in.ID, added, err)
}

type arrangeImages struct {
	ItemPath
	Matching
	Body ImageOrder
}

func (a *API) arrangeImages(ctx context.Context, c *call, in *arrangeImages) (*shown[Images], []deed, error) {
	order := make([]catalog.ImageID, len(in.Body.Order))
	for i, id := range in.Body.Order {
		order[i] = catalog.ImageID(id)
	}
	var was Images
	arranged, err := a.Images.Arrange(ctx, c.images(in.ID), order, func(now []catalog.Image) error {
		was = imagesView(c.language, now)
		return in.check(c, was.etag())
	})
	if err != nil {
		return nil, nil, err
	}
	view := imagesView(c.language, arranged)
	return &shown[Images]{ETag: view.etag(), Body: view}, []deed{{subject: ofProduct(in.ID), was: was, became: view}}, nil
}

func (a *API) image(ctx context.Context, c *call, in ImagePath) (Image, error) {
	found, err := a.Catalog.Image(ctx, catalog.FetchImage{Merchant: c.shop.ID, Product: catalog.ProductID(in.ID), Image: catalog.ImageID(in.Image)})
	return imageView(c.language, found), err
}

func (a *API) getImage(ctx context.Context, c *call, in *ImagePath) (*shown[Image], error) {
	view, err := a.image(ctx, c, *in)
	return &shown[Image]{ETag: view.etag(), Body: view}, err
}

type changeImage struct {
	ImagePath
	Matching
	Body ImageChange
}

func (a *API) changeImage(ctx context.Context, c *call, in *changeImage) (*shown[Image], []deed, error) {
	var was Image
	now, err := a.Images.Describe(ctx, c.images(in.ID), catalog.ImageID(in.Image), catalog.Text(in.Body.Alt), func(i catalog.Image) error {
		was = imageView(c.language, i)
		return in.check(c, was.etag())
	})
	if err != nil {
		return nil, nil, err
	}
	view := imageView(c.language, now)
	return &shown[Image]{ETag: view.etag(), Body: view}, []deed{{subject: ofProduct(in.ID), was: was, became: view}}, nil
}

type deleteImage struct {
	ImagePath
	Matching
}

func (a *API) deleteImage(ctx context.Context, c *call, in *deleteImage) (*done, []deed, error) {
	var was Image
	err := a.Images.Remove(ctx, c.images(in.ID), catalog.ImageID(in.Image), func(i catalog.Image) error {
		was = imageView(c.language, i)
		return in.check(c, was.etag())
	})
	return &done{}, []deed{{subject: ofProduct(in.ID), was: was}}, err
}

func (a *API) retryImage(ctx context.Context, c *call, in *ImagePath) (*shown[Image], []deed, error) {
	was, err := a.image(ctx, c, *in)
	if err != nil {
		return nil, nil, err
	}
	now, err := a.Images.Retry(ctx, c.images(in.ID), catalog.ImageID(in.Image))
	if err != nil {
		return nil, nil, err
	}
	view := imageView(c.language, now)
	return &shown[Image]{ETag: view.etag(), Body: view}, []deed{{subject: ofProduct(in.ID), was: was, became: view}}, nil
}
