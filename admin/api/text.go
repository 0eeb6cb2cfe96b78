package api

import (
	"reflect"
	"regexp"

	"parley/catalog/fault"
)

// languageTag is the form of an IETF tag.
var languageTag = regexp.MustCompile(`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$`)

// readable refuses texts that no database keeps, and wordings in no language, wherever in the input they are. Bytes are
// no text.
func readable(in any) error {
	if !isReadable(reflect.ValueOf(in)) {
		return fault.New(fault.Invalid, "catalog.not_text")
	}
	return nil
}

func isReadable(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.String:
		return isText(v.String())
	case reflect.Pointer, reflect.Interface:
		return v.IsNil() || isReadable(v.Elem())
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return true
		}
		for i := range v.Len() {
			if !isReadable(v.Index(i)) {
				return false
			}
		}
	case reflect.Map:
		_, isWording := v.Interface().(Wording)
		for walk := v.MapRange(); walk.Next(); {
			if isWording && !languageTag.MatchString(walk.Key().String()) {
				return false
			}
			if !isReadable(walk.Key()) || !isReadable(walk.Value()) {
				return false
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() && !isReadable(v.Field(i)) {
				return false
			}
		}
	}
	return true
}
