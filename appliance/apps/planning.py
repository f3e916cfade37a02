"""From the YAML's words about an app to the plan of its instances. Pure but for reading secrets."""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from appliance.apps.model import AppSpec
from appliance.apps.runtime import BuildError, Confines, InstancePlan, ReleaseFiles
from appliance.apps.server.settings import FileRules, Identity, Settings, Storage
from appliance.config.schema import App
from appliance.config.secrets import Secret, SecretError, resolve_all


@dataclass(frozen=True)
class Context:
    """What is the same for all apps of a host."""

    base_folder: Path
    telemetry: bool
    key: bytes
    """Random, of this host alone: nobody can guess a secret by its fingerprint."""
    server: str
    """Digest of the app server."""


@dataclass(frozen=True)
class Variables:
    """An app's environment variables; those of `secrets` print as dots."""

    plain: Mapping[str, str]
    secret: Mapping[str, Secret]

    def revealed(self) -> dict[str, str]:
        return {**self.plain, **{name: value.reveal() for name, value in self.secret.items()}}

    def redact(self, line: str) -> str:
        """A line of the app's output without its secrets. Short ones would match anything."""
        for value in self.secret.values():
            if len(text := value.reveal()) >= 6:
                line = line.replace(text, "••••")
        return line


def variables(spec: AppSpec, context: Context) -> Variables:
    """Raises `BuildError` for a secret that cannot be had."""
    key = f"apps.{spec.name}.secrets"
    try:
        secret = resolve_all(spec.app.secrets, context.base_folder, key)
    except SecretError as error:
        raise BuildError(
            error.code, f"{error}.", remedy=f"Expected: {error.remedy}. Then run restart."
        ) from None
    reports = {"GRADIO_ANALYTICS_ENABLED": "True"} if context.telemetry else {}
    return Variables({**reports, **spec.app.env}, secret)


def host_word(key: bytes, app: str) -> str:
    """By which the app host shows the servers of this one app who it is; no other app can."""
    return hmac.new(key, f"app host {app}".encode(), sha256).hexdigest()


def settings(spec: AppSpec, file: str, key: bytes) -> Settings:
    """Settings of the app server as far as the YAML decides them; `key` is the host's own."""
    app = spec.app
    return Settings(
        app=spec.name,
        file=file,
        listen_host="",
        listen_port=0,
        trusted_proxies=(),
        root=spec.placement.root,
        path=spec.placement.path,
        origins=app.embed.origins,
        examples_cache=app.cache.examples,
        files=FileRules(
            allowed=app.files.allowed,
            blocked=app.files.blocked,
            static=app.files.static,
            max_upload=app.files.max_upload,
        ),
        storage=Storage(
            temp="",
            examples="",
            data="",
            check_every=app.cache.temp.check_every.total_seconds(),
            keep=app.cache.temp.keep.total_seconds(),
            disk_limit=app.limits.disk,
        ),
        host_word=host_word(key, spec.name),
        identity=Identity(
            audience=spec.name,
            keys=spec.identity.keys,
            required=spec.identity.required,
            own_login=app.login == "script" or not spec.identity.required,
        ),
    )


def confines(app: App) -> Confines:
    limits = app.limits
    return Confines(limits.memory, limits.cpus, limits.pids, limits.gpus)


@dataclass(frozen=True)
class Blueprint:
    """Today's settings of one app, from which instances of any release are planned."""

    spec: AppSpec
    variables: Variables
    generation: int
    """Counts restarts by hand."""
    context: Context

    def fingerprint(self, file: str) -> str:
        """Digest of all that a running instance cannot take up: a change needs a new one."""
        limits = confines(self.spec.app)
        parts = {
            "settings": settings(self.spec, file, self.context.key).model_dump(mode="json"),
            "variables": self.variables.revealed(),
            "confines": [limits.memory, limits.cpus, limits.pids, limits.gpus],
            "generation": self.generation,
            "server": self.context.server,
        }
        text = json.dumps(parts, sort_keys=True).encode()
        return hmac.new(self.context.key, text, sha256).hexdigest()[:32]

    def plan(self, files: ReleaseFiles, file: str, slot: int) -> InstancePlan:
        """One instance as it should run."""
        fingerprint = self.fingerprint(file)
        return InstancePlan(
            id=instance_id(self.spec.name, files.release, slot, fingerprint),
            files=files,
            settings=settings(self.spec, file, self.context.key),
            fingerprint=fingerprint,
            environment=self.variables.revealed(),
            confines=confines(self.spec.app),
        )


def source_key(app: App) -> str:
    """Digest of what decides where a release comes from and what its environment holds."""
    source = app.source if isinstance(app.source, str) else app.source.model_dump()
    parts = [source, app.file, app.python, app.gradio]
    return sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def instance_id(app: str, release: str, slot: int, fingerprint: str) -> str:
    """Readable, unique, and short enough for a DNS label and a container's name."""
    return f"{app}-{release}-{slot}-{fingerprint[:4]}"


def slot_of(instance: str) -> int:
    """Which of the replicas an instance is."""
    slot = instance.rsplit("-", 2)[-2]
    return int(slot) if slot.isdecimal() else 0
