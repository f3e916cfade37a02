import pytest

from appliance.auth.keys import UnusableKeyError, keys


def test_keys_stay_the_same_and_damage_is_named(tmp_path):
    made = keys(tmp_path / "keys")
    again = keys(tmp_path / "keys")
    assert (made.public_pem, made.forms) == (again.public_pem, again.forms)
    assert again.unseal(made.seal.encrypt(b"secret")) == b"secret"
    assert again.unseal(b"something else") is None
    assert "PRIVATE" not in repr(made)
    (tmp_path / "keys/identity.pem").write_text("damaged")
    with pytest.raises(UnusableKeyError, match="damaged"):
        keys(tmp_path / "keys")
