"""Renders folders of manifests and says what is wrong with them. Started by deploy/check, which prepares its checkers."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

import kubernetes_validate
import yaml

import alerts
import backends  # noqa: F401 - puts its assertions on the list
import network  # noqa: F401
import pods
import programs
import self_test
from objects import Objects
from registry import ASSERTIONS

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ["deploy/base", "deploy/overlays/dev", "deploy/overlays/production"]

# The oldest Kubernetes whose schemas have everything that the manifests use.
KUBERNETES = "1.32"

# Kinds of operators, which have no schema in Kubernetes. Their fields are the operators' own, and change with them; what
# matters of them is asserted. A kind that is not here and has no schema fails.
OF_OPERATORS = {
    "cert-manager.io/v1": {"Certificate", "Issuer"},
    "postgresql.cnpg.io/v1": {"Cluster", "Database", "ScheduledBackup"},
    "barmancloud.cnpg.io/v1": {"ObjectStore"},
    "monitoring.coreos.com/v1": {"PodMonitor", "PrometheusRule"},
}


def render(folder):
    done = subprocess.run(["kubectl", "kustomize", folder], capture_output=True, text=True)
    # Warnings too: kustomize warns of what it will not take any more.
    if done.returncode != 0 or done.stderr.strip():
        sys.exit(f"kubectl kustomize {folder}: {done.stderr.strip()}")
    return done.stdout


def schemas(o):
    for x in o.all:
        if x["kind"] in OF_OPERATORS.get(x["apiVersion"], ()):
            continue
        try:
            kubernetes_validate.validate(x, KUBERNETES, strict=True)
        except kubernetes_validate.ValidationError as error:
            yield f"{x['kind']} {x['metadata']['name']}: {'.'.join(map(str, error.path))}: {error.message}"
        except kubernetes_validate.SchemaNotFoundError:
            yield f"{x['kind']} {x['metadata']['name']}: Kubernetes {KUBERNETES} has no kind {x['kind']} in {x['apiVersion']}"


def checkov(text):
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "rendered.yaml").write_text(text)
        command = [sys.executable, "-m", "checkov.main", "--framework", "kubernetes", "--quiet", "--compact", "--skip-download"]
        command += ["--config-file", str(ROOT / "deploy/check.d/checkov.yaml"), "-f", f"{folder}/rendered.yaml"]
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    passed = re.search(r"Passed checks: (\d+)", done.stdout)
    if done.returncode != 0:
        yield f"checkov:\n{done.stdout}{done.stderr}"
    elif not passed or int(passed[1]) < 100:
        yield f"checkov looked at next to nothing:\n{done.stdout}{done.stderr}"


def main():
    arguments = sys.argv[1:]
    folders = [a for a in arguments if not a.startswith("--")] or FOLDERS
    jixiao, nats = os.environ.get("JIXIAO_BIN"), os.environ.get("JIXIAO_NATS_BIN")
    failures = 0

    def report(what, problems):
        nonlocal failures
        for problem in problems:
            failures += 1
            print(f"{what}: {problem}")

    rendered = {}
    for folder in folders:
        text = render(folder)
        o = rendered[folder] = Objects(list(yaml.safe_load_all(text)))
        name = os.path.relpath(folder, ROOT)
        report(name, schemas(o))
        report(name, checkov(text))
        for what, check in ASSERTIONS.items():
            report(f"{name}: {what}", check(o))
        if "--digests" in arguments:
            report(name, pods.without_digest(o))
        if jixiao:
            report(f"{name}: arguments", programs.arguments_known(o, jixiao))
        if nats:
            report(f"{name}: nats-server", programs.broker_reads(o, nats))
    if jixiao:
        report("probes", programs.probes_answered(next(iter(rendered.values())), jixiao))
    rules = yaml.safe_load((ROOT / "deploy/alerts.yaml").read_text())
    source = (ROOT / "crates/eventlog/src/metric.rs").read_text()
    guide = (ROOT / "docs/operators.md").read_text()
    report("alerts", alerts.problems(rules, source, guide))
    broken = 0
    if "--self-test" in arguments:
        problems, broken = self_test.run(rendered[folders[-1]], rules, source, guide)
        report("self-test", problems)
    if failures:
        sys.exit(f"deploy/check: {failures} problems")
    seen = sum(len(o.all) for o in rendered.values())
    print(f"deploy/check: {seen} objects of {len(rendered)} folders hold {len(ASSERTIONS)} assertions", end="")
    print(f"; {broken} broken ones were found out" if broken else "")


if __name__ == "__main__":
    main()
