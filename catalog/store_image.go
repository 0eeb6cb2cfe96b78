package catalog

import (
	"encoding/json"
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
	return Image{ID: ImageID(id), Src: src, Alt: alt, File: r.File, State: ImageState(r.State), Failure: failureOf(r.Failure)}
}

// keptFault is a refusal as its column keeps it.
type keptFault struct {
	Kind fault.Kind        `json:"kind"`
	Key  string            `json:"key"`
	Args map[string]string `json:"args,omitempty"`
}

func failureText(failure *fault.Error) string {
	if failure == nil {
		return ""
	}
	return asJSON(keptFault{failure.Kind, failure.Key, failure.Args})
}

// failureOf is nil for none. One that can't be read is a broken picture all the same.
func failureOf(text string) *fault.Error {
	if text == "" {
		return nil
	}
	var kept keptFault
	if err := json.Unmarshal([]byte(text), &kept); err != nil {
		return fault.New(fault.Invalid, "picture.broken")
	}
	return &fault.Error{Kind: kept.Kind, Key: kept.Key, Args: kept.Args}
}

// elsewhere says whether a picture is at an address.
func elsewhere(src string) bool {
	return strings.HasPrefix(src, "https://") || strings.HasPrefix(src, "http://")
}
