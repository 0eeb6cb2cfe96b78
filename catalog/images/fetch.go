package images

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"parley/catalog"
	"parley/catalog/fault"
	"parley/catalog/picture"
	"parley/migrations/db"
)

// How pictures are fetched. They are kept apart from other jobs: a hundred thousand of them are no reason for a
// payment to wait.
const (
	tries         = 16               // with the back-off of the queue three quarters of an hour
	fetchPatience = 30 * time.Second // for one try
)

// Keeping is how the jobs of this package are kept.
func (s *Service) Keeping() db.Keeping {
	return db.Keeping{Kinds: s.Keepers(), Width: 4, Lease: 3 * time.Minute, Attempts: tries + 2}
}

// Keepers are the keepers of this package's jobs, by kind.
func (s *Service) Keepers() map[string]db.Keeper {
	return map[string]db.Keeper{catalog.JobFetchImage: s.fetch, jobCollect: s.collect}
}

// fetch keeps a JobFetchImage. What goes wrong with the picture is written at the image and is never the job's
// failure; what may pass is tried again for a while.
func (s *Service) fetch(ctx context.Context, job db.Job) error {
	var of catalog.FetchImage
	if err := job.Decode(&of); err != nil {
		return db.Hopeless{Why: err}
	}
	image, err := s.catalog.Image(ctx, of)
	switch {
	case fault.KindOf(err) == fault.Missing:
		return nil // deleted since
	case err != nil:
		return err
	case image.State == catalog.ImageReady && image.File != "":
		return nil // done by an earlier try
	}
	set, err := s.bring(ctx, image.Src)
	failure, known := fault.Of(err)
	switch {
	case err == nil:
		return s.settle(ctx, job, of, set)
	case !known || failure.Kind == fault.Unavailable && job.Attempt < tries:
		s.Observe("retry")
		return err
	}
	s.Observe("failed")
	return s.db.InTx(ctx, func(ctx context.Context) error {
		if err := s.catalog.SettleImage(ctx, of, "", failure); err != nil {
			return err
		}
		return job.Done(ctx)
	})
}

// settle keeps the picture, and ends the job with it.
func (s *Service) settle(ctx context.Context, job db.Job, of catalog.FetchImage, set picture.Set) error {
	err := s.db.InTx(ctx, func(ctx context.Context) error {
		if err := s.keep(ctx, of.Merchant, set); err != nil {
			return err
		}
		name := catalog.PictureName{Merchant: of.Merchant, Name: set.Name}.String()
		if err := s.catalog.SettleImage(ctx, of, name, nil); err != nil {
			return err
		}
		return job.Done(ctx)
	})
	if err == nil {
		s.Observe("ready")
	}
	return err
}

// bring fetches and makes a picture.
func (s *Service) bring(ctx context.Context, url string) (picture.Set, error) {
	within, cancel := context.WithTimeout(ctx, fetchPatience)
	defer cancel()
	answer, err := s.outside.Get(within, url, picture.MostBytes)
	switch {
	case err != nil:
		return picture.Set{}, err
	case answer.Status != http.StatusOK:
		return picture.Set{}, answered(answer.Status)
	case answer.Cut:
		return picture.Set{}, picture.TooHeavy()
	}
	return s.Make(ctx, answer.Body)
}

// answered is the refusal of an address. Those that may pass are Unavailable.
func answered(status int) error {
	kind := fault.Invalid
	switch {
	case status >= 500, status == http.StatusRequestTimeout, status == http.StatusTooEarly, status == http.StatusTooManyRequests:
		kind = fault.Unavailable
	}
	return fault.New(kind, "image.answered").With("status", strconv.Itoa(status))
}
