package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

const project = "/api/v1/projects/default"

// runs are submitted to Fairlead, and followed in its feed.
type runs struct {
	fairlead *server
	body     []byte
	ended    ends
}

func newRuns(url, token string, flight int, body []byte) *runs {
	lines := &http.Transport{MaxIdleConnsPerHost: flight}
	return &runs{fairlead: &server{url, token, &http.Client{Transport: lines}}, body: body}
}

func (r *runs) follow() error {
	stream, err := r.fairlead.open("GET", project+"/events", nil)
	if err != nil {
		return err
	}
	go r.read(stream)
	return nil
}

func (r *runs) read(stream io.Reader) {
	lines := bufio.NewReaderSize(stream, 1<<20)
	for {
		line, err := lines.ReadSlice('\n')
		check(err)
		data, is := bytes.CutPrefix(line, []byte("data: "))
		if !is {
			continue
		}
		var change struct{ Run, State string }
		check(json.Unmarshal(data, &change))
		switch change.State {
		case "succeeded":
			r.ended.tell(change.Run)
		case "failed", "canceled":
			check(fmt.Errorf("run %s: %s", change.Run, change.State))
		}
	}
}

func (r *runs) one(int64) error {
	answer, err := r.fairlead.call("POST", project+"/runs", r.body)
	if err != nil {
		return err
	}
	var made struct{ ID string }
	if err := json.Unmarshal(answer, &made); err != nil {
		return err
	}
	return r.ended.wait(made.ID)
}

// drain has nothing to wait for: what the agent still removes is not ours to see.
func (r *runs) drain() error { return nil }
