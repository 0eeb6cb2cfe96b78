package apitest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/pb33f/libopenapi"
)

func TestTheDocumentIsOpenAPI31(t *testing.T) {
	text, err := os.ReadFile("../api/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	document, err := libopenapi.NewDocument(text)
	if err != nil {
		t.Fatal(err)
	}
	if document.GetVersion() != "3.1.0" {
		t.Errorf("it is %s", document.GetVersion())
	}
	model, err := document.BuildV3Model()
	if err != nil {
		t.Fatal(err)
	}
	if problems := model.Index.GetReferenceIndexErrors(); len(problems) > 0 {
		t.Errorf("references lead nowhere: %v", problems)
	}
	if n := model.Model.Paths.PathItems.Len(); n < 30 {
		t.Errorf("it has %d paths", n)
	}
}

func init() {
	for _, kind := range []string{"text/event-stream", "text/csv", "application/xml"} {
		openapi3filter.RegisterBodyDecoder(kind, openapi3filter.FileBodyDecoder)
	}
}

// watcher looks at everything that is sent and answered, as the document of 3.0 has it, and remembers what was called.
type watcher struct {
	testing.TB
	document *openapi3.T
	router   routers.Router
	mu       sync.Mutex
	called   map[string]int // by operation
}

func watch(t testing.TB, url string) *watcher {
	t.Helper()
	answer, err := http.Get(url + "/openapi-3.0.json")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	document, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := document.Validate(t.Context(), openapi3.DisableExamplesValidation()); err != nil {
		t.Fatalf("the document of 3.0 is not valid: %v", err)
	}
	document.Servers = openapi3.Servers{{URL: url}}
	router, err := gorillamux.NewRouter(document)
	if err != nil {
		t.Fatal(err)
	}
	return &watcher{TB: t, document: document, router: router, called: map[string]int{}}
}

// RoundTrip sends a request and holds the answer against the document.
func (w *watcher) RoundTrip(request *http.Request) (*http.Response, error) {
	answer, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	if err != nil {
		return nil, err
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	route, params, err := w.router.FindRoute(request)
	if err != nil {
		w.Errorf("%s %s is not in the document: %v", request.Method, request.URL, err)
		return answer, nil
	}
	isStrange := answer.StatusCode == http.StatusNotFound || answer.StatusCode == http.StatusUnprocessableEntity
	if answer.StatusCode < 300 || answer.StatusCode == http.StatusConflict || isStrange && strange[route.Operation.OperationID] {
		w.mu.Lock()
		w.called[route.Operation.OperationID]++
		w.mu.Unlock()
	}
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: request, PathParams: params, Route: route},
		Status:                 answer.StatusCode, Header: answer.Header, Options: &openapi3filter.Options{IncludeResponseStatus: true},
	}
	if err := openapi3filter.ValidateResponse(request.Context(), input.SetBodyBytes(body)); err != nil {
		w.Errorf("%s %s: %d %.500s: %v", request.Method, request.URL, answer.StatusCode, body, err)
	}
	return answer, nil
}

// strange is what is done with things that only a real processor or bank brings: that there is none is answer enough. What
// it does with them is tested beside the API.
var strange = map[string]bool{
	"resolve-unclaimed": true, "onboard-seller": true, "look-at-seller": true,
}

// everything fails for the operations that were never called with success.
func (w *watcher) everything() {
	w.Helper()
	for path, item := range w.document.Paths.Map() {
		for method, operation := range item.Operations() {
			if w.called[operation.OperationID] == 0 {
				w.Errorf("%s was never called: %s", operation.OperationID, fmt.Sprint(method, " ", path))
			}
		}
	}
}
