package sim

import (
	"crypto/sha256"
	"fmt"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

type state int

const (
	waiting state = iota
	running
	terminated
)

// container is one container of a pod, through all its restarts.
type container struct {
	spec    v1.Container
	plan    containerPlan
	uid     string
	init    bool
	sidecar bool
	restart v1.RestartPolicy // of this container: Always, OnFailure or Never

	state           state
	reason, message string                       // while it waits
	began           time.Time                    // of the run that is now, or was last
	again           time.Time                    // when a failed one starts again
	end             *v1.ContainerStateTerminated // while it is terminated
	last            *v1.ContainerStateTerminated // of the run before this one
	runs            int
}

func newContainer(pod *v1.Pod, spec v1.Container, plan containerPlan, init bool) *container {
	c := &container{spec: spec, plan: plan, uid: string(pod.UID), init: init,
		restart: pod.Spec.RestartPolicy, reason: "ContainerCreating"}
	if len(pod.Spec.InitContainers) > 0 {
		c.reason = "PodInitializing"
	}
	if init {
		c.sidecar = spec.RestartPolicy != nil && *spec.RestartPolicy == v1.ContainerRestartPolicyAlways
		if c.sidecar {
			c.restart, c.plan.duration = v1.RestartPolicyAlways, Forever
		} else if c.restart == v1.RestartPolicyAlways {
			c.restart = v1.RestartPolicyOnFailure // a finished init container stays finished
		}
	}
	return c
}

func (c *container) start(now time.Time) {
	c.state, c.began, c.again = running, now, time.Time{}
	c.end = nil
	c.runs++
}

// ends is when it ends by itself; false if it does not.
func (c *container) ends() (time.Time, bool) {
	return c.began.Add(c.plan.duration), c.state == running && c.plan.duration != Forever
}

// exit is how a run ends that is left alone.
func (c *container) exit() (int32, string) {
	code := c.plan.exitCode
	if c.plan.failures > 0 && c.runs > c.plan.failures {
		return 0, "Completed"
	}
	switch {
	case c.plan.oom:
		return code, "OOMKilled"
	case code != 0:
		return code, "Error"
	}
	return 0, "Completed"
}

func (c *container) terminate(now time.Time, code int32, reason, message string) {
	c.end = &v1.ContainerStateTerminated{ExitCode: code, Reason: reason, Message: message,
		FinishedAt: metav1.NewTime(now)}
	if c.state == running {
		c.end.StartedAt, c.end.ContainerID = metav1.NewTime(c.began), c.id()
	}
	c.state = terminated
}

// step does what is due. It is false when nothing was.
func (c *container) step(now time.Time, alarm *alarm) bool {
	if c.state == waiting && !c.again.IsZero() {
		if now.Before(c.again) {
			alarm.at(c.again)
			return false
		}
		c.start(now)
		return true
	}
	ends, does := c.ends()
	if !does {
		return false
	}
	if now.Before(ends) {
		alarm.at(ends)
		return false
	}
	code, reason := c.exit()
	c.terminate(now, code, reason, c.plan.message)
	if c.restart == v1.RestartPolicyAlways || c.restart == v1.RestartPolicyOnFailure && code != 0 {
		c.backOff(now)
	}
	return true
}

// backOff waits for another start as the kubelet does: the first at once, then 10 s, 20 s, 40 s…
func (c *container) backOff(now time.Time) {
	c.last, c.end = c.end, nil
	c.state, c.again = waiting, now
	c.reason, c.message = "CrashLoopBackOff", ""
	if c.runs > 1 {
		pause := min(10*time.Second<<min(c.runs-2, 5), 5*time.Minute)
		c.again = now.Add(pause)
		c.message = fmt.Sprintf("back-off %s restarting failed container=%s", pause, c.spec.Name)
	}
}

// done says whether it has ended for good.
func (c *container) done() bool { return c.state == terminated }

// passed says whether an init container lets the next one start.
func (c *container) passed() bool {
	if c.sidecar {
		return c.state == running
	}
	return c.state == terminated && c.end.ExitCode == 0
}

// adopt goes on from what an earlier simnode wrote.
func (c *container) adopt(status v1.ContainerStatus) {
	c.runs = int(status.RestartCount)
	c.last = status.LastTerminationState.Terminated
	switch {
	case status.State.Running != nil:
		c.runs++
		c.state, c.began = running, status.State.Running.StartedAt.Time
	case status.State.Terminated != nil:
		c.runs++
		c.state, c.end = terminated, status.State.Terminated
		c.began = c.end.StartedAt.Time
	case c.last != nil:
		c.again = time.Now()
	}
}

func (c *container) id() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%s/%d", c.uid, c.spec.Name, c.runs))
	return fmt.Sprintf("containerd://%x", sum)
}

func (c *container) status() v1.ContainerStatus {
	status := v1.ContainerStatus{Name: c.spec.Name, Image: c.spec.Image,
		RestartCount: int32(max(0, c.runs-1)), Started: new(bool)}
	status.LastTerminationState.Terminated = c.last
	if c.runs > 0 {
		sum := sha256.Sum256([]byte(c.spec.Image))
		status.ImageID = fmt.Sprintf("simulated@sha256:%x", sum)
		status.ContainerID = c.id()
	}
	switch c.state {
	case running:
		status.State.Running = &v1.ContainerStateRunning{StartedAt: metav1.NewTime(c.began)}
		*status.Started = true
		status.Ready = !c.init || c.sidecar
	case terminated:
		status.State.Terminated = c.end
		status.Ready = c.init && c.end.ExitCode == 0
	default:
		status.State.Waiting = &v1.ContainerStateWaiting{Reason: c.reason, Message: c.message}
	}
	return status
}

// alarm is the next moment at which something is due.
type alarm struct{ when time.Time }

func (a *alarm) at(when time.Time) {
	if a.when.IsZero() || when.Before(a.when) {
		a.when = when
	}
}
