"""The names of one configuration under another."""

from appliance.config.addresses import address, overview, share_domain
from appliance.config.naming import Naming, collides, named, naming
from appliance.config.schema import Config


def config(domain: str | None = "new.org", share: dict | None = None, **apps: dict) -> Config:
    given = {name: {"source": "x", **more} for name, more in apps.items()}
    return Config.model_validate({"domain": domain, "apps": given, "share": share})


def hosts(found: Config) -> dict[str, str | None]:
    return {name: address(found, name).host for name in found.apps}


def lasting(found: Config) -> Naming:
    names = naming(found)
    assert names is not None
    return Naming.model_validate_json(names.model_dump_json())


def test_what_is_new_is_served_below_the_former_domain() -> None:
    before = config("old.org", {}, hello={}, chat={"host": "chat.org"}, docs={"path": "/docs"})
    after = config("new.org", {}, hello={}, chat={}, docs={"host": "docs.org"}, more={})
    found = named(after, lasting(before))
    assert overview(found) == "https://old.org"
    assert share_domain(found) == "share.old.org"
    assert hosts(found) == {
        "hello": "hello.old.org",
        "chat": "chat.org",
        "docs": "old.org",
        "more": "more.old.org",
    }
    assert address(found, "docs").path == "/docs"
    assert hosts(named(found, lasting(after))) == hosts(after)


def test_links_that_begin_with_the_new_domain_are_below_the_former_until_then() -> None:
    before = lasting(config("old.org"))
    assert share_domain(named(config(share={}), before)) == "share.old.org"
    assert share_domain(named(config(share={"domain": "s.org"}), before)) == "s.org"
    assert share_domain(named(config(), lasting(config("old.org", {})))) is None


def test_in_local_mode_there_are_no_names() -> None:
    assert naming(config(None)) is None


def test_two_things_that_change_places_cannot_have_one_name() -> None:
    before = lasting(config("old.org", hello={"host": "a.org"}))
    assert collides(named(config("old.org", hello={}, chat={"host": "a.org"}), before))
    assert collides(named(config("new.org", chat={"host": "old.org"}), before))
    assert not collides(named(config("new.org", hello={}, chat={}), before))


def test_an_address_as_former_domain_collides_with_nothing() -> None:
    before = lasting(config("203.0.113.7", hello={"path": "/hello"}))
    after = config("new.org", hello={}).model_copy(
        update={"tls": Config.model_validate({"tls": {"mode": "certbot"}}).tls}
    )
    assert not collides(named(after, before))
