"""What only programs can say: whether `jixiao` knows the arguments and answers the probes, whether nats-server reads its files."""

import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import time

import grpc


def arguments_known(o, jixiao):
    """Every command, flag and setting of the pods is in the program's help."""
    helps = {}

    def help_of(command):
        if command not in helps:
            done = subprocess.run([jixiao, *command, "--help", "--lang", "en"], capture_output=True, text=True, timeout=60)
            helps[command] = done.stdout if done.returncode == 0 else None
        return helps[command]

    for p in o.services() + o.jobs():
        for c in p.containers():
            given = c.get("args", [])
            command = tuple(given[:2] if given[:1] == ["nats"] else given[:1])
            text = help_of(command)
            if text is None:
                yield f"{p}: `jixiao {' '.join(command)} --help` fails"
                continue
            for argument in given[len(command):]:
                if argument.startswith("--") and not re.search(rf"^\s+(-\w, )?{argument}\b", text, re.MULTILINE):
                    yield f"{p}: `jixiao {' '.join(command)}` does not know {argument}"
                if command[0] in ("serve", "migrate") and not argument.startswith("--") and argument not in text:
                    yield f"{p}: `jixiao {' '.join(command)}` does not know the service {argument}"
            for name in p.env():
                flag = "--" + name.removeprefix("JIXIAO_").lower().replace("_", "-")
                if name.startswith("JIXIAO_") and not re.search(rf"^\s+{flag}\b", text, re.MULTILINE) and name not in text:
                    yield f"{p}: `jixiao {' '.join(command)}` does not know the setting {name}"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def health(address, service, wait=20):
    """What gRPC health at an address says of a service: its status as a number, 1 = SERVING; or the error."""
    request = b"" if not service else b"\x0a" + bytes([len(service)]) + service.encode()
    until = time.monotonic() + wait
    with grpc.insecure_channel(address) as channel:
        call = channel.unary_unary("/grpc.health.v1.Health/Check", request_serializer=None, response_deserializer=None)
        while True:
            try:
                answer = call(request, timeout=2)
                status = answer[1] if answer[:1] == b"\x08" else 0
                if status == 1 or time.monotonic() > until:
                    return status
            except grpc.RpcError as error:
                if error.code() == grpc.StatusCode.NOT_FOUND or time.monotonic() > until:
                    return error.code().name
            time.sleep(0.1)


def probes_answered(o, jixiao):
    """A real server answers every probe that there is, at a plain admin port, with SERVING."""
    asked = {}
    for p in o.services():
        for kind in ("startupProbe", "readinessProbe", "livenessProbe"):
            probe = p.spec["containers"][0].get(kind, {})
            if "grpc" in probe:
                asked.setdefault(probe["grpc"].get("service", ""), f"{kind} of {p}")
    with tempfile.TemporaryDirectory() as folder:
        admin = free_port()
        command = [jixiao, "serve", "--data-dir", f"{folder}/data", "--listen", f"127.0.0.1:{free_port()}"]
        command += ["--admin-listen", f"127.0.0.1:{admin}"]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("JIXIAO_")}
        with open(f"{folder}/log", "w+b") as log:
            server = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
            try:
                for service, who in asked.items():
                    status = health(f"127.0.0.1:{admin}", service)
                    if status != 1:
                        log.seek(0)
                        yield f'the {who} asks health for "{service}", which answers {status}\n{log.read().decode()}'
                if health(f"127.0.0.1:{admin}", "no.such.service", wait=2) == 1:
                    yield "health answers SERVING to any name, so that probes say nothing"
            finally:
                server.send_signal(signal.SIGTERM)
                try:
                    server.wait(timeout=15)
                except subprocess.TimeoutExpired:
                    server.kill()
                    yield "the server does not end within 15 s of SIGTERM"


def broker_reads(o, nats):
    """nats-server takes its configuration, with files of TLS in the place of the mounted ones."""
    with tempfile.TemporaryDirectory() as folder:
        certificate = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"]
        certificate += ["-subj", "/CN=nats", "-keyout", f"{folder}/tls.key", "-out", f"{folder}/tls.crt"]
        subprocess.run(certificate, check=True, capture_output=True)
        pathlib.Path(folder, "ca.crt").write_bytes(pathlib.Path(folder, "tls.crt").read_bytes())
        for name, text in (o.get("ConfigMap", "nats") or {}).get("data", {}).items():
            pathlib.Path(folder, name).write_text(text.replace("/etc/nats/tls/", f"{folder}/").replace('"/data"', f'"{folder}/data"'))
        environment = {**os.environ, "POD_NAME": "nats-0"}
        done = subprocess.run([nats, "-t", "-c", f"{folder}/nats.conf"], capture_output=True, text=True, env=environment, timeout=60)
        if done.returncode != 0:
            yield f"nats-server does not take its configuration: {(done.stdout + done.stderr).strip()}"
