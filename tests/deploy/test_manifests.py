"""What is deployed obeys the rules, each of which is red on a planted violation; and every setting used exists."""

from __future__ import annotations

import copy
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.platform.settings import load_settings
from tests.deploy.manifests import (
    ROOT,
    Tree,
    compose_faults,
    dockerfile_faults,
    documents,
    kubernetes_faults,
)

DEPLOY = ROOT / "deploy"
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
[KUSTOMIZATION] = documents(DEPLOY / "kubernetes" / "kustomization.yaml")
MANIFESTS = [tree for name in KUSTOMIZATION["resources"] for tree in documents(DEPLOY / "kubernetes" / name)]
[COMPOSE] = documents(DEPLOY / "compose.yaml")


def _of(trees: list[Tree], kind: str, name: str) -> Tree:
    [found] = [tree for tree in trees if tree["kind"] == kind and tree["metadata"]["name"] == name]
    return found


def _pod(trees: list[Tree], name: str = "tapedeck-api") -> Tree:
    return _of(trees, "Deployment", name)["spec"]["template"]["spec"]


def _container(trees: list[Tree], name: str = "tapedeck-api") -> Tree:
    return _pod(trees, name)["containers"][0]


def _without(kind: str) -> Callable[[list[Tree]], None]:
    def remove(trees: list[Tree]) -> None:
        trees[:] = [tree for tree in trees if tree["kind"] != kind]

    return remove


KUBERNETES: dict[str, Callable[[list[Tree]], object]] = {
    "may run as root": lambda trees: _pod(trees)["securityContext"].pop("runAsNonRoot"),
    "no seccomp profile": lambda trees: _pod(trees)["securityContext"].pop("seccompProfile"),
    "gets a token of the cluster": lambda trees: _pod(trees).pop("automountServiceAccountToken"),
    "may write to its image": lambda trees: _container(trees)["securityContext"].pop("readOnlyRootFilesystem"),
    "may gain rights": lambda trees: _container(trees)["securityContext"].pop("capabilities"),
    "no resources": lambda trees: _container(trees).pop("resources"),
    "no readiness probe": lambda trees: _container(trees, "tapedeck-worker").pop("readinessProbe"),
    "['listen'] is no command": lambda trees: _container(trees).update(args=["listen"]),
    "TAPEDECK_HTTP__PORTS is no setting": lambda trees: _of(trees, "ConfigMap", "tapedeck")["data"].update(
        TAPEDECK_HTTP__PORTS="1"
    ),
    "is a secret": lambda trees: _of(trees, "ConfigMap", "tapedeck")["data"].update(
        TAPEDECK_DATABASE__URL="postgresql://u:p@h/d"
    ),
    "is no reference to a secret": lambda trees: _container(trees)["env"][0].update(value="x", valueFrom={}),
    "names a registry": lambda trees: _container(trees).update(image="registry.example.com/tapedeck:0.1.0"),
    "no version": lambda trees: _container(trees).update(image="tapedeck"),
    "not this version": lambda trees: _container(trees).update(image="tapedeck:0.0.9"),
    "selects other pods": lambda trees: _of(trees, "Deployment", "tapedeck-api")["spec"]["selector"].update(
        matchLabels={"a": "b"}
    ),
    "no disruption budget": _without("PodDisruptionBudget"),
    "the API is not scaled": _without("HorizontalPodAutoscaler"),
    "not scaled at 70 % CPU": lambda trees: _of(trees, "HorizontalPodAutoscaler", "tapedeck-api")["spec"].update(
        minReplicas=1
    ),
    "nothing closes the network": _without("NetworkPolicy"),
    "a secret is written down": lambda trees: trees.append({"kind": "Secret", "metadata": {"name": "x"}}),
    "not asked whether it lives": lambda trees: _container(trees).pop("livenessProbe"),
    "killed before it has finished": lambda trees: _pod(trees).update(terminationGracePeriodSeconds=30),
    "stops before its readiness is asked": lambda trees: _container(trees)["readinessProbe"].update(periodSeconds=30),
}
CONTAINERS: dict[str, Callable[[Tree], object]] = {
    "scheduler is missing": lambda tree: tree["services"].pop("scheduler"),
    "ingest is missing": lambda tree: tree["services"].pop("ingest"),
    "api: no health check": lambda tree: tree["services"]["api"].pop("healthcheck"),
    "POSTGRES_PASSWORD is written down": lambda tree: tree["services"]["postgres"]["environment"].update(
        POSTGRES_PASSWORD="hush"
    ),
    "may do more than it needs": lambda tree: tree["services"]["worker"].pop("read_only"),
    "is no command": lambda tree: tree["services"]["api"].update(command=["api", "--fast"]),
    "TAPEDECK_HTTP__PORTS is no setting": lambda tree: tree["services"]["api"]["environment"].update(
        TAPEDECK_HTTP__PORTS="1"
    ),
    "queues may lose work": lambda tree: tree["services"]["valkey-queue"].pop("volumes"),
    "may grow for ever": lambda tree: tree["services"]["valkey-cache"].update(command=["valkey-server"]),
    "names a registry": lambda tree: tree["services"]["postgres"].update(image="mirror.example.com/postgres:18"),
}
IMAGES = {
    "one stage": ("AS build", "AS build\n#", r"(?s)\nFROM python:3\.11-slim\n.*?(?=ENV)"),
    "root": ("", "", r"USER 10001:10001"),
    "no health check": ("", "", r"(?s)HEALTHCHECK.*?\n(?=ENTRYPOINT)"),
    "packages from anywhere": ("", "", r" --require-hashes"),
    "is not there": ("COPY domain ", "COPY domains ", ""),
    "is no setting": ("TAPEDECK_HTTP__HOST", "TAPEDECK_HTTP__HOSTS", ""),
    "names a registry": ("FROM python", "FROM mirror.example.com/python", ""),
}


def test_the_manifests_obey_the_rules() -> None:
    assert list(kubernetes_faults(MANIFESTS, VERSION)) == []


def test_every_manifest_is_applied() -> None:
    files = {path.name for path in (DEPLOY / "kubernetes").glob("*.yaml")} - {"kustomization.yaml"}
    assert set(KUSTOMIZATION["resources"]) == files


@pytest.mark.parametrize("fault", KUBERNETES)
def test_a_planted_fault_of_a_manifest_is_seen(fault: str) -> None:
    trees = copy.deepcopy(MANIFESTS)
    KUBERNETES[fault](trees)
    assert any(fault in said for said in kubernetes_faults(trees, VERSION))


def test_the_compose_file_obeys_the_rules() -> None:
    assert list(compose_faults(COMPOSE, VERSION)) == []


@pytest.mark.parametrize("fault", CONTAINERS)
def test_a_planted_fault_of_the_compose_file_is_seen(fault: str) -> None:
    tree = copy.deepcopy(COMPOSE)
    CONTAINERS[fault](tree)
    assert any(fault in said for said in compose_faults(tree, VERSION))


def test_the_dockerfile_obeys_the_rules() -> None:
    assert list(dockerfile_faults(DOCKERFILE)) == []


@pytest.mark.parametrize("fault", IMAGES)
def test_a_planted_fault_of_the_dockerfile_is_seen(fault: str) -> None:
    old, new, gone = IMAGES[fault]
    text = DOCKERFILE.replace(old, new) if old else DOCKERFILE
    text = re.sub(gone, "", text) if gone else text
    assert text != DOCKERFILE
    assert any(fault in said for said in dockerfile_faults(text))


def test_the_settings_of_containers_are_whole_and_accepted() -> None:
    """With something in the place of each secret the processes would start on them."""
    keys = '[{"kid": "a", "secret": "0123456789abcdef0123456789abcdef"}]'
    given = {"TAPEDECK_DATABASE__URL": "postgresql://u@h/d", "TAPEDECK_AUTH__KEYS": keys}
    given |= {"TAPEDECK_REDIS__QUEUE": "redis://h", "TAPEDECK_REDIS__CACHE": "redis://h"}
    given["TAPEDECK_TELEMETRY__METRICS_TOKEN"] = "what-prometheus-shows"
    secret = {each["name"] for each in _container(MANIFESTS)["env"]}
    assert secret == given.keys()
    settings = load_settings(given | _of(MANIFESTS, "ConfigMap", "tapedeck")["data"])
    assert (settings.http.host, settings.http.port) == ("0.0.0.0", 8000)  # noqa: S104 - as containers must
    told: dict[str, str] = COMPOSE["services"]["api"]["environment"]
    composed = {name: given.get(name, value) for name, value in told.items()}
    assert load_settings(composed).http.grace_s == 20


def test_the_containers_of_a_machine_count_in_one_folder_that_is_theirs() -> None:
    services = [COMPOSE["services"][name] for name in ("api", "worker", "scheduler", "ingest")]
    for service in services:
        assert service["volumes"] == [f"metrics:{service['environment']['TAPEDECK_TELEMETRY__METRICS_DIR']}"]
    assert "metrics" in COMPOSE["volumes"]
    assert "install -d -o 10001 -g 10001 -m 0700 /srv/metrics" in DOCKERFILE


def test_what_the_image_is_built_from_is_let_in() -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    sources = {
        source for line in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE) for source in line.split()
    }
    assert sources == let_in
    assert all(Path(ROOT, source).exists() for source in sources)
