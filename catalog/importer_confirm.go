package catalog

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"parley/catalog/fault"
	"parley/migrations/db"
)

// ImportJob is the kind of the job that carries an import on: after a crash, or where nobody waits for it.
const ImportJob = "catalog.import"

type importJob struct {
	Merchant MerchantID `json:"merchant_id"`
	Import   ImportID   `json:"import_id"`
}

// Keepers are the jobs that the catalogue promises itself.
func (s *Service) Keepers() map[string]db.Keeper {
	return map[string]db.Keeper{ImportJob: s.keepImport, RebuildJob: s.keepRebuild, TellJob: s.keepTell}
}

// keepImport works on an import for less than the lease of its job, and comes back for the rest.
func (s *Service) keepImport(ctx context.Context, job db.Job) error {
	var told importJob
	if err := job.Decode(&told); err != nil {
		return db.Hopeless{Why: err}
	}
	for began := time.Now(); time.Since(began) < 30*time.Second; {
		now, err := s.workSome(ctx, told.Merchant, told.Import)
		switch {
		case fault.KindOf(err) == fault.Missing:
			return nil // swept
		case err != nil:
			return err
		case !now.State.Working():
			return nil
		}
	}
	return db.Later{At: time.Now()}
}

func (s *Service) promiseImport(ctx context.Context, merchant MerchantID, id ImportID) error {
	job := db.Job{Kind: ImportJob, Key: fmt.Sprintf("%s:%d", ImportJob, id), Group: fmt.Sprintf("%s:%d", ImportJob, merchant)}
	return s.db.Promise(ctx, job.With(importJob{merchant, id}))
}

// Confirm begins to bring in what Upload looked at; Work does it, or a job where the program serves. What it may do
// beyond the usual is said by the consent.
//
// It fails with fault.Conflict: "import.has_errors", "import.sweeping" {archives, reprices, count} without that
// permission, "import.not_ready" when it is past that, and "import.stale" {handle} when one of its products was
// saved since the preview. Nothing is overwritten that nobody has looked at: the file is to be uploaded again.
func (s *Service) Confirm(ctx context.Context, merchant MerchantID, id ImportID, consent Consent) (Import, error) {
	return s.begin(ctx, merchant, id, func(ctx context.Context, row importRow) error {
		i := row.is()
		switch {
		case i.State == ImportRefused:
			return fault.New(fault.Conflict, "import.has_errors").With("count", strconv.Itoa(i.Wrong))
		case i.State != ImportReady:
			return fault.New(fault.Conflict, "import.not_ready")
		case i.Sweeping() && !consent.Sweeping:
			return fault.New(fault.Conflict, "import.sweeping").With("archives", strconv.Itoa(i.Archives)).
				With("reprices", strconv.Itoa(i.Reprices)).With("count", strconv.Itoa(i.ForSale))
		}
		if err := s.fresh(ctx, merchant, id); err != nil {
			return err
		}
		more := 0 // products of which only the stock changes
		if consent.Stock {
			err := s.db.On(ctx).Raw("select count(*) from import_items where import_id = ? and what = 'unchanged' and counts <> '[]'", int64(id)).Scan(&more).Error
			if err != nil {
				return err
			}
		}
		return s.db.On(ctx).Exec("update imports set state = ?, done = 0, total = created + changed + ?, counted = ?, reached = 0, confirmed_at = ?, changed_at = ? where id = ?",
			string(ImportApplying), more, consent.Stock, s.at(), s.at(), int64(id)).Error
	})
}

// begin changes the state of an import under the shop's lock, and promises the work that follows.
func (s *Service) begin(ctx context.Context, merchant MerchantID, id ImportID, change func(context.Context, importRow) error) (i Import, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		if err := s.lockShop(ctx, merchant); err != nil {
			return err
		}
		row, err := s.importRow(ctx, merchant, id, s.db.ForUpdate())
		if err != nil {
			return err
		}
		if err := change(ctx, row); err != nil {
			return err
		}
		if i, err = s.ImportByID(ctx, merchant, id); err != nil {
			return err
		}
		if i.State.Working() {
			if err := s.promiseImport(ctx, merchant, id); err != nil {
				return err
			}
		}
		return s.tell(ctx, id)
	})
	return i, err
}

// fresh refuses an import of products that were saved since it was looked at.
func (s *Service) fresh(ctx context.Context, merchant MerchantID, id ImportID) error {
	var stale []string
	err := s.db.On(ctx).Raw("select i.handle from import_items i left join products p on p.merchant_id = i.merchant_id and p.handle = i.handle"+
		" where i.merchant_id = ? and i.import_id = ? and i.what <> 'unchanged' and p.updated_at is distinct from i.seen order by i.position limit 1",
		int64(merchant), int64(id)).Scan(&stale).Error
	if err != nil {
		return fmt.Errorf("compare import %d with the shop: %w", id, err)
	}
	if len(stale) > 0 {
		return staleImport(stale[0])
	}
	return nil
}

func staleImport(handle string) *fault.Error {
	return fault.New(fault.Conflict, "import.stale").With("handle", handle)
}

// Cancel ends an import that is not wanted: one that waits is dropped, and of one that is under way everything
// goes out again. It fails with fault.Conflict "import.over" when there is nothing to cancel.
func (s *Service) Cancel(ctx context.Context, merchant MerchantID, id ImportID) (Import, error) {
	return s.begin(ctx, merchant, id, func(ctx context.Context, row importRow) error {
		switch ImportState(row.State) {
		case ImportReady, ImportRefused:
			if err := s.db.On(ctx).Exec("delete from import_items where import_id = ?", int64(id)).Error; err != nil {
				return err
			}
			if err := s.db.On(ctx).Exec("delete from import_errors where import_id = ?", int64(id)).Error; err != nil {
				return err
			}
			return s.db.On(ctx).Exec("update imports set state = ?, wrong = 0, changed_at = ? where id = ?", string(ImportCancelled), s.at(), int64(id)).Error
		case ImportApplying:
			return s.turnBack(ctx, id, nil)
		}
		return fault.New(fault.Conflict, "import.over")
	})
}

// turnBack has what came in go out again.
func (s *Service) turnBack(ctx context.Context, id ImportID, why *fault.Error) error {
	return s.db.On(ctx).Exec("update imports set state = ?, why = ?, total = done, done = 0, changed_at = ? where id = ?",
		string(ImportReverting), refusalText(why), s.at(), int64(id)).Error
}

// Work does what is to be done of an import until it is over, and tells of each step; told may be nil. Several
// may work on the same one: each step is a transaction of its own under the shop's lock, and what is done is
// remembered with it, so after a crash whoever comes next goes on where it ended.
func (s *Service) Work(ctx context.Context, merchant MerchantID, id ImportID, told func(Import)) (Import, error) {
	for {
		now, err := s.workSome(ctx, merchant, id)
		if err != nil {
			return Import{}, err
		}
		if told != nil {
			told(now)
		}
		if !now.State.Working() {
			return now, nil
		}
	}
}

// sweepImports forgets what is needed no more: readings that broke off, and old imports.
func (s *Service) sweepImports(ctx context.Context, merchant MerchantID) error {
	return s.db.On(ctx).Exec("delete from imports where merchant_id = ? and (state = 'reading' and changed_at < ?"+
		" or state in ('refused', 'ready', 'cancelled') and changed_at < ? or state in ('applied', 'undone', 'failed') and changed_at < ?)",
		int64(merchant), s.at().Add(-readingFor), s.at().Add(-previewFor), s.at().Add(-undoFor)).Error
}

// How long imports are kept.
const (
	readingFor = time.Hour           // a reading that gets no further
	previewFor = 7 * 24 * time.Hour  // a preview that nobody confirms
	undoFor    = 30 * 24 * time.Hour // one that can be undone
)
