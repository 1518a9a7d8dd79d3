"""The rules of what is deployed: images, rights, probes, secrets and settings of every process, in whatever form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

import click
import msgspec
from msgspec.structs import fields

from adapters.platform.settings import Settings
from entrypoints.cli.main import cli
from tests.architecture.rules.files import machine_traces

ROOT: Final = Path(__file__).parents[2]
# parsed YAML: what a rule says about it is what is checked
Tree: TypeAlias = Any
_REGISTRY: Final = re.compile(r"^[^/]*[.:][^/]*/")
_SECRET: Final = re.compile(r"(__URL|__QUEUE|__CACHE|_URL|__KEYS|TOKEN|PASSWORD|KEY)$")
_PROCESSES = ("migrate", "api", "worker", "scheduler", "ingest")


def documents(path: Path) -> list[Tree]:
    """Read every document of a YAML file."""
    parts = re.split(r"^---$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [msgspec.yaml.decode(part) for part in parts]


def is_setting(name: str) -> bool:
    """Whether an environment variable is one that the settings know."""
    if name in {"DATABASE_URL", "REDIS_URL"}:
        return True
    section, _, field = name.removeprefix("TAPEDECK_").lower().partition("__")
    for each in fields(Settings):
        if each.name == section:
            return field in {inner.name for inner in fields(each.type)}
    return False


def is_command(words: Sequence[str]) -> bool:
    """Whether the command line knows the command and its options."""
    command = cli.commands.get(words[0]) if words else None
    if command is None:
        return False
    options = {option for each in command.params if isinstance(each, click.Option) for option in each.opts}
    return all(word in options for word in words[1:] if word.startswith("--"))


def image_faults(image: str, version: str) -> Iterator[str]:
    """Plain names with a version, and of ours this one."""
    if _REGISTRY.match(image):
        yield f"image {image}: names a registry"
    if ":" not in image or image.endswith(":latest"):
        yield f"image {image}: no version"
    if image.startswith("tapedeck:") and image != f"tapedeck:{version}":
        yield f"image {image}: not this version"


def pod_faults(name: str, pod: Tree, version: str, *, is_job: bool) -> Iterator[str]:
    """What is wrong with a pod and its containers."""
    security = pod.get("securityContext", {})
    if security.get("runAsNonRoot") is not True or not security.get("runAsUser"):
        yield f"{name}: may run as root"
    if security.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        yield f"{name}: no seccomp profile"
    if pod.get("automountServiceAccountToken") is not False:
        yield f"{name}: gets a token of the cluster"
    for container in pod["containers"]:
        yield from image_faults(container["image"], version)
        yield from _container_faults(name, container, is_job=is_job)


def _container_faults(name: str, container: Tree, *, is_job: bool) -> Iterator[str]:
    own = container.get("securityContext", {})
    if own.get("readOnlyRootFilesystem") is not True:
        yield f"{name}: may write to its image"
    if own.get("allowPrivilegeEscalation") is not False or own.get("capabilities", {}).get("drop") != ["ALL"]:
        yield f"{name}: may gain rights"
    resources = container.get("resources", {})
    if not {"cpu", "memory"} <= resources.get("requests", {}).keys() or "memory" not in resources.get("limits", {}):
        yield f"{name}: no resources"
    if not is_job and "readinessProbe" not in container:
        yield f"{name}: no readiness probe"
    if not is_command(container.get("args", [])):
        yield f"{name}: {container.get('args')} is no command"
    for variable in container.get("env", []):
        if not is_setting(variable["name"]):
            yield f"{name}: {variable['name']} is no setting"
        if _SECRET.search(variable["name"]) and "secretKeyRef" not in variable.get("valueFrom", {}):
            yield f"{name}: {variable['name']} is no reference to a secret"


def kubernetes_faults(trees: Sequence[Tree], version: str) -> Iterator[str]:
    """What is wrong with manifests that are applied together."""
    of_kind: dict[str, list[Tree]] = {}
    for tree in trees:
        of_kind.setdefault(tree["kind"], []).append(tree)
    if "Secret" in of_kind:
        yield "a secret is written down"
    settings: dict[str, str] = {}
    for map_ in of_kind.get("ConfigMap", []):
        settings |= map_["data"]
    yield from (f"settings: {name} is no setting" for name in settings if not is_setting(name))
    yield from (f"settings: {name} is a secret" for name in settings if _SECRET.search(name))
    deployments = {each["metadata"]["name"]: each for each in of_kind.get("Deployment", [])}
    for name, each in deployments.items():
        yield from _deployment_faults(name, each, of_kind)
        yield from pod_faults(name, each["spec"]["template"]["spec"], version, is_job=False)
    for each in of_kind.get("Job", []):
        yield from pod_faults(each["metadata"]["name"], each["spec"]["template"]["spec"], version, is_job=True)
    yield from _api_faults(deployments["tapedeck-api"], settings)
    scaled = {
        each["spec"]["scaleTargetRef"]["name"]: each["spec"] for each in of_kind.get("HorizontalPodAutoscaler", [])
    }
    if "tapedeck-api" not in scaled:
        yield "the API is not scaled"
    for name, spec in scaled.items():
        targets = [(m["resource"]["name"], m["resource"]["target"].get("averageUtilization")) for m in spec["metrics"]]
        if name not in deployments or targets != [("cpu", 70)] or spec["minReplicas"] < 2:
            yield f"{name}: not scaled at 70 % CPU from two on"
    policies = [each["spec"] for each in of_kind.get("NetworkPolicy", [])]
    if not any(set(each["policyTypes"]) == {"Ingress", "Egress"} and "ingress" not in each for each in policies):
        yield "nothing closes the network"


def _deployment_faults(name: str, each: Tree, of_kind: Mapping[str, Sequence[Tree]]) -> Iterator[str]:
    labels = each["spec"]["template"]["metadata"]["labels"]
    if each["spec"]["selector"]["matchLabels"] != labels:
        yield f"{name}: selects other pods"
    budgets = [other["spec"]["selector"]["matchLabels"] for other in of_kind.get("PodDisruptionBudget", [])]
    if labels not in budgets:
        yield f"{name}: no disruption budget"


def _api_faults(api: Tree, settings: Mapping[str, str]) -> Iterator[str]:
    pod = api["spec"]["template"]["spec"]
    [container] = pod["containers"]
    paths = {
        probe: container.get(probe, {}).get("httpGet", {}).get("path") for probe in ("livenessProbe", "readinessProbe")
    }
    if paths != {"livenessProbe": "/livez", "readinessProbe": "/readyz"}:
        yield "the API is not asked whether it lives and is ready"
    ends_s = int(settings.get("TAPEDECK_HTTP__DRAIN_S", "0")) + int(settings.get("TAPEDECK_HTTP__GRACE_S", "2"))
    if pod.get("terminationGracePeriodSeconds", 30) <= ends_s:
        yield "the API is killed before it has finished"
    readiness = container.get("readinessProbe", {})
    heard_s = readiness.get("periodSeconds", 10) * readiness.get("failureThreshold", 3)
    if int(settings.get("TAPEDECK_HTTP__DRAIN_S", "0")) <= heard_s:
        yield "the API stops before its readiness is asked"


def compose_faults(tree: Tree, version: str) -> Iterator[str]:
    """What is wrong with a compose file."""
    services = tree["services"]
    yield from (f"{name} is missing" for name in _PROCESSES if name not in services)
    for name, service in services.items():
        yield from image_faults(service["image"], version)
        if "healthcheck" not in service:
            yield f"{name}: no health check"
        for variable, value in service.get("environment", {}).items():
            if _SECRET.search(variable) and not re.search(r"\$\{\w+:\?\}", value):
                yield f"{name}: {variable} is written down"
        if not service["image"].startswith("tapedeck:"):
            continue
        if (
            not service.get("read_only")
            or service.get("cap_drop") != ["ALL"]
            or service.get("user", "0").startswith("0")
        ):
            yield f"{name}: may do more than it needs"
        if not is_command(service["command"]):
            yield f"{name}: {service['command']} is no command"
        yield from (f"{name}: {each} is no setting" for each in service["environment"] if not is_setting(each))
    queue = " ".join(services.get("valkey-queue", {}).get("command", []))
    if "--appendonly yes" not in queue or "noeviction" not in queue or "volumes" not in services["valkey-queue"]:
        yield "the server for queues may lose work"
    cache = " ".join(services.get("valkey-cache", {}).get("command", []))
    if "--maxmemory " not in cache or "allkeys" not in cache:
        yield "the server for the cache may grow for ever"


def dockerfile_faults(text: str) -> Iterator[str]:
    """What is wrong with a Dockerfile."""
    stages = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    if len(stages) < 2:
        yield "one stage"
    yield from (fault for image in stages for fault in image_faults(image, ""))
    users = re.findall(r"^USER (\S+)", text, re.MULTILINE)
    if not users or not re.match(r"[1-9]\d+", users[-1]):
        yield "root"
    if "HEALTHCHECK" not in text:
        yield "no health check"
    if "--require-hashes" not in text or any(machine_traces("Dockerfile", text)):
        yield "packages from anywhere"
    for sources in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE):
        yield from (f"{source} is not there" for source in sources.split() if not (ROOT / source).exists())
    for variable in re.findall(r"\b(TAPEDECK_\w+)=", text):
        if not is_setting(variable):
            yield f"{variable} is no setting"
