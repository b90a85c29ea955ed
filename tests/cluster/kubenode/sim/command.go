// Package sim plays nodes: it owns Node objects, keeps them alive, and acts out the pods that are
// bound to them as their annotations say, without running anything.
package sim

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"

	"github.com/spf13/cobra"
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	typed "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/record"

	"kubenode/selfsigned"
)

type options struct {
	kubeconfig, address, clientCA, control, cpu, memory string
	nodes, pods, port                                   int
}

// Command is `kubenode simnode`.
func Command() *cobra.Command {
	given := options{}
	command := &cobra.Command{Use: "simnode", Args: cobra.NoArgs, SilenceUsage: true,
		Short: "plays nodes sim-0, sim-1… until it is killed",
		RunE:  func(*cobra.Command, []string) error { return run(given) }}
	flags := command.Flags()
	flags.StringVar(&given.kubeconfig, "kubeconfig", "", "the API server, and who we are")
	flags.IntVar(&given.nodes, "nodes", 10, "how many nodes")
	flags.IntVar(&given.pods, "pods", 1100, "how many pods a node takes")
	flags.StringVar(&given.cpu, "cpu", "1000", "what a node says it has")
	flags.StringVar(&given.memory, "memory", "4Ti", "what a node says it has")
	flags.StringVar(&given.address, "address", "127.0.0.1", "where the API server asks for logs")
	flags.IntVar(&given.port, "port", 10350, "the port there")
	flags.StringVar(&given.clientCA, "client-ca", "", "who signs those that may ask for logs")
	flags.StringVar(&given.control, "control", "127.0.0.1:0", "address for tests")
	return command
}

func run(given options) error {
	config, err := clientcmd.BuildConfigFromFlags("", given.kubeconfig)
	if err != nil {
		return err
	}
	config.QPS = -1 // how much is under way is what bounds it
	config.AcceptContentTypes = "application/vnd.kubernetes.protobuf,application/json"
	config.ContentType = "application/vnd.kubernetes.protobuf"
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	h := &hub{client: client, core: client.CoreV1().RESTClient(), cpu: given.cpu,
		memory: given.memory, pods: given.pods, port: given.port,
		slots: make(chan struct{}, writesAtOnce), nodes: map[string]*node{},
		players: map[types.UID]*player{}, named: map[string]*player{}}
	events := record.NewBroadcaster()
	events.StartRecordingToSink(&typed.EventSinkImpl{Interface: client.CoreV1().Events("")})
	for i := range given.nodes {
		name := fmt.Sprintf("sim-%d", i)
		h.nodes[name] = &node{hub: h, name: name, address: given.address,
			recorder: events.NewRecorder(scheme.Scheme,
				v1.EventSource{Component: "kubelet", Host: name})}
	}
	failed := make(chan error)
	go func() { failed <- serveKubelet(h, given) }()
	go func() { failed <- http.ListenAndServe(given.control, h.control()) }()
	for _, each := range h.nodes {
		go each.live(context.Background())
	}
	go h.watch(context.Background())
	return <-failed
}

// serveKubelet serves logs to those who have a certificate of the cluster's authority.
func serveKubelet(h *hub, given options) error {
	authority := x509.NewCertPool()
	pem, err := os.ReadFile(given.clientCA)
	if err != nil {
		return err
	}
	if !authority.AppendCertsFromPEM(pem) {
		return errors.New("simnode: no certificate in " + given.clientCA)
	}
	pair, _, err := selfsigned.Make(net.ParseIP(given.address))
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /containerLogs/{namespace}/{pod}/{container}", h.serveLog)
	server := &http.Server{Addr: fmt.Sprintf("%s:%d", given.address, given.port), Handler: mux,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{pair}, ClientCAs: authority,
			ClientAuth: tls.RequireAndVerifyClientCert}}
	return server.ListenAndServeTLS("", "")
}
