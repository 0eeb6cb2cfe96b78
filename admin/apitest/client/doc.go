// Package client is what oapi-codegen makes of the committed OpenAPI document. It is made anew for each run of these
// tests and never kept: the document is what is kept.
package client

//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.5.1 -generate types,client -package client -o client.gen.go ../../api/openapi.json
