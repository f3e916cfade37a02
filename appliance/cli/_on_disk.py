"""What the YAML names must be there: sources, scripts, secrets.

Apart from `checks`, because inside a container the same paths mean other files.
"""

import re
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path

from appliance.certs.own import own
from appliance.config.findings import Finding, KeyPath, Reporter
from appliance.config.kept import SecretRef
from appliance.config.loading import Loaded
from appliance.config.meant import without_curly_quotes
from appliance.config.schema import App, Config
from appliance.config.secrets import SecretError, resolve
from appliance.config.tls import DnsChallenge

_FORGE = re.compile(r"(www\.)?(github|gitlab|huggingface|codeberg|bitbucket)\.(com|co|org)/.")
"""Addresses of repositories as browsers show them."""


def on_disk(loaded: Loaded, base_folder: Path) -> tuple[Finding, ...]:
    """Findings about files; `base_folder` is where relative paths start, the YAML's folder."""
    report = Reporter(loaded.path.name, loaded.places)
    found: list[Finding] = []
    for name, app in loaded.config.apps.items():
        if app.git is None:
            found += _source(name, app, base_folder, report)
        for variable, ref in app.secrets.items():
            found += _secret(("apps", name, "secrets", variable), ref, base_folder, report)
    tokens = loaded.config.share.tokens if loaded.config.share else ()
    for index, ref in enumerate(tokens):
        found += _secret(("share", "tokens", index), ref, base_folder, report)
    if loaded.config.auth and loaded.config.auth.database is not None:
        found += _secret(("auth", "database"), loaded.config.auth.database, base_folder, report)
    for name, provider in (loaded.config.auth.providers if loaded.config.auth else {}).items():
        if provider.client_secret is not None:
            at = ("auth", "providers", name, "client_secret")
            found += _secret(at, provider.client_secret, base_folder, report)
    found += _tls(loaded.config, base_folder, report)
    return tuple(found)


def _tls(config: Config, base_folder: Path, report: Reporter) -> Iterator[Finding]:
    """Certificates of one's own, and secrets for authorities and DNS providers."""
    tls, challenge = config.tls, config.tls.challenge
    if config.tls_mode == "files":
        for trouble in own(config, base_folder, datetime.now(UTC)).troubles:
            code = trouble.problem.code
            yield report.at(
                trouble.at,
                code,
                trouble.problem.message,
                expected=trouble.expected,
                severity="warning" if code == "names-uncovered" else "error",
            )
    if config.tls_mode == "certbot":
        if isinstance(challenge, DnsChallenge) and challenge.credentials is not None:
            at = ("tls", "challenge", "credentials")
            yield from _secret(at, challenge.credentials, base_folder, report)
        if tls.eab is not None:
            yield from _secret(("tls", "eab", "hmac_key"), tls.eab.hmac_key, base_folder, report)
        if tls.directory_ca is not None and not (base_folder / tls.directory_ca).is_file():
            problem = f"there is no file {(base_folder / tls.directory_ca).absolute()}"
            yield report.at(("tls", "directory_ca"), "file-missing", problem)


def _source(name: str, app: App, base_folder: Path, report: Reporter) -> Iterator[Finding]:
    at, folder = ("apps", name, "source"), base_folder / str(app.source)
    if folder.is_file():
        yield report.at(
            at,
            "source-not-a-folder",
            f"`{app.source}` is a file",
            expected=f"`source: {Path(str(app.source)).parent}` and `file: {folder.name}`",
        )
    elif not folder.is_dir():
        problem = f"there is no folder {folder.absolute()}"
        nearest = _meant(str(app.source), folder)
        yield report.at(at, "source-missing", problem, nearest=nearest)
    else:
        yield from _script(name, app, folder, report)
        yield from _served(name, app, folder, report)


def _meant(written: str, folder: Path) -> str | None:
    """The source that was probably meant by a folder that is not there."""
    if straight := without_curly_quotes(written):
        return f'`"{straight}"`'
    if written.startswith("~"):
        return f"`{Path(written).expanduser()}`"
    if _FORGE.match(written):
        return f"`https://{written}`"
    near = _near(folder.name, (item for item in _children(folder.parent) if item.is_dir()))
    return f"`{Path(written).with_name(near)}`" if near else None


def _script(name: str, app: App, folder: Path, report: Reporter) -> Iterator[Finding]:
    scripts = [item for item in _children(folder) if item.suffix == ".py"]
    if app.file is not None:
        if not (folder / app.file).is_file():
            near = _near(app.file, scripts)
            problem = f"`{app.source}` has no such file"
            nearest = f"`{near}`" if near else None
            yield report.at(("apps", name, "file"), "file-missing", problem, nearest=nearest)
    elif not (folder / "app.py").is_file() and not (folder / "README.md").is_file():
        only = f"`file: {scripts[0].name}`" if len(scripts) == 1 else None
        yield report.at(
            ("apps", name, "source"),
            "file-missing",
            f"`{app.source}` has no app.py, and no `file` names another script",
            nearest=only,
        )


def _served(name: str, app: App, folder: Path, report: Reporter) -> Iterator[Finding]:
    for key in ("allowed", "static"):
        for index, text in enumerate(getattr(app.files, key)):
            if not Path(text).is_absolute() and not (folder / text).exists():
                at, problem = ("apps", name, "files", key, index), f"`{app.source}` has no `{text}`"
                yield report.at(at, "path-missing", problem, severity="warning")


def _secret(at: KeyPath, ref: SecretRef, base_folder: Path, report: Reporter) -> Iterator[Finding]:
    try:
        resolve(ref, base_folder)
    except SecretError as error:
        yield report.at(at, error.code, str(error), expected=error.remedy)
        return
    if ref.file is not None:
        file = base_folder / ref.file
        if file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
            yield report.at(
                at,
                "secret-readable",
                f"other users of this machine can read {ref.file}",
                expected=f"`chmod 600 {ref.file}`",
                severity="warning",
            )


def _children(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _near(name: str, candidates: Iterator[Path] | list[Path]) -> str | None:
    names = [item.name for item in candidates]
    return next(iter(get_close_matches(name, names, n=1)), None)
