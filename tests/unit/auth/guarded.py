"""A front door with three apps behind it, and requests as Traefik tells them."""

APPS = {
    "team": {
        "source": "x",
        "access": {"groups": ["lab"]},
        "embed": {"origins": ["https://blog.example.org"]},
    },
    "inner": {"source": "x", "access": "signed-in", "path": "/inner"},
    "open": {"source": "x", "access": "public"},
}
HOST = "team.example.org"
BLOG = "https://blog.example.org"


def headers(host=HOST, uri="/", **more):
    given = {
        "x-forwarded-method": "GET",
        "x-forwarded-host": host,
        "x-forwarded-uri": uri,
        "x-forwarded-for": "192.0.2.1",
        "x-forwarded-proto": "https",
        **{name.replace("_", "-"): value for name, value in more.items()},
    }
    return [(name.encode(), value.encode()) for name, value in given.items()]


def session(door, host=HOST):
    ada = door.people.named("ada")
    return f"__Host-appliance-session={door.sessions.start(ada.id, host, ['password']).secret}"
