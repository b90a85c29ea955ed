package sim

import (
	"context"
	"slices"
	"sync"
	"time"

	v1 "k8s.io/api/core/v1"
)

// player plays one pod from its binding to its end.
type player struct {
	node *node
	pod  *v1.Pod
	plan podPlan
	stop context.CancelFunc // the object is gone
	gone <-chan struct{}    // closed by that

	lock       sync.Mutex // what follows is read for logs as well
	containers []*container
	obstacle   obstacle
	began      time.Time // the pod's start time
	boxed      bool      // it has a sandbox
	ip         string
	conditions []v1.PodCondition
	final      v1.PodPhase // once it is known
	reason     string
	message    string
	dies       *death
	preempted  bool
	told       []happening
	events     chan int64 // a deletion, with its grace in seconds
	moved      chan struct{}
}

// death is an end from outside that is on its way.
type death struct {
	at              time.Time
	code            int32
	deleted         bool
	reason, message string
}

func newPlayer(node *node, pod *v1.Pod) *player {
	p := &player{node: node, pod: pod, events: make(chan int64, 1), moved: make(chan struct{})}
	plan, fault := planOf(pod)
	p.plan = plan
	p.obstacle.plan = &p.plan
	for _, spec := range pod.Spec.InitContainers {
		p.containers = append(p.containers, newContainer(pod, spec, plan.containers[spec.Name], true))
	}
	for _, spec := range pod.Spec.Containers {
		p.containers = append(p.containers, newContainer(pod, spec, plan.containers[spec.Name], false))
	}
	p.adopt()
	if fault != nil && p.final == "" {
		p.final, p.reason, p.message = v1.PodFailed, "UnexpectedAdmissionError", fault.Error()
	}
	return p
}

// adopt goes on from the status that the pod has: an earlier simnode may have written it.
func (p *player) adopt() {
	status := p.pod.Status
	p.conditions = slices.Clone(status.Conditions)
	if !slices.ContainsFunc(p.conditions, func(each v1.PodCondition) bool {
		return each.Type == v1.PodScheduled
	}) {
		p.judge(v1.PodScheduled, true, "", "", time.Now()) // it was created on the node
	}
	if status.StartTime == nil {
		return
	}
	p.began, p.ip, p.boxed = status.StartTime.Time, status.PodIP, status.PodIP != ""
	if status.Phase == v1.PodSucceeded || status.Phase == v1.PodFailed {
		p.final = status.Phase
	}
	known := map[string]v1.ContainerStatus{}
	for _, one := range append(status.InitContainerStatuses, status.ContainerStatuses...) {
		known[one.Name] = one
	}
	for _, c := range p.containers {
		if one, there := known[c.spec.Name]; there {
			c.adopt(one)
		}
	}
}

// run plays until the pod is over, or gone.
func (p *player) run(ctx context.Context) {
	adopted := p.final != "" && p.pod.Status.StartTime != nil
	for !adopted {
		next, changed := p.advance(time.Now())
		p.tell(ctx)
		if changed && !p.write(ctx) {
			return
		}
		if p.over() {
			break
		}
		if !p.wait(ctx, next) {
			return
		}
	}
	p.bury(ctx)
}

// wait sleeps until something is due; false when the pod is gone.
func (p *player) wait(ctx context.Context, next time.Time) bool {
	var due <-chan time.Time
	if !next.IsZero() {
		timer := time.NewTimer(time.Until(next))
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-due:
	case grace := <-p.events:
		p.deleted(grace)
	case <-ctx.Done():
		return false
	}
	return true
}

// bury removes the object of a pod that was deleted and has ended, as only a kubelet may.
func (p *player) bury(ctx context.Context) {
	if p.dies == nil || !p.dies.deleted {
		select {
		case <-p.events: // deleted after its end, and held by a finalizer
		case <-ctx.Done():
			return
		}
	}
	if !p.plan.stuckDelete {
		p.node.remove(ctx, p.pod)
	}
}

func (p *player) over() bool {
	p.lock.Lock()
	defer p.lock.Unlock()
	return p.final != ""
}

// deleted is a request to end within `grace` seconds.
func (p *player) deleted(grace int64) {
	if p.plan.stuckDelete {
		return
	}
	p.lock.Lock()
	defer p.lock.Unlock()
	death := p.dying(time.Now(), time.Duration(grace)*time.Second)
	death.deleted = true
	if p.dies == nil || death.at.Before(p.dies.at) {
		p.dies = death
	}
	p.dies.deleted = true
}

// dying is a death by signal: at once, or as late as the containers take and the grace allows.
func (p *player) dying(now time.Time, grace time.Duration) *death {
	if p.plan.stopDelay > grace {
		return &death{at: now.Add(grace), code: 137}
	}
	return &death{at: now.Add(p.plan.stopDelay), code: 143}
}

// advance does everything that is due; when the next thing is, and whether there is something to
// write. What happens at one moment is one write, as it is between two looks of the kubelet.
func (p *player) advance(now time.Time) (time.Time, bool) {
	p.lock.Lock()
	defer p.lock.Unlock()
	defer func() { close(p.moved); p.moved = make(chan struct{}) }()
	if p.final != "" { // it was refused
		p.began = now
		return time.Time{}, true
	}
	next, changed := alarm{}, false
	if p.began.IsZero() {
		p.began = now
		changed = p.plan.startDelay > 0
	}
	for p.step(now, &next) {
		next, changed = alarm{}, true
		if p.final != "" {
			break
		}
	}
	return next.when, changed
}

// step does one thing that is due; false when nothing is.
func (p *player) step(now time.Time, next *alarm) bool {
	p.fates(now, next)
	if p.dies != nil {
		if !now.Before(p.dies.at) {
			p.kill(now)
			return true
		}
		next.at(p.dies.at)
	}
	if starts := p.began.Add(p.plan.startDelay); now.Before(starts) {
		next.at(starts)
		return false
	}
	if !p.boxed && p.obstacle.stands(now, p.began) {
		told, moved := p.obstacle.step(now, p.began, p.first(), next)
		p.told = append(p.told, told...)
		return moved
	}
	if !p.boxed {
		p.boxed, p.ip = true, p.node.nextIP()
	}
	return p.stepContainers(now, next)
}

// first are the containers that would start first.
func (p *player) first() []*container {
	if p.containers[0].init {
		return p.containers[:1]
	}
	return p.containers
}

// fates are the ends that the plan or the pod itself sets.
func (p *player) fates(now time.Time, next *alarm) {
	if p.dies != nil {
		return
	}
	if seconds := p.pod.Spec.ActiveDeadlineSeconds; seconds != nil {
		deadline := p.began.Add(time.Duration(*seconds) * time.Second)
		if !now.Before(deadline) {
			grace := int64(30)
			if given := p.pod.Spec.TerminationGracePeriodSeconds; given != nil {
				grace = *given
			}
			p.dies = p.dying(now, time.Duration(grace)*time.Second)
			p.dies.reason = "DeadlineExceeded"
			p.dies.message = "Pod was active on the node longer than the specified deadline"
			return
		}
		next.at(deadline)
	}
	if p.plan.evictAfter != Forever {
		due := p.began.Add(p.plan.evictAfter)
		if !now.Before(due) {
			p.evict(now)
			return
		}
		next.at(due)
	}
	if p.plan.preemptAfter != Forever && !p.preempted {
		due := p.began.Add(p.plan.preemptAfter)
		if !now.Before(due) {
			p.preempted = true
			go p.node.preempt(p.pod)
			return
		}
		next.at(due)
	}
}

func (p *player) evict(now time.Time) {
	p.dies = &death{at: now, code: 137, reason: "Evicted",
		message: "The node was low on resource: memory. "}
	p.told = append(p.told, happening{nil, v1.EventTypeWarning, "Evicted", p.dies.message})
	p.judge(v1.DisruptionTarget, true, v1.PodReasonTerminationByKubelet, p.dies.message, now)
}

// stepContainers lets init containers go one after the other, then the main ones together.
func (p *player) stepContainers(now time.Time, next *alarm) bool {
	left, failed, moved := 0, false, false
	for _, c := range p.containers {
		if c.state == waiting && c.again.IsZero() {
			c.start(now)
			moved = true
		}
		moved = c.step(now, next) || moved
		switch {
		case c.init && c.done() && !c.passed():
			p.finish(now, v1.PodFailed)
			return true
		case c.init && !c.passed():
			return moved
		case !c.init && !c.done():
			left++
		case !c.init:
			failed = failed || c.end.ExitCode != 0
		}
	}
	if left > 0 {
		return moved
	}
	if failed {
		p.finish(now, v1.PodFailed)
	} else {
		p.finish(now, v1.PodSucceeded)
	}
	return true
}

// finish ends a pod whose containers have; sidecars are stopped with them.
func (p *player) finish(now time.Time, phase v1.PodPhase) {
	for _, c := range p.containers {
		if c.state == running {
			c.terminate(now, 143, "Error", "")
		}
	}
	p.final = phase
	p.blame()
}

// blame gives the reason of an end from outside, also to a pod that ended before it was killed.
func (p *player) blame() {
	if p.dies != nil && p.dies.reason != "" {
		p.final, p.reason, p.message = v1.PodFailed, p.dies.reason, p.dies.message
	}
}

// kill ends what still lives. A container that never started is unknown to the kubelet by then.
func (p *player) kill(now time.Time) {
	phase := v1.PodSucceeded
	for _, c := range p.containers {
		switch {
		case c.state == running:
			c.terminate(now, p.dies.code, "Error", "")
		case c.state == waiting && !c.init:
			c.terminate(now, 137, "ContainerStatusUnknown",
				"The container could not be located when the pod was terminated")
		}
		if c.end != nil && c.end.ExitCode != 0 || c.end == nil {
			phase = v1.PodFailed
		}
	}
	p.final = phase
	p.blame()
}
