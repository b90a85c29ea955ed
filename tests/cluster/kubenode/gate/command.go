// Package gate is a reverse proxy between an agent and an API server (or a registry) that loses,
// delays and breaks what a test tells it to.
package gate

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"

	"github.com/spf13/cobra"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"kubenode/selfsigned"
)

type options struct {
	upstream, kubeconfig, listen, control, certificate string
}

// Command is `kubenode gate`.
func Command() *cobra.Command {
	given := options{}
	command := &cobra.Command{Use: "gate", Args: cobra.NoArgs, SilenceUsage: true,
		Short: "prints where it listens as one line of JSON, and serves until it is killed",
		RunE:  func(*cobra.Command, []string) error { return run(given) }}
	flags := command.Flags()
	flags.StringVar(&given.upstream, "upstream", "", "URL of the other side")
	flags.StringVar(&given.kubeconfig, "kubeconfig", "",
		"the other side, with credentials for callers that bring no Authorization")
	flags.StringVar(&given.listen, "listen", "127.0.0.1:0", "address for callers")
	flags.StringVar(&given.control, "control", "127.0.0.1:0", "address for rules")
	flags.StringVar(&given.certificate, "certificate", "",
		"serves HTTPS, and writes here the certificate that callers must trust")
	return command
}

func run(given options) error {
	config := &rest.Config{Host: given.upstream}
	if given.kubeconfig != "" {
		loaded, err := clientcmd.BuildConfigFromFlags("", given.kubeconfig)
		if err != nil {
			return err
		}
		config = loaded
	}
	upstream, err := url.Parse(config.Host)
	if err != nil || upstream.Host == "" {
		return errors.New("gate: --upstream or --kubeconfig must say where the other side is")
	}
	// HTTP/1.1, so that each request has a connection of its own, as the caller's has.
	config.NextProtos = []string{"http/1.1"}
	config.DisableCompression = true
	own, err := rest.TransportFor(config)
	if err != nil {
		return err
	}
	bare, err := rest.TransportFor(rest.AnonymousClientConfig(config))
	if err != nil {
		return err
	}
	book := &Book{counts: map[string]int{}, rules: []*Rule{}, log: []Done{}}
	return serve(given, newProxy(book, upstream, own, bare), book)
}

func serve(given options, proxy *Proxy, book *Book) error {
	callers, err := net.Listen("tcp", given.listen)
	if err != nil {
		return err
	}
	control, err := net.Listen("tcp", given.control)
	if err != nil {
		return err
	}
	scheme, address := "http", callers.Addr()
	if given.certificate != "" {
		scheme = "https"
		pair, pem, err := selfsigned.Make(address.(*net.TCPAddr).IP)
		if err != nil {
			return err
		}
		if err := os.WriteFile(given.certificate, pem, 0o644); err != nil {
			return err
		}
		callers = tls.NewListener(callers, &tls.Config{Certificates: []tls.Certificate{pair},
			NextProtos: []string{"http/1.1"}})
	}
	json.NewEncoder(os.Stdout).Encode(map[string]string{"url": scheme + "://" + address.String(),
		"control": "http://" + control.Addr().String()})
	failed := make(chan error)
	go func() { failed <- http.Serve(callers, proxy) }()
	go func() { failed <- http.Serve(control, book) }()
	return <-failed
}
