package apitest

import (
	"bytes"
	"image"
	"image/png"
	"mime/multipart"
	"strings"
	"time"

	"parley-apitest/client"
)

// imports is a file that is dropped, and one that comes in and goes out again.
func (c *caller) imports() {
	const file = "Handle,Title,Variant SKU,Variant Price\nlamp,Lamp,LAMP,10\n"
	bring := func() int64 {
		return want[*client.UploadImportResponse](c, 201)(c.UploadImportWithBodyWithResponse(c.ctx, c.shop, &client.UploadImportParams{Name: p("lamps.csv")},
			"application/octet-stream", strings.NewReader(file))).JSON201.Id
	}
	dropped, id := bring(), bring()
	want[*client.CancelImportResponse](c, 200)(c.CancelImportWithResponse(c.ctx, c.shop, dropped, nil))
	want[*client.ListImportsResponse](c, 200)(c.ListImportsWithResponse(c.ctx, c.shop, nil))
	want[*client.ListImportItemsResponse](c, 200)(c.ListImportItemsWithResponse(c.ctx, c.shop, id, nil))
	want[*client.ListImportErrorsResponse](c, 200)(c.ListImportErrorsWithResponse(c.ctx, c.shop, id, nil))
	want[*client.ConfirmImportResponse](c, 200)(c.ConfirmImportWithResponse(c.ctx, c.shop, id, nil, client.Confirmation{}))
	followed := want[*client.FollowImportResponse](c, 200)(c.FollowImportWithResponse(c.ctx, c.shop, id)) // until it is over
	if !strings.Contains(string(followed.Body), `"state":"applied"`) {
		c.Errorf("told %s", followed.Body)
	}
	want[*client.UndoImportResponse](c, 200)(c.UndoImportWithResponse(c.ctx, c.shop, id, nil))
	want[*client.FollowImportResponse](c, 200)(c.FollowImportWithResponse(c.ctx, c.shop, id))
	if now := want[*client.GetImportResponse](c, 200)(c.GetImportWithResponse(c.ctx, c.shop, id)); now.JSON200.State != "undone" {
		c.Errorf("it is %s", now.JSON200.State)
	}
}

// exports is the shop as a file that comes back without a change, and the lists for elsewhere.
func (c *caller) exports() {
	file := want[*client.ExportProductsResponse](c, 200)(c.ExportProductsWithResponse(c.ctx, c.shop, &client.ExportProductsParams{Format: "csv"}))
	back := want[*client.UploadImportResponse](c, 201)(c.UploadImportWithBodyWithResponse(c.ctx, c.shop, &client.UploadImportParams{Name: p("own.csv"), IdempotencyKey: p("own")},
		"application/octet-stream", bytes.NewReader(file.Body)))
	again := want[*client.UploadImportResponse](c, 201)(c.UploadImportWithBodyWithResponse(c.ctx, c.shop, &client.UploadImportParams{Name: p("own.csv"), IdempotencyKey: p("own")},
		"application/octet-stream", bytes.NewReader(file.Body)))
	if back.JSON201.Created+back.JSON201.Changed+back.JSON201.Errors > 0 || again.JSON201.Id != back.JSON201.Id {
		c.Errorf("its own export would change the shop: %+v, %+v", back.JSON201, again.JSON201)
	}
	feeds := want[*client.ListFeedsResponse](c, 200)(c.ListFeedsWithResponse(c.ctx, c.shop))
	for _, feed := range feeds.JSON200.Items {
		if got := want[*client.GetFeedResponse](c, 200)(c.GetFeedWithResponse(c.ctx, c.shop, client.GetFeedParamsFeed(feed.Name))); !strings.HasPrefix(string(got.Body), "<?xml") {
			c.Errorf("the feed of %s is %.80s", feed.Title, got.Body)
		}
	}
}

// images is a picture that is uploaded, described and removed.
func (c *caller) images(product int64) {
	var form bytes.Buffer
	parts := multipart.NewWriter(&form)
	part, err := parts.CreateFormFile("file", "boot.png")
	if err == nil {
		err = png.Encode(part, image.NewRGBA(image.Rect(0, 0, 40, 30)))
	}
	if err == nil {
		err = parts.Close()
	}
	if err != nil {
		c.Fatal(err)
	}
	made := want[*client.UploadImageResponse](c, 201)(c.UploadImageWithBodyWithResponse(c.ctx, c.shop, product, nil, parts.FormDataContentType(), &form))
	id, any := made.JSON201.Id, p("*")
	want[*client.GetImageResponse](c, 200)(c.GetImageWithResponse(c.ctx, c.shop, product, id))
	want[*client.ChangeImageResponse](c, 200)(c.ChangeImageWithResponse(c.ctx, c.shop, product, id, &client.ChangeImageParams{IfMatch: any}, client.ImageChange{Alt: map[string]string{"en": "A boot"}}))
	fetched := want[*client.FetchImageResponse](c, 201)(c.FetchImageWithResponse(c.ctx, c.shop, product, nil, client.NewImage{Url: "https://shop.invalid/boot.png"}))
	list := want[*client.ListImagesResponse](c, 200)(c.ListImagesWithResponse(c.ctx, c.shop, product))
	order := []int64{}
	for i := len(list.JSON200.Images) - 1; i >= 0; i-- {
		order = append(order, list.JSON200.Images[i].Id)
	}
	want[*client.ArrangeImagesResponse](c, 200)(c.ArrangeImagesWithResponse(c.ctx, c.shop, product, &client.ArrangeImagesParams{IfMatch: any}, client.ImageOrder{Order: order}))
	want[*client.DeleteImageResponse](c, 204)(c.DeleteImageWithResponse(c.ctx, c.shop, product, id, &client.DeleteImageParams{IfMatch: any}))
	again, err := c.RetryImageWithResponse(c.ctx, c.shop, product, fetched.JSON201.Id, nil)
	if err != nil || again.StatusCode() != 200 && again.StatusCode() != 409 { // whether it has failed yet is chance
		c.Errorf("tried again: %v %v", again, err)
	}
}

// webhooks is an endpoint of nobody's.
func (c *caller) webhooks() {
	any := p("*")
	made := want[*client.CreateWebhookResponse](c, 201)(c.CreateWebhookWithResponse(c.ctx, c.shop, nil, client.NewWebhook{Url: "https://hooks.invalid/"}))
	id := made.JSON201.Id
	want[*client.ListWebhooksResponse](c, 200)(c.ListWebhooksWithResponse(c.ctx, c.shop))
	want[*client.GetWebhookResponse](c, 200)(c.GetWebhookWithResponse(c.ctx, c.shop, id))
	want[*client.ChangeWebhookResponse](c, 200)(c.ChangeWebhookWithResponse(c.ctx, c.shop, id, &client.ChangeWebhookParams{IfMatch: any}, client.WebhookChange{Description: p("ours")}))
	want[*client.TestWebhookResponse](c, 200)(c.TestWebhookWithResponse(c.ctx, c.shop, id, nil))
	log := want[*client.ListWebhookDeliveriesResponse](c, 200)(c.ListWebhookDeliveriesWithResponse(c.ctx, c.shop, id, nil))
	one := log.JSON200.Items[0].Id
	want[*client.GetWebhookDeliveryResponse](c, 200)(c.GetWebhookDeliveryWithResponse(c.ctx, c.shop, id, one))
	want[*client.ReplayWebhookDeliveryResponse](c, 200)(c.ReplayWebhookDeliveryWithResponse(c.ctx, c.shop, id, one, nil))
	want[*client.RotateWebhookSecretResponse](c, 200)(c.RotateWebhookSecretWithResponse(c.ctx, c.shop, id, nil))
	want[*client.ReplayWebhookResponse](c, 200)(c.ReplayWebhookWithResponse(c.ctx, c.shop, id, nil, client.ReplaySince{Since: time.Now().Add(-time.Hour)}))
	want[*client.DeleteWebhookResponse](c, 204)(c.DeleteWebhookWithResponse(c.ctx, c.shop, id, &client.DeleteWebhookParams{IfMatch: any}))
}
