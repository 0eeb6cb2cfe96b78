package flow

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// MostToken is how many bytes a token may have: the least of what networks carry (Telegram's callback_data).
const MostToken = 64

// codes name each Tap in tokens. Old buttons stay in chats for ever: a code is never given to another tap.
var codes = map[string]Tap{
	"h": HomeTapped{}, "s": ShelfTapped{}, "f": FoundTapped{}, "p": ProductTapped{}, "v": ValueTapped{},
	"w": AnewTapped{}, "i": PhotoTapped{}, "n": CountTapped{}, "a": AddTapped{}, "c": CartTapped{},
	"l": LineTapped{}, "q": SetTapped{}, "x": ClearTapped{}, "k": CheckoutTapped{}, "kk": KeepTapped{},
	"kd": DeliveryTapped{}, "ks": SkipTapped{}, "kb": BackTapped{}, "kp": PlaceTapped{}, "m": PayTapped{},
	"o": OrdersTapped{}, "oo": OrderTapped{}, "or": RepeatTapped{}, "oc": CancelTapped{}, "oy": CancelAffirmed{},
	"u": HumanTapped{}, "ur": ReturnTapped{}, "t": LanguageTapped{}, "e": HelpTapped{}, "y": StayTapped{}, "g": ShopsTapped{}, "gg": ShopTapped{},
}

var codeOf = func() map[reflect.Type]string {
	byType := map[reflect.Type]string{}
	for code, tap := range codes {
		byType[reflect.TypeOf(tap)] = code
	}
	return byType
}()

// Token is a tap as a button carries it: "a.1f.2". Numbers are in base 36; words are [A-Za-z0-9_-].
func Token(tap Tap) string {
	value := reflect.ValueOf(tap)
	parts := []string{codeOf[value.Type()]}
	for i := range value.NumField() {
		if field := value.Field(i); field.Kind() == reflect.String {
			parts = append(parts, field.String())
		} else {
			parts = append(parts, strconv.FormatInt(field.Int(), 36))
		}
	}
	return strings.Join(parts, ".")
}

// Read is the tap that a token stands for. It fails for a token that this version did not write; old ones
// with fewer parts are read as if the rest were zero.
func Read(token string) (Tap, error) {
	if len(token) > MostToken {
		return nil, fmt.Errorf("a token of %d bytes", len(token))
	}
	parts := strings.Split(token, ".")
	zero, known := codes[parts[0]]
	if !known {
		return nil, fmt.Errorf("a token of an unknown kind: %q", parts[0])
	}
	value := reflect.New(reflect.TypeOf(zero)).Elem()
	if len(parts)-1 > value.NumField() {
		return nil, fmt.Errorf("a token with too many parts: %q", token)
	}
	for i, part := range parts[1:] {
		if field := value.Field(i); field.Kind() == reflect.String {
			if strings.Trim(part, wordSigns) != "" {
				return nil, fmt.Errorf("a token with a strange word: %q", token)
			}
			field.SetString(part)
		} else {
			number, err := strconv.ParseInt(part, 36, 64)
			if err != nil {
				return nil, fmt.Errorf("a token with a strange number: %q", token)
			}
			field.SetInt(number)
		}
	}
	return value.Interface().(Tap), nil
}

const wordSigns = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
