"""All pages of the dashboard, each with what it needs."""

from fastapi import APIRouter

from appliance.web.account.parts import Parts
from appliance.web.dashboard import (
    acting,
    administering,
    auditing,
    caches,
    health,
    keys,
    limiting,
    people,
    places,
    planning,
    protecting,
    viewing,
    visited,
)
from appliance.web.dashboard.machine import Machine
from appliance.web.dashboard.serving import Act, Dashboard, Download, View

_PERSON = places.PERSON
PAGES: tuple[View | Act | Download, ...] = (
    View(places.DASHBOARD, "apps", viewing.overview, for_everybody=True, live=True),
    View(places.APP, "app", viewing.app, live=True),
    Act(f"{places.APP}/deploy", acting.deploy),
    Act(f"{places.APP}/restart", acting.restart),
    Act(f"{places.APP}/rollback", acting.rollback),
    View(places.APP_VISITS, "visits", visited.app),
    View(places.FILES, "files", caches.files),
    Act(f"{places.FILES}/clean", caches.clean, asks=caches.question),
    View(places.SHARES, "shares", viewing.shares, for_everybody=True, live=True),
    Act(f"{places.SHARES}/kick", acting.kick, for_everybody=True),
    Act(f"{places.SHARES}/extend", acting.extend, for_everybody=True),
    Act(
        f"{places.SHARES}/protect",
        protecting.protect,
        for_everybody=True,
        asks=protecting.ask_protect,
    ),
    Act(f"{places.SHARES}/unprotect", protecting.unprotect, for_everybody=True),
    View(
        places.LINK_PASSWORD,
        "link-password",
        protecting.password_once,
        for_everybody=True,
        once=True,
    ),
    View(places.SHARE_VISITS, "visits", visited.share, for_everybody=True),
    Download(places.VISITS_FILE, visited.file, for_everybody=True),
    View(places.SHARING, "sharing", viewing.sharing, for_everybody=True),
    View(places.KEYS, "keys", keys.keys),
    Act(f"{places.KEYS}/make", keys.make),
    View(places.KEY_LIMITS, "limits", limiting.limits),
    Act(places.KEY_LIMITS, limiting.change),
    View(places.NEW_KEY, "key", keys.key_once, once=True),
    Act(f"{places.KEYS}/revoke", keys.revoke, asks=keys.ask_revoke),
    Act(f"{places.KEYS}/protect", protecting.protect_key, asks=protecting.ask_protect_key),
    Act(f"{places.KEYS}/unprotect", protecting.unprotect_key),
    View(places.PEOPLE, "people", people.people),
    View(places.INVITATIONS, "invitations", people.invitations),
    View(f"{places.INVITATIONS}/new", "invite", people.new_invitation, fresh=True),
    Act(f"{places.INVITATIONS}/new", administering.invite, fresh=True),
    Act(f"{places.INVITATIONS}/withdraw", administering.withdraw),
    View(places.LINK_ONCE, "link", administering.link_once, once=True),
    View(_PERSON, "person", people.person, fresh=True),
    Act(f"{_PERSON}/change", administering.change, fresh=True),
    Act(f"{_PERSON}/sign-out", administering.sign_out),
    Act(f"{_PERSON}/unlock", administering.unlock),
    Act(f"{_PERSON}/reset", administering.reset, fresh=True),
    Act(
        f"{_PERSON}/forget-factors",
        administering.forget_factors,
        fresh=True,
        asks=administering.ask_forget_factors,
    ),
    Act(f"{_PERSON}/remove", administering.remove, fresh=True, asks=administering.ask_remove),
    View(places.TOKENS, "tokens", people.tokens),
    Act(f"{places.TOKENS}/revoke", administering.revoke),
    View(places.CERTIFICATES, "certificates", viewing.certificates),
    Act(f"{places.CERTIFICATES}/renew", acting.renew),
    Act(f"{places.CERTIFICATES}/revoke", acting.revoke, asks=acting.ask_revoke),
    View(places.HEALTH, "health", health.health),
    Act(f"{places.HEALTH}/look", health.look),
    View(places.PLAN, "plan", planning.form),
    Act(places.PLAN, planning.preview),
    View(places.AUDIT, "audit", auditing.audit),
)


def dashboard_pages(parts: Parts, machine: Machine) -> APIRouter:
    """Routes to be served before the other pages."""
    dashboard = Dashboard(parts, machine)
    dashboard.add_logs()
    dashboard.add_file(f"{places.AUDIT}/export/{{kind}}", auditing.export)
    dashboard.add(*PAGES)
    return dashboard.router
