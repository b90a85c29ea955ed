package sim

import (
	"fmt"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// status is what the kubelet would write of the pod as it is now.
func (p *player) status(now time.Time) v1.PodStatus {
	began := metav1.NewTime(p.began)
	status := v1.PodStatus{ObservedGeneration: p.pod.Generation, Phase: p.phase(),
		Reason: p.reason, Message: p.message, HostIP: p.node.address, StartTime: &began,
		HostIPs: []v1.HostIP{{IP: p.node.address}}}
	if p.ip != "" {
		status.PodIP, status.PodIPs = p.ip, []v1.PodIP{{IP: p.ip}}
	}
	unready, uninitialized := []string{}, []string{}
	for _, c := range p.containers {
		one := c.status()
		if c.init {
			status.InitContainerStatuses = append(status.InitContainerStatuses, one)
			if !c.passed() {
				uninitialized = append(uninitialized, c.spec.Name)
			}
			continue
		}
		status.ContainerStatuses = append(status.ContainerStatuses, one)
		if !one.Ready {
			unready = append(unready, c.spec.Name)
		}
	}
	over := status.Phase == v1.PodSucceeded || status.Phase == v1.PodFailed
	p.judge(v1.PodReadyToStartContainers, p.boxed && !over, "", "", now)
	switch {
	case status.Phase == v1.PodSucceeded:
		p.judge(v1.PodInitialized, true, "PodCompleted", "", now)
		p.unready("PodCompleted", "", now)
	case status.Phase == v1.PodFailed:
		p.initialized(uninitialized, now)
		p.unready("PodFailed", "", now)
	case len(unready) > 0:
		p.initialized(uninitialized, now)
		p.unready("ContainersNotReady", fmt.Sprintf("containers with unready status: %v", unready), now)
	default:
		p.initialized(uninitialized, now)
		p.judge(v1.PodReady, true, "", "", now)
		p.judge(v1.ContainersReady, true, "", "", now)
	}
	status.Conditions = p.conditions
	return status
}

func (p *player) initialized(missing []string, now time.Time) {
	if len(missing) == 0 {
		p.judge(v1.PodInitialized, true, "", "", now)
		return
	}
	p.judge(v1.PodInitialized, false, "ContainersNotInitialized",
		fmt.Sprintf("containers with incomplete status: %v", missing), now)
}

func (p *player) unready(reason, message string, now time.Time) {
	p.judge(v1.PodReady, false, reason, message, now)
	p.judge(v1.ContainersReady, false, reason, message, now)
}

// judge sets a condition; its time moves only when its status does.
func (p *player) judge(kind v1.PodConditionType, holds bool, reason, message string,
	now time.Time) {
	status := v1.ConditionFalse
	if holds {
		status = v1.ConditionTrue
	}
	at := -1
	for i, each := range p.conditions {
		if each.Type == kind {
			at = i
		}
	}
	if at < 0 {
		at = len(p.conditions)
		p.conditions = append(p.conditions, v1.PodCondition{Type: kind})
	}
	condition := &p.conditions[at]
	if condition.Status != status {
		condition.Status, condition.LastTransitionTime = status, metav1.NewTime(now)
	}
	condition.Reason, condition.Message = reason, message
	condition.ObservedGeneration = p.pod.Generation
}

// phase follows from the containers, unless the pod was ended from outside.
func (p *player) phase() v1.PodPhase {
	if p.final != "" {
		return p.final
	}
	for _, c := range p.containers {
		if c.init && !c.passed() {
			return v1.PodPending
		}
		if !c.init && (c.state != waiting || c.last != nil) {
			return v1.PodRunning
		}
	}
	return v1.PodPending
}
