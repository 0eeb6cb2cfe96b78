package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/catalog/money"
)

// encoded is a value kept as JSON in a text column.
type encoded[T any] struct{ is T }

// GormDataType says to gorm that this is a column and not another table.
func (encoded[T]) GormDataType() string { return "text" }

// Scan reads the column.
func (e *encoded[T]) Scan(from any) error {
	switch text := from.(type) {
	case nil:
		return nil
	case string:
		return json.Unmarshal([]byte(text), &e.is)
	case []byte:
		return json.Unmarshal(text, &e.is)
	default:
		return fmt.Errorf("a JSON column holds %T", from)
	}
}

// asJSON is how a value is written to a text column. Nil maps and slices are written as empty ones.
func asJSON[T any](value T) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("%T does not encode: %v", value, err)) // a bug: these are plain maps and slices
	}
	switch string(text) {
	case "null":
		return empty(value)
	default:
		return string(text)
	}
}

func empty(value any) string {
	switch value.(type) {
	case Text:
		return "{}"
	default:
		return "[]"
	}
}

type merchantRow struct {
	ID          int64
	Slug        string
	Name        encoded[Text]
	About       encoded[Text]
	Languages   encoded[[]string]
	Currency    string
	TimeZone    string
	Contacts    encoded[Contacts]
	HoldMinutes int
	Products    int
	State       string
}

const merchantColumns = "id, slug, name, about, languages, currency, time_zone, contacts, hold_minutes, products, state"

type deliveryRow struct {
	ID         int64
	MerchantID int64
	Kind       string
	Name       encoded[Text]
	Address    encoded[Text]
	Price      int64
	FreeFrom   int64
}

// merchantsWhere reads merchants and how they deliver, in two statements.
func (s *Service) merchantsWhere(ctx context.Context, where string, args ...any) ([]Merchant, error) {
	return s.merchantsUpTo(ctx, where, 1_000_000, args...)
}

// merchantsUpTo is merchantsWhere for at most so many.
func (s *Service) merchantsUpTo(ctx context.Context, where string, limit int, args ...any) ([]Merchant, error) {
	var rows []merchantRow
	if err := s.db.On(ctx).Raw("select "+merchantColumns+" from merchants where "+where+" order by id limit ?", append(slices.Clone(args), limit)...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read merchants: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	found, ids := make([]Merchant, len(rows)), make([]int64, len(rows))
	for i, row := range rows {
		found[i], ids[i] = row.merchant(), row.ID
	}
	var methods []deliveryRow
	err := s.db.On(ctx).Raw("select id, merchant_id, kind, name, address, price, free_from from delivery_methods"+
		" where merchant_id in ? and active order by merchant_id, position, id", ids).Scan(&methods).Error
	if err != nil {
		return nil, fmt.Errorf("read delivery methods: %w", err)
	}
	for i := range found {
		for _, row := range methods {
			if MerchantID(row.MerchantID) == found[i].ID {
				found[i].Delivery = append(found[i].Delivery, row.method(found[i].Currency))
			}
		}
	}
	return found, nil
}

func (r merchantRow) merchant() Merchant {
	return Merchant{
		ID: MerchantID(r.ID), Slug: r.Slug, Name: r.Name.is, About: r.About.is, Languages: r.Languages.is,
		Currency: money.Currency(r.Currency), TimeZone: r.TimeZone, Contacts: r.Contacts.is,
		HoldFor: time.Duration(r.HoldMinutes) * time.Minute, State: State(r.State),
	}
}

func (r deliveryRow) method(c money.Currency) DeliveryMethod {
	return DeliveryMethod{
		ID: DeliveryID(r.ID), Kind: DeliveryKind(r.Kind), Name: r.Name.is, Address: r.Address.is,
		Price: money.Of(r.Price, c), FreeFrom: money.Of(r.FreeFrom, c),
	}
}

// choice writes the ids of a variant's values as its column keeps them: "12,15".
func choice(values []ValueID) string {
	parts := make([]string, len(values))
	for i, value := range values {
		parts[i] = strconv.FormatInt(int64(value), 10)
	}
	return strings.Join(parts, ",")
}

// chosen reads what choice wrote; it is nil for a variant without options.
func chosen(column string) []ValueID {
	if column == "" {
		return nil
	}
	parts := strings.Split(column, ",")
	values := make([]ValueID, len(parts))
	for i, part := range parts {
		id, _ := strconv.ParseInt(part, 10, 64) // 0 is no value's id, so a broken column is found by Verify
		values[i] = ValueID(id)
	}
	return values
}
