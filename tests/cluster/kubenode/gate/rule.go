package gate

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"net/http"
	"regexp"
	"slices"
	"sync"
	"time"
)

// Rule says which requests are tampered with, and how. The first rule that fires has the request.
type Rule struct {
	Name   string `json:"name"`
	Method string `json:"method,omitempty"` // a regular expression of all of it: "POST|PUT"
	Path   string `json:"path,omitempty"`   // found anywhere in path?query
	What   string `json:"what,omitempty"`   // of all of the name that is counted: "create pods"

	Skip        int     `json:"skip,omitempty"`        // so many matching requests pass first
	Times       int     `json:"times,omitempty"`       // it fires at most so often; 0 is always
	Probability float64 `json:"probability,omitempty"` // 0 is 1
	Seed        int64   `json:"seed,omitempty"`        // of the dice

	Action       string `json:"action"`           // drop, delay, slice, reset, answer, close or expire
	When         string `json:"when,omitempty"`   // before (the default), after or middle
	Status       int    `json:"status,omitempty"` // of an answer
	RetryAfter   int    `json:"retry_after,omitempty"`
	Message      string `json:"message,omitempty"`
	Milliseconds int    `json:"milliseconds,omitempty"` // of a delay, between slices, until a close
	Bytes        int    `json:"bytes,omitempty"`        // of a slice, or sent before a reset

	Matched int `json:"matched"`
	Fired   int `json:"fired"`

	method, path, what *regexp.Regexp
	dice               *rand.Rand
	lifted             chan struct{} // closed when the rule is taken away
}

var whens = map[string][]string{
	"drop": {"before", "after"}, "delay": {"before", "after"}, "slice": {"before"},
	"reset": {"before", "after", "middle"}, "answer": {"before", "after"},
	"close": {"before"}, "expire": {"before"},
}

func (r *Rule) prepare() error {
	if r.When == "" {
		r.When = "before"
	}
	if !slices.Contains(whens[r.Action], r.When) {
		return fmt.Errorf("rule %s: no action %q with when %q", r.Name, r.Action, r.When)
	}
	if r.Action == "answer" && (r.Status < 200 || r.Status > 599) {
		return fmt.Errorf("rule %s: an answer needs a status", r.Name)
	}
	for _, each := range []struct {
		text string
		into **regexp.Regexp
	}{{whole(r.Method), &r.method}, {r.Path, &r.path}, {whole(r.What), &r.what}} {
		compiled, err := regexp.Compile(each.text)
		if err != nil {
			return fmt.Errorf("rule %s: %w", r.Name, err)
		}
		*each.into = compiled
	}
	r.dice = rand.New(rand.NewSource(r.Seed))
	r.lifted = make(chan struct{})
	return nil
}

func whole(pattern string) string {
	if pattern == "" {
		return ""
	}
	return "^(?:" + pattern + ")$"
}

func (r *Rule) matches(request *http.Request, what string) bool {
	return r.method.MatchString(request.Method) && r.what.MatchString(what) &&
		r.path.MatchString(request.URL.RequestURI())
}

func (r *Rule) pause() time.Duration {
	return time.Duration(r.Milliseconds) * time.Millisecond
}

// Done is one request that a rule had.
type Done struct {
	At     time.Time `json:"at"`
	Rule   string    `json:"rule"`
	Action string    `json:"action"`
	When   string    `json:"when"`
	Method string    `json:"method"`
	Path   string    `json:"path"`
	What   string    `json:"what"`
	Status int       `json:"status"` // what the other side answered; 0 if it was not asked
}

const logMax = 100000

// Book holds the rules, what they did, and how often each kind of request came.
type Book struct {
	lock   sync.Mutex
	rules  []*Rule
	counts map[string]int
	log    []Done
	names  int
}

// take counts a request and gives the rule that fires on it, if any does.
func (b *Book) take(request *http.Request, what string) *Rule {
	b.lock.Lock()
	defer b.lock.Unlock()
	b.counts[what]++
	for _, rule := range b.rules {
		if !rule.matches(request, what) {
			continue
		}
		rule.Matched++
		spent := rule.Times > 0 && rule.Fired >= rule.Times
		unlucky := rule.Probability > 0 && rule.dice.Float64() >= rule.Probability
		if rule.Matched <= rule.Skip || spent || unlucky {
			continue
		}
		rule.Fired++
		return rule
	}
	return nil
}

func (b *Book) note(rule *Rule, request *http.Request, what string, status int) {
	b.lock.Lock()
	defer b.lock.Unlock()
	if len(b.log) < logMax {
		b.log = append(b.log, Done{time.Now(), rule.Name, rule.Action, rule.When, request.Method,
			request.URL.RequestURI(), what, status})
	}
}

// ServeHTTP is the control port: POST, GET and DELETE /rules; GET and DELETE /log and /counts.
func (b *Book) ServeHTTP(out http.ResponseWriter, request *http.Request) {
	b.lock.Lock()
	defer b.lock.Unlock()
	switch request.Method + " " + request.URL.Path {
	case "POST /rules":
		rule := &Rule{}
		decoder := json.NewDecoder(request.Body)
		decoder.DisallowUnknownFields()
		err := decoder.Decode(rule)
		if err == nil {
			err = b.add(rule)
		}
		if err != nil {
			http.Error(out, err.Error(), http.StatusBadRequest)
			return
		}
		reply(out, rule)
	case "DELETE /rules": // all, or ?name=
		name := request.URL.Query().Get("name")
		b.rules = slices.DeleteFunc(b.rules, func(rule *Rule) bool {
			leaves := name == "" || rule.Name == name
			if leaves {
				close(rule.lifted)
			}
			return leaves
		})
		reply(out, b.rules)
	case "GET /rules":
		reply(out, b.rules)
	case "GET /log":
		reply(out, b.log)
	case "DELETE /log":
		b.log = []Done{}
		reply(out, b.log)
	case "GET /counts":
		reply(out, b.counts)
	case "DELETE /counts":
		b.counts = map[string]int{}
		reply(out, b.counts)
	default:
		http.NotFound(out, request)
	}
}

func (b *Book) add(rule *Rule) error {
	b.names++
	if rule.Name == "" {
		rule.Name = fmt.Sprintf("%s-%d", rule.Action, b.names)
	}
	if err := rule.prepare(); err != nil {
		return err
	}
	b.rules = append(b.rules, rule)
	return nil
}

func reply(out http.ResponseWriter, value any) {
	out.Header().Set("Content-Type", "application/json")
	json.NewEncoder(out).Encode(value)
}
