"""Rendered objects, and what the assertions ask of them."""

import copy
import json
import re
from urllib.parse import urlsplit

SERVICES = {
    # What each service takes in, as crates/jixiao/src/compose.rs joins them.
    "registry": [],
    "ledger": ["registry"],
    "targets": ["registry"],
    "scoring": ["registry", "ledger", "targets"],
}

# Kinds without a namespace.
CLUSTER_WIDE = {"Namespace"}


class Pods:
    """Pods of one kind: those of a Deployment, StatefulSet, Job, or of CloudNativePG, whose pods are not in the manifests."""

    def __init__(self, owner, name, labels, spec, own=True):
        self.owner, self.name, self.labels, self.spec, self.own = owner, name, labels, spec, own

    def __str__(self):
        return f"{self.owner['kind']} {self.name}"

    def containers(self):
        return self.spec.get("initContainers", []) + self.spec.get("containers", [])

    def ports(self):
        """Container ports by name."""
        return {p["name"]: p["containerPort"] for c in self.containers() for p in c.get("ports", [])}

    def env(self):
        """Settings of all containers: those that are given as values."""
        return {e["name"]: e.get("value", "") for c in self.containers() for e in c.get("env", []) if "valueFrom" not in e}


class Objects:
    """All objects of one rendered folder."""

    def __init__(self, documents):
        self.all = [d for d in documents if d]

    def copy(self):
        return Objects(copy.deepcopy(self.all))

    def of(self, kind):
        return [o for o in self.all if o["kind"] == kind]

    def get(self, kind, name):
        found = [o for o in self.of(kind) if o["metadata"]["name"] == name]
        return found[0] if found else None

    def pods(self):
        """All pods that there will be."""
        pods = []
        for o in self.all:
            if o["kind"] in ("Deployment", "StatefulSet", "Job", "DaemonSet"):
                template = o["spec"]["template"]
                labels = template.get("metadata", {}).get("labels", {})
                pods.append(Pods(o, o["metadata"]["name"], labels, template["spec"]))
            elif o["kind"] == "CronJob":
                template = o["spec"]["jobTemplate"]["spec"]["template"]
                pods.append(Pods(o, o["metadata"]["name"], template.get("metadata", {}).get("labels", {}), template["spec"]))
            elif o["kind"] == "Cluster":
                # What CloudNativePG makes: see its documentation of labels and ports.
                name = o["metadata"]["name"]
                ports = [{"name": "postgresql", "containerPort": 5432}, {"name": "status", "containerPort": 8000}]
                spec = {"containers": [{"name": "postgres", "ports": ports}]}
                pods.append(Pods(o, name, {"cnpg.io/cluster": name}, spec, own=False))
        return pods

    def pods_named(self, name):
        return next((p for p in self.pods() if p.name == name), None)

    def services(self):
        """The pods of the four services."""
        return [p for p in self.pods() if p.labels.get("app.kubernetes.io/component") == "service"]

    def jobs(self):
        return [p for p in self.pods() if p.owner["kind"] == "Job"]

    def behind(self, host):
        """The pods behind a host name, with its ports: {port of the Service: port of the pod}; None if there is no such host."""
        name = host.split(".")[0]
        service = self.get("Service", name)
        if service:
            pods = [p for p in self.pods() if selects({"matchLabels": service["spec"].get("selector") or {"": ""}}, p.labels)]
            ports = {}
            for port in service["spec"]["ports"]:
                target = port.get("targetPort", port["port"])
                ports[port["port"]] = next((p.ports().get(target) for p in pods), None) if isinstance(target, str) else target
            return pods, ports
        for cluster in self.of("Cluster"):
            # The Services that CloudNativePG makes.
            if name in (f"{cluster['metadata']['name']}-{suffix}" for suffix in ("rw", "r", "ro")):
                return [p for p in self.pods() if p.owner is cluster], {5432: 5432}
        # A member of a StatefulSet: MEMBER.SERVICE.
        parts = host.split(".")
        if len(parts) > 1 and self.get("Service", parts[1]):
            return self.behind(parts[1])
        return None

    def is_small(self):
        """Whether it is one of everything, as overlays/dev: made to be lost."""
        return all(c["spec"].get("instances") == 1 for c in self.of("Cluster"))

    def nats_file(self, name):
        config = self.get("ConfigMap", "nats")
        return (config or {}).get("data", {}).get(name, "")

    def nats_users(self):
        """The broker's users: name -> (allowed to publish, allowed to subscribe, denied to publish)."""
        users = json.loads(self.nats_file("users.json") or "{}").get("authorization", {}).get("users", [])

        def rights(user, what, kind="allow"):
            # Without a list a user may do everything.
            every = [">"] if kind == "allow" else []
            return sorted(user.get("permissions", {}).get(what, {}).get(kind, every))

        return {u["user"]: (rights(u, "publish"), rights(u, "subscribe"), rights(u, "publish", "deny")) for u in users}


def selects(selector, labels):
    """Whether a label selector takes these labels."""
    for key, value in (selector.get("matchLabels") or {}).items():
        if labels.get(key) != value:
            return False
    for e in selector.get("matchExpressions") or []:
        key, values = e["key"], e.get("values", [])
        if not {
            "In": labels.get(key) in values,
            "NotIn": labels.get(key) not in values,
            "Exists": key in labels,
            "DoesNotExist": key not in labels,
        }[e["operator"]]:
            return False
    return True


URL_PORTS = {"https": 443, "http": 80, "postgres": 5432, "tls": 4222, "nats": 4222}


def urls(env):
    """The URLs among settings: [(setting, parsed)]; a setting may hold several."""
    found = []
    for name, value in env.items():
        if re.fullmatch(r"JIXIAO_\w+_(URL|ENDPOINT)", name):
            found += [(name, urlsplit(part.strip())) for part in value.split(",")]
    return found


def port_of(url):
    return url.port or URL_PORTS.get(url.scheme)


def overlap(pattern, other):
    """Whether there is a subject of NATS that both patterns take."""
    a, b = pattern.split("."), other.split(".")
    for i in range(max(len(a), len(b))):
        x, y = (parts[i] if i < len(parts) else None for parts in (a, b))
        if x is None or y is None:
            return False
        if ">" in (x, y):
            return True
        if x != y and "*" not in (x, y):
            return False
    return True


def covers(pattern, other):
    """Whether a pattern of NATS takes every subject that another takes."""
    a, b = pattern.split("."), other.split(".")
    for i, x in enumerate(a):
        if x == ">":
            return len(b) > i
        if i >= len(b) or b[i] == ">" or (x != "*" and x != b[i]):
            return False
    return len(a) == len(b)


def stream(log):
    """The name of a log's stream."""
    return "Jixiao" + log.capitalize()
