// load keeps so many tasks in flight for a while and counts those that it saw end:
//
//	load pods  creates Pods, watches them to their end and deletes them: what anybody would do
//	load jobs  the same with batch/v1 Jobs
//	load runs  submits runs to Fairlead, and sees their end in its feed
//
// What to create or submit is JSON on standard input. What came of it is JSON on standard output.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// tasks is what is created: of each, `one` returns when it has ended and is no longer in flight.
type tasks interface {
	follow() error
	one(number int64) error
	drain() error
}

type result struct {
	Tasks   int64   `json:"tasks"`   // that ended within the time that was measured
	Seconds float64 `json:"seconds"` // that time
	All     int64   `json:"all"`     // with those before and after
	Drain   float64 `json:"drain"`   // seconds until nothing was left of the last ones
	CPU     float64 `json:"cpu"`     // seconds of ours
}

func main() {
	url := flag.String("url", "", "the API server, or Fairlead")
	pki := flag.String("pki", "", "a folder with ca.crt, admin.crt and admin.key")
	token := flag.String("token", "", "Fairlead's")
	flight := flag.Int("flight", 100, "how many tasks at once")
	warm := flag.Duration("warm", 3*time.Second, "what is not measured")
	measured := flag.Duration("time", 10*time.Second, "what is")
	if len(os.Args) < 2 {
		fail(fmt.Errorf("usage: load pods|jobs|runs [flags]"))
	}
	check(flag.CommandLine.Parse(os.Args[2:]))
	body, err := io.ReadAll(os.Stdin)
	check(err)
	work, err := made(os.Args[1], *url, *pki, *token, *flight, body)
	check(err)
	check(work.follow())
	done := run(work, *flight, *warm, *measured)
	check(json.NewEncoder(os.Stdout).Encode(done))
}

func made(what, url, pki, token string, flight int, body []byte) (tasks, error) {
	if what == "runs" {
		return newRuns(url, token, flight, body), nil
	}
	return newObjects(what, url, pki, body)
}

// run keeps `flight` tasks going until the time is over, and lets the last ones end.
func run(work tasks, flight int, warm, measured time.Duration) result {
	begin := time.Now().Add(warm)
	end := begin.Add(measured)
	var number, counted, all atomic.Int64
	var workers sync.WaitGroup
	for range flight {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for time.Now().Before(end) {
				check(work.one(number.Add(1)))
				all.Add(1)
				if now := time.Now(); now.After(begin) && now.Before(end) {
					counted.Add(1)
				}
			}
		}()
	}
	workers.Wait()
	check(work.drain())
	return result{counted.Load(), measured.Seconds(), all.Load(), time.Since(end).Seconds(), cpu()}
}

// cpu is the processor time of this process in seconds.
func cpu() float64 {
	var used syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	seconds := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	return seconds(used.Utime) + seconds(used.Stime)
}

func check(err error) {
	if err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "load:", err)
	os.Exit(1)
}
