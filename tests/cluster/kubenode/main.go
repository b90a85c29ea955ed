// kubenode is every Kubernetes component that a test cluster needs, in one binary; the first
// argument names the component. Two are ours: simnode, many nodes that only pretend to run pods,
// and gate, a proxy that breaks what tests tell it to.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	kubectl "k8s.io/kubectl/pkg/cmd"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	manager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"

	"kubenode/gate"
	"kubenode/sim"
)

var components = map[string]func() *cobra.Command{
	"apiserver":          apiserver.NewAPIServerCommand,
	"controller-manager": manager.NewControllerManagerCommand,
	"scheduler":          func() *cobra.Command { return scheduler.NewSchedulerCommand() },
	"kubelet":            startKubelet,
	"kubectl":            func() *cobra.Command { return kubectl.NewDefaultKubectlCommand() },
	"gate":               gate.Command,
	"simnode":            sim.Command,
}

func startKubelet() *cobra.Command { return kubelet.NewKubeletCommand(context.Background()) }

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: kubenode etcd|apiserver|controller-manager|scheduler|kubelet|"+
			"kubectl|gate|simnode [flags]")
		os.Exit(2)
	}
	name := os.Args[1]
	if name == "etcd" {
		etcdmain.Main(append([]string{"etcd"}, os.Args[2:]...))
		return
	}
	command, known := components[name]
	if !known {
		fmt.Fprintf(os.Stderr, "kubenode: no component %q\n", name)
		os.Exit(2)
	}
	os.Args = append([]string{"kube-" + name}, os.Args[2:]...)
	os.Exit(cli.Run(command()))
}
