"""Where the dashboard's pages are; all on the host of the overview."""

DASHBOARD = "/-/dashboard"
APP = f"{DASHBOARD}/apps/{{app}}"
APP_VISITS = f"{APP}/visits"
SHARES = f"{DASHBOARD}/shares"
SHARE_VISITS = f"{SHARES}/visits"
VISITS_FILE = f"{DASHBOARD}/visits"
SHARING = f"{DASHBOARD}/sharing"
CERTIFICATES = f"{DASHBOARD}/certificates"
PEOPLE = f"{DASHBOARD}/people"
AUDIT = f"{DASHBOARD}/audit"


def app_page(name: str) -> str:
    return APP.format(app=name)
