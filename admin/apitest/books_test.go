package apitest

import (
	"strings"

	"parley-apitest/client"
)

// books is what finance reads and does in the shop that was paid twice for one order. Refunds take two people there.
func (c *caller) books(other *caller) {
	shops := want[*client.ListMerchantsResponse](c, 200)(c.ListMerchantsWithResponse(c.ctx, nil))
	paid := int64(0)
	for _, shop := range shops.JSON200.Items {
		if shop.Slug == "studio" {
			paid = shop.Id
		}
	}
	if list := want[*client.ListBalancesResponse](c, 200)(c.ListBalancesWithResponse(c.ctx, paid, nil)); len(list.JSON200.Items) == 0 {
		c.Error("nothing is in the books")
	}
	if brought := want[*client.GetRevenueResponse](c, 200)(c.GetRevenueWithResponse(c.ctx, paid, nil)); len(brought.JSON200.Channels) == 0 {
		c.Error("no channel brought anything")
	}
	want[*client.ListEntriesResponse](c, 200)(c.ListEntriesWithResponse(c.ctx, paid, &client.ListEntriesParams{Limit: p(int64(2))}))
	want[*client.ListOpenItemsResponse](c, 200)(c.ListOpenItemsWithResponse(c.ctx, paid, nil))
	file := want[*client.ExportBooksResponse](c, 200)(c.ExportBooksWithResponse(c.ctx, paid, &client.ExportBooksParams{Format: "csv", Kind: p(client.ExportBooksParamsKind("journal"))}))
	if !strings.Contains(string(file.Body), "clearing:sandbox") {
		c.Errorf("exported %.200q", file.Body)
	}
	want[*client.ListPeriodsResponse](c, 200)(c.ListPeriodsWithResponse(c.ctx, paid, nil))
	want[*client.ClosePeriodResponse](c, 409)(c.ClosePeriodWithResponse(c.ctx, paid, nil, client.Closing{Month: "2099-01"})) // it is not over
	want[*client.ClosePeriodResponse](c, 201)(c.ClosePeriodWithResponse(c.ctx, paid, nil, client.Closing{Month: "2020-01"}))
	reviews := want[*client.ListReviewsResponse](c, 200)(c.ListReviewsWithResponse(c.ctx, paid, nil))
	if len(reviews.JSON200.Items) != 1 {
		c.Fatalf("to be looked at: %+v", reviews.JSON200.Items)
	}
	want[*client.ResolveReviewResponse](c, 204)(c.ResolveReviewWithResponse(c.ctx, paid, reviews.JSON200.Items[0].Id, nil, client.Resolution{Action: "close", Note: "Seen."}))
	c.refunds(other, paid)
	c.settlement(paid)
	c.disputes(paid)
	c.terms(paid)
}

// terms are what a shop agreed with others: the platform, processors, Telegram. No processor that serves sellers is set up.
func (c *caller) terms(shop int64) {
	fee := client.PlatformFee{Rate: 29_000, Fixed: client.Money{Minor: 30, Currency: "EUR"}}
	want[*client.SetPlatformFeeResponse](c, 200)(c.SetPlatformFeeWithResponse(c.ctx, shop, &client.SetPlatformFeeParams{IfMatch: p("*")}, fee))
	if got := want[*client.GetPlatformFeeResponse](c, 200)(c.GetPlatformFeeWithResponse(c.ctx, shop)); got.JSON200.Rate != fee.Rate || got.JSON200.Fixed.Minor != 30 {
		c.Errorf("the platform keeps %+v", got.JSON200)
	}
	contract := client.FeeContract{Terms: []client.FeeTerm{{Rate: "0.015", Fixed: p("0.25")}}}
	want[*client.SetFeeContractResponse](c, 200)(c.SetFeeContractWithResponse(c.ctx, shop, "stripe", &client.SetFeeContractParams{IfMatch: p("*")}, contract))
	if got := want[*client.GetFeeContractResponse](c, 200)(c.GetFeeContractWithResponse(c.ctx, shop, "stripe")); len(got.JSON200.Terms) != 1 {
		c.Errorf("agreed with the processor: %+v", got.JSON200)
	}
	want[*client.ListSellersResponse](c, 200)(c.ListSellersWithResponse(c.ctx, shop))
	want[*client.OnboardSellerResponse](c, 422)(c.OnboardSellerWithResponse(c.ctx, shop, "stripe", nil))
	want[*client.LookAtSellerResponse](c, 422)(c.LookAtSellerWithResponse(c.ctx, shop, "stripe", nil))
	want[*client.ChangeTelegramPaymentsResponse](c, 200)(c.ChangeTelegramPaymentsWithResponse(c.ctx, shop, nil, client.TelegramPaymentsChange{StarsRate: p("60")}))
	want[*client.GetTelegramPaymentsResponse](c, 200)(c.GetTelegramPaymentsWithResponse(c.ctx, shop))
}

// disputes are two of what the buyer paid twice: one is fought, one conceded.
func (c *caller) disputes(shop int64) {
	press(c, c.desk, "dispute")
	press(c, c.desk, "dispute")
	all := want[*client.ListDisputesResponse](c, 200)(c.ListDisputesWithResponse(c.ctx, shop, nil)).JSON200.Items
	if len(all) != 2 {
		c.Fatalf("disputed: %+v", all)
	}
	fought, right := all[0].Id, all[1].Id
	want[*client.GetDisputeResponse](c, 200)(c.GetDisputeWithResponse(c.ctx, shop, fought))
	want[*client.GetEvidenceResponse](c, 200)(c.GetEvidenceWithResponse(c.ctx, shop, fought, nil))
	want[*client.SubmitEvidenceResponse](c, 200)(c.SubmitEvidenceWithResponse(c.ctx, shop, fought, nil, client.Submission{Note: p("It was delivered.")}))
	want[*client.ConcedeDisputeResponse](c, 204)(c.ConcedeDisputeWithResponse(c.ctx, shop, right, nil, client.Concession{Note: "They are right."}))
	want[*client.GetDisputeResponse](c, 404)(c.GetDisputeWithResponse(c.ctx, shop, 999999))
}

// settlement is what processors and banks say: a bank tells of money that nobody sent to the shop.
func (c *caller) settlement(shop int64) {
	order := want[*client.ListOrdersResponse](c, 200)(c.ListOrdersWithResponse(c.ctx, shop, nil)).JSON200.Items[0].Id
	none := client.Receipt{Gateway: "transfer", Minor: 100}
	want[*client.ConfirmPaymentResponse](c, 409)(c.ConfirmPaymentWithResponse(c.ctx, shop, order, nil, none)) // nobody has seen that it is paid
	want[*client.ListUnclaimedResponse](c, 200)(c.ListUnclaimedWithResponse(c.ctx, nil))
	want[*client.ResolveUnclaimedResponse](c, 404)(c.ResolveUnclaimedWithResponse(c.ctx, 999999, nil, client.Claim{Action: "close", Note: "Seen."}))
	want[*client.ListPayoutsResponse](c, 200)(c.ListPayoutsWithResponse(c.ctx, shop, nil))
	want[*client.ListTransactionsResponse](c, 200)(c.ListTransactionsWithResponse(c.ctx, shop, nil))
	want[*client.ImportStatementResponse](c, 201)(c.ImportStatementWithBodyWithResponse(c.ctx, shop, &client.ImportStatementParams{Name: p("bank.csv")}, "application/octet-stream",
		strings.NewReader("Date,Amount,Currency,Description\n2026-03-04,12.00,EUR,Rent back\n")))
	open := want[*client.ListDifferencesResponse](c, 200)(c.ListDifferencesWithResponse(c.ctx, shop, nil)).JSON200.Items
	if len(open) == 0 {
		c.Fatal("nothing differs")
	}
	one := open[0].Id
	want[*client.GetDifferenceResponse](c, 200)(c.GetDifferenceWithResponse(c.ctx, shop, one))
	want[*client.DecideDifferenceResponse](c, 200)(c.DecideDifferenceWithResponse(c.ctx, shop, one, nil, client.Choice{Action: "dismiss", Note: "Seen."}))
	want[*client.DecideDifferenceResponse](c, 404)(c.DecideDifferenceWithResponse(c.ctx, shop, 999999, nil, client.Choice{Action: "dismiss", Note: "Seen."}))
}

func (c *caller) refunds(other *caller, shop int64) {
	orders := want[*client.ListOrdersResponse](c, 200)(c.ListOrdersWithResponse(c.ctx, shop, nil))
	grant := func(minor int64) int64 {
		return want[*client.GrantRefundResponse](c, 201)(c.GrantRefundWithResponse(c.ctx, shop, orders.JSON200.Items[0].Id, nil,
			client.NewRefund{Minor: &minor, Reason: "The file was blurred."})).JSON201.Id
	}
	sent, kept := grant(100), grant(200)
	want[*client.ExecuteRefundResponse](c, 403)(c.ExecuteRefundWithResponse(c.ctx, shop, sent, nil)) // whoever granted it
	want[*client.ExecuteRefundResponse](other, 200)(other.ExecuteRefundWithResponse(other.ctx, shop, sent, nil))
	want[*client.WithdrawRefundResponse](c, 200)(c.WithdrawRefundWithResponse(c.ctx, shop, kept, nil))
	if list := want[*client.ListRefundsResponse](c, 200)(c.ListRefundsWithResponse(c.ctx, shop, &client.ListRefundsParams{Status: p(client.ListRefundsParamsStatus("withdrawn"))})); len(list.JSON200.Items) != 1 {
		c.Errorf("taken back: %+v", list.JSON200.Items)
	}
}
