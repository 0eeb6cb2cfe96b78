package admin

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"parley/payments"
)

// reviewPage is what the queue of payments is given.
type reviewPage struct {
	frame
	plea
	Reviews   []payments.Review
	Closed    bool // those that were dealt with
	Unclaimed bool // those that are nobody's
	Back      string
	Next      payments.ReviewID // after which there are more; zero: nowhere
	Names     map[string]string
}

// reviewList is the money of a shop that a person must look at, oldest first.
func (a *Admin) reviewList(v *visit) error {
	return a.showReviews(v, fiber.StatusOK, plea{}, v.payee())
}

// unclaimedList is the money that fits no shop, for those who see them all.
func (a *Admin) unclaimedList(v *visit) error {
	if !v.account().AllShops {
		return noPage()
	}
	return a.showReviews(v, fiber.StatusOK, plea{}, 0)
}

// showReviews shows the queue of a merchant; zero is the queue of what is nobody's.
func (a *Admin) showReviews(v *visit, status int, p plea, of payments.MerchantID) (err error) {
	page := reviewPage{plea: p, Unclaimed: of == 0, Closed: v.query("closed") != "", Names: map[string]string{}}
	if page.Unclaimed {
		page.frame, page.Back = a.frame(v, "Unclaimed payments"), Base+"/unclaimed"
		page.Section = "reviews"
	} else {
		page.frame, err = a.shopFrame(v, "Payments to look at", "reviews")
		page.Back = v.at("reviews")
	}
	if err != nil {
		return err
	}
	after, _ := strconv.ParseInt(v.query("after"), 10, 64) // no number is the beginning
	page.Reviews, err = a.Payments.Reviews(v.ctx, of, !page.Closed, payments.ReviewID(after), pageful+1)
	if err != nil {
		return err
	}
	if len(page.Reviews) > pageful {
		page.Reviews = page.Reviews[:pageful]
		page.Next = page.Reviews[pageful-1].ID
	}
	for _, review := range page.Reviews {
		if err := a.learn(v, page.Names, review.ClosedBy); err != nil {
			return err
		}
	}
	return a.html(v, status, "review_list", page)
}
