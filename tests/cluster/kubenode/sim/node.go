package sim

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	coordination "k8s.io/api/coordination/v1"
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/record"
)

const (
	leaseSeconds  = 40 // the kubelet's
	renewPeriod   = 10 * time.Second
	statusPeriod  = 5 * time.Minute
	leaseLocation = "kube-node-lease"
)

// node is one Node object and what keeps it Ready.
type node struct {
	hub      *hub
	name     string
	address  string
	recorder record.EventRecorder
	uid      types.UID

	lock   sync.Mutex
	frozen chan struct{} // closed when it thaws; nil while it is not frozen
	gone   bool          // deleted by a test: it is not made again
}

var addresses atomic.Uint32

// nextIP gives a pod an address that nothing answers at.
func (n *node) nextIP() string {
	i := addresses.Add(1)
	return fmt.Sprintf("10.%d.%d.%d", 128+i>>16&0x3f, i>>8&0xff, i&0xff)
}

// thawed waits while the node is frozen; false when the time is up.
func (n *node) thawed(ctx context.Context) bool {
	n.lock.Lock()
	frozen := n.frozen
	n.lock.Unlock()
	if frozen == nil {
		return ctx.Err() == nil
	}
	select {
	case <-frozen:
		return true
	case <-ctx.Done():
		return false
	}
}

// freeze lets the node hang, or go on: no heartbeat, no write, no log; its containers live on.
func (n *node) freeze(frozen bool) {
	n.lock.Lock()
	defer n.lock.Unlock()
	switch {
	case frozen && n.frozen == nil:
		n.frozen = make(chan struct{})
	case !frozen && n.frozen != nil:
		close(n.frozen)
		n.frozen = nil
	}
}

// live registers the node and keeps it alive.
func (n *node) live(ctx context.Context) {
	written := time.Time{}
	for n.thawed(ctx) {
		var err error
		if time.Since(written) > statusPeriod || n.isDoubted(ctx) {
			if err = n.register(ctx); err == nil {
				written = time.Now()
			}
		}
		if err == nil {
			err = n.renew(ctx)
		}
		pause := renewPeriod
		if err != nil {
			n.hub.say("node %s: %v", n.name, err)
			pause, written = time.Second, time.Time{}
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
		if n.isGone() {
			return
		}
	}
}

func (n *node) isGone() bool {
	n.lock.Lock()
	defer n.lock.Unlock()
	return n.gone
}

// isDoubted is whether Ready was taken back, as the node controller does with a node that was
// silent. Like a kubelet the node then says it again.
func (n *node) isDoubted(ctx context.Context) bool {
	cached := metav1.GetOptions{ResourceVersion: "0"}
	known, err := n.hub.client.CoreV1().Nodes().Get(ctx, n.name, cached)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(known.Status.Conditions, func(c v1.NodeCondition) bool {
		return c.Type == v1.NodeReady && c.Status != v1.ConditionTrue
	})
}

// register makes the Node unless it is there, and writes its status.
func (n *node) register(ctx context.Context) error {
	nodes := n.hub.client.CoreV1().Nodes()
	made, err := nodes.Get(ctx, n.name, metav1.GetOptions{})
	if errors.IsNotFound(err) {
		made, err = nodes.Create(ctx, n.object(), metav1.CreateOptions{})
	}
	if err != nil {
		return err
	}
	n.uid = made.UID
	made.Status = n.object().Status
	_, err = nodes.UpdateStatus(ctx, made, metav1.UpdateOptions{})
	return err
}

func (n *node) object() *v1.Node {
	object := &v1.Node{ObjectMeta: metav1.ObjectMeta{Name: n.name, Labels: map[string]string{
		"kubernetes.io/hostname": n.name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
		"fairlead.dev/node": "simulated"}}}
	room := v1.ResourceList{
		v1.ResourcePods:             *resource.NewQuantity(int64(n.hub.pods), resource.DecimalSI),
		v1.ResourceCPU:              resource.MustParse(n.hub.cpu),
		v1.ResourceMemory:           resource.MustParse(n.hub.memory),
		v1.ResourceEphemeralStorage: resource.MustParse("100Ti"),
	}
	object.Status = v1.NodeStatus{Capacity: room, Allocatable: room,
		Addresses: []v1.NodeAddress{{Type: v1.NodeInternalIP, Address: n.address},
			{Type: v1.NodeHostName, Address: n.name}},
		DaemonEndpoints: v1.NodeDaemonEndpoints{
			KubeletEndpoint: v1.DaemonEndpoint{Port: int32(n.hub.port)}},
		NodeInfo: v1.NodeSystemInfo{KubeletVersion: "v1.34.4", OperatingSystem: "linux",
			Architecture: "amd64", ContainerRuntimeVersion: "simulated://1"}}
	for _, each := range []struct {
		kind            v1.NodeConditionType
		status          v1.ConditionStatus
		reason, message string
	}{
		{v1.NodeMemoryPressure, "False", "KubeletHasSufficientMemory",
			"kubelet has sufficient memory available"},
		{v1.NodeDiskPressure, "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"},
		{v1.NodePIDPressure, "False", "KubeletHasSufficientPID",
			"kubelet has sufficient PID available"},
		{v1.NodeReady, "True", "KubeletReady", "kubelet is posting ready status"},
	} {
		object.Status.Conditions = append(object.Status.Conditions, v1.NodeCondition{Type: each.kind,
			Status: each.status, Reason: each.reason, Message: each.message,
			LastHeartbeatTime: metav1.Now(), LastTransitionTime: metav1.Now()})
	}
	return object
}

// renew is the heartbeat.
func (n *node) renew(ctx context.Context) error {
	leases := n.hub.client.CoordinationV1().Leases(leaseLocation)
	now, seconds := metav1.NowMicro(), int32(leaseSeconds)
	lease, err := leases.Get(ctx, n.name, metav1.GetOptions{})
	if errors.IsNotFound(err) {
		lease = &coordination.Lease{ObjectMeta: metav1.ObjectMeta{Name: n.name,
			OwnerReferences: []metav1.OwnerReference{{APIVersion: "v1", Kind: "Node", Name: n.name,
				UID: n.uid}}},
			Spec: coordination.LeaseSpec{HolderIdentity: &n.name, LeaseDurationSeconds: &seconds,
				RenewTime: &now}}
		_, err = leases.Create(ctx, lease, metav1.CreateOptions{})
		return err
	}
	if err != nil {
		return err
	}
	lease.Spec.RenewTime = &now
	_, err = leases.Update(ctx, lease, metav1.UpdateOptions{})
	return err
}

// vanish deletes the Node, as a cloud does with a machine that is gone.
func (n *node) vanish(ctx context.Context) error {
	n.lock.Lock()
	n.gone = true
	n.lock.Unlock()
	n.freeze(true)
	return n.hub.client.CoreV1().Nodes().Delete(ctx, n.name, metav1.DeleteOptions{})
}
