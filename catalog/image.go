package catalog

import (
	"regexp"
	"strconv"

	"parley/catalog/fault"
)

// Image is one picture of a product, in order. It is known by its Src: saved again, it keeps the rest.
type Image struct {
	ID      ImageID
	Src     string // "https://…", or the name of a picture of our own
	Alt     Text
	File    string       // the name of our own copy of what is at Src; empty: none
	State   ImageState   // Ready unless set; a new one that is Pending is fetched by a job
	Failure *fault.Error // why it is Failed
}

// ImageState is whether a picture is as it should be.
type ImageState string

// States of images.
const (
	ImageReady   ImageState = "ready"   // it is what is shown; one elsewhere is shown from there
	ImagePending ImageState = "pending" // a job is to fetch it; until then it is shown from where it is
	ImageFailed  ImageState = "failed"  // it could not be had; an earlier copy, if there is one, is shown
)

// Shown is the name under which channels know the picture; empty when there is nothing to show.
func (i Image) Shown() string {
	switch {
	case i.File != "":
		return i.File
	case i.State == ImageFailed:
		return ""
	default:
		return i.Src
	}
}

// shownPicture is Shown of a row i of images.
const shownPicture = "case when i.file <> '' then i.file when i.state = 'failed' then '' else i.src end"

func (i Image) tidy() Image {
	i.Alt = tidyText(i.Alt)
	if i.State == "" {
		i.State = ImageReady
	}
	return i
}

// as is the image with what is known of the one that was there: what has become of a picture is not for those to say
// who save a product.
func (i Image) as(was Image) Image {
	i.ID, i.File, i.State, i.Failure = was.ID, was.File, was.State, was.Failure
	return i
}

// cover is the first image that can be shown, or the zero one.
func (p Product) cover() Image {
	for _, image := range p.Images {
		if image.Shown() != "" {
			return image
		}
	}
	return Image{}
}

// PictureName is the name of a picture that is kept in the database: "m7/abc….jpg", "m7/abc…-card.jpg".
type PictureName struct {
	Merchant MerchantID
	Name     string // 26 signs of [a-z2-7], made of what it shows
	Size     string // "card" or "thumb"; empty is the large one
}

// String is the name as it is written.
func (n PictureName) String() string {
	name := "m" + strconv.FormatInt(int64(n.Merchant), 10) + "/" + n.Name
	if n.Size != "" {
		name += "-" + n.Size
	}
	return name + ".jpg"
}

var pictureName = regexp.MustCompile(`^m([1-9][0-9]{0,17})/([a-z2-7]{26})(?:-(card|thumb))?\.jpg$`)

// ParsePictureName reads what String wrote; false for names of other pictures.
func ParsePictureName(name string) (PictureName, bool) {
	parts := pictureName.FindStringSubmatch(name)
	if parts == nil {
		return PictureName{}, false
	}
	merchant, _ := strconv.ParseInt(parts[1], 10, 64) // eighteen digits fit
	return PictureName{MerchantID(merchant), parts[2], parts[3]}, true
}

// InSize is the name of a picture in a size, "card" or "thumb", where it is kept in sizes; other names stay.
func InSize(name, size string) string {
	parsed, kept := ParsePictureName(name)
	if !kept {
		return name
	}
	parsed.Size = size
	return parsed.String()
}
