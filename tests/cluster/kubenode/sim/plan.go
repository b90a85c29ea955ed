package sim

import (
	"fmt"
	"math"
	"strconv"
	"time"

	v1 "k8s.io/api/core/v1"
)

// Prefix begins the annotations that say how a pod is played. With ".CONTAINER" after it, a name is
// meant for one container; init containers and sidecars are played by such names only.
const Prefix = "sim.fairlead.dev/"

// Forever is the duration of what does not end by itself.
const Forever = time.Duration(math.MaxInt64)

// podPlan is how a pod is played.
type podPlan struct {
	startDelay   time.Duration // before its containers start
	failedMount  string        // the text of what keeps it from starting, for as long as heal says
	failedBox    string
	imagePull    string
	imageName    bool
	configError  string
	heal         time.Duration // after which what kept it from starting is gone; Forever without
	evictAfter   time.Duration // these two count from its start
	preemptAfter time.Duration
	stuckStart   bool
	stuckDelete  bool
	stopDelay    time.Duration // how long its containers take to die when they are asked to
	containers   map[string]containerPlan
}

// containerPlan is how a container is played.
type containerPlan struct {
	duration time.Duration
	exitCode int32
	oom      bool
	message  string // its termination message
	failures int    // so many times it fails, then it succeeds; 0 without restarts
	lines    int
	bytes    int
}

// reader takes annotations apart and keeps the first fault.
type reader struct {
	given map[string]string
	fault error
}

func planOf(pod *v1.Pod) (podPlan, error) {
	r := &reader{given: pod.Annotations}
	stuck, _ := r.text("stuck", "")
	_, imageName := r.text("invalid-image-name", "")
	plan := podPlan{
		startDelay:   r.duration("start-delay", "", 0),
		heal:         r.duration("heal-after", "", Forever),
		evictAfter:   r.duration("evict-after", "", Forever),
		preemptAfter: r.duration("preempt-after", "", Forever),
		stopDelay:    r.duration("stop-delay", "", 0),
		stuckStart:   stuck == "start" || stuck == "both",
		stuckDelete:  stuck == "delete" || stuck == "both",
		imageName:    imageName,
		containers:   map[string]containerPlan{},
	}
	plan.failedMount, _ = r.text("failed-mount", "")
	plan.failedBox, _ = r.text("failed-sandbox", "")
	plan.imagePull, _ = r.text("image-pull-failure", "")
	plan.configError, _ = r.text("config-error", "")
	for _, container := range pod.Spec.InitContainers {
		plan.containers[container.Name] = r.container(container.Name, true)
	}
	for _, container := range pod.Spec.Containers {
		plan.containers[container.Name] = r.container(container.Name, false)
	}
	if stuck != "" && !plan.stuckStart && !plan.stuckDelete {
		r.fault = fmt.Errorf("%sstuck: start, delete or both, not %q", Prefix, stuck)
	}
	return plan, r.fault
}

func (r *reader) container(name string, onlyNamed bool) containerPlan {
	if onlyNamed {
		return (&reader{given: r.named(name)}).plan("", &r.fault)
	}
	return r.plan(name, &r.fault)
}

// named are the annotations for one container, without its name.
func (r *reader) named(name string) map[string]string {
	found := map[string]string{}
	for key, value := range r.given {
		if size := len(key) - len(name) - 1; size > 0 && key[size:] == "."+name {
			found[key[:size]] = value
		}
	}
	return found
}

func (r *reader) plan(name string, fault *error) containerPlan {
	plan := containerPlan{
		duration: r.duration("duration", name, 0),
		exitCode: int32(r.number("exit-code", name, 0)),
		failures: r.number("failures", name, 0),
		lines:    r.number("log-lines", name, 0),
		bytes:    r.number("log-bytes", name, 0),
	}
	plan.message, _ = r.text("termination-message", name)
	if signal := r.number("signal", name, 0); signal > 0 {
		plan.exitCode = int32(128 + signal)
	}
	if _, plan.oom = r.text("oom", name); plan.oom {
		plan.exitCode = 137
	}
	if plan.failures > 0 && plan.exitCode == 0 {
		plan.exitCode = 1
	}
	if r.fault != nil {
		*fault = r.fault
	}
	return plan
}

func (r *reader) text(key, container string) (string, bool) {
	if container != "" {
		if value, there := r.given[Prefix+key+"."+container]; there {
			return value, true
		}
	}
	value, there := r.given[Prefix+key]
	return value, there
}

func (r *reader) duration(key, container string, otherwise time.Duration) time.Duration {
	value, there := r.text(key, container)
	switch {
	case !there:
		return otherwise
	case value == "forever":
		return Forever
	}
	parsed, err := time.ParseDuration(value)
	if err != nil || parsed < 0 {
		r.fault = fmt.Errorf("%s%s: no duration %q", Prefix, key, value)
	}
	return parsed
}

func (r *reader) number(key, container string, otherwise int) int {
	value, there := r.text(key, container)
	if !there {
		return otherwise
	}
	parsed, err := strconv.Atoi(value)
	if err != nil || parsed < 0 {
		r.fault = fmt.Errorf("%s%s: no number %q", Prefix, key, value)
	}
	return parsed
}
