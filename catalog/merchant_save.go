package catalog

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"golang.org/x/text/language"

	"parley/catalog/fault"
	"parley/catalog/money"
)

// SaveMerchant opens a shop, or changes the one with the same slug, and returns it as it is now. Delivery
// methods keep their ids: they are found by id, else by kind and name; those that are not named are no longer
// offered. HoldFor is 30 minutes, TimeZone UTC and State Active unless set. It fails with fault.Invalid
// {field}; the currency of a shop that has products stays what it is.
func (s *Service) SaveMerchant(ctx context.Context, m Merchant) (saved Merchant, err error) {
	m, err = checkMerchant(m)
	if err != nil {
		return Merchant{}, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		if m.ID, err = s.writeMerchant(ctx, m); err != nil {
			return err
		}
		if err := s.writeDelivery(ctx, m); err != nil {
			return err
		}
		found, err := s.merchantsWhere(ctx, "id = ?", int64(m.ID))
		if err == nil {
			saved = found[0]
		}
		return err
	})
	if err != nil {
		return Merchant{}, fmt.Errorf("save merchant %s: %w", m.Slug, err)
	}
	s.known.forget()
	s.db.AfterCommit(ctx, s.known.forget)
	return saved, nil
}

func (s *Service) writeMerchant(ctx context.Context, m Merchant) (MerchantID, error) {
	made, err := s.insertMerchant(ctx, m)
	if err != nil || made != 0 {
		return made, err
	}
	var id int64
	err = s.db.On(ctx).Raw("update merchants set name = ?, about = ?, languages = ?, currency = ?, time_zone = ?, contacts = ?, hold_minutes = ?, state = ?"+
		" where slug = ? and (currency = ? or not exists (select 1 from products p where p.merchant_id = merchants.id)) returning id",
		append(m.columns(), m.Slug, string(m.Currency))...).Scan(&id).Error
	if err == nil && id == 0 {
		err = invalid("currency", "catalog.currency_fixed")
	}
	return MerchantID(id), err
}

func (m Merchant) columns() []any {
	return []any{asJSON(m.Name), asJSON(m.About), asJSON(m.Languages), string(m.Currency), m.TimeZone,
		asJSON(m.Contacts), int(m.HoldFor / time.Minute), string(m.State)}
}

// insertMerchant writes a shop that is new and returns its id, or zero when there is one with its slug.
func (s *Service) insertMerchant(ctx context.Context, m Merchant) (MerchantID, error) {
	var id int64
	err := s.db.On(ctx).Raw("insert into merchants (name, about, languages, currency, time_zone, contacts, hold_minutes, state, slug, created_at)"+
		" values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (slug) do nothing returning id", append(m.columns(), m.Slug, s.at())...).Scan(&id).Error
	return MerchantID(id), err
}

func (s *Service) writeDelivery(ctx context.Context, m Merchant) error {
	was, err := s.merchantsWhere(ctx, "id = ?", int64(m.ID))
	if err != nil {
		return err
	}
	kept := []DeliveryID{0}
	for position, method := range m.Delivery {
		id := sameDelivery(was[0].Delivery, method, kept)
		values := []any{string(method.Kind), asJSON(method.Name), asJSON(method.Address), method.Price.Minor, method.FreeFrom.Minor, position}
		if id == 0 {
			err = s.db.On(ctx).Raw("insert into delivery_methods (kind, name, address, price, free_from, position, merchant_id)"+
				" values (?, ?, ?, ?, ?, ?, ?) returning id", append(values, int64(m.ID))...).Scan(&id).Error
		} else {
			err = s.db.On(ctx).Exec("update delivery_methods set kind = ?, name = ?, address = ?, price = ?, free_from = ?, position = ?"+
				" where id = ?", append(values, int64(id))...).Error
		}
		if err != nil {
			return err
		}
		kept = append(kept, id)
	}
	return s.db.On(ctx).Exec("update delivery_methods set active = false where merchant_id = ? and active and id not in ?", int64(m.ID), kept).Error
}

// sameDelivery is the id that a method has already, or zero.
func sameDelivery(was []DeliveryMethod, method DeliveryMethod, taken []DeliveryID) DeliveryID {
	used := map[DeliveryID]bool{}
	for _, id := range taken {
		used[id] = true
	}
	for _, old := range was {
		if old.ID == method.ID && !used[old.ID] {
			return old.ID
		}
	}
	for _, old := range was {
		if !used[old.ID] && old.Kind == method.Kind && alike(old.Name, method.Name) {
			return old.ID
		}
	}
	return 0
}

var merchantSlug = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)

// checkMerchant fills in what may be left out and refuses what cannot be.
func checkMerchant(m Merchant) (Merchant, error) {
	if m.HoldFor == 0 {
		m.HoldFor = 30 * time.Minute
	}
	if m.TimeZone == "" {
		m.TimeZone = "UTC"
	}
	if m.State == "" {
		m.State = Active
	}
	m.Name, m.About = tidyText(m.Name), tidyText(m.About)
	if _, err := time.LoadLocation(m.TimeZone); err != nil {
		return m, invalid("time_zone", "catalog.time_zone").With("value", m.TimeZone)
	}
	switch {
	case !merchantSlug.MatchString(m.Slug):
		return m, invalid("slug", "catalog.slug").With("value", m.Slug)
	case len(m.Name) == 0:
		return m, invalid("name", "catalog.nameless")
	case !m.Currency.Valid():
		return m, invalid("currency", "money.unknown_currency").With("code", string(m.Currency))
	case m.HoldFor < time.Minute || m.HoldFor > 30*24*time.Hour:
		return m, invalid("hold_for", "catalog.hold")
	case !isState(m.State):
		return m, invalid("state", "catalog.state").With("value", string(m.State))
	case len(m.Languages) == 0:
		return m, invalid("languages", "catalog.language").With("value", "")
	}
	for _, tag := range m.Languages {
		if _, err := language.Parse(tag); err != nil {
			return m, invalid("languages", "catalog.language").With("value", tag)
		}
	}
	return m, checkDelivery(m)
}

func checkDelivery(m Merchant) error {
	for i, method := range m.Delivery {
		field := "delivery[" + strconv.Itoa(i) + "]"
		switch {
		case method.Kind != Pickup && method.Kind != Courier:
			return invalid(field+".kind", "catalog.delivery").With("value", string(method.Kind))
		case len(tidyText(method.Name)) == 0:
			return invalid(field+".name", "catalog.nameless")
		case !priced(method.Price, m.Currency):
			return invalid(field+".price", "catalog.price")
		case !priced(method.FreeFrom, m.Currency):
			return invalid(field+".free_from", "catalog.price")
		}
	}
	return nil
}

// priced says whether an amount can be a price in a currency: not negative; none at all is free.
func priced(a money.Amount, c money.Currency) bool {
	return a == money.Amount{} || a.Currency == c && a.Minor >= 0
}

func isState(s State) bool { return s == Draft || s == Active || s == Archived }

// lockShop has the writers of one shop's catalogue wait for each other; checkouts do not wait. The shop must
// be there.
func (s *Service) lockShop(ctx context.Context, id MerchantID) error {
	done := s.db.On(ctx).Exec("update merchants set products = products where id = ?", int64(id))
	if done.Error == nil && done.RowsAffected == 0 {
		return fault.New(fault.Missing, "catalog.no_merchant")
	}
	return done.Error
}
