package sim

import (
	"fmt"
	"time"

	v1 "k8s.io/api/core/v1"
)

// obstacle is what keeps a pod from starting. Words and order are the kubelet's.
type obstacle struct {
	plan   *podPlan
	tries  int
	next   time.Time
	pulled bool // the last thing said was ErrImagePull, so a back-off follows
}

// happening is an event to be told about a container, or about the pod if that is nil.
type happening struct {
	about                 *container
	kind, reason, message string
}

func (o *obstacle) stands(now, began time.Time) bool {
	plan := o.plan
	there := plan.stuckStart || plan.imageName || plan.failedMount != "" || plan.failedBox != "" ||
		plan.imagePull != "" || plan.configError != ""
	return there && (plan.heal == Forever || now.Before(began.Add(plan.heal)))
}

// step tries once more when it is time; what happened, and whether the containers wait otherwise.
func (o *obstacle) step(now, began time.Time, waits []*container, alarm *alarm) (told []happening,
	moved bool) {
	if o.plan.heal != Forever {
		alarm.at(began.Add(o.plan.heal))
	}
	if o.plan.stuckStart {
		moved = o.tries == 0
		o.tries++
		return nil, moved
	}
	if now.Before(o.next) {
		alarm.at(o.next)
		return nil, false
	}
	told, moved = o.try(now, waits)
	alarm.at(o.next)
	return told, moved
}

func (o *obstacle) try(now time.Time, waits []*container) (told []happening, moved bool) {
	plan := o.plan
	first := o.tries == 0
	o.tries++
	switch {
	case plan.failedMount != "":
		o.next = now.Add(min(500*time.Millisecond<<min(o.tries-1, 8), 2*time.Minute))
		return []happening{{nil, v1.EventTypeWarning, "FailedMount", plan.failedMount}}, first
	case plan.failedBox != "":
		o.next = now.Add(min(time.Second<<min(o.tries-1, 4), 15*time.Second))
		return []happening{{nil, v1.EventTypeWarning, "FailedCreatePodSandBox",
			"Failed to create pod sandbox: " + plan.failedBox}}, first
	case plan.imagePull != "":
		return o.pull(now, waits), true
	}
	o.next = now.Add(12 * time.Second)
	for _, c := range waits {
		told = append(told, o.refuse(c)...)
	}
	return told, first
}

// refuse is for what is wrong with a container as it is written.
func (o *obstacle) refuse(c *container) []happening {
	if o.plan.imageName {
		image := c.spec.Image
		c.reason = "InvalidImageName"
		c.message = fmt.Sprintf("Failed to apply default image tag %q: couldn't parse image name "+
			"%q: invalid reference format", image, image)
		return []happening{{c, v1.EventTypeWarning, "InspectFailed", c.message},
			{c, v1.EventTypeWarning, "Failed", "Error: InvalidImageName"}}
	}
	c.reason, c.message = "CreateContainerConfigError", o.plan.configError
	return []happening{{c, v1.EventTypeWarning, "Failed", "Error: " + c.message}}
}

// pull alternates between a failed pull and waiting for the next: 10 s, 20 s, 40 s… up to 5 min.
func (o *obstacle) pull(now time.Time, waits []*container) (told []happening) {
	o.pulled = !o.pulled
	for _, c := range waits {
		image := c.spec.Image
		if o.pulled {
			c.reason, c.message = "ErrImagePull", o.plan.imagePull
			told = append(told,
				happening{c, v1.EventTypeNormal, "Pulling", fmt.Sprintf("Pulling image %q", image)},
				happening{c, v1.EventTypeWarning, "Failed",
					fmt.Sprintf("Failed to pull image %q: %s", image, c.message)},
				happening{c, v1.EventTypeWarning, "Failed", "Error: ErrImagePull"})
			continue
		}
		c.reason = "ImagePullBackOff"
		c.message = fmt.Sprintf("Back-off pulling image %q: ErrImagePull: %s", image, o.plan.imagePull)
		told = append(told,
			happening{c, v1.EventTypeNormal, "BackOff", fmt.Sprintf("Back-off pulling image %q", image)},
			happening{c, v1.EventTypeWarning, "Failed", "Error: ImagePullBackOff"})
	}
	if o.pulled {
		o.next = now.Add(time.Second)
	} else {
		o.next = now.Add(min(10*time.Second<<min(o.tries/2-1, 5), 5*time.Minute))
	}
	return told
}
