package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"
)

const namespace = "/namespaces/default/"

// objects are Pods or Jobs: created, watched to their end, deleted.
type objects struct {
	api      *server
	path     string
	pods     string // those that are made, by label
	prefix   string
	manifest map[string]any
	options  []byte // of a delete
	ended    ends
}

// seen is what we read of an object; the rest is skipped.
type seen struct {
	Metadata struct {
		Name            string
		ResourceVersion string
	}
	Status struct {
		Phase      string
		Conditions []struct{ Type, Status string }
	}
}

func newObjects(what, url, pki string, body []byte) (*objects, error) {
	api, err := kubernetes(url, pki)
	if err != nil {
		return nil, err
	}
	o := &objects{api: api, prefix: fmt.Sprintf("bare-%d", os.Getpid()),
		path: "/api/v1" + namespace + "pods", options: []byte("{}")}
	if what == "jobs" {
		o.path = "/apis/batch/v1" + namespace + "jobs"
		o.options = []byte(`{"propagationPolicy": "Background"}`)
	}
	if err := json.Unmarshal(body, &o.manifest); err != nil {
		return nil, err
	}
	label(o.manifest, o.prefix)
	o.pods = "/api/v1" + namespace + "pods?labelSelector=bare=" + o.prefix
	if spec := o.manifest["spec"].(map[string]any); spec["template"] != nil {
		label(spec["template"].(map[string]any), o.prefix)
	}
	return o, nil
}

// label marks what is ours, and nobody else's.
func label(object map[string]any, value string) {
	metadata, is := object["metadata"].(map[string]any)
	if !is {
		metadata = map[string]any{}
		object["metadata"] = metadata
	}
	metadata["labels"] = map[string]any{"bare": value}
}

// follow begins to watch, from now on.
func (o *objects) follow() error {
	list, err := o.api.call("GET", o.path+"?limit=1", nil)
	if err != nil {
		return err
	}
	var now seen
	if err := json.Unmarshal(list, &now); err != nil {
		return err
	}
	go func() {
		// The API server ends a watch that is read too slowly.
		for version := now.Metadata.ResourceVersion; ; {
			stream, err := o.api.open("GET", o.path+"?watch=true&labelSelector=bare="+o.prefix+
				"&resourceVersion="+version, nil)
			check(err)
			version = o.read(stream, version)
		}
	}()
	return nil
}

// read reads a watch to its end; the version of the last object that it showed.
func (o *objects) read(stream io.ReadCloser, version string) string {
	defer stream.Close()
	lines := bufio.NewReaderSize(stream, 1<<20)
	for {
		line, err := lines.ReadSlice('\n')
		if err == io.EOF {
			return version
		}
		check(err)
		var event struct {
			Type   string
			Object seen
		}
		check(json.Unmarshal(line, &event))
		if event.Type == "ERROR" {
			check(fmt.Errorf("the watch: %s", line))
		}
		version = event.Object.Metadata.ResourceVersion
		if event.Type == "MODIFIED" && event.Object.over() {
			o.ended.tell(event.Object.Metadata.Name)
		}
	}
}

func (s *seen) over() bool {
	for _, each := range s.Status.Conditions {
		if each.Type == "Complete" && each.Status == "True" {
			return true
		}
	}
	return s.Status.Phase == "Succeeded"
}

func (o *objects) one(number int64) error {
	name := fmt.Sprintf("%s-%d", o.prefix, number)
	if _, err := o.api.call("POST", o.path, o.named(name)); err != nil {
		return err
	}
	if err := o.ended.wait(name); err != nil {
		return err
	}
	_, err := o.api.call("DELETE", o.path+"/"+name, o.options)
	return err
}

// named is the manifest with this name. Only the top is copied: the rest is the same for all.
func (o *objects) named(name string) []byte {
	object, metadata := map[string]any{}, map[string]any{"name": name}
	for key, value := range o.manifest {
		object[key] = value
	}
	for key, value := range o.manifest["metadata"].(map[string]any) {
		metadata[key] = value
	}
	object["metadata"] = metadata
	body, err := json.Marshal(object)
	check(err)
	return body
}

// drain waits until no Pod is left; those of a Job are collected after it.
func (o *objects) drain() error {
	for deadline := time.Now().Add(5 * patience); time.Now().Before(deadline); {
		list, err := o.api.call("GET", o.pods+"&limit=1", nil)
		if err != nil {
			return err
		}
		var left struct{ Items []seen }
		if err := json.Unmarshal(list, &left); err != nil {
			return err
		}
		if len(left.Items) == 0 {
			return nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	return fmt.Errorf("Pods are left")
}
