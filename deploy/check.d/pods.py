"""Assertions over workloads: selectors, probes, lifecycle, replicas, PodSecurity, secrets."""

import re

from objects import CLUSTER_WIDE, SERVICES, selects, urls
from registry import assertion

# How long a service may take to drain after SIGTERM, in seconds.
DRAIN = 10


@assertion
def namespaces(o):
    """Everything is in one namespace, which enforces PodSecurity restricted, and nothing is there twice."""
    names = [n["metadata"]["name"] for n in o.of("Namespace")]
    if len(names) != 1:
        yield f"there has to be one Namespace, there are {len(names)}"
    for n in o.of("Namespace"):
        for mode in ("enforce", "audit", "warn"):
            if n["metadata"].get("labels", {}).get(f"pod-security.kubernetes.io/{mode}") != "restricted":
                yield f"Namespace {n['metadata']['name']} does not {mode} PodSecurity restricted"
    seen = set()
    for x in o.all:
        key = (x["apiVersion"].split("/")[0], x["kind"], x["metadata"]["name"])
        if key in seen:
            yield f"{x['kind']} {x['metadata']['name']} is there twice"
        seen.add(key)
        if x["kind"] not in CLUSTER_WIDE and x["metadata"].get("namespace") not in names:
            yield f"{x['kind']} {x['metadata']['name']} is not in the namespace"


@assertion
def selectors(o):
    """Every selector takes the pods that it is for, and no others."""
    pods = o.pods()

    def taken(selector):
        return [p for p in pods if selects(selector, p.labels)]

    for p in pods:
        if p.owner["kind"] in ("Deployment", "StatefulSet"):
            if taken(p.owner["spec"]["selector"]) != [p]:
                yield f"the selector of {p} takes {[str(x) for x in taken(p.owner['spec']['selector'])]}"
        for c in p.spec.get("topologySpreadConstraints", []):
            if not selects(c["labelSelector"], p.labels):
                yield f"a topologySpreadConstraint of {p} does not count its own pods"
            for key in c.get("matchLabelKeys", []):
                if key not in p.labels and key != "pod-template-hash":
                    yield f"a topologySpreadConstraint of {p} looks at the label {key}, which they do not have"
            others = [x for x in taken(c["labelSelector"]) if x is not p and x.owner["kind"] != "Job"]
            if others and "pod-template-hash" not in c.get("matchLabelKeys", []):
                yield f"a topologySpreadConstraint of {p} counts {others[0]} too"
    for s in o.of("Service"):
        if len(taken({"matchLabels": s["spec"].get("selector") or {"": ""}})) != 1:
            yield f"Service {s['metadata']['name']} has to lead to the pods of one workload"
        _, ports = o.behind(s["metadata"]["name"])
        reached = taken({"matchLabels": s["spec"].get("selector") or {"": ""}})
        for port, target in ports.items():
            if target is None or any(target not in p.ports().values() for p in reached):
                yield f"port {port} of Service {s['metadata']['name']} leads to no port of its pods"
    for b in o.of("PodDisruptionBudget"):
        if len(taken(b["spec"]["selector"])) != 1:
            yield f"PodDisruptionBudget {b['metadata']['name']} has to be about one workload"
    for n in o.of("NetworkPolicy"):
        if not taken(n["spec"]["podSelector"]):
            yield f"NetworkPolicy {n['metadata']['name']} is about no pod"
    for h in o.of("HorizontalPodAutoscaler"):
        target = h["spec"]["scaleTargetRef"]
        if not o.get(target["kind"], target["name"]):
            yield f"HorizontalPodAutoscaler {h['metadata']['name']} scales nothing"
    for m in o.of("PodMonitor"):
        found = taken(m["spec"]["selector"])
        if sorted(p.name for p in found) != sorted(p.name for p in o.services()):
            yield f"PodMonitor {m['metadata']['name']} has to look at the services"
        for endpoint in m["spec"]["podMetricsEndpoints"]:
            if any(endpoint["port"] not in p.ports() for p in found):
                yield f"PodMonitor {m['metadata']['name']} asks for a port {endpoint['port']} that they do not have"
    for s in o.of("StatefulSet"):
        service = o.get("Service", s["spec"]["serviceName"])
        if not service or service["spec"].get("clusterIP") != "None":
            yield f"StatefulSet {s['metadata']['name']} needs a headless Service {s['spec']['serviceName']}"


@assertion
def services_present(o):
    """The four services, each with what belongs to it."""
    if sorted(p.name for p in o.services()) != sorted(SERVICES):
        yield f"there have to be the services {', '.join(SERVICES)}, there are {[p.name for p in o.services()]}"
    for p in o.services():
        arguments = p.spec["containers"][0].get("args")
        if arguments != ["serve", p.name]:
            yield f"{p} runs {arguments}, not serve {p.name}"
        service = o.get("Service", p.name)
        if not service or service["spec"].get("clusterIP") != "None":
            yield f"{p} needs a headless Service of its name: gRPC clients have to see the replicas"
        for setting, url in urls(p.env()):
            if setting == "JIXIAO_REGISTRY_URL" and "registry" not in SERVICES.get(p.name, []):
                yield f"{p} takes in nothing of the registry but has {setting}"


@assertion
def probes(o):
    """Every container with a port has startup, readiness and liveness probes, at ports that it has."""
    for p in o.pods():
        if not p.own or p.owner["kind"] == "Job":
            continue
        for c in p.containers():
            if not c.get("ports"):
                continue
            ports = {x["name"]: x["containerPort"] for x in c["ports"]}
            for kind in ("startupProbe", "readinessProbe", "livenessProbe"):
                probe = c.get(kind)
                if not probe:
                    yield f"container {c['name']} of {p} has no {kind}"
                    continue
                at = (probe.get("grpc") or probe.get("httpGet") or {}).get("port")
                if ports.get(at, at) not in ports.values():
                    yield f"the {kind} of container {c['name']} of {p} asks at {at}, which is no port of it"
    for p in o.services():
        c, env = p.spec["containers"][0], p.env()
        ports = p.ports()
        for name, setting in (("grpc", "JIXIAO_LISTEN"), ("admin", "JIXIAO_ADMIN_LISTEN")):
            if not env.get(setting, "").endswith(f":{ports.get(name)}"):
                yield f"{p} listens at {env.get(setting)}, its port {name} is {ports.get(name)}"
        # Readiness under the name "", which looks at database and lag; the others under one that never does.
        for kind, name in (("startupProbe", "liveness"), ("readinessProbe", ""), ("livenessProbe", "liveness")):
            grpc = c.get(kind, {}).get("grpc", {})
            if grpc.get("service") != name or grpc.get("port") != ports.get("admin"):
                yield f'the {kind} of {p} has to ask gRPC health for "{name}" at the admin port, it asks {grpc}'


@assertion
def lifecycle(o):
    """A replica that goes has time to drain, and one that comes is ready first."""
    for p in o.services():
        grace = p.spec.get("terminationGracePeriodSeconds", 30)
        pause = p.spec["containers"][0].get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        if pause <= 0:
            yield f"{p} has no preStop sleep: calls would reach replicas that are gone"
        if pause + DRAIN >= grace:
            yield f"{p}: terminationGracePeriodSeconds {grace} is not above preStop {pause} and drain {DRAIN} together"
        strategy = p.owner["spec"].get("strategy", {}).get("rollingUpdate", {})
        if strategy.get("maxUnavailable") != 0 or not strategy.get("maxSurge"):
            yield f"{p}: maxUnavailable has to be 0 and maxSurge more"
    for p in o.pods():
        if p.owner["kind"] == "StatefulSet":
            lame = re.search(r'lame_duck_duration: "(\d+)s"', o.nats_file("nats.conf"))
            if lame and int(lame[1]) >= p.spec.get("terminationGracePeriodSeconds", 30):
                yield f"{p}: terminationGracePeriodSeconds is not above the lame duck time {lame[1]}"


@assertion
def replicas(o):
    """Two or more of each, spread, of which a drain of nodes takes one at a time; or one of each where nothing may last."""
    for p in o.pods():
        if p.owner["kind"] not in ("Deployment", "StatefulSet"):
            continue
        scaler = next((h for h in o.of("HorizontalPodAutoscaler") if h["spec"]["scaleTargetRef"]["name"] == p.name), None)
        fixed = p.owner["spec"].get("replicas")
        if scaler and fixed is not None:
            yield f"{p} has both replicas and an autoscaler, which would undo each other"
        number = scaler["spec"].get("minReplicas", 1) if scaler else fixed or 1
        if scaler and not any(m["resource"]["name"] == "cpu" for m in scaler["spec"]["metrics"]):
            yield f"the autoscaler of {p} does not look at CPU"
        if o.is_small():
            continue
        if number < 2:
            yield f"{p} has {number} replica"
        budgets = [b for b in o.of("PodDisruptionBudget") if selects(b["spec"]["selector"], p.labels)]
        if not budgets:
            yield f"{p} has no PodDisruptionBudget"
        for b in budgets:
            if b["spec"].get("maxUnavailable") != 1:
                yield f"PodDisruptionBudget {b['metadata']['name']} has to let one go at a time"
        keys = {c["topologyKey"] for c in p.spec.get("topologySpreadConstraints", [])}
        for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname"):
            if key not in keys:
                yield f"{p} is not spread by {key}"


# What PodSecurity restricted lets a pod mount.
VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}


@assertion
def restricted(o):
    """PodSecurity restricted would let every pod in; besides: read-only root, no token, memory limited, CPU not."""
    for p in o.pods():
        if not p.own:
            continue
        spec, of_pod = p.spec, p.spec.get("securityContext", {})
        for field in ("hostNetwork", "hostPID", "hostIPC"):
            if spec.get(field):
                yield f"{p} has {field}"
        if of_pod.get("sysctls"):
            yield f"{p} sets sysctls"
        for v in spec.get("volumes", []):
            kinds = set(v) - {"name"}
            if not kinds <= VOLUMES:
                yield f"{p} mounts {', '.join(kinds)}"
        if spec.get("automountServiceAccountToken") is not False:
            yield f"{p} gets a token of Kubernetes"
        if spec.get("serviceAccountName", "default") == "default" or not o.get("ServiceAccount", spec["serviceAccountName"]):
            yield f"{p} has no ServiceAccount of its own"
        if spec.get("enableServiceLinks") is not False:
            yield f"{p} gets the addresses of all Services in its environment"
        for c in p.containers():
            own, where = c.get("securityContext", {}), f"container {c['name']} of {p}"
            both = {**of_pod, **own}
            if own.get("privileged"):
                yield f"{where} is privileged"
            if own.get("allowPrivilegeEscalation") is not False:
                yield f"{where} may gain privileges"
            if own.get("capabilities", {}).get("drop") != ["ALL"]:
                yield f"{where} does not drop all capabilities"
            if set(own.get("capabilities", {}).get("add", [])) - {"NET_BIND_SERVICE"}:
                yield f"{where} adds capabilities"
            if both.get("runAsNonRoot") is not True or both.get("runAsUser", 1) == 0:
                yield f"{where} may run as root"
            if both.get("seccompProfile", {}).get("type") not in ("RuntimeDefault", "Localhost"):
                yield f"{where} has no seccomp profile"
            if own.get("procMount", "Default") != "Default":
                yield f"{where} sets procMount"
            if any(x.get("hostPort") for x in c.get("ports", [])):
                yield f"{where} takes a port of the host"
            if own.get("readOnlyRootFilesystem") is not True:
                yield f"{where} may write to its root"
            resources = c.get("resources", {})
            if not {"cpu", "memory"} <= set(resources.get("requests", {})):
                yield f"{where} does not request CPU and memory"
            if "memory" not in resources.get("limits", {}) or "cpu" in resources.get("limits", {}):
                yield f"{where} has to have a limit of memory and none of CPU"


# A setting that would hold a secret. What ends in FILE or names a file of PEM is a path.
SECRET = re.compile(r"PASSWORD|TOKEN|SECRET|CREDENTIAL|(?<!TLS)_KEY$", re.IGNORECASE)


@assertion
def secrets_are_files(o):
    """Secrets are files, mounted as a folder so that they can be rotated; none is in an environment, URL or manifest."""
    for s in o.of("Secret"):
        yield f"Secret {s['metadata']['name']} is in the manifests"
    made = {c["spec"]["secretName"] for c in o.of("Certificate")}
    for p in o.pods():
        for c in p.containers():
            where = f"container {c['name']} of {p}"
            for e in c.get("env", []):
                if "secretKeyRef" in e.get("valueFrom", {}):
                    yield f"{where} has a secret in {e['name']}"
                if SECRET.search(e["name"]) and not e["name"].endswith("_FILE"):
                    yield f"{where} has {e['name']}: give a file"
            if any("secretRef" in e for e in c.get("envFrom", [])):
                yield f"{where} has a secret in its environment"
            for setting, url in urls({e["name"]: e.get("value", "") for e in c.get("env", [])}):
                if url.password or "password" in url.query:
                    yield f"{where} has a password in {setting}"
            for m in c.get("volumeMounts", []):
                volume = next((v for v in p.spec.get("volumes", []) if v["name"] == m["name"]), {})
                if "secret" in volume and (m.get("subPath") or not m.get("readOnly")):
                    yield f"{where} mounts {m['name']} in a way that a rotated file does not reach, or writable"
            mounts = {m["mountPath"]: m["name"] for m in c.get("volumeMounts", [])}
            for setting, key in (("JIXIAO_TLS_CA", "ca.crt"), ("JIXIAO_TLS_CERT", "tls.crt"), ("JIXIAO_TLS_KEY", "tls.key")):
                path = next((e.get("value", "") for e in c.get("env", []) if e["name"] == setting), None)
                if path is None:
                    if c.get("args", [""])[0] in ("serve", "migrate", "nats"):
                        yield f"{where} has no {setting}"
                    continue
                folder, _, file = path.rpartition("/")
                volume = next((v for v in p.spec.get("volumes", []) if v["name"] == mounts.get(folder)), {})
                if "secret" not in volume or file != key:
                    yield f"{where}: {setting} is {path}, which is no {key} of a mounted secret"
        for v in p.spec.get("volumes", []):
            name = v.get("secret", {}).get("secretName")
            if "secret" in v and name not in made:
                yield f"{p} mounts the secret {name}, which no Certificate makes"


@assertion
def images(o):
    """Every image has a version."""
    for p in o.pods():
        for c in p.containers():
            image = c.get("image", "")
            if p.own and not re.search(r":[^/:@]+(@|$)|@sha256:", image) or image.endswith(":latest"):
                yield f"container {c['name']} of {p} runs the image {image or 'none'}, without a version"


def without_digest(o):
    """Images that are not named by their digest; only asked with --digests."""
    named = {c["image"] for p in o.pods() if p.own for c in p.containers()}
    named |= {c["spec"]["imageName"] for c in o.of("Cluster")}
    for image in sorted(named):
        if "@sha256:" not in image:
            yield f"the image {image} is not named by its digest"
