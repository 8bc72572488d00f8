"""Breaks rendered objects, one at a time, and demands that the assertion made for it finds out."""

import copy
import json
import re

import alerts
import pods
from objects import SERVICES
from registry import ASSERTIONS

# What takes the place of a field that goes.
GONE = object()

# Ways to break the objects: each makes a function of them that changes one thing.


def field(name, path, value):
    """A field of the object `KIND NAME`, or of the first of its KIND: it gets a value, or a function of what it was, or goes.

    The path is its keys and indices with blanks between them.
    """
    kind, _, name = name.partition(" ")
    *way, last = [int(key) if key.lstrip("-").isdigit() else key for key in path.split()]

    def change(o):
        at = o.get(kind, name) if name else o.of(kind)[0]
        for key in way:
            at = at[key]
        if value is GONE:
            del at[last]
        else:
            at[last] = value(at[last]) if callable(value) else value

    return change


def pod(name, path, value):
    """The same in the pods of a Deployment, StatefulSet or Job."""

    def change(o):
        owner = o.pods_named(name).owner
        field(f"{owner['kind']} {name}", f"spec template spec {path}", value)(o)

    return change


def container(name, path, value):
    """The same in the first container of such pods."""
    return pod(name, f"containers 0 {path}", value)


def env(name, setting, value):
    """A setting of such pods has another value, or goes."""

    def entries(old):
        others = [e for e in old if e["name"] != setting]
        return others if value is GONE else [*others, {"name": setting, "value": value}]

    return container(name, "env", entries)


def policy(name, path, value):
    return field(f"NetworkPolicy {name}", f"spec {path}", value)


def cluster(path, value):
    return field("Cluster postgres", f"spec {path}", value)


def gone(name):
    """An object is not there."""

    def change(o):
        o.all.remove(o.get(*name.split()))

    return change


def added(make):
    """One object more, made of those that there are."""
    return lambda o: o.all.append(make(o))


def conf(file, old, new):
    """Other words in a file of the broker."""

    def replaced(text):
        assert old in text, f"{old} is not in {file}"
        return text.replace(old, new)

    return field("ConfigMap nats", f"data {file}", replaced)


def users(change):
    """Other users of the broker."""

    def changed(text):
        config = json.loads(text)
        config["authorization"]["users"] = change(config["authorization"]["users"])
        return json.dumps(config)

    return field("ConfigMap nats", "data users.json", changed)


def may(name, what, change):
    """Another list of what a user may `publish` to or `subscribe` to."""

    def changed(all_users):
        rights = next(u for u in all_users if u["user"] == name)["permissions"][what]
        rights["allow"] = change(rights["allow"])
        return all_users

    return users(changed)


def reporter(publish, subscribe="_INBOX.>"):
    """One user of the broker more, who is no service."""
    rights = {"publish": {"allow": [publish]}, "subscribe": {"allow": [subscribe]}}
    return users(also({"user": "CN=report", "permissions": rights}))


# What a field becomes, as a function of what it was.


def also(item):
    return lambda old: [*old, item]


def first(item):
    return lambda old: [item, *old]


def without(item):
    return lambda old: [x for x in old if x != item]


def each_without(key):
    return lambda old: [{k: v for k, v in x.items() if k != key} for x in old]


def but(**changes):
    return lambda old: {**old, **changes}


NAME, COMPONENT = "app.kubernetes.io/name", "app.kubernetes.io/component"

# Where a NetworkPolicy names the services of a rule.
VALUES = "podSelector matchExpressions 0 values"

SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x", "namespace": "jixiao"}}
FROM_SECRET = {"name": "PGPASS", "valueFrom": {"secretKeyRef": {"name": "x", "key": "y"}}}


def labelled(label, value):
    return {"podSelector": {"matchLabels": {label: value}}}


def unused_certificate(o):
    extra = copy.deepcopy(o.get("Certificate", "ledger"))
    extra["metadata"]["name"] = extra["spec"]["secretName"] = "extra"
    return extra


def no_traces(o):
    for service in SERVICES:
        env(service, "JIXIAO_OTLP_ENDPOINT", GONE)(o)


# By assertion: words of what it has to say, and the way to break the objects.
BREAKS = {
    "namespaces": [
        ("enforce", field("Namespace", "metadata labels pod-security.kubernetes.io/enforce", "baseline")),
        ("not in the namespace", field("Service ledger", "metadata namespace", "default")),
        ("twice", added(lambda o: o.get("Service", "ledger"))),
    ],
    "selectors": [
        ("Service ledger", field("Service ledger", f"spec selector {NAME}", "ledgers")),
        ("Service ledger", field("Service ledger", f"spec selector {NAME}", GONE)),
        ("Deployment scoring", field("Deployment scoring", f"spec template metadata labels {NAME}", "score")),
        ("port 7500 of Service targets", field("Service targets", "spec ports 0 targetPort", "http")),
        ("PodDisruptionBudget nats", field("PodDisruptionBudget nats", "spec selector", {"matchLabels": {"app": "nats"}})),
        ("NetworkPolicy feeds-of-scoring", policy("feeds-of-scoring", f"podSelector matchLabels {NAME}", "scorings")),
        ("HorizontalPodAutoscaler ledger", field("HorizontalPodAutoscaler ledger", "spec scaleTargetRef name", "ledgers")),
        ("PodMonitor", field("PodMonitor", f"spec selector matchLabels {COMPONENT}", "services")),
        ("PodMonitor jixiao asks", field("PodMonitor", "spec podMetricsEndpoints 0 port", "metrics")),
        ("headless", field("StatefulSet nats", "spec serviceName", "nats")),
        ("count its own", pod("nats", "topologySpreadConstraints 0 labelSelector", {"matchLabels": {"app": "nats"}})),
        ("counts", pod("ledger", "topologySpreadConstraints", each_without("matchLabelKeys"))),
    ],
    "services present": [
        ("there have to be", gone("Deployment targets")),
        ("serve ledger", container("ledger", "args", ["serve", "registry"])),
        ("headless", field("Service registry", "spec clusterIP", GONE)),
        ("takes in nothing of the registry", env("registry", "JIXIAO_REGISTRY_URL", "https://registry:7500")),
    ],
    "probes": [
        ("no startupProbe", container("ledger", "startupProbe", GONE)),
        ("no livenessProbe", container("nats", "livenessProbe", GONE)),
        ("no port of it", container("ledger", "livenessProbe grpc port", 7502)),
        ('gRPC health for ""', container("ledger", "readinessProbe grpc", but(service="liveness"))),
        ('gRPC health for "liveness"', container("ledger", "livenessProbe grpc service", "")),
        ("at the admin port", container("ledger", "readinessProbe grpc port", 7500)),
        ("listens at", env("targets", "JIXIAO_ADMIN_LISTEN", "0.0.0.0:7599")),
    ],
    "lifecycle": [
        ("preStop", container("registry", "lifecycle", GONE)),
        ("terminationGracePeriodSeconds 15", pod("registry", "terminationGracePeriodSeconds", 15)),
        ("maxUnavailable", field("Deployment registry", "spec strategy rollingUpdate maxUnavailable", 1)),
        ("lame duck", conf("nats.conf", 'lame_duck_duration: "30s"', 'lame_duck_duration: "90s"')),
    ],
    "replicas": [
        ("1 replica", field("HorizontalPodAutoscaler ledger", "spec minReplicas", 1)),
        ("both", field("Deployment ledger", "spec", but(replicas=2))),
        ("CPU", field("HorizontalPodAutoscaler ledger", "spec metrics 0 resource name", "memory")),
        ("no PodDisruptionBudget", gone("PodDisruptionBudget ledger")),
        ("one go at a time", field("PodDisruptionBudget nats", "spec maxUnavailable", 2)),
        ("zone", pod("ledger", "topologySpreadConstraints 0", GONE)),
    ],
    "restricted": [
        # One field each of PodSecurity restricted, and what is asked beyond it.
        ("hostNetwork", pod("scoring", "hostNetwork", True)),
        ("mounts hostPath", pod("scoring", "volumes", also({"name": "x", "hostPath": {"path": "/"}}))),
        ("token", pod("scoring", "automountServiceAccountToken", True)),
        ("ServiceAccount", pod("scoring", "serviceAccountName", "somebody")),
        ("addresses", pod("scoring", "enableServiceLinks", GONE)),
        ("privileged", container("scoring", "securityContext privileged", True)),
        ("gain", container("scoring", "securityContext allowPrivilegeEscalation", GONE)),
        ("drop", container("scoring", "securityContext capabilities", {"drop": ["KILL"]})),
        ("adds", container("scoring", "securityContext capabilities add", ["SYS_ADMIN"])),
        ("as root", pod("scoring", "securityContext runAsNonRoot", GONE)),
        ("as root", container("scoring", "securityContext runAsUser", 0)),
        ("seccomp", pod("scoring", "securityContext seccompProfile", {"type": "Unconfined"})),
        ("of the host", container("scoring", "ports 0 hostPort", 7500)),
        ("write to its root", container("scoring", "securityContext readOnlyRootFilesystem", False)),
        ("request", container("scoring", "resources requests cpu", GONE)),
        ("limit of memory", container("scoring", "resources limits memory", GONE)),
        ("none of CPU", container("scoring", "resources limits cpu", "1")),
        ("Job streams", pod("streams", "securityContext seccompProfile", GONE)),
    ],
    "secrets are files": [
        ("has a secret in PGPASS", container("ledger", "env", also(FROM_SECRET))),
        ("give a file", env("ledger", "JIXIAO_NATS_PASSWORD", "x")),
        ("in its environment", container("ledger", "envFrom", [{"secretRef": {"name": "x"}}])),
        (
            "password in JIXIAO_DATABASE_URL",
            env("ledger", "JIXIAO_DATABASE_URL", "postgres://ledger:secret@postgres-rw:5432/ledger"),
        ),
        ("rotated", container("ledger", "volumeMounts 0 subPath", "tls.crt")),
        ("no tls.key", env("ledger", "JIXIAO_TLS_KEY", "/etc/jixiao/key.pem")),
        ("has no JIXIAO_TLS_CA", env("streams", "JIXIAO_TLS_CA", GONE)),
        ("no Certificate makes", pod("ledger", "volumes 0 secret secretName", "ledger")),
        ("in the manifests", added(lambda o: SECRET)),
    ],
    "images": [
        ("without a version", container("ledger", "image", "registry.example.com:5000/jixiao")),
        ("without a version", container("nats", "image", "nats:latest")),
    ],
    "network": [
        ("denies everything", policy("default-deny", "policyTypes", ["Ingress"])),
        (
            "scoring dials ledger at 7500/TCP, and no policy lets it out",
            policy("feeds-of-scoring", f"egress 0 to 0 {VALUES}", without("ledger")),
        ),
        (
            "targets dials registry at 7500/TCP, and no policy lets it in",
            policy("feeds-of-registry", f"ingress 0 from 0 {VALUES}", without("targets")),
        ),
        (
            "lets registry out to ledger",
            policy("services", "egress", also({"to": [labelled(NAME, "ledger")], "ports": [{"port": 7500}]})),
        ),
        ("lets migrate-ledger into nats", policy("nats", "ingress 0 from", also(labelled(COMPONENT, "job")))),
        ("ledger dials postgres at 5432/TCP", policy("services", "egress 0", GONE)),
        ("has no port 7600", env("ledger", "JIXIAO_REGISTRY_URL", "https://registry:7600")),
        ("there is no such Service", env("ledger", "JIXIAO_REGISTRY_URL", "https://registers:7500")),
        ("kube-dns", gone("NetworkPolicy dns")),
        ("monitoring", policy("services", "ingress 1", GONE)),
        ("observability", gone("NetworkPolicy traces")),
        ("observability} at 4317/TCP, for which there is no reason", no_traces),
        ("with everything", policy("services", "ingress", also({"ports": [{"port": 7501}]}))),
        ("no policy allows ingress of nats", policy("nats", "ingress 0 from -1", GONE)),
        ("nats dials nats at 6222/TCP", policy("nats", "egress 0 ports 0 port", 4222)),
    ],
    "no address is fixed": [
        ("10.0.0.1/32", policy("postgres", "egress 1 to 0 ipBlock cidr", "10.0.0.1/32")),
    ],
    "feeds": [
        ("has no JIXIAO_TARGETS_URL", env("scoring", "JIXIAO_TARGETS_URL", GONE)),
        ("takes in nothing from there", env("ledger", "JIXIAO_TARGETS_URL", "https://targets:7500")),
        ("not the Service of ledger", env("scoring", "JIXIAO_LEDGER_URL", "https://registry:7500")),
        ("without TLS", env("scoring", "JIXIAO_LEDGER_URL", "http://ledger:7500")),
        ("without TLS", env("streams", "JIXIAO_NATS_URL", "nats://nats:4222")),
    ],
    "certificates": [
        ("Issuer that is not there", field("Certificate ledger", "spec issuerRef name", "other")),
        ("keeps its key", field("Certificate ledger", "spec privateKey rotationPolicy", "Never")),
        ("used by nobody", added(unused_certificate)),
        ("dials registry, and the certificate", field("Certificate registry", "spec dnsNames", without("registry"))),
        ("dials postgres-rw", field("Certificate postgres-server", "spec dnsNames", without("postgres-rw"))),
        ("not for clients", field("Certificate streams", "spec usages", ["server auth"])),
        ("at its database", env("ledger", "JIXIAO_DATABASE_URL", "postgres://targets@postgres-rw:5432/ledger")),
        ("no such user", field("Certificate streams", "spec commonName", "admin")),
        ("Deployment ledger is targets", pod("ledger", "volumes 0 secret secretName", "targets-tls")),
    ],
    "databases": [
        ("shares the database", env("ledger", "JIXIAO_DATABASE_URL", "postgres://ledger@postgres-rw:5432/registry")),
        ("no primary", env("ledger", "JIXIAO_DATABASE_URL", "postgres://ledger@postgres-ro:5432/ledger")),
        ("no Database object", gone("Database ledger")),
        ("no Database object", field("Database ledger", "spec cluster name", "old")),
        ("owns its database", field("Database ledger", "spec owner", "ledger")),
        ("may log in", cluster("managed roles -1", GONE)),
        ("has superuser", cluster("managed roles 1 superuser", True)),
        ("rights of others", cluster("managed roles 1 inRoles", ["registry_owner"])),
        ("pg_hba does not let", cluster("postgresql pg_hba 1", "host ledger ledger,ledger_owner all trust")),
        ("into targets", cluster("postgresql pg_hba", first("hostssl targets ledger all cert"))),
        ("refusing everybody else", cluster("postgresql pg_hba -1", GONE)),
        ("no job migrates scoring", env("migrate-scoring", "JIXIAO_ROLE", "targets")),
        ("does not migrate scoring", container("migrate-scoring", "args", ["migrate", "targets"])),
    ],
    "durable": [
        ("not synchronous", cluster("postgresql synchronous dataDurability", "preferred")),
        ("2 instances", cluster("instances", 2)),
        ("before they are on disk", cluster("postgresql parameters synchronous_commit", "off")),
        ("no ScheduledBackup", gone("ScheduledBackup nightly")),
        ("archives to no ObjectStore", cluster("plugins 0 parameters barmanObjectName", "other")),
        ("six fields", field("ScheduledBackup nightly", "spec schedule", "30 18 * * *")),
        ("3 are a majority", field("StatefulSet nats", "spec replicas", 2)),
    ],
    "broker": [
        ("may publish to $JS.>", may("CN=ledger", "publish", also("$JS.>"))),
        (
            "may not publish to $JS.API.STREAM.MSG.GET.JixiaoLedger",
            may("CN=ledger", "publish", without("$JS.API.STREAM.MSG.GET.JixiaoLedger")),
        ),
        ("may subscribe to jixiao.>", may("CN=targets", "subscribe", also("jixiao.>"))),
        (
            "may publish to $JS.API.STREAM.DELETE.JixiaoLedger",
            may("CN=streams", "publish", also("$JS.API.STREAM.DELETE.JixiaoLedger")),
        ),
        ("no user CN=scoring", conf("users.json", "CN=scoring", "CN=scorer")),
        # A user who is no service.
        ("may publish to jixiao.ledger.>", reporter("jixiao.ledger.>")),
        ("may publish to $JS.API.STREAM.PURGE.JixiaoLedger", reporter("$JS.API.STREAM.PURGE.JixiaoLedger")),
        (
            "MSG.NEXT.JixiaoLedger.scoring, which is the business of scoring",
            reporter("$JS.API.CONSUMER.MSG.NEXT.JixiaoLedger.scoring"),
        ),
        # Without a name in the subject the broker takes the one in the request: it could be a service's.
        ("may publish to $JS.API.CONSUMER.CREATE.JixiaoLedger", reporter("$JS.API.CONSUMER.CREATE.JixiaoLedger")),
        ("CREATE.JixiaoLedger.scoring, which is the business of scoring", reporter("$JS.API.CONSUMER.CREATE.JixiaoLedger.>")),
        ("DELETE.JixiaoRegistry.targets, which is the business of targets", reporter("$JS.API.CONSUMER.DELETE.JixiaoRegistry.*")),
        ("may subscribe to _INBOX_scoring.>", reporter("$JS.API.STREAM.INFO.JixiaoLedger", "_INBOX_scoring.>")),
        ("may subscribe to >", reporter("$JS.API.STREAM.INFO.JixiaoLedger", ">")),
        ("user CN=report may publish to >", users(also({"user": "CN=report"}))),
        ("sync_interval", conf("nats.conf", "sync_interval: always", "sync_interval: 2m")),
        ("verify_and_map", conf("nats.conf", "verify_and_map: true", "verify: true")),
        ("without a name", conf("nats.conf", "include users.json", "include users.json\nno_auth_user: CN=ledger")),
        ("names the routes", conf("cluster.conf", "nats-2.nats-routes", "nats-3.nats-routes")),
        ("does not name nats-1.nats-routes", field("Certificate nats", "spec dnsNames", without("nats-1.nats-routes"))),
        ("any client's certificate", conf("cluster.conf", "verify_cert_and_check_known_urls: true", "verify: true")),
        ("the broker has 3 members", container("streams", "args -1", "1")),
    ],
}


# The same for the alerts: a piece of the file, what takes its place, words of what has to be said.
ALERTS = [
    ("JixiaoNoLeader", "JixiaoLeader", "no alert JixiaoNoLeader"),
    ("max by (service) (jixiao_leads)", "max by (service) (up)", "does not look at jixiao_leads"),
    ("jixiao_parked_funds", "jixiao_funds_parked", "which no service exports"),
    ("(jixiao_database_up) == 0", "(jixiao_database_up) ==", "does not read"),
    ("increase(jixiao_relay_forks_total[1h])", "(jixiao_relay_forks_total)", "ask for its increase"),
    ("severity: critical", "severity: bad", "no severity"),
]


def subscriber_of_the_guide(o):
    """The objects with a subscriber as docs/subscribers.md has it, which has to be fine."""
    consumers = ["CREATE", "INFO", "DELETE", "MSG.NEXT"]
    allow = [f"$JS.API.CONSUMER.{verb}.JixiaoLedger.>" for verb in consumers]
    deny = [f"$JS.API.CONSUMER.{verb}.JixiaoLedger.scoring" for verb in consumers]
    deny += [f"$JS.API.CONSUMER.{verb}.JixiaoLedger.scoring.>" for verb in consumers]
    rights = {
        "publish": {"allow": [*allow, "$JS.API.STREAM.INFO.JixiaoLedger", "$JS.FC.JixiaoLedger.>"], "deny": deny},
        "subscribe": {"allow": ["_INBOX.>"]},
    }
    fine = o.copy()
    users(also({"user": "CN=report", "permissions": rights}))(fine)
    return fine


def run(o, rules, source, guide):
    """(what went wrong, how many broken things were found out)."""
    problems, found = [], 0
    for said in ASSERTIONS["broker"](subscriber_of_the_guide(o)):
        problems.append(f"a subscriber as the guide has it: {said}")
    for name in ASSERTIONS.keys() - BREAKS.keys():
        problems.append(f"no broken object is made for the assertion {name}")
    for name, expected, change in ((name, *row) for name, rows in BREAKS.items() for row in rows):
        broken = o.copy()
        change(broken)
        try:
            said = list(ASSERTIONS[name](broken))
        except Exception as error:  # noqa: BLE001 - an assertion that falls over says nothing useful
            problems.append(f"{name}: falls over what should be {expected!r}: {error!r}")
            continue
        if any(expected in text for text in said):
            found += 1
        else:
            problems.append(f"{name}: did not say {expected!r} of the broken objects, but {said}")
    if not any("digest" in text for text in pods.without_digest(o)):
        problems.append("--digests finds no image without a digest")
    text = json.dumps(rules)
    for old, new, expected in ALERTS:
        old, new = (json.dumps(part)[1:-1] for part in (old, new))
        if old.startswith("severity"):
            old, new = re.sub(r"severity: (\w+)", r'"severity": "\1"', old), re.sub(r"severity: (\w+)", r'"severity": "\1"', new)
        if old not in text:
            problems.append(f"alerts: {old} is not there to be broken")
            continue
        said = list(alerts.problems(json.loads(text.replace(old, new)), source, guide))
        if any(expected in x for x in said):
            found += 1
        else:
            problems.append(f"alerts: did not say {expected!r}, but {said}")
    return problems, found
