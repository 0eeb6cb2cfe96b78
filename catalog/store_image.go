package catalog

import (
	"strings"

	"parley/catalog/fault"
)

// pictureRow is what has become of an image.
type pictureRow struct {
	File    string
	State   string
	Failure string
}

func (r pictureRow) image(id int64, src string, alt Text) Image {
	return Image{ID: ImageID(id), Src: src, Alt: alt, File: r.File, State: ImageState(r.State), Failure: fault.Recall(r.Failure)}
}

// elsewhere says whether a picture is at an address.
func elsewhere(src string) bool {
	return strings.HasPrefix(src, "https://") || strings.HasPrefix(src, "http://")
}
