package sim

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

// writesAtOnce bounds the requests under way; the API server would queue more than that.
const writesAtOnce = 100

// hub has the nodes and the pods on them.
type hub struct {
	client      kubernetes.Interface
	core        rest.Interface
	cpu, memory string
	pods, port  int
	slots       chan struct{}
	writes      atomic.Int64

	lock    sync.Mutex
	nodes   map[string]*node
	players map[types.UID]*player
	named   map[string]*player // by namespace/name
}

func (h *hub) say(format string, words ...any) {
	fmt.Fprintf(os.Stderr, time.Now().Format(time.RFC3339Nano)+" "+format+"\n", words...)
}

func (h *hub) complain(pod *v1.Pod, err error) {
	h.say("pod %s/%s: %v", pod.Namespace, pod.Name, err)
}

// watch follows the pods of every node with one informer until the time is up.
func (h *hub) watch(ctx context.Context) {
	bound := informers.WithTweakListOptions(func(options *metav1.ListOptions) {
		options.FieldSelector = fields.OneTermNotEqualSelector("spec.nodeName", "").String()
	})
	slim := informers.WithTransform(func(object any) (any, error) {
		if pod, is := object.(*v1.Pod); is {
			pod.ManagedFields = nil
		}
		return object, nil
	})
	informer := informers.NewSharedInformerFactoryWithOptions(h.client, 0, bound, slim).
		Core().V1().Pods().Informer()
	informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { h.seen(ctx, object.(*v1.Pod)) },
		UpdateFunc: func(_, object any) { h.seen(ctx, object.(*v1.Pod)) },
		DeleteFunc: func(object any) {
			if last, is := object.(cache.DeletedFinalStateUnknown); is {
				object = last.Obj
			}
			h.forget(object.(*v1.Pod))
		},
	})
	informer.Run(ctx.Done())
}

// seen begins to play a pod, or passes a deletion on to its player.
func (h *hub) seen(ctx context.Context, pod *v1.Pod) {
	h.lock.Lock()
	defer h.lock.Unlock()
	node := h.nodes[pod.Spec.NodeName]
	if node == nil {
		return
	}
	p := h.players[pod.UID]
	if p == nil {
		p = newPlayer(node, pod)
		var own context.Context
		own, p.stop = context.WithCancel(ctx)
		p.gone = own.Done()
		h.players[pod.UID] = p
		h.named[pod.Namespace+"/"+pod.Name] = p
		go p.run(own)
	}
	if pod.DeletionTimestamp == nil {
		return
	}
	grace := int64(0)
	if pod.DeletionGracePeriodSeconds != nil {
		grace = *pod.DeletionGracePeriodSeconds
	}
	select { // only the newest counts
	case <-p.events:
	default:
	}
	p.events <- grace
}

func (h *hub) forget(pod *v1.Pod) {
	h.lock.Lock()
	defer h.lock.Unlock()
	p := h.players[pod.UID]
	if p == nil {
		return
	}
	p.stop()
	delete(h.players, pod.UID)
	if key := pod.Namespace + "/" + pod.Name; h.named[key] == p {
		delete(h.named, key)
	}
}

func (h *hub) player(namespace, name string) *player {
	h.lock.Lock()
	defer h.lock.Unlock()
	return h.named[namespace+"/"+name]
}

// control is the port for tests: GET /stats; POST /nodes/NAME/freeze, thaw or vanish.
func (h *hub) control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /stats", func(out http.ResponseWriter, _ *http.Request) {
		h.lock.Lock()
		defer h.lock.Unlock()
		json.NewEncoder(out).Encode(map[string]int64{"pods": int64(len(h.players)),
			"writes": h.writes.Load()})
	})
	mux.HandleFunc("POST /nodes/{name}/{verb}", func(out http.ResponseWriter, in *http.Request) {
		node := h.nodes[in.PathValue("name")]
		if node == nil {
			http.Error(out, "no such node", http.StatusNotFound)
			return
		}
		switch in.PathValue("verb") {
		case "freeze", "thaw":
			node.freeze(in.PathValue("verb") == "freeze")
		case "vanish":
			if err := node.vanish(in.Context()); err != nil {
				http.Error(out, err.Error(), http.StatusBadGateway)
			}
		default:
			http.Error(out, "freeze, thaw or vanish", http.StatusNotFound)
		}
	})
	return mux
}
