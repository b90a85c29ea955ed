"""Every way in which a job may ask for more than it should have, each tried and refused; in a
namespace that is held to the Pod Security level restricted."""

from api import RUNS, pipeline
from cluster import SIM
from reasons import SIMULATED
from worlds import World

ENFORCE = {"pod-security.kubernetes.io/enforce": "restricted"}
SPEC, MAIN = "/podTemplate/spec", "/podTemplate/spec/containers/0"
NODE_TERM = "requiredDuringSchedulingIgnoredDuringExecution"


def _spec(**fields):
    return {"podTemplate": {"spec": fields}}


def _main(**fields):
    return _spec(containers=[{"name": "main", **fields}])


def _own(**context):
    return {"securityContext": context}


def _pod(**context):
    return _spec(securityContext=context)


def _volume(**source):
    return _spec(volumes=[{"name": "v", **source}])


def _projected(**source):
    return _volume(projected={"sources": [source]})


def _marks(**annotations):
    return {"podTemplate": {"metadata": {"annotations": annotations}}}


# What only the cluster's owner may grant: the job's own, the place that is named, what it takes.
FORBIDDEN = (
    (_spec(hostNetwork=True), f"{SPEC}/hostNetwork", "host_namespaces"),
    (_spec(hostPID=True), f"{SPEC}/hostPID", "host_namespaces"),
    (_spec(hostIPC=True), f"{SPEC}/hostIPC", "host_namespaces"),
    (_main(ports=[{"containerPort": 80, "hostPort": 80}]), f"{MAIN}/ports/0/hostPort",
     "host_namespaces"),
    (_volume(hostPath={"path": "/"}), f"{SPEC}/volumes/0/hostPath", "host_path"),
    ({"volumes": [{"name": "v", "hostPath": {"path": "/"}}]}, "/volumes/0/hostPath", "host_path"),
    (_volume(secret={"secretName": "s"}), f"{SPEC}/volumes/0/secret/secretName", "secrets"),
    (_projected(secret={"name": "s"}), f"{SPEC}/volumes/0/projected/sources/0/secret/name",
     "secrets"),
    (_main(env=[{"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]),
     f"{MAIN}/env/0/valueFrom/secretKeyRef/name", "secrets"),
    (_main(envFrom=[{"secretRef": {"name": "s"}}]), f"{MAIN}/envFrom/0/secretRef/name", "secrets"),
    ({"envFrom": [{"secretRef": {"name": "s"}}]}, "/envFrom/0/secretRef/name", "secrets"),
    (_spec(imagePullSecrets=[{"name": "s"}]), f"{SPEC}/imagePullSecrets/0/name", "secrets"),
    (_volume(persistentVolumeClaim={"claimName": "c"}),
     f"{SPEC}/volumes/0/persistentVolumeClaim/claimName", "claims"),
    (_spec(serviceAccountName="default"), f"{SPEC}/serviceAccountName", "service_accounts"),
    ({"serviceAccountName": "default"}, "/serviceAccountName", "service_accounts"),
    (_spec(automountServiceAccountToken=True), f"{SPEC}/automountServiceAccountToken",
     "service_accounts"),
    (_projected(serviceAccountToken={"path": "t"}),
     f"{SPEC}/volumes/0/projected/sources/0/serviceAccountToken", "service_accounts"),
    (_spec(priorityClassName="system-node-critical"), f"{SPEC}/priorityClassName",
     "priority_classes"),
    (_spec(preemptionPolicy="Never"), f"{SPEC}/preemptionPolicy", "priority_classes"),
    (_spec(tolerations=[{"operator": "Exists"}]), f"{SPEC}/tolerations", "tolerations"),
    (_spec(runtimeClassName="kata"), f"{SPEC}/runtimeClassName", "runtime_classes"),
    (_own(privileged=True), "/securityContext/privileged", "privileged"),
    (_main(securityContext={"privileged": True}), f"{MAIN}/securityContext/privileged",
     "privileged"),
    (_spec(containers=[{"name": "x", "image": "busybox:1",
                        "securityContext": {"privileged": True}}]),
     f"{MAIN}/securityContext/privileged", "privileged"),
    (_spec(initContainers=[{"name": "x", "image": "busybox:1",
                            "securityContext": {"privileged": True}}]),
     f"{SPEC}/initContainers/0/securityContext/privileged", "privileged"),
    (_own(allowPrivilegeEscalation=True), "/securityContext/allowPrivilegeEscalation",
     "privileged"),
    (_own(capabilities={"add": ["SYS_ADMIN"]}), "/securityContext/capabilities/add",
     "capabilities"),
    (_own(runAsUser=0), "/securityContext/runAsUser", "root"),
    (_own(runAsNonRoot=False), "/securityContext/runAsNonRoot", "root"),
    (_pod(runAsUser=0), f"{SPEC}/securityContext/runAsUser", "root"),
    (_pod(runAsNonRoot=False), f"{SPEC}/securityContext/runAsNonRoot", "root"),
    (_own(procMount="Unmasked"), "/securityContext/procMount", "privileged"),
    (_own(seccompProfile={"type": "Unconfined"}), "/securityContext/seccompProfile/type",
     "privileged"),
    (_pod(seccompProfile={"type": "Unconfined"}), f"{SPEC}/securityContext/seccompProfile/type",
     "privileged"),
    (_own(appArmorProfile={"type": "Unconfined"}), "/securityContext/appArmorProfile/type",
     "privileged"),
    (_own(seLinuxOptions={"type": "spc_t"}), "/securityContext/seLinuxOptions/type", "privileged"),
    (_own(seLinuxOptions={"user": "system_u"}), "/securityContext/seLinuxOptions/user",
     "privileged"),
    (_pod(sysctls=[{"name": "kernel.msgmax", "value": "1"}]),
     f"{SPEC}/securityContext/sysctls/0/name", "privileged"),
    (_main(volumeMounts=[{"name": "v", "mountPath": "/a", "mountPropagation": "Bidirectional"}]),
     f"{MAIN}/volumeMounts/0/mountPropagation", "privileged"),
    (_marks(**{"container.apparmor.security.beta.kubernetes.io/main": "unconfined"}),
     "/podTemplate/metadata/annotations/container.apparmor.security.beta.kubernetes.io~1main",
     "privileged"),
    (_marks(**{"k8s.v1.cni.cncf.io/networks": "host"}),
     "/podTemplate/metadata/annotations/k8s.v1.cni.cncf.io~1networks", "privileged"),
)

# What nobody may say: refused when it is submitted, at this place.
IMPOSSIBLE = (
    (_spec(nodeName="real"), f"{SPEC}/nodeName"),
    (_spec(restartPolicy="Always"), f"{SPEC}/restartPolicy"),
    (_spec(activeDeadlineSeconds=1), f"{SPEC}/activeDeadlineSeconds"),
    (_spec(terminationGracePeriodSeconds=0), f"{SPEC}/terminationGracePeriodSeconds"),
    (_spec(serviceAccount="default"), f"{SPEC}/serviceAccount"),
    (_spec(priority=1000000), f"{SPEC}/priority"),
    (_spec(schedulerName="other"), f"{SPEC}/schedulerName"),
    (_spec(schedulingGates=[{"name": "a/b"}]), f"{SPEC}/schedulingGates"),
    (_spec(ephemeralContainers=[]), f"{SPEC}/ephemeralContainers"),
    (_spec(resourceClaims=[]), f"{SPEC}/resourceClaims"),
    (_spec(affinity={"podAffinity": {NODE_TERM: [{"topologyKey": "k", "namespaces": ["a"]}]}}),
     f"{SPEC}/affinity/podAffinity/{NODE_TERM}/0/namespaces"),
    (_pod(windowsOptions={"hostProcess": True}), f"{SPEC}/securityContext/windowsOptions"),
    (_volume(nfs={"server": "s", "path": "/"}), f"{SPEC}/volumes/0/nfs"),
    (_volume(csi={"driver": "d"}), f"{SPEC}/volumes/0/csi"),
    (_volume(emptyDir={}, hostPath={"path": "/"}), f"{SPEC}/volumes/0"),
    (_volume(name="fairlead-payload", emptyDir={}), f"{SPEC}/volumes/0/name"),
    (_main(volumeDevices=[{"name": "v", "devicePath": "/dev/x"}]), f"{MAIN}/volumeDevices"),
    (_main(volumeMounts=[{"name": "v", "mountPath": "/x", "subPath": "a/../../etc"}]),
     f"{MAIN}/volumeMounts/0/subPath"),
    (_main(volumeMounts=[{"name": "v", "mountPath": "/var/run/fairlead/x"}]),
     f"{MAIN}/volumeMounts/0/mountPath"),
    (_main(livenessProbe={"httpGet": {"port": 80, "host": "169.254.169.254"}}),
     f"{MAIN}/livenessProbe/httpGet/host"),
    (_main(env=[{"name": "FAIRLEAD_RUN", "value": "x"}]), f"{MAIN}/env/0/name"),
    (_own(runAsUser="0"), "/securityContext/runAsUser"),
    ({"podTemplate": {"metadata": {"name": "x"}}}, "/podTemplate/metadata/name"),
    ({"podTemplate": {"metadata": {"namespace": "kube-system"}}},
     "/podTemplate/metadata/namespace"),
    ({"podTemplate": {"metadata": {"ownerReferences": []}}},
     "/podTemplate/metadata/ownerReferences"),
    ({"podTemplate": {"metadata": {"finalizers": ["a/b"]}}}, "/podTemplate/metadata/finalizers"),
    ({"podTemplate": {"metadata": {"labels": {"fairlead.dev/run": "x"}}}},
     "/podTemplate/metadata/labels/fairlead.dev~1run"),
    (_marks(**{"fairlead.dev/spec-hash": "x"}),
     "/podTemplate/metadata/annotations/fairlead.dev~1spec-hash"),
    (_spec(aFieldOfALaterKubernetes=True), f"{SPEC}/aFieldOfALaterKubernetes"),
)

# What anybody may say.
HARMLESS = (
    {},
    _own(readOnlyRootFilesystem=True, runAsUser=1000, capabilities={"add": ["NET_BIND_SERVICE"]}),
    _pod(fsGroup=2000, supplementalGroups=[3000],
         sysctls=[{"name": "net.ipv4.tcp_syncookies", "value": "1"}]),
    _spec(containers=[{"name": "side", "image": "busybox:1"}],
          initContainers=[{"name": "first", "image": "busybox:1"}], shareProcessNamespace=True),
    _spec(volumes=[{"name": "v", "emptyDir": {}}],
          containers=[{"name": "main", "volumeMounts": [{"name": "v", "mountPath": "/v"}]}]),
)


def _job(more):
    """A job with this that a simulated node plays, if it comes so far."""
    template = dict(more.get("podTemplate", {}))
    if more in HARMLESS:
        template["metadata"] = {"annotations": {SIM + "duration": "100ms"}}
    return {"image": "busybox:1", "run": "true", "nodeSelector": SIMULATED, **more,
            **({"podTemplate": template} if template else {})}


def _named(prefix, rows):
    return {f"{prefix}-{i}": _job(row) for i, row in enumerate(rows)}


def _impossible(checks, api):
    """Every one of them is named in one answer."""
    jobs = _named("never", [more for more, _ in IMPOSSIBLE])
    answer = api.post(RUNS, {"spec": pipeline(jobs)})
    checks.equal("what nobody may say is refused at once", answer.status, 422, str(answer))
    named = {each["pointer"] for each in answer.json().get("errors", [])}
    wanted = {f"/spec/jobs/never-{i}{place}" for i, (_, place) in enumerate(IMPOSSIBLE)}
    checks.equal("each place is named", sorted(wanted - named), [], sorted(named - wanted))
    for i, (more, place) in enumerate(IMPOSSIBLE):
        alone = api.post(RUNS, {"spec": pipeline({"a": _job(more)})})
        checks.equal(f"alone: {place}", alone.status, 422, str(alone))


def _forbidden(checks, world):
    """Each fails before anything is made, and says what it takes."""
    api = world.api()
    jobs = _named("more", [more for more, _, _ in FORBIDDEN])
    run = api.submit(pipeline(jobs))
    checks.equal("the verdict of what was not granted", api.wait_final(run, 60)["state"], "failed")
    for i, (_, place, takes) in enumerate(FORBIDDEN):
        tried = api.attempts(run, f"more-{i}")
        checks.equal(f"{place}: its attempts", [each.get("class") for each in tried], ["config"],
                     tried)
        message = tried[0].get("message", "")
        checks.that(f"{place}: it says what it takes",
                    message.startswith(f"{place}: ") and f"'{takes}'" in message, tried)
    checks.equal("Pods that were asked for", dict(world.writes("create", 0, 599)), {})


def escalations(checks, scratch, cluster):
    """A job gets what anybody may have, and nothing else."""
    with World(scratch, cluster, "strict", allow="") as world:
        cluster.kube.patch("namespaces", world.name, {"metadata": {"labels": ENFORCE}}, None)
        _impossible(checks, world.api())
        _forbidden(checks, world)
        run = world.api().submit(pipeline(_named("fine", HARMLESS)))
        checks.equal("the verdict of the harmless", world.api().wait_final(run, 60)["state"],
                     "succeeded", [world.attempt(run, job["name"])
                                   for job in world.api().jobs(run)])
        world.wait_gone(run)
        checks.equal("the server's exit code", world.server.stop(), 0, world.server.said()[-1500:])
