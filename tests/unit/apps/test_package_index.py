from pathlib import Path

from appliance.apps.runtimes.package_index import redact, uv_environment

CACHE = Path("/cache")


def test_pips_variables_reach_uv(tmp_path) -> None:
    own = {
        "HOME": str(tmp_path),
        "PIP_INDEX_URL": "https://index.example.org/simple",
        "PIP_FIND_LINKS": "/a /b",
        "PIP_CERT": "/ca.pem",
    }
    found = uv_environment(own, CACHE)
    assert found["UV_DEFAULT_INDEX"] == "https://index.example.org/simple"
    assert found["UV_FIND_LINKS"] == "/a,/b"
    assert found["SSL_CERT_FILE"] == "/ca.pem"
    assert found["UV_CACHE_DIR"] == "/cache"


def test_pips_file_reaches_uv_and_variables_win_over_it(tmp_path) -> None:
    file = tmp_path / "pip.conf"
    file.write_text("[global]\nindex-url = https://file.example.org\nextra-index-url = file:///x\n")
    own = {"HOME": str(tmp_path), "PIP_CONFIG_FILE": str(file)}
    assert uv_environment(own, CACHE)["UV_DEFAULT_INDEX"] == "https://file.example.org"
    assert uv_environment(own, CACHE)["UV_INDEX_STRATEGY"] == "unsafe-best-match"
    own["PIP_INDEX_URL"] = "https://variable.example.org"
    assert uv_environment(own, CACHE)["UV_DEFAULT_INDEX"] == "https://variable.example.org"


def test_uvs_own_variables_win_over_pips(tmp_path) -> None:
    own = {"HOME": str(tmp_path), "PIP_INDEX_URL": "https://pip", "UV_INDEX_URL": "https://uv"}
    found = uv_environment(own, CACHE)
    assert "UV_DEFAULT_INDEX" not in found
    assert found["UV_INDEX_URL"] == "https://uv"


def test_nothing_else_of_our_environment_reaches_a_build(tmp_path) -> None:
    found = uv_environment({"HOME": str(tmp_path), "API_TOKEN": "secret"}, CACHE)
    assert "secret" not in found.values()


def test_credentials_of_an_index_are_never_shown() -> None:
    assert redact("error at https://me:pass@index/simple") == "error at https://index/simple"
