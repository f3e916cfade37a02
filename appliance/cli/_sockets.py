"""How a command reaches the processes that run."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from appliance.apps.model import AppStatus, HostStatus
from appliance.cli._errors import BrokenOffError, CliError, NotRunningError
from appliance.commands import COMMAND
from appliance.config.schema import Storage
from appliance.supervisor import lock
from appliance.supervisor.finding import running_for
from appliance.supervisor.places import Places, places

File = Annotated[
    Path,
    typer.Option("--file", "-f", envvar="APPLIANCE_FILE", help="The YAML of the appliance."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
DEFAULT_FILE = Path("appliance.yaml")
_NOBODY = "The appliance does not run."


def run_folder(file: Path) -> Path:
    """Where the sockets are: as the environment says (Compose), else below the YAML's data."""
    given = os.environ.get("APPLIANCE_RUN")
    return Path(given) if given else places_of(file).run


def places_of(file: Path) -> Places:
    """Where the appliance of a YAML runs, or would.

    It may run for a file that is broken, gone, or names another folder by now.
    """
    written = places_written(file)
    return written if _in_use(written) else running_for(file) or written


def places_written(file: Path) -> Places:
    """The folders that a YAML names, as far as it can be read."""
    return places(file, os.environ.get("APPLIANCE_DATA") or _data(file))


def _in_use(found: Places) -> bool:
    try:
        return lock.running(found.lock) is not None
    except PermissionError:  # somebody else's, which the socket tells in words
        return True


def _data(file: Path) -> str:
    default = Storage().data
    try:
        document = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
        found = document["storage"]["data"]
    except (OSError, UnicodeDecodeError, YAMLError, KeyError, TypeError):
        return default
    return found if isinstance(found, str) else default


@contextmanager
def apps_host(file: Path) -> Iterator[httpx.Client]:
    """A client of the app host's API; raises `NotRunningError` if nobody answers."""
    missing = _away(file, "app host")
    with _client(run_folder(file) / "apps.sock", 60, missing) as client:
        yield client


@contextmanager
def control(file: Path, timeout: float = 30) -> Iterator[httpx.Client]:
    """A client of the control process; raises `NotRunningError` if nobody answers."""
    missing = _away(file, "control process")
    with _client(run_folder(file) / "control.sock", timeout, missing) as client:
        yield client


@contextmanager
def relay(file: Path) -> Iterator[httpx.Client]:
    """A client of the relay; raises `NotRunningError` if nobody answers."""
    run = run_folder(file)
    runs = (run / "control.sock").exists()
    missing = NotRunningError("The relay does not run." if runs else _NOBODY)
    with _client(run / "relay" / "relay.sock", 30, missing) as client:
        yield client


def _away(file: Path, process: str) -> NotRunningError:
    """What it means that a process does not answer: alone, or with all the others."""
    where = places_of(file)
    try:
        holder = lock.running(where.lock)
    except PermissionError:  # somebody else's, which the socket tells in words
        holder = None
    if holder is None:
        return NotRunningError(_NOBODY)
    return NotRunningError(
        f"The {process} does not answer.",
        f"It is started again by itself: try in a few seconds. If that does not help, look into "
        f"{where.logs}.",
    )


@contextmanager
def _client(socket: Path, timeout: float, missing: NotRunningError) -> Iterator[httpx.Client]:
    if not socket.exists():
        raise missing
    transport = httpx.HTTPTransport(uds=str(socket))
    # The host name reaches no resolver; it only has to be one.
    with httpx.Client(
        base_url="http://appliance", transport=transport, timeout=httpx.Timeout(timeout, connect=5)
    ) as client:
        try:
            yield client
        except httpx.ConnectError as error:
            if isinstance(error.__cause__ and error.__cause__.__cause__, PermissionError):
                raise CliError(
                    f"{socket} belongs to somebody else.",
                    "Run this command as the user who started the appliance.",
                ) from None
            raise missing from None
        except httpx.TransportError as error:
            raise BrokenOffError(f"The appliance broke off: {error}.", "Try again.") from None


def answer(response: httpx.Response) -> Any:
    """The JSON of a good answer; raises `CliError` with the words of a bad one."""
    if response.is_success:
        return response.json() if response.content else None
    try:
        body = response.json()
    except ValueError:
        words = response.text.strip() or f"The appliance answered {response.status_code}."
        raise CliError(words) from None
    if not isinstance(body, dict):
        raise CliError(str(body))
    found = body.get("detail") or body.get("message") or body.get("summary")
    lists = _LISTS.get(body.get("code", ""))
    remedy = f"`{COMMAND} {lists}` lists them." if lists else ""
    raise CliError(found if isinstance(found, str) else str(body), remedy)


_LISTS = {
    "unknown-person": "users",
    "unknown-token": "tokens",
    "unknown-key": "keys",
    "unknown-share": "shares --all",
}
"""By an answer's code: the command that shows what there is."""


def host_status(client: httpx.Client) -> HostStatus:
    return HostStatus.model_validate(answer(client.get("/apps")))


def known_app(client: httpx.Client, name: str) -> AppStatus:
    """The app of that name; raises `CliError` with the nearest name if there is none."""
    apps = {app.name: app for app in host_status(client).apps}
    if name in apps:
        return apps[name]
    near = get_close_matches(name, apps, n=1)
    if near:
        raise CliError(f"There is no app {name!r}.", f"Did you mean {near[0]!r}?")
    names = ", ".join(sorted(apps))
    raise CliError(
        f"There is no app {name!r}.", f"There are: {names}" if names else "The YAML names no apps."
    )
