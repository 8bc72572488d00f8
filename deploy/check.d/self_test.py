"""Breaks rendered objects, one at a time, and demands that the assertion made for it finds out."""

import copy
import json
import re

import alerts
import pods
from objects import Objects
from registry import ASSERTIONS

BREAKS = []


def breaks(assertion, expected):
    """Puts a way to break the objects on the list: which assertion has to say something, and words of what."""

    def put(function):
        BREAKS.append((assertion, expected, function))
        return function

    return put


def container(o, name):
    return o.pods_named(name).spec["containers"][0]


def env(o, name, setting, value):
    entries = container(o, name)["env"]
    entries[:] = [e for e in entries if e["name"] != setting]
    if value is not None:
        entries.append({"name": setting, "value": value})


def user(o, name, change):
    config = o.get("ConfigMap", "nats")["data"]
    users = json.loads(config["users.json"])
    change(next(u for u in users["authorization"]["users"] if u["user"] == name)["permissions"])
    config["users.json"] = json.dumps(users)


def conf(o, file, old, new):
    data = o.get("ConfigMap", "nats")["data"]
    assert old in data[file], f"{old} is not in {file}"
    data[file] = data[file].replace(old, new)


def policy(o, name):
    return o.get("NetworkPolicy", name)["spec"]


def cluster(o):
    return o.get("Cluster", "postgres")["spec"]


@breaks("namespaces", "enforce")
def _(o):
    o.of("Namespace")[0]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] = "baseline"


@breaks("namespaces", "not in the namespace")
def _(o):
    o.get("Service", "ledger")["metadata"]["namespace"] = "default"


@breaks("namespaces", "twice")
def _(o):
    o.all.append(o.get("Service", "ledger"))


@breaks("selectors", "Service ledger")
def _(o):
    o.get("Service", "ledger")["spec"]["selector"]["app.kubernetes.io/name"] = "ledgers"


@breaks("selectors", "Service ledger")
def _(o):
    del o.get("Service", "ledger")["spec"]["selector"]["app.kubernetes.io/name"]


@breaks("selectors", "Deployment scoring")
def _(o):
    o.pods_named("scoring").labels["app.kubernetes.io/name"] = "score"


@breaks("selectors", "port 7500 of Service targets")
def _(o):
    o.get("Service", "targets")["spec"]["ports"][0]["targetPort"] = "http"


@breaks("selectors", "PodDisruptionBudget nats")
def _(o):
    o.get("PodDisruptionBudget", "nats")["spec"]["selector"] = {"matchLabels": {"app": "nats"}}


@breaks("selectors", "NetworkPolicy feeds-of-scoring")
def _(o):
    policy(o, "feeds-of-scoring")["podSelector"]["matchLabels"]["app.kubernetes.io/name"] = "scorings"


@breaks("selectors", "HorizontalPodAutoscaler ledger")
def _(o):
    o.get("HorizontalPodAutoscaler", "ledger")["spec"]["scaleTargetRef"]["name"] = "ledgers"


@breaks("selectors", "PodMonitor")
def _(o):
    o.of("PodMonitor")[0]["spec"]["selector"]["matchLabels"]["app.kubernetes.io/component"] = "services"


@breaks("selectors", "PodMonitor jixiao asks")
def _(o):
    o.of("PodMonitor")[0]["spec"]["podMetricsEndpoints"][0]["port"] = "metrics"


@breaks("selectors", "headless")
def _(o):
    o.get("StatefulSet", "nats")["spec"]["serviceName"] = "nats"


@breaks("selectors", "count its own")
def _(o):
    constraint = o.pods_named("nats").spec["topologySpreadConstraints"][0]
    constraint["labelSelector"] = {"matchLabels": {"app": "nats"}}


@breaks("selectors", "counts")
def _(o):
    for constraint in o.pods_named("ledger").spec["topologySpreadConstraints"]:
        del constraint["matchLabelKeys"]


@breaks("services present", "there have to be")
def _(o):
    o.all.remove(o.get("Deployment", "targets"))


@breaks("services present", "serve ledger")
def _(o):
    container(o, "ledger")["args"] = ["serve", "registry"]


@breaks("services present", "headless")
def _(o):
    del o.get("Service", "registry")["spec"]["clusterIP"]


@breaks("services present", "takes in nothing of the registry")
def _(o):
    env(o, "registry", "JIXIAO_REGISTRY_URL", "https://registry:7500")


@breaks("probes", "no startupProbe")
def _(o):
    del container(o, "ledger")["startupProbe"]


@breaks("probes", "no livenessProbe")
def _(o):
    del container(o, "nats")["livenessProbe"]


@breaks("probes", "no port of it")
def _(o):
    container(o, "ledger")["livenessProbe"]["grpc"]["port"] = 7502


@breaks("probes", 'gRPC health for ""')
def _(o):
    container(o, "ledger")["readinessProbe"]["grpc"]["service"] = "liveness"


@breaks("probes", 'gRPC health for "liveness"')
def _(o):
    container(o, "ledger")["livenessProbe"]["grpc"]["service"] = ""


@breaks("probes", "at the admin port")
def _(o):
    container(o, "ledger")["readinessProbe"]["grpc"]["port"] = 7500


@breaks("probes", "listens at")
def _(o):
    env(o, "targets", "JIXIAO_ADMIN_LISTEN", "0.0.0.0:7599")


@breaks("lifecycle", "preStop")
def _(o):
    del container(o, "registry")["lifecycle"]


@breaks("lifecycle", "terminationGracePeriodSeconds 15")
def _(o):
    o.pods_named("registry").spec["terminationGracePeriodSeconds"] = 15


@breaks("lifecycle", "maxUnavailable")
def _(o):
    o.get("Deployment", "registry")["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] = 1


@breaks("lifecycle", "lame duck")
def _(o):
    conf(o, "nats.conf", 'lame_duck_duration: "30s"', 'lame_duck_duration: "90s"')


@breaks("replicas", "1 replica")
def _(o):
    o.get("HorizontalPodAutoscaler", "ledger")["spec"]["minReplicas"] = 1


@breaks("replicas", "both")
def _(o):
    o.get("Deployment", "ledger")["spec"]["replicas"] = 2


@breaks("replicas", "CPU")
def _(o):
    o.get("HorizontalPodAutoscaler", "ledger")["spec"]["metrics"][0]["resource"]["name"] = "memory"


@breaks("replicas", "no PodDisruptionBudget")
def _(o):
    o.all.remove(o.get("PodDisruptionBudget", "ledger"))


@breaks("replicas", "one go at a time")
def _(o):
    o.get("PodDisruptionBudget", "nats")["spec"]["maxUnavailable"] = 2


@breaks("replicas", "zone")
def _(o):
    o.pods_named("ledger").spec["topologySpreadConstraints"].pop(0)


# One field each of PodSecurity restricted, and what is asked beyond it.
for _what, _expected, _change in [
    ("hostNetwork", "hostNetwork", lambda p, c: p.update(hostNetwork=True)),
    ("hostPath", "mounts hostPath", lambda p, c: p["volumes"].append({"name": "x", "hostPath": {"path": "/"}})),
    ("token", "token", lambda p, c: p.update(automountServiceAccountToken=True)),
    ("account", "ServiceAccount", lambda p, c: p.update(serviceAccountName="somebody")),
    ("links", "addresses", lambda p, c: p.pop("enableServiceLinks")),
    ("privileged", "privileged", lambda p, c: c["securityContext"].update(privileged=True)),
    ("escalation", "gain", lambda p, c: c["securityContext"].pop("allowPrivilegeEscalation")),
    ("drop", "drop", lambda p, c: c["securityContext"].update(capabilities={"drop": ["KILL"]})),
    ("add", "adds", lambda p, c: c["securityContext"]["capabilities"].update(add=["SYS_ADMIN"])),
    ("root", "as root", lambda p, c: p["securityContext"].pop("runAsNonRoot")),
    ("user", "as root", lambda p, c: c["securityContext"].update(runAsUser=0)),
    ("seccomp", "seccomp", lambda p, c: p["securityContext"].update(seccompProfile={"type": "Unconfined"})),
    ("hostPort", "of the host", lambda p, c: c["ports"][0].update(hostPort=7500)),
    ("writable", "write to its root", lambda p, c: c["securityContext"].update(readOnlyRootFilesystem=False)),
    ("request", "request", lambda p, c: c["resources"]["requests"].pop("cpu")),
    ("memory", "limit of memory", lambda p, c: c["resources"]["limits"].pop("memory")),
    ("cpu", "none of CPU", lambda p, c: c["resources"]["limits"].update(cpu="1")),
]:

    @breaks("restricted", _expected)
    def _(o, change=_change):
        change(o.pods_named("scoring").spec, container(o, "scoring"))


@breaks("restricted", "Job streams")
def _(o):
    o.pods_named("streams").spec["securityContext"].pop("seccompProfile")


@breaks("secrets are files", "has a secret in PGPASS")
def _(o):
    reference = {"secretKeyRef": {"name": "x", "key": "y"}}
    container(o, "ledger")["env"].append({"name": "PGPASS", "valueFrom": reference})


@breaks("secrets are files", "give a file")
def _(o):
    env(o, "ledger", "JIXIAO_NATS_PASSWORD", "x")


@breaks("secrets are files", "in its environment")
def _(o):
    container(o, "ledger")["envFrom"] = [{"secretRef": {"name": "x"}}]


@breaks("secrets are files", "password in JIXIAO_DATABASE_URL")
def _(o):
    env(o, "ledger", "JIXIAO_DATABASE_URL", "postgres://ledger:secret@postgres-rw:5432/ledger")


@breaks("secrets are files", "rotated")
def _(o):
    container(o, "ledger")["volumeMounts"][0]["subPath"] = "tls.crt"


@breaks("secrets are files", "no tls.key")
def _(o):
    env(o, "ledger", "JIXIAO_TLS_KEY", "/etc/jixiao/key.pem")


@breaks("secrets are files", "has no JIXIAO_TLS_CA")
def _(o):
    env(o, "streams", "JIXIAO_TLS_CA", None)


@breaks("secrets are files", "no Certificate makes")
def _(o):
    o.pods_named("ledger").spec["volumes"][0]["secret"]["secretName"] = "ledger"


@breaks("secrets are files", "in the manifests")
def _(o):
    o.all.append({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x", "namespace": "jixiao"}})


@breaks("images", "without a version")
def _(o):
    container(o, "ledger")["image"] = "registry.example.com:5000/jixiao"


@breaks("images", "without a version")
def _(o):
    container(o, "nats")["image"] = "nats:latest"


@breaks("network", "denies everything")
def _(o):
    policy(o, "default-deny")["policyTypes"] = ["Ingress"]


@breaks("network", "scoring dials ledger at 7500/TCP, and no policy lets it out")
def _(o):
    rule = policy(o, "feeds-of-scoring")["egress"][0]["to"][0]["podSelector"]["matchExpressions"][0]
    rule["values"].remove("ledger")


@breaks("network", "targets dials registry at 7500/TCP, and no policy lets it in")
def _(o):
    rule = policy(o, "feeds-of-registry")["ingress"][0]["from"][0]["podSelector"]["matchExpressions"][0]
    rule["values"].remove("targets")


@breaks("network", "lets registry out to ledger")
def _(o):
    policy(o, "services")["egress"].append({"to": [{"podSelector": {"matchLabels": {"app.kubernetes.io/name": "ledger"}}}], "ports": [{"port": 7500}]})


@breaks("network", "lets migrate-ledger into nats")
def _(o):
    policy(o, "nats")["ingress"][0]["from"].append({"podSelector": {"matchLabels": {"app.kubernetes.io/component": "job"}}})


@breaks("network", "ledger dials postgres at 5432/TCP")
def _(o):
    policy(o, "services")["egress"].pop(0)


@breaks("network", "has no port 7600")
def _(o):
    env(o, "ledger", "JIXIAO_REGISTRY_URL", "https://registry:7600")


@breaks("network", "there is no such Service")
def _(o):
    env(o, "ledger", "JIXIAO_REGISTRY_URL", "https://registers:7500")


@breaks("network", "kube-dns")
def _(o):
    o.all.remove(o.get("NetworkPolicy", "dns"))


@breaks("network", "monitoring")
def _(o):
    policy(o, "services")["ingress"].pop(1)


@breaks("network", "observability")
def _(o):
    o.all.remove(o.get("NetworkPolicy", "traces"))


@breaks("network", "observability} at 4317/TCP, for which there is no reason")
def _(o):
    for name in ("registry", "ledger", "targets", "scoring"):
        env(o, name, "JIXIAO_OTLP_ENDPOINT", None)


@breaks("network", "with everything")
def _(o):
    policy(o, "services")["ingress"].append({"ports": [{"port": 7501}]})


@breaks("network", "no policy allows ingress of nats")
def _(o):
    policy(o, "nats")["ingress"][0]["from"].pop()


@breaks("network", "nats dials nats at 6222/TCP")
def _(o):
    policy(o, "nats")["egress"][0]["ports"][0]["port"] = 4222


@breaks("no address is fixed", "10.0.0.1/32")
def _(o):
    policy(o, "postgres")["egress"][1]["to"][0]["ipBlock"]["cidr"] = "10.0.0.1/32"


@breaks("feeds", "has no JIXIAO_TARGETS_URL")
def _(o):
    env(o, "scoring", "JIXIAO_TARGETS_URL", None)


@breaks("feeds", "takes in nothing from there")
def _(o):
    env(o, "ledger", "JIXIAO_TARGETS_URL", "https://targets:7500")


@breaks("feeds", "not the Service of ledger")
def _(o):
    env(o, "scoring", "JIXIAO_LEDGER_URL", "https://registry:7500")


@breaks("feeds", "without TLS")
def _(o):
    env(o, "scoring", "JIXIAO_LEDGER_URL", "http://ledger:7500")


@breaks("feeds", "without TLS")
def _(o):
    env(o, "streams", "JIXIAO_NATS_URL", "nats://nats:4222")


@breaks("certificates", "Issuer that is not there")
def _(o):
    o.get("Certificate", "ledger")["spec"]["issuerRef"]["name"] = "other"


@breaks("certificates", "keeps its key")
def _(o):
    o.get("Certificate", "ledger")["spec"]["privateKey"]["rotationPolicy"] = "Never"


@breaks("certificates", "used by nobody")
def _(o):
    extra = copy.deepcopy(o.get("Certificate", "ledger"))
    extra["metadata"]["name"] = extra["spec"]["secretName"] = "extra"
    o.all.append(extra)


@breaks("certificates", "dials registry, and the certificate")
def _(o):
    o.get("Certificate", "registry")["spec"]["dnsNames"].remove("registry")


@breaks("certificates", "dials postgres-rw")
def _(o):
    o.get("Certificate", "postgres-server")["spec"]["dnsNames"].remove("postgres-rw")


@breaks("certificates", "not for clients")
def _(o):
    o.get("Certificate", "streams")["spec"]["usages"] = ["server auth"]


@breaks("certificates", "at its database")
def _(o):
    env(o, "ledger", "JIXIAO_DATABASE_URL", "postgres://targets@postgres-rw:5432/ledger")


@breaks("certificates", "no such user")
def _(o):
    o.get("Certificate", "streams")["spec"]["commonName"] = "admin"


@breaks("certificates", "Deployment ledger is targets")
def _(o):
    o.pods_named("ledger").spec["volumes"][0]["secret"]["secretName"] = "targets-tls"


@breaks("databases", "shares the database")
def _(o):
    env(o, "ledger", "JIXIAO_DATABASE_URL", "postgres://ledger@postgres-rw:5432/registry")


@breaks("databases", "no primary")
def _(o):
    env(o, "ledger", "JIXIAO_DATABASE_URL", "postgres://ledger@postgres-ro:5432/ledger")


@breaks("databases", "no Database object")
def _(o):
    o.all.remove(o.get("Database", "ledger"))


@breaks("databases", "owns its database")
def _(o):
    o.get("Database", "ledger")["spec"]["owner"] = "ledger"


@breaks("databases", "may log in")
def _(o):
    cluster(o)["managed"]["roles"].pop()


@breaks("databases", "has superuser")
def _(o):
    cluster(o)["managed"]["roles"][1]["superuser"] = True


@breaks("databases", "rights of others")
def _(o):
    cluster(o)["managed"]["roles"][1]["inRoles"] = ["registry_owner"]


@breaks("databases", "pg_hba does not let")
def _(o):
    cluster(o)["postgresql"]["pg_hba"][1] = "host ledger ledger,ledger_owner all trust"


@breaks("databases", "into targets")
def _(o):
    cluster(o)["postgresql"]["pg_hba"].insert(0, "hostssl targets ledger all cert")


@breaks("databases", "refusing everybody else")
def _(o):
    cluster(o)["postgresql"]["pg_hba"].pop()


@breaks("databases", "no job migrates scoring")
def _(o):
    env(o, "migrate-scoring", "JIXIAO_ROLE", "targets")


@breaks("databases", "does not migrate scoring")
def _(o):
    container(o, "migrate-scoring")["args"] = ["migrate", "targets"]


@breaks("durable", "not synchronous")
def _(o):
    cluster(o)["postgresql"]["synchronous"]["dataDurability"] = "preferred"


@breaks("durable", "2 instances")
def _(o):
    cluster(o)["instances"] = 2


@breaks("durable", "before they are on disk")
def _(o):
    cluster(o)["postgresql"]["parameters"]["synchronous_commit"] = "off"


@breaks("durable", "no ScheduledBackup")
def _(o):
    o.all.remove(o.get("ScheduledBackup", "nightly"))


@breaks("durable", "archives to no ObjectStore")
def _(o):
    cluster(o)["plugins"][0]["parameters"]["barmanObjectName"] = "other"


@breaks("durable", "six fields")
def _(o):
    o.get("ScheduledBackup", "nightly")["spec"]["schedule"] = "30 18 * * *"


@breaks("durable", "3 are a majority")
def _(o):
    o.get("StatefulSet", "nats")["spec"]["replicas"] = 2


@breaks("broker", "may publish to $JS.>")
def _(o):
    user(o, "CN=ledger", lambda p: p["publish"]["allow"].append("$JS.>"))


@breaks("broker", "may not publish to $JS.API.STREAM.MSG.GET.JixiaoLedger")
def _(o):
    user(o, "CN=ledger", lambda p: p["publish"]["allow"].remove("$JS.API.STREAM.MSG.GET.JixiaoLedger"))


@breaks("broker", "may subscribe to jixiao.>")
def _(o):
    user(o, "CN=targets", lambda p: p["subscribe"]["allow"].append("jixiao.>"))


@breaks("broker", "may publish to $JS.API.STREAM.DELETE.JixiaoLedger")
def _(o):
    user(o, "CN=streams", lambda p: p["publish"]["allow"].append("$JS.API.STREAM.DELETE.JixiaoLedger"))


@breaks("broker", "no user CN=scoring")
def _(o):
    conf(o, "users.json", "CN=scoring", "CN=scorer")


# A user who is no service: what it may publish to and subscribe to, and words of what is wrong with that.
for _publish, _subscribe, _expected in [
    ("jixiao.ledger.>", "_INBOX.>", "may publish to jixiao.ledger.>"),
    ("$JS.API.STREAM.PURGE.JixiaoLedger", "_INBOX.>", "may publish to $JS.API.STREAM.PURGE.JixiaoLedger"),
    ("$JS.API.CONSUMER.MSG.NEXT.JixiaoLedger.scoring", "_INBOX.>", "MSG.NEXT.JixiaoLedger.scoring, which is the business of scoring"),
    # Without a name in the subject the broker takes the one in the request: it could be a service's.
    ("$JS.API.CONSUMER.CREATE.JixiaoLedger", "_INBOX.>", "may publish to $JS.API.CONSUMER.CREATE.JixiaoLedger"),
    ("$JS.API.CONSUMER.CREATE.JixiaoLedger.>", "_INBOX.>", "CREATE.JixiaoLedger.scoring, which is the business of scoring"),
    ("$JS.API.CONSUMER.DELETE.JixiaoRegistry.*", "_INBOX.>", "DELETE.JixiaoRegistry.targets, which is the business of targets"),
    ("$JS.API.STREAM.INFO.JixiaoLedger", "_INBOX_scoring.>", "may subscribe to _INBOX_scoring.>"),
    ("$JS.API.STREAM.INFO.JixiaoLedger", ">", "may subscribe to >"),
]:

    @breaks("broker", _expected)
    def _(o, publish=_publish, subscribe=_subscribe):
        rights = {"publish": {"allow": [publish]}, "subscribe": {"allow": [subscribe]}}
        data = o.get("ConfigMap", "nats")["data"]
        users = json.loads(data["users.json"])
        users["authorization"]["users"].append({"user": "CN=report", "permissions": rights})
        data["users.json"] = json.dumps(users)


@breaks("broker", "user CN=report may publish to >")
def _(o):
    data = o.get("ConfigMap", "nats")["data"]
    users = json.loads(data["users.json"])
    users["authorization"]["users"].append({"user": "CN=report"})
    data["users.json"] = json.dumps(users)


@breaks("broker", "sync_interval")
def _(o):
    conf(o, "nats.conf", "sync_interval: always", "sync_interval: 2m")


@breaks("broker", "verify_and_map")
def _(o):
    conf(o, "nats.conf", "verify_and_map: true", "verify: true")


@breaks("broker", "without a name")
def _(o):
    conf(o, "nats.conf", "include users.json", "include users.json\nno_auth_user: CN=ledger")


@breaks("broker", "names the routes")
def _(o):
    conf(o, "cluster.conf", "nats-2.nats-routes", "nats-3.nats-routes")


@breaks("broker", "does not name nats-1.nats-routes")
def _(o):
    o.get("Certificate", "nats")["spec"]["dnsNames"].remove("nats-1.nats-routes")


@breaks("broker", "any client's certificate")
def _(o):
    conf(o, "cluster.conf", "verify_cert_and_check_known_urls: true", "verify: true")


@breaks("broker", "the broker has 3 members")
def _(o):
    container(o, "streams")["args"][-1] = "1"


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
    fine = Objects(copy.deepcopy(o.all))
    data = fine.get("ConfigMap", "nats")["data"]
    users = json.loads(data["users.json"])
    users["authorization"]["users"].append({"user": "CN=report", "permissions": rights})
    data["users.json"] = json.dumps(users)
    return fine


def run(o, rules, source, guide):
    """(what went wrong, how many broken things were found out)."""
    problems, found = [], 0
    for said in ASSERTIONS["broker"](subscriber_of_the_guide(o)):
        problems.append(f"a subscriber as the guide has it: {said}")
    broken_assertions = {assertion for assertion, _, _ in BREAKS}
    for name in ASSERTIONS:
        if name not in broken_assertions:
            problems.append(f"no broken object is made for the assertion {name}")
    for name, expected, change in BREAKS:
        broken = Objects(copy.deepcopy(o.all))
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
