"""Whether somebody has a second factor."""

from sqlalchemy import Engine, exists, select

from appliance.auth import tables


def enrolled(engine: Engine, person: int) -> bool:
    """A confirmed authenticator app or a passkey: then a password alone is not enough."""
    totp, passkeys = tables.totp_secrets, tables.passkeys
    query = select(
        exists().where(totp.c.person == person, totp.c.confirmed.is_not(None))
        | exists().where(passkeys.c.person == person)
    )
    with engine.connect() as connection:
        return bool(connection.execute(query).scalar_one())
