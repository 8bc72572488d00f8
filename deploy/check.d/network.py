"""Assertion over the network: what the pods' settings dial is allowed, at both ends, and nothing else is."""

import ipaddress

from objects import port_of, selects, urls
from registry import assertion

SYSTEM = "namespace {kubernetes.io/metadata.name: kube-system} pods {k8s-app: kube-dns}"
ANYWHERE = "0.0.0.0/0"


def named(name):
    return f"namespace {{kubernetes.io/metadata.name: {name}}}"


def labels(label):
    return f"namespace {{{label}: true}}"


def text_of(selector):
    pairs = [f"{k}: {v}" for k, v in (selector.get("matchLabels") or {}).items()]
    pairs += [f"{e['key']} {e['operator']} {e.get('values', [])}" for e in selector.get("matchExpressions") or []]
    return "{" + ", ".join(pairs) + "}"


def peers(rules, direction, o):
    """What rules allow: ({(pods, port)} inside the namespace, {(description, port)} outside of it)."""
    inside, outside = set(), set()
    for rule in rules:
        ports = [(p.get("protocol", "TCP"), p.get("port")) for p in rule.get("ports") or [{}]]
        for peer in rule.get("to" if direction == "egress" else "from") or [{}]:
            if "ipBlock" in peer:
                found = [(outside, peer["ipBlock"]["cidr"])]
            elif "namespaceSelector" in peer:
                text = f"namespace {text_of(peer['namespaceSelector'])}"
                if "podSelector" in peer:
                    text += f" pods {text_of(peer['podSelector'])}"
                found = [(outside, text)]
            elif "podSelector" in peer:
                found = [(inside, p.name) for p in o.pods() if selects(peer["podSelector"], p.labels)]
            else:
                found = [(outside, "everything")]
            for where, who in found:
                where.update((who, f"{port}/{protocol}") for protocol, port in ports)
    return inside, outside


def allowed(o):
    """({(from, to, port)} of egress, the same of ingress, {(pods, direction, outside, port)})."""
    egress, ingress, outside = set(), set(), set()
    for policy in o.of("NetworkPolicy"):
        spec = policy["spec"]
        for p in o.pods():
            if not selects(spec["podSelector"], p.labels):
                continue
            for direction in ("egress", "ingress"):
                near, far = peers(spec.get(direction) or [], direction, o)
                for other, port in near:
                    (egress.add((p.name, other, port)) if direction == "egress" else ingress.add((other, p.name, port)))
                outside.update((p.name, direction, who, port) for who, port in far)
    return egress, ingress, outside


def dialled(o):
    """({(from, to, port)} by the settings of the pods, {(pods, direction, outside, port)}, what is wrong with settings)."""
    near, far, wrong = set(), set(), []
    for p in o.pods():
        far.add((p.name, "egress", SYSTEM, "53/UDP"))
        far.add((p.name, "egress", SYSTEM, "53/TCP"))
        for setting, url in urls(p.env()):
            found = o.behind(url.hostname or "")
            parts = (url.hostname or "").split(".")
            if found:
                pods, ports = found
                if port_of(url) not in ports:
                    wrong.append(f"{p}: {setting} is {url.geturl()}, but {url.hostname} has no port {port_of(url)}")
                near.update((p.name, x.name, f"{ports.get(port_of(url))}/TCP") for x in pods)
            elif len(parts) > 1:
                # SERVICE.NAMESPACE: another namespace's.
                far.add((p.name, "egress", named(parts[1]), f"{port_of(url)}/TCP"))
            else:
                wrong.append(f"{p}: {setting} names {url.hostname}, and there is no such Service")
        if p in o.services() or p.labels.get("app.kubernetes.io/component") == "service":
            ports = p.ports()
            far.add((p.name, "ingress", labels("jixiao/clients"), f"{ports.get('grpc')}/TCP"))
            far.add((p.name, "ingress", named("monitoring"), f"{ports.get('admin')}/TCP"))
        if p.owner["kind"] == "StatefulSet" and p.name == "nats":
            ports = p.ports()
            far.add((p.name, "ingress", labels("jixiao/subscribers"), f"{ports.get('client')}/TCP"))
            near.add((p.name, p.name, f"{ports.get('routes')}/TCP"))
        if p.owner["kind"] == "Cluster":
            # Instances of CloudNativePG replicate from each other, and its operator asks each how it is.
            near.add((p.name, p.name, "5432/TCP"))
            near.add((p.name, p.name, "8000/TCP"))
            far.add((p.name, "ingress", named("cnpg-system"), "8000/TCP"))
            # The Kubernetes API, and with backups the store, whose addresses are the cluster's own.
            far.add((p.name, "egress", ANYWHERE, "443/TCP"))
            far.add((p.name, "egress", ANYWHERE, "6443/TCP"))
    return near, far, wrong


@assertion
def network(o):
    """Every port that a pod dials by its settings is allowed at both ends, and no other; everything else is denied."""
    denied = [n for n in o.of("NetworkPolicy") if n["spec"]["podSelector"] == {} and len(n["spec"].get("policyTypes", [])) == 2]
    if not any(not n["spec"].get("ingress") and not n["spec"].get("egress") for n in denied):
        yield "no NetworkPolicy denies everything that no other allows"
    egress, ingress, outside = allowed(o)
    near, far, wrong = dialled(o)
    yield from wrong
    for a, b, port in sorted(near - egress):
        yield f"{a} dials {b} at {port}, and no policy lets it out"
    for a, b, port in sorted(near - ingress):
        yield f"{a} dials {b} at {port}, and no policy lets it in"
    for a, b, port in sorted(egress - near):
        yield f"a policy lets {a} out to {b} at {port}, which it does not dial"
    for a, b, port in sorted(ingress - near):
        yield f"a policy lets {a} into {b} at {port}, which it does not dial"
    for name, direction, who, port in sorted(far - outside):
        yield f"no policy allows {direction} of {name} with {who} at {port}"
    for name, direction, who, port in sorted(outside - far):
        yield f"a policy allows {direction} of {name} with {who} at {port}, for which there is no reason"


@assertion
def no_address_is_fixed(o):
    """Policies name pods and namespaces; an address only where it says all of them."""
    for n in o.of("NetworkPolicy"):
        for rule in (n["spec"].get("ingress") or []) + (n["spec"].get("egress") or []):
            for peer in rule.get("from", []) + rule.get("to", []):
                cidr = peer.get("ipBlock", {}).get("cidr")
                if cidr and ipaddress.ip_network(cidr).prefixlen != 0:
                    yield f"NetworkPolicy {n['metadata']['name']} names the address {cidr}"
