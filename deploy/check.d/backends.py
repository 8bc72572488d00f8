"""Assertions over what the services stand on: feeds, certificates, databases, broker, jobs."""

import re

from objects import SERVICES, covers, overlap, stream, urls
from registry import assertion


def subject(o, secret):
    """The common name and DNS names of the certificate in a secret."""
    for c in o.of("Certificate"):
        if c["spec"]["secretName"] == secret:
            return c["spec"].get("commonName"), c["spec"].get("dnsNames", []), c["spec"].get("usages", [])
    return None, [], []


def certificate_of(o, pods):
    """The certificate that pods show: the secret of their volume `tls`."""
    secret = next((v["secret"]["secretName"] for v in pods.spec.get("volumes", []) if v["name"] == "tls" and "secret" in v), None)
    return subject(o, secret)


def setting(pods, name):
    """The URL of a setting, or None."""
    return next((url for found, url in urls(pods.env()) if found == name), None)


@assertion
def feeds(o):
    """Each service knows where the logs are that it takes in, and no others; over TLS, by the name of their Service."""
    for p in o.services():
        wanted = {f"JIXIAO_{source.upper()}_URL": source for source in SERVICES.get(p.name, [])}
        given = {name: url for name, url in urls(p.env()) if name in {f"JIXIAO_{s.upper()}_URL" for s in SERVICES}}
        for name in wanted.keys() - given.keys():
            yield f"{p} takes in the events of {wanted[name]} and has no {name}"
        for name in given.keys() - wanted.keys():
            yield f"{p} has {name} but takes in nothing from there"
        for name in wanted.keys() & given.keys():
            url, found = given[name], o.behind(given[name].hostname or "")
            if url.scheme != "https":
                yield f"{p}: {name} is {url.geturl()}, without TLS"
            if not found or [x.name for x in found[0]] != [wanted[name]]:
                yield f"{p}: {name} is {url.geturl()}, which is not the Service of {wanted[name]}"
    for p in o.pods():
        for name, url in urls(p.env()):
            if url.scheme not in ("https", "tls", "postgres"):
                yield f"{p}: {name} is {url.geturl()}, without TLS"


@assertion
def certificates(o):
    """Whoever shows a certificate has one with the right names, of an issuer that is there, for what it is used."""
    for c in o.of("Certificate"):
        if not o.get("Issuer", c["spec"]["issuerRef"]["name"]):
            yield f"Certificate {c['metadata']['name']} names an Issuer that is not there"
        if not c["spec"].get("isCA") and c["spec"].get("privateKey", {}).get("rotationPolicy") != "Always":
            yield f"Certificate {c['metadata']['name']} keeps its key when it is renewed"
        if c["spec"]["secretName"] not in used_secrets(o):
            yield f"Certificate {c['metadata']['name']} is used by nobody"
    # Servers: every name by which somebody dials them.
    for p in o.pods():
        for name, url in urls(p.env()):
            found = o.behind(url.hostname or "")
            for server in found[0] if found else []:
                if server.own:
                    _, names, usages = certificate_of(o, server)
                else:
                    _, names, usages = subject(o, server.owner["spec"].get("certificates", {}).get("serverTLSSecret"))
                if url.hostname not in names or "server auth" not in usages:
                    yield f"{p} dials {url.hostname}, and the certificate of {server} does not say that it is that server"
    # Clients: the name is who they are.
    for p in o.services() + o.jobs():
        name, _, usages = certificate_of(o, p)
        database = setting(p, "JIXIAO_DATABASE_URL")
        if "client auth" not in usages:
            yield f"the certificate of {p} is not for clients"
        if database and database.username != name:
            yield f"{p} is {name} by its certificate and {database.username} at its database"
        if setting(p, "JIXIAO_NATS_URL") and f"CN={name}" not in o.nats_users():
            yield f"{p} is {name} by its certificate, and the broker has no such user"
    for p in o.services():
        if certificate_of(o, p)[0] != p.name:
            yield f"{p} is {certificate_of(o, p)[0]} by its certificate"


def used_secrets(o):
    """Secrets that a pod mounts, an Issuer signs with, or CloudNativePG reads."""
    used = {v["secret"]["secretName"] for p in o.pods() for v in p.spec.get("volumes", []) if "secretName" in v.get("secret", {})}
    used |= {i["spec"]["ca"]["secretName"] for i in o.of("Issuer") if "ca" in i["spec"]}
    used |= {s for c in o.of("Cluster") for s in c["spec"].get("certificates", {}).values() if isinstance(s, str)}
    return used


@assertion
def databases(o):
    """Each service has a database and a role of its own, another role owns it, and nobody else may enter."""
    clusters = {c["metadata"]["name"]: c["spec"] for c in o.of("Cluster")}
    seen = {}
    for p in o.services():
        url = setting(p, "JIXIAO_DATABASE_URL")
        if not url:
            yield f"{p} has no JIXIAO_DATABASE_URL"
            continue
        name, role = url.path.lstrip("/"), url.username
        if name in seen or role in seen.values():
            yield f"{p} shares the database {name} or the role {role} with another service"
        seen[name] = role
        cluster = (url.hostname or "").removesuffix("-rw")
        spec = clusters.get(cluster)
        if not spec or not (url.hostname or "").endswith("-rw"):
            yield f"{p} has its database at {url.hostname}, which is no primary's Service"
            continue
        here = [d for d in o.of("Database") if d["spec"]["cluster"]["name"] == cluster]
        database = next((d for d in here if d["spec"]["name"] == name), None)
        if not database:
            yield f"no Database object makes {name} in {cluster}"
            continue
        owner = database["spec"]["owner"]
        if owner == role:
            yield f"{role} owns its database: it could change what is recorded"
        roles = {r["name"]: r for r in spec.get("managed", {}).get("roles", [])}
        for needed in (owner, role):
            if not roles.get(needed, {}).get("login"):
                yield f"no managed role {needed} may log in"
            for right in ("superuser", "createdb", "createrole", "replication", "bypassrls"):
                if roles.get(needed, {}).get(right):
                    yield f"the role {needed} has {right}"
            if roles.get(needed, {}).get("inRoles"):
                yield f"the role {needed} has the rights of others"
        rules = spec.get("postgresql", {}).get("pg_hba", [])
        if f"hostssl {name} {role},{owner} all cert" not in rules:
            yield f"pg_hba does not let {role} and {owner}, and them alone, into {name} by certificate"
        for other, allowed in ((r.split()[1], r.split()[2].split(",")) for r in rules if "cert" in r.split()):
            if other != name and {role, owner} & set(allowed):
                yield f"pg_hba lets {role} or {owner} into {other}"
        if not rules or rules[-1] != "host all all all reject":
            yield "pg_hba does not end by refusing everybody else"
        migration = o.pods_named(f"migrate-{p.name}")
        dialled = setting(migration, "JIXIAO_DATABASE_URL") if migration else None
        if not dialled or dialled.path != url.path or dialled.username != owner or migration.env().get("JIXIAO_ROLE") != role:
            yield f"no job migrates {name} as {owner} for {role}"
        if migration and migration.spec["containers"][0].get("args") != ["migrate", p.name]:
            yield f"{migration} does not migrate {p.name}"


@assertion
def durable(o):
    """What was acknowledged is on two disks, and copies go elsewhere."""
    if o.is_small():
        return
    for c in o.of("Cluster"):
        wanted = {"method": "any", "number": 1, "dataDurability": "required"}
        if c["spec"].get("postgresql", {}).get("synchronous") != wanted:
            yield f"Cluster {c['metadata']['name']} is not synchronous: {wanted}"
        if c["spec"].get("instances", 1) < 3:
            yield f"Cluster {c['metadata']['name']} has {c['spec'].get('instances')} instances: two can lose the second"
        if c["spec"].get("postgresql", {}).get("parameters", {}).get("synchronous_commit") not in (None, "on", "remote_apply"):
            yield f"Cluster {c['metadata']['name']} acknowledges commits before they are on disk"
        plugins = [p for p in c["spec"].get("plugins", []) if p.get("isWALArchiver")]
        schedules = [s for s in o.of("ScheduledBackup") if s["spec"]["cluster"]["name"] == c["metadata"]["name"]]
        # The base leaves the store to overlays.
        if o.of("ObjectStore") or plugins or schedules:
            if not schedules:
                yield f"Cluster {c['metadata']['name']} has no ScheduledBackup"
            if not any(o.get("ObjectStore", p.get("parameters", {}).get("barmanObjectName")) for p in plugins):
                yield f"Cluster {c['metadata']['name']} archives to no ObjectStore"
            for s in schedules:
                if s["spec"].get("suspend") or len(s["spec"]["schedule"].split()) != 6:
                    yield f"ScheduledBackup {s['metadata']['name']} does not run: six fields, seconds first"
                if s["spec"].get("pluginConfiguration", {}).get("name") not in [p["name"] for p in plugins]:
                    yield f"ScheduledBackup {s['metadata']['name']} uses a plugin that the Cluster does not"
    for s in o.of("StatefulSet"):
        if s["spec"].get("replicas") != 3:
            yield f"StatefulSet {s['metadata']['name']} has {s['spec'].get('replicas')} replicas, 3 are a majority with one away"


def rights(service):
    """What a service's user of the broker needs: the table of crates/eventlog/src/nats/mod.rs."""
    own = stream(service)
    publish = [f"jixiao.{service}.>", f"$JS.API.STREAM.INFO.{own}", f"$JS.API.STREAM.MSG.GET.{own}"]
    for source in SERVICES[service]:
        taken = stream(source)
        publish += [
            f"$JS.API.STREAM.INFO.{taken}",
            f"$JS.API.CONSUMER.INFO.{taken}.{service}",
            f"$JS.API.CONSUMER.MSG.NEXT.{taken}.{service}",
            f"$JS.ACK.{taken}.{service}.>",
        ]
    return sorted(publish), [f"_INBOX_{service}.>"]


def rights_of_streams():
    """What the job needs that declares streams and consumers."""
    publish = []
    for log in SERVICES:
        publish += [f"$JS.API.STREAM.{verb}.{stream(log)}" for verb in ("INFO", "CREATE", "UPDATE")]
        for service in (s for s, sources in SERVICES.items() if log in sources):
            publish += [f"$JS.API.CONSUMER.{verb}.{stream(log)}.{service}" for verb in ("INFO", "CREATE")]
    return sorted(publish), ["_INBOX_apply.>"]


# What a subscriber may publish to: asking for streams and for consumers of its own, and acknowledging.
OF_SUBSCRIBERS = re.compile(r"\$JS\.(API\.STREAM\.INFO\.Jixiao\w+|(API\.CONSUMER\.(CREATE|INFO|DELETE|MSG\.NEXT)|ACK|FC)\.Jixiao\w+\..+)")


def subscriber(name, publish, subscribe, denied):
    """What is wrong with the rights of a user who is no service: it must not reach a service's consumer or answers."""
    for allowed in publish:
        if not OF_SUBSCRIBERS.fullmatch(allowed):
            yield f"the broker's user {name} may publish to {allowed}"
    for service, sources in SERVICES.items():
        for source in sources:
            taken = f"{stream(source)}.{service}"
            touched = [f"$JS.API.CONSUMER.{verb}.{taken}" for verb in ("CREATE", "DELETE", "MSG.NEXT", "PAUSE")]
            touched += [f"$JS.API.CONSUMER.{verb}.{taken}.>" for verb in ("CREATE", "MSG.NEXT")] + [f"$JS.ACK.{taken}.>"]
            for subject in touched:
                if any(overlap(x, subject) for x in publish) and not any(covers(x, subject) for x in denied):
                    yield f"the broker's user {name} may publish to {subject}, which is the business of {service}"
    for allowed in subscribe:
        if not allowed.startswith("_INBOX") or any(overlap(allowed, f"_INBOX_{s}.>") for s in [*SERVICES, "apply"]):
            yield f"the broker's user {name} may subscribe to {allowed}"


@assertion
def broker(o):
    """Users of the broker may do what they need and nothing else; what it acknowledges is on disk."""
    wanted = {f"CN={service}": rights(service) for service in SERVICES} | {"CN=streams": rights_of_streams()}
    users = o.nats_users()
    for name in wanted.keys() - users.keys():
        yield f"the broker has no user {name}"
    for name, (publish, subscribe, denied) in users.items():
        if name not in wanted:
            yield from subscriber(name, publish, subscribe, denied)
            continue
        for allowed, needed, what in ((publish, wanted[name][0], "publish"), (subscribe, wanted[name][1], "subscribe")):
            for missing in sorted(set(needed) - set(allowed)):
                yield f"the broker's user {name} may not {what} to {missing}"
            for more in sorted(set(allowed) - set(needed)):
                yield f"the broker's user {name} may {what} to {more}, which it does not need"
    config, cluster = o.nats_file("nats.conf"), o.nats_file("cluster.conf")
    for line, why in (
        ("sync_interval: always", "it would acknowledge what is not on disk"),
        ("verify_and_map: true", "it would not know who a client is"),
        ("include users.json", "nobody would have any right"),
        ("include cluster.conf", "there would be no cluster"),
    ):
        if not re.search(rf"^\s*{line}$", config, re.MULTILINE):
            yield f"nats.conf has no `{line}`: {why}"
    if "no_auth_user" in config:
        yield "nats.conf lets clients in without a name"
    for s in o.of("StatefulSet"):
        number = s["spec"].get("replicas", 1)
        routes = re.findall(r'"tls://([\w.-]+):(\d+)"', cluster)
        members = [(f"{s['metadata']['name']}-{i}.{s['spec']['serviceName']}", "6222") for i in range(number)]
        if routes != (members if number > 1 else []):
            yield f"cluster.conf names the routes {[r[0] for r in routes]}, the members are {[m[0] for m in members]}"
        names = certificate_of(o, o.pods_named(s["metadata"]["name"]))[1]
        for member, _ in members:
            if number > 1 and member not in names:
                yield f"the broker's certificate does not name {member}"
        if number > 1 and "verify_cert_and_check_known_urls: true" not in cluster:
            yield "cluster.conf would take any client's certificate for a member's"
        job = o.pods_named("streams")
        arguments = job.spec["containers"][0].get("args", []) if job else []
        if arguments[:2] != ["nats", "apply"] or arguments[2:] != ["--replicas", str(number)]:
            yield f"the job streams runs {arguments}, the broker has {number} members"
