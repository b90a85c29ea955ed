package gate

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apiserver/pkg/endpoints/request"
)

// Proxy passes requests on to the other side unless a rule of its book has them.
type Proxy struct {
	book     *Book
	upstream *url.URL
	own      http.RoundTripper // calls with the gate's credentials
	bare     http.RoundTripper // calls with those of the caller
	infos    request.RequestInfoFactory
}

func newProxy(book *Book, upstream *url.URL, own, bare http.RoundTripper) *Proxy {
	return &Proxy{book, upstream, own, bare, request.RequestInfoFactory{
		APIPrefixes: sets.NewString("api", "apis"), GrouplessAPIPrefixes: sets.NewString("api")}}
}

// what names the kind of a request as audit logs do: "create pods", "watch pods", "get pods/log".
func (p *Proxy) what(in *http.Request) string {
	info, err := p.infos.NewRequestInfo(in)
	if err != nil || !info.IsResourceRequest {
		return strings.ToLower(in.Method) + " " + in.URL.Path
	}
	name := info.Verb + " " + info.Resource
	if info.Subresource != "" {
		name += "/" + info.Subresource
	}
	return name
}

func (p *Proxy) ServeHTTP(out http.ResponseWriter, in *http.Request) {
	what := p.what(in)
	rule := p.book.take(in, what)
	if rule == nil && in.Header.Get("Upgrade") != "" {
		p.upgrade(out, in)
		return
	}
	// Only when its body was read does net/http tell us that a caller went away.
	body, err := io.ReadAll(in.Body)
	if err != nil {
		return
	}
	call := &call{p, out, in, body, rule, what}
	if rule == nil {
		call.pass()
		return
	}
	call.tamper()
}

func (p *Proxy) upgrade(out http.ResponseWriter, in *http.Request) {
	proxy := httputil.ReverseProxy{Transport: p.transport(in),
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(p.upstream) }}
	proxy.ServeHTTP(out, in)
}

func (p *Proxy) transport(in *http.Request) http.RoundTripper {
	if in.Header.Get("Authorization") != "" {
		return p.bare
	}
	return p.own
}

// call is one request on its way.
type call struct {
	proxy *Proxy
	out   http.ResponseWriter
	in    *http.Request
	body  []byte
	rule  *Rule
	what  string
}

// Headers that belong to one connection, RFC 9110 section 7.6.1.
var ownHeaders = []string{"Connection", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding",
	"Upgrade", "Proxy-Connection"}

// send asks the other side.
func (c *call) send(ctx context.Context) (*http.Response, error) {
	target := *c.in.URL
	target.Scheme, target.Host = c.proxy.upstream.Scheme, c.proxy.upstream.Host
	request, err := http.NewRequestWithContext(ctx, c.in.Method, target.String(),
		bytes.NewReader(c.body))
	if err != nil {
		return nil, err
	}
	request.Header = c.in.Header.Clone()
	for _, name := range ownHeaders {
		request.Header.Del(name)
	}
	return c.proxy.transport(c.in).RoundTrip(request)
}

// pass asks and answers, untouched.
func (c *call) pass() {
	response, err := c.send(c.in.Context())
	if err != nil {
		c.badGateway(err)
		return
	}
	defer response.Body.Close()
	c.head(response)
	c.copy(response.Body, 32<<10, 0)
}

func (c *call) badGateway(err error) {
	if c.in.Context().Err() == nil {
		http.Error(c.out, fmt.Sprintf("gate: %v", err), http.StatusBadGateway)
	}
}

func (c *call) head(response *http.Response) {
	for name, values := range response.Header {
		if !slices.Contains(ownHeaders, name) {
			c.out.Header()[name] = values
		}
	}
	c.out.WriteHeader(response.StatusCode)
	c.flush()
}

// copy passes on what comes as it comes, in pieces of at most `size` with a pause after each.
func (c *call) copy(body io.Reader, size int, pause time.Duration) {
	piece := make([]byte, size)
	for {
		count, err := body.Read(piece)
		if count > 0 {
			if _, failed := c.out.Write(piece[:count]); failed != nil {
				return
			}
			c.flush()
			if pause > 0 && !c.wait(pause) {
				return
			}
		}
		if err == io.EOF {
			return
		}
		if err != nil {
			c.reset() // a broken answer stays one
			return
		}
	}
}

func (c *call) flush() {
	http.NewResponseController(c.out).Flush()
}

// wait is false when the caller went away.
func (c *call) wait(pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-c.in.Context().Done():
		return false
	}
}

// hold answers nothing for as long as the caller is there and the rule stands.
func (c *call) hold() {
	select {
	case <-c.rule.lifted:
	case <-c.in.Context().Done():
	}
	c.reset()
}

// reset ends the connection with a TCP reset.
func (c *call) reset() {
	connection, _, err := http.NewResponseController(c.out).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if inner, wrapped := connection.(interface{ NetConn() net.Conn }); wrapped {
		connection = inner.NetConn()
	}
	if tcp, is := connection.(*net.TCPConn); is {
		tcp.SetLinger(0)
	}
	connection.Close()
}

// answer makes up an answer as an API server would word it.
func (c *call) answer() {
	rule := c.rule
	reasons := map[int]metav1.StatusReason{401: "Unauthorized", 403: "Forbidden", 404: "NotFound",
		409: "AlreadyExists", 410: "Expired", 422: "Invalid", 429: "TooManyRequests",
		500: "InternalError", 503: "ServiceUnavailable", 504: "Timeout"}
	status := metav1.Status{Status: "Failure", Code: int32(rule.Status),
		Reason: reasons[rule.Status], Message: rule.Message}
	status.Kind, status.APIVersion = "Status", "v1"
	if status.Message == "" {
		status.Message = fmt.Sprintf("the gate answers %d", rule.Status)
	}
	if rule.RetryAfter > 0 {
		c.out.Header().Set("Retry-After", strconv.Itoa(rule.RetryAfter))
		status.Details = &metav1.StatusDetails{RetryAfterSeconds: int32(rule.RetryAfter)}
	}
	c.out.Header().Set("Content-Type", "application/json")
	c.out.WriteHeader(rule.Status)
	json.NewEncoder(c.out).Encode(status)
}
