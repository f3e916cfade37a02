import stat
from pathlib import Path

import pytest

from appliance.relay.client.tokens import folder, kept, named

SERVER, APP = "share.example.org:7000", "127.0.0.1:7860"


def test_the_same_app_keeps_its_token(tmp_path: Path) -> None:
    token = kept(tmp_path / "shares", SERVER, APP)
    assert kept(tmp_path / "shares", SERVER, APP) == token
    assert len(token) >= 43


def test_every_app_and_every_relay_has_its_own(tmp_path: Path) -> None:
    tokens = {
        kept(tmp_path, server, app)
        for server in (SERVER, "[::1]:7000")
        for app in (APP, "127.0.0.1:7861")
    }
    assert len(tokens) == 4


def test_a_new_one_replaces_the_former(tmp_path: Path) -> None:
    former = kept(tmp_path, SERVER, APP)
    new = kept(tmp_path, SERVER, APP, new=True)
    assert new != former
    assert kept(tmp_path, SERVER, APP) == new


def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    kept(tmp_path / "shares", SERVER, APP)
    assert stat.S_IMODE((tmp_path / "shares").stat().st_mode) == 0o700
    [file] = (tmp_path / "shares").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_host_name_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    kept(tmp_path / "shares", "../../x:7000", APP)
    assert [found.name for found in tmp_path.iterdir()] == ["shares"]


def test_where_tokens_are(tmp_path: Path) -> None:
    given = {"XDG_STATE_HOME": str(tmp_path)}
    assert folder(given) == tmp_path / "gradio-appliance" / "shares"
    assert folder({}) == Path.home() / ".local" / "state" / "gradio-appliance" / "shares"
    assert folder({"LOCALAPPDATA": str(tmp_path)}).is_relative_to(tmp_path)


def test_a_name_and_its_key_make_a_handle() -> None:
    assert named("chat-2", "KEY") == "chat-2:KEY"


@pytest.mark.parametrize("name", ["", "Chat", "-chat", "chat-", "a.b", "a:b", "x" * 64])
def test_a_name_is_one_label_of_a_host(name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name}$"):
        named(name, "KEY")
