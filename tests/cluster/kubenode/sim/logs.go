package sim

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	filler  = "abcdefghijklmnopqrstuvwxyz0123456789 "
	lineMax = 16 << 10 // the container runtime breaks longer lines
)

// output is what a container wrote in one of its runs. It is made when it is asked for, the same
// each time, so ten thousand logs take no memory.
type output struct {
	who   string // namespace/pod/container
	lines int
	bytes int // of all lines together; 0: as long as the words are
	began time.Time
	pause time.Duration // between two lines
	ended time.Time     // zero while it runs
}

func (p *player) output(c *container, previous bool) output {
	out := output{who: fmt.Sprintf("%s/%s/%s", p.pod.Namespace, p.pod.Name, c.spec.Name),
		lines: c.plan.lines, bytes: c.plan.bytes, began: c.began, pause: time.Second}
	if out.lines == 0 {
		out.lines = (out.bytes + 99) / 100
	}
	if c.plan.duration != Forever {
		out.pause = c.plan.duration / time.Duration(max(1, out.lines))
	}
	switch {
	case previous || c.state == waiting:
		out.began, out.ended = c.last.StartedAt.Time, c.last.FinishedAt.Time
	case c.state == terminated:
		out.ended = c.end.FinishedAt.Time
	}
	return out
}

// at is when line i, from 0, was written.
func (o *output) at(i int) time.Time {
	return o.began.Add(time.Duration(i) * o.pause)
}

// line is line i with its newline.
func (o *output) line(i int) []byte {
	words := fmt.Appendf(nil, "line %d of %d of %s", i+1, o.lines, o.who)
	if o.bytes == 0 {
		return append(words, '\n')
	}
	size := min(o.bytes/o.lines, lineMax)
	if i == o.lines-1 {
		size = min(o.bytes-o.bytes/o.lines*i, lineMax)
	}
	for len(words) < size {
		words = append(words, filler...)
	}
	return append(words[:max(0, size-1)], '\n')
}

// written is how many lines there are by now.
func (o *output) written(now time.Time) int {
	if !o.ended.IsZero() {
		// It got as far as it came; an ordinary end comes after the last line.
		now = o.ended
	}
	if o.pause == 0 {
		return o.lines
	}
	return max(0, min(o.lines, int(now.Sub(o.began)/o.pause)+1))
}

// request is what a caller wants of a log: the kubelet's parameters.
type request struct {
	follow, previous, timestamps bool
	tail                         int // -1: all
	since                        time.Time
	limit                        int64 // bytes; -1: all
}

func requestOf(query url.Values) (request, error) {
	r := request{tail: -1, limit: -1, follow: query.Get("follow") == "true",
		previous: query.Get("previous") == "true", timestamps: query.Get("timestamps") == "true"}
	var err error
	if text := query.Get("tailLines"); text != "" {
		r.tail, err = strconv.Atoi(text)
	}
	if text := query.Get("limitBytes"); text != "" && err == nil {
		r.limit, err = strconv.ParseInt(text, 10, 64)
	}
	if text := query.Get("sinceSeconds"); text != "" && err == nil {
		var seconds int
		seconds, err = strconv.Atoi(text)
		r.since = time.Now().Add(-time.Duration(seconds) * time.Second)
	}
	if text := query.Get("sinceTime"); text != "" && err == nil {
		r.since, err = time.Parse(time.RFC3339, text)
	}
	return r, err
}

// serveLog is GET /containerLogs/NAMESPACE/POD/CONTAINER of the kubelet's API.
func (h *hub) serveLog(out http.ResponseWriter, in *http.Request) {
	pod := in.PathValue("pod")
	p := h.player(in.PathValue("namespace"), pod)
	if p == nil {
		http.Error(out, fmt.Sprintf("pod %q cannot be found - no logs available", pod),
			http.StatusNotFound)
		return
	}
	if !p.node.thawed(in.Context()) {
		return
	}
	wanted, err := requestOf(in.URL.Query())
	if err != nil {
		http.Error(out, err.Error(), http.StatusBadRequest)
		return
	}
	c, refusal := p.logged(in.PathValue("container"), wanted.previous)
	if refusal != "" {
		http.Error(out, refusal, http.StatusBadRequest)
		return
	}
	out.Header().Set("Content-Type", "text/plain; charset=utf-8")
	p.stream(out, in, c, wanted)
}

// logged finds a container that has a log, or says why it has none.
func (p *player) logged(name string, previous bool) (*container, string) {
	p.lock.Lock()
	defer p.lock.Unlock()
	for _, c := range p.containers {
		if c.spec.Name != name {
			continue
		}
		if previous && c.last == nil {
			return nil, fmt.Sprintf("previous terminated container %q in pod %q not found", name,
				p.pod.Name)
		}
		if c.state == waiting && c.last == nil {
			return nil, fmt.Sprintf("container %q in pod %q is waiting to start: %s", name, p.pod.Name,
				strings.TrimSpace(c.reason))
		}
		return c, ""
	}
	return nil, fmt.Sprintf("container %q not found in pod %q", name, p.pod.Name)
}

// stream writes the lines, and with `follow` those that come, until the run of the container ends.
func (p *player) stream(out http.ResponseWriter, in *http.Request, c *container, wanted request) {
	p.lock.Lock()
	log, run := p.output(c, wanted.previous), c.runs
	p.lock.Unlock()
	next := 0
	if wanted.tail >= 0 {
		next = max(0, log.written(time.Now())-wanted.tail)
	}
	left := wanted.limit
	for {
		for ; next < log.written(time.Now()); next++ {
			if log.at(next).Before(wanted.since) {
				continue
			}
			line := log.line(next)
			if wanted.timestamps {
				line = append(log.at(next).UTC().AppendFormat(nil, time.RFC3339Nano+" "), line...)
			}
			if left >= 0 && int64(len(line)) >= left {
				out.Write(line[:left])
				return
			}
			left -= int64(len(line))
			if _, err := out.Write(line); err != nil {
				return
			}
		}
		if !wanted.follow || !log.ended.IsZero() {
			return
		}
		http.NewResponseController(out).Flush()
		if !p.await(in, &log, next) {
			return
		}
		p.lock.Lock()
		if c.runs == run {
			log = p.output(c, false)
		} else { // it was started again: what is followed is the run before
			log.ended = time.Now()
		}
		p.lock.Unlock()
	}
}

// await waits for the next line or for anything to happen to the pod; false when nobody listens.
func (p *player) await(in *http.Request, log *output, next int) bool {
	p.lock.Lock()
	moved := p.moved
	p.lock.Unlock()
	var due <-chan time.Time
	if next < log.lines {
		timer := time.NewTimer(time.Until(log.at(next)))
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-due:
	case <-moved:
	case <-p.gone:
		return false
	case <-in.Context().Done():
		return false
	}
	return true
}
