"""The alerts of deploy/alerts.yaml: expressions that read, over metrics that there are."""

import re

import promql_parser

# What the expressions may use besides the services' own metrics.
OF_PROMETHEUS = {"up"}


def metrics(source):
    """The metrics' names in crates/eventlog/src/metric.rs, with what a histogram becomes."""
    names = {}
    for comment, name in re.findall(r"/// (.*?)\n(?:///.*\n)*pub const \w+: &str = \"(\w+)\";", source):
        names[name] = comment.split(":")[0].split(",")[0]
    return names


def selectors(expression):
    """All selectors of a parsed expression."""
    found = []

    def walk(e):
        if isinstance(e, promql_parser.VectorSelector):
            found.append(e)
        for part in ("lhs", "rhs", "expr", "args", "vector_selector", "param"):
            value = getattr(e, part, None)
            for x in value if isinstance(value, (list, tuple)) else [value]:
                if x is not None and not isinstance(x, (str, int, float)):
                    walk(x)

    walk(expression)
    return found


# What has to be told to somebody: the name of the alert, the metric that says so.
WANTED = {
    "JixiaoDatabaseDown": "jixiao_database_up",
    "JixiaoBrokerDown": "jixiao_broker_up",
    "JixiaoRelayLag": "jixiao_relay_lag_seconds",
    "JixiaoFeedLag": "jixiao_feed_lag_seconds",
    "JixiaoParkedFunds": "jixiao_parked_funds",
    "JixiaoFork": "jixiao_forks",
    "JixiaoRelayFork": "jixiao_relay_forks_total",
    "JixiaoFeedStopped": "jixiao_feed_stopped",
    "JixiaoRebuildDifferences": "jixiao_rebuild_differences_total",
    "JixiaoClockBehind": "jixiao_clock_behind_seconds",
    "JixiaoCertificateEnds": "jixiao_certificate_end_seconds",
    "JixiaoCommandsUnavailable": "jixiao_commands_total",
    "JixiaoNoLeader": "jixiao_leads",
}


def problems(rules, source, guide):
    """What is wrong with the alerts; `source` is metric.rs, `guide` the operators' guide."""
    known = metrics(source)
    if len(known) < 20:
        yield f"metric.rs names {len(known)} metrics only: it does not read"
    alerts = {}
    for group in rules["spec"]["groups"]:
        for rule in group["rules"]:
            alerts[rule["alert"]] = rule
    for name, metric in WANTED.items():
        if name not in alerts:
            yield f"there is no alert {name}"
        elif metric not in alerts[name]["expr"]:
            yield f"the alert {name} does not look at {metric}"
    for name, rule in alerts.items():
        try:
            used = selectors(promql_parser.parse(rule["expr"]))
        except ValueError as error:
            yield f"the expression of {name} does not read: {error}"
            continue
        for selector in used:
            base = re.sub(r"_(bucket|sum|count)$", "", selector.name)
            kind = known.get(selector.name) or (known.get(base) if known.get(base) == "Histogram" else None)
            if not kind and selector.name not in OF_PROMETHEUS:
                yield f"{name} looks at {selector.name}, which no service exports"
            if kind == "Counter" and not re.search(rf"(rate|increase)\({selector.name}\b", rule["expr"]):
                yield f"{name} looks at the counter {selector.name} itself: it only grows, ask for its increase"
        if rule.get("labels", {}).get("severity") not in ("critical", "warning"):
            yield f"{name} has no severity"
        for text in ("summary", "description"):
            if not rule.get("annotations", {}).get(text):
                yield f"{name} has no {text}"
        if name not in guide:
            yield f"docs/operators.md does not say what to do on {name}"
    for name in re.findall(r"\bJixiao[A-Z]\w+", guide):
        if name not in alerts and not re.fullmatch(r"Jixiao(Registry|Ledger|Targets|Scoring)", name):
            yield f"docs/operators.md speaks of {name}, and there is no such alert"
