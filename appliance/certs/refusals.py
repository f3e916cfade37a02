"""certbot's output in plain words: what went wrong, and what to do."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from appliance.certs.model import covered
from appliance.certs.providers import Provider
from appliance.certs.remedies import ASKED_AGAIN, SILENT, UNKNOWN, by_words, of_authority


@dataclass(frozen=True)
class Said:
    """What certbot has to say about a run that ended `at`."""

    text: str
    """Its output, for people: of an authority's error it gives the detail alone."""
    log: str
    """Its log of this run: errors with their type, answers with their headers."""
    at: datetime


@dataclass(frozen=True)
class Refusal:
    """Why names have no certificate."""

    code: str
    message: str
    remedy: str
    not_before: datetime | None = None
    """The authority said when to come again."""


_HINT = re.compile(r"^Hint: (?P<records>The zone needs these records: .+)$", re.MULTILINE)
_REPORTED = re.compile(
    r"(?:Domain|Identifier):\s*(?P<name>\S+)\s+Type:\s*(?P<type>\S+)\s+Detail:\s*(?P<detail>.+)"
)
_TYPE = re.compile(r"urn:ietf:params:acme:error:(?P<type>\w+)[ :]*(?P<detail>[^\n]*)")
_RAISED = re.compile(
    r"^acme\.messages\.Error: urn:ietf:params:acme:error:(?P<type>\w+) :: [^\n]*?"
    r"(?: :: (?P<detail>[^\n]+))?$",
    re.MULTILINE,
)
_RETRY = re.compile(r"retry after (?P<when>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)")
_LEFT_ALONE = re.compile(
    r"^HTTP (?:429|503)\n(?:[^\n]+\n)*?Retry-After: (?P<when>[^\n]+)$", re.MULTILINE
)
"""The answer of a server that wants to be left alone, in the log."""
_AT_MOST = timedelta(days=7)
"""No authority's limit is longer; whoever says more is mistaken."""
_REASON = re.compile(r"(?<=\] )[A-Z][^\[\]\"')]+(?=[\"')])|certificate verify failed[^\"')]*")
_ERROR = re.compile(r":ERROR:certbot\._internal\.log:(?P<text>.+(?:\n(?!\d{4}-\d\d-\d\d ).*)*)")
"""Up to the next line with a time."""
_LONGEST = 300
_OF_NO_USE = (
    "Ask for help",
    "Hint: ",
    "Requesting",
    "Saving debug log",
    "See ",
    "Some challenges",
    # Amazon's plugin adds advice about credentials to whatever goes wrong.
    "To use certbot-",
)
"""How lines begin in which certbot does not say what happened."""


def refusal(said: Said, missing: Sequence[str], asked: Provider | None = None) -> Refusal:
    """Why `missing` have no certificate; `asked` is who was to show a record, if anybody."""
    output = said.text
    reported = list(_REPORTED.finditer(output))
    if reported:
        first = reported[0]
        code, detail = first["type"], first["detail"]
        names: Sequence[str] = sorted({one["name"] for one in reported if one["type"] == code})
        words, remedy = of_authority(code, by_dns=asked is not None)
    elif (found := _error(said)) is not None:
        code, detail, names = found["type"], found["detail"] or "", missing
        words, remedy = of_authority(code, by_dns=asked is not None)
    else:
        last = _last_words(said)
        # Libraries warn of what has nothing to do with the end.
        known = by_words(last) or by_words("\n".join(_telling(output)))
        code, (words, remedy) = known or (UNKNOWN if last else SILENT)
        detail, names = _reason(last), missing
    if asked is not None and (hint := _HINT.search(output)):
        remedy = f"{hint['records']} {ASKED_AGAIN}"
    words, remedy = (_about(text, asked) for text in (words, remedy))
    about = f"{_list(names)}: {words}"
    return Refusal(
        code=code,
        message=f"{about} ({_short(detail)})" if detail else about,
        remedy=remedy,
        not_before=_retry(said),
    )


def _about(text: str, asked: Provider | None) -> str:
    if asked is None:
        return text.replace("{title}", "the DNS provider").replace("{needs}", "what it gave you")
    return text.replace("{title}", asked.title).replace("{needs}", asked.needs)


def _error(said: Said) -> re.Match[str] | None:
    """The authority's error, not one about a name."""
    raised = list(_RAISED.finditer(said.log))
    return _TYPE.search(said.text) or (raised[-1] if raised else None)


def refused_names(asked: Iterable[str], got: Iterable[str]) -> tuple[str, ...]:
    """What was asked for and is not in the certificate."""
    names = tuple(got)
    return tuple(name for name in asked if not covered(name, names))


def _last_words(said: Said) -> str:
    """The error that ended certbot, by its log; else the last line that it showed."""
    errors = list(_ERROR.finditer(said.log))
    if errors:
        return "\n".join(_telling(errors[-1]["text"]))
    return next(reversed(_telling(said.text)), "")


def _telling(text: str) -> list[str]:
    """The lines in which certbot says what happened."""
    lines = [line.strip() for line in text.splitlines()]
    return [line for line in lines if line and not line.startswith(_OF_NO_USE)]


def _reason(last: str) -> str:
    """Of a failed connection the reason is in there, below names of Python's classes."""
    found = _REASON.search(last)
    return found[0] if found else last


def _retry(said: Said) -> datetime | None:
    """When the authority may be asked again, if it says so."""
    told = _RETRY.search(said.text)
    busy = list(_LEFT_ALONE.finditer(said.log))
    if told is not None:
        when = datetime.fromisoformat(told["when"]).replace(tzinfo=UTC)
    elif busy:
        when = _after(busy[-1]["when"].strip(), said.at)
    else:
        return None
    return min(when, said.at + _AT_MOST)


def _after(header: str, at: datetime) -> datetime:
    """A number of seconds or a date, RFC 9110, 10.2.3."""
    if header.isdecimal():
        return at + timedelta(seconds=min(int(header), int(_AT_MOST.total_seconds())))
    try:
        when = parsedate_to_datetime(header)
    except ValueError:
        return at
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _list(names: Sequence[str]) -> str:
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"


def _short(text: str) -> str:
    line = " ".join(text.split()).rstrip(".")
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
