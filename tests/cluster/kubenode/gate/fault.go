package gate

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// settle is how long what was written gets to reach the caller before a reset overtakes it.
const settle = 20 * time.Millisecond

// tamper does what the rule says.
func (c *call) tamper() {
	switch c.rule.When {
	case "after":
		c.after()
	case "middle":
		c.middle()
	default:
		c.before()
	}
}

func (c *call) note(status int) {
	c.proxy.book.note(c.rule, c.in, c.what, status)
}

func (c *call) before() {
	switch c.rule.Action {
	case "drop":
		c.note(0)
		c.hold()
	case "reset":
		c.note(0)
		c.reset()
	case "answer":
		c.note(0)
		c.answer()
	case "delay":
		c.note(0)
		if c.wait(c.rule.pause()) {
			c.pass()
		}
	case "slice":
		c.slice()
	case "close", "expire":
		c.end()
	}
}

// after lets the request have its effect, and then the caller does not learn of it, or late.
func (c *call) after() {
	// It takes effect even if the caller does not wait for it.
	response, err := c.send(context.WithoutCancel(c.in.Context()))
	if err != nil {
		c.note(0)
		c.badGateway(err)
		return
	}
	defer response.Body.Close()
	c.note(response.StatusCode)
	body, err := io.ReadAll(response.Body)
	if err != nil {
		c.reset()
		return
	}
	switch c.rule.Action {
	case "drop":
		c.hold()
	case "reset":
		c.reset()
	case "answer":
		c.answer()
	case "delay":
		if c.wait(c.rule.pause()) {
			c.head(response)
			c.out.Write(body)
		}
	}
}

// asked is the answer of the other side; nil when there is none, and the caller has been told.
func (c *call) asked(ctx context.Context) *http.Response {
	response, err := c.send(ctx)
	if err != nil {
		c.note(0)
		c.badGateway(err)
		return nil
	}
	c.note(response.StatusCode)
	return response
}

// middle resets within the answer: after some bytes of it, or after a time.
func (c *call) middle() {
	ctx, cancel := context.WithCancel(c.in.Context())
	defer cancel()
	response := c.asked(ctx)
	if response == nil {
		return
	}
	defer response.Body.Close()
	c.head(response)
	if c.rule.Milliseconds > 0 {
		time.AfterFunc(c.rule.pause(), cancel)
		c.copy(response.Body, 32<<10, 0) // resets when it is cut off
		return
	}
	size := int64(c.rule.Bytes)
	if size == 0 {
		size = max(1, response.ContentLength/2)
	}
	io.CopyN(c.out, response.Body, size)
	c.flush()
	time.Sleep(settle)
	c.reset()
}

// slice lets the answer trickle.
func (c *call) slice() {
	response := c.asked(c.in.Context())
	if response == nil {
		return
	}
	defer response.Body.Close()
	c.head(response)
	c.copy(response.Body, max(1, c.rule.Bytes), c.rule.pause())
}

// end closes a watch decently after a time; `expire` says first that its version is too old.
func (c *call) end() {
	ctx, cancel := context.WithTimeout(c.in.Context(), c.rule.pause())
	defer cancel()
	response := c.asked(ctx)
	if response == nil {
		return
	}
	defer response.Body.Close()
	c.head(response)
	piece := make([]byte, 32<<10)
	for {
		count, err := response.Body.Read(piece)
		c.out.Write(piece[:count])
		c.flush()
		if err != nil {
			break
		}
	}
	if c.rule.Action == "expire" {
		status := metav1.Status{Status: "Failure", Code: http.StatusGone,
			Reason: metav1.StatusReasonExpired, Message: "too old resource version: 1 (2)"}
		status.Kind, status.APIVersion = "Status", "v1"
		json.NewEncoder(c.out).Encode(map[string]any{"type": "ERROR", "object": status})
	}
}
