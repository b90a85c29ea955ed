package sim

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// patch is a strategic merge patch of a pod's status; the uid makes it fail on another pod.
type patch struct {
	Metadata identity    `json:"metadata"`
	Status   patchStatus `json:"status"`
}

type identity struct {
	UID types.UID `json:"uid"`
}

type patchStatus struct {
	v1.PodStatus
	Conditions []patchCondition `json:"conditions"`
}

// patchCondition says null for what is empty: left out, the old text would stay.
type patchCondition struct {
	Type               v1.PodConditionType `json:"type"`
	Status             v1.ConditionStatus  `json:"status"`
	Reason             *string             `json:"reason"`
	Message            *string             `json:"message"`
	LastTransitionTime metav1.Time         `json:"lastTransitionTime"`
	ObservedGeneration int64               `json:"observedGeneration,omitempty"`
}

func patchOf(uid types.UID, status v1.PodStatus) []byte {
	made := patch{identity{uid}, patchStatus{PodStatus: status}}
	for _, each := range status.Conditions {
		made.Status.Conditions = append(made.Status.Conditions, patchCondition{each.Type, each.Status,
			orNull(each.Reason), orNull(each.Message), each.LastTransitionTime, each.ObservedGeneration})
	}
	body, err := json.Marshal(made)
	if err != nil {
		panic(err)
	}
	return body
}

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// write tells the API server how the pod is; false when the pod is not there any more.
func (p *player) write(ctx context.Context) bool {
	p.lock.Lock()
	body := patchOf(p.pod.UID, p.status(time.Now()))
	p.lock.Unlock()
	return p.node.insist(ctx, p.pod, func() error {
		return p.node.hub.core.Patch(types.StrategicMergePatchType).Namespace(p.pod.Namespace).
			Resource("pods").Name(p.pod.Name).SubResource("status").Body(body).Do(ctx).Error()
	})
}

// tell sends the events that are waiting.
func (p *player) tell(ctx context.Context) {
	if len(p.told) == 0 || !p.node.thawed(ctx) {
		return
	}
	for _, each := range p.told {
		ref := &v1.ObjectReference{Kind: "Pod", APIVersion: "v1", Namespace: p.pod.Namespace,
			Name: p.pod.Name, UID: p.pod.UID}
		if each.about != nil {
			field := "containers"
			if each.about.init {
				field = "initContainers"
			}
			ref.FieldPath = fmt.Sprintf("spec.%s{%s}", field, each.about.spec.Name)
		}
		p.node.recorder.Event(ref, each.kind, each.reason, each.message)
	}
	p.told = nil
}

// remove deletes the object for good, as only the node may that knows that its containers ended.
func (n *node) remove(ctx context.Context, pod *v1.Pod) {
	n.insist(ctx, pod, func() error {
		zero := int64(0)
		return n.hub.client.CoreV1().Pods(pod.Namespace).Delete(ctx, pod.Name, metav1.DeleteOptions{
			GracePeriodSeconds: &zero, Preconditions: metav1.NewUIDPreconditions(string(pod.UID))})
	})
}

// preempt does to a pod what the scheduler does to make room for another.
func (n *node) preempt(pod *v1.Pod) {
	ctx := context.Background()
	status := v1.PodStatus{Conditions: []v1.PodCondition{{Type: v1.DisruptionTarget,
		Status: v1.ConditionTrue, Reason: v1.PodReasonPreemptionByScheduler,
		Message:            "default-scheduler: preempting to accommodate a higher priority pod",
		LastTransitionTime: metav1.Now()}}}
	pods := n.hub.client.CoreV1().Pods(pod.Namespace)
	there := n.insist(ctx, pod, func() error {
		_, err := pods.Patch(ctx, pod.Name, types.StrategicMergePatchType, patchOf(pod.UID, status),
			metav1.PatchOptions{}, "status")
		return err
	})
	if !there {
		return
	}
	n.recorder.Eventf(pod, v1.EventTypeNormal, "Preempted", "Preempted by pod %s on node %s",
		pod.UID, n.name)
	n.insist(ctx, pod, func() error {
		return pods.Delete(ctx, pod.Name,
			metav1.DeleteOptions{Preconditions: metav1.NewUIDPreconditions(string(pod.UID))})
	})
}

// insist does a write, again while the API server is in trouble; false when there is no such pod.
func (n *node) insist(ctx context.Context, pod *v1.Pod, write func() error) bool {
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, 2*time.Second) {
		if !n.thawed(ctx) {
			return false
		}
		n.hub.slots <- struct{}{}
		err := write()
		<-n.hub.slots
		switch {
		case err == nil:
			n.hub.writes.Add(1)
			return true
		case errors.IsNotFound(err) || errors.IsConflict(err) || errors.IsInvalid(err):
			if errors.IsInvalid(err) {
				n.hub.complain(pod, err)
			}
			return false
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return false
		}
	}
}
