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
func readable(in any) error { return readableValue(reflect.ValueOf(in)) }

func readableValue(v reflect.Value) error {
	switch v.Kind() {
	case reflect.String:
		if !isText(v.String()) {
			return fault.New(fault.Invalid, "catalog.not_text")
		}
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			return readableValue(v.Elem())
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return nil
		}
		for i := range v.Len() {
			if err := readableValue(v.Index(i)); err != nil {
				return err
			}
		}
	case reflect.Map:
		return readableMap(v)
	case reflect.Struct:
		for i := range v.NumField() {
			if !v.Type().Field(i).IsExported() {
				continue
			}
			if err := readableValue(v.Field(i)); err != nil {
				return err
			}
		}
	}
	return nil
}

func readableMap(v reflect.Value) error {
	_, isWording := v.Interface().(Wording)
	for walk := v.MapRange(); walk.Next(); {
		for _, part := range []reflect.Value{walk.Key(), walk.Value()} {
			if err := readableValue(part); err != nil {
				return err
			}
		}
		if isWording && !languageTag.MatchString(walk.Key().String()) {
			return fault.New(fault.Invalid, "catalog.language").With("value", firstLetters(walk.Key().String(), 50))
		}
	}
	return nil
}
