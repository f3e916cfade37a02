"""Where the dashboard's pages are; all on the host of the overview."""

from urllib.parse import quote

DASHBOARD = "/-/dashboard"
APP = f"{DASHBOARD}/apps/{{app}}"
FILES = f"{APP}/files"
APP_VISITS = f"{APP}/visits"
SHARES = f"{DASHBOARD}/shares"
LINK_PASSWORD = f"{SHARES}/password"
SHARE_VISITS = f"{SHARES}/visits"
VISITS_FILE = f"{DASHBOARD}/visits"
SHARING = f"{DASHBOARD}/sharing"
KEYS = f"{DASHBOARD}/keys"
NEW_KEY = f"{KEYS}/new"
KEY_LIMITS = f"{KEYS}/limits"
CERTIFICATES = f"{DASHBOARD}/certificates"
PEOPLE = f"{DASHBOARD}/people"
PERSON = f"{PEOPLE}/{{person}}"
INVITATIONS = f"{DASHBOARD}/invitations"
LINK_ONCE = f"{INVITATIONS}/link"
TOKENS = f"{DASHBOARD}/tokens"
HEALTH = f"{DASHBOARD}/health"
PLAN = f"{DASHBOARD}/plan"
AUDIT = f"{DASHBOARD}/audit"


def app_page(name: str) -> str:
    return APP.format(app=name)


def visits_page(name: str) -> str:
    return APP_VISITS.format(app=name)


def files_page(name: str) -> str:
    return FILES.format(app=name)


def person_page(name: str) -> str:
    return PERSON.format(person=quote(name, safe=""))
