package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"
)

const patience = 60 * time.Second

// server is an HTTP server and how we call it.
type server struct {
	url, token string
	client     *http.Client
}

// kubernetes is an API server, called as its admin. HTTP/1.1 costs both sides less than HTTP/2.
func kubernetes(url, pki string) (*server, error) {
	pair, err := tls.LoadX509KeyPair(filepath.Join(pki, "admin.crt"), filepath.Join(pki, "admin.key"))
	if err != nil {
		return nil, err
	}
	authority, err := os.ReadFile(filepath.Join(pki, "ca.crt"))
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(authority) {
		return nil, fmt.Errorf("no certificate in %s/ca.crt", pki)
	}
	return &server{url: url, client: &http.Client{Transport: &http.Transport{
		TLSClientConfig:     &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{pair}},
		TLSNextProto:        map[string]func(string, *tls.Conn) http.RoundTripper{},
		MaxIdleConnsPerHost: 1000}}}, nil
}

// open sends a request; a success is left to be read.
func (s *server) open(method, path string, body []byte) (io.ReadCloser, error) {
	request, err := http.NewRequest(method, s.url+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if s.token != "" {
		request.Header.Set("Authorization", "Bearer "+s.token)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "bare")
	answer, err := s.client.Do(request)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode >= 300 {
		said, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		return nil, fmt.Errorf("%s %s: %d %s", method, path, answer.StatusCode, said)
	}
	return answer.Body, nil
}

// call sends a request and reads its answer.
func (s *server) call(method, path string, body []byte) ([]byte, error) {
	answer, err := s.open(method, path, body)
	if err != nil {
		return nil, err
	}
	defer answer.Close()
	return io.ReadAll(answer)
}

// ends tells those who wait that something has ended; it may be known before anybody asks.
type ends struct {
	lock sync.Mutex
	by   map[string]chan struct{}
}

func (e *ends) of(name string) chan struct{} {
	e.lock.Lock()
	defer e.lock.Unlock()
	if e.by == nil {
		e.by = map[string]chan struct{}{}
	}
	if e.by[name] == nil {
		e.by[name] = make(chan struct{}, 1)
	}
	return e.by[name]
}

func (e *ends) tell(name string) {
	select {
	case e.of(name) <- struct{}{}:
	default: // it was told already
	}
}

// wait returns once it has ended, and forgets it.
func (e *ends) wait(name string) error {
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case <-e.of(name):
		e.lock.Lock()
		delete(e.by, name)
		e.lock.Unlock()
		return nil
	case <-late.C:
		return fmt.Errorf("%s has not ended within %v", name, patience)
	}
}
