"""All pages of the dashboard, each with what it needs."""

from fastapi import APIRouter

from appliance.web.account.parts import Parts
from appliance.web.dashboard import acting, places, viewing, visited
from appliance.web.dashboard.machine import Machine
from appliance.web.dashboard.serving import Act, Dashboard, Download, View

PAGES: tuple[View | Act | Download, ...] = (
    View(places.DASHBOARD, "apps", viewing.overview, for_everybody=True, live=True),
    View(places.APP, "app", viewing.app, live=True),
    Act(f"{places.APP}/deploy", acting.deploy),
    Act(f"{places.APP}/restart", acting.restart),
    Act(f"{places.APP}/rollback", acting.rollback),
    View(places.APP_VISITS, "visits", visited.app),
    View(places.SHARES, "shares", viewing.shares, live=True),
    Act(f"{places.SHARES}/kick", acting.kick),
    Act(f"{places.SHARES}/extend", acting.extend),
    View(places.SHARE_VISITS, "visits", visited.share),
    Download(places.VISITS_FILE, visited.file),
    View(places.SHARING, "sharing", viewing.sharing, for_everybody=True),
    View(places.CERTIFICATES, "certificates", viewing.certificates),
    View(places.PEOPLE, "people", viewing.people),
    View(places.AUDIT, "audit", viewing.audit),
)


def dashboard_pages(parts: Parts, machine: Machine) -> APIRouter:
    """Routes to be served before the other pages."""
    dashboard = Dashboard(parts, machine)
    dashboard.add_logs()
    dashboard.add(*PAGES)
    return dashboard.router
