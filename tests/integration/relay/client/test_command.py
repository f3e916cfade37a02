"""`appliance share` as a person runs it, with as little of Unix as there is on Windows.

What differs on Linux, its event loop, is part of the tests against the relay of the appliance.
"""

import asyncio
import signal
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from appliance.relay.wire.framing import encode
from appliance.relay.wire.messages import Kill, LoginResp
from tests.integration.relay.client import command
from tests.integration.relay.client.certificate import contexts
from tests.integration.relay.client.command import BARE, Process, address, app, ended
from tests.integration.relay.client.relaying import Relaying, port_of, relaying
from tests.integration.relay.connection import URL, Connection
from tests.running.stock_frp import frps


def sharing(
    home: Path, *arguments: str, **environment: str
) -> AbstractAsyncContextManager[Process]:
    return command.sharing(home, *arguments, **BARE, **environment)


async def outcome(home: Path, *arguments: str, **environment: str) -> tuple[int | None, str, str]:
    return await command.outcome(home, *arguments, **BARE, **environment)


async def token_of(relay: Relaying, times: int) -> str:
    connection = await relay.until_online(times)
    assert connection.proxy is not None
    return connection.proxy.proxy_name


async def test_it_prints_the_address_and_ctrl_c_ends_it(tmp_path: Path) -> None:
    async with relaying() as (relay, port), app() as web:
        tokens = []
        for times in (1, 2):
            async with sharing(tmp_path, web, "--server", f"127.0.0.1:{port}") as process:
                assert await address(process) == URL
                tokens.append(await token_of(relay, times))
                process.send_signal(signal.SIGINT)
                assert await ended(process) == (130, "", "")
        assert tokens[0] == tokens[1]


async def test_a_name_goes_with_the_key_of_the_environment(tmp_path: Path) -> None:
    async with relaying() as (relay, port), app() as web:
        arguments = (web, "--server", f"127.0.0.1:{port}", "--name", "chat")
        async with sharing(tmp_path, *arguments, APPLIANCE_SHARE_KEY="KEY") as process:
            assert await token_of(relay, 1) == "chat:KEY"
            (await relay.until_online()).tell(Kill())
            code, out, error = await ended(process)
        assert (code, out) == (1, f"{URL}\n")
        assert "has ended this share" in error
        assert "KEY" not in error


async def test_a_password_of_a_file_or_of_the_environment_goes_with_the_token(
    tmp_path: Path,
) -> None:
    file = tmp_path / "password"
    file.write_text("open sesame\n")
    async with relaying() as (relay, port), app() as web:
        server = (web, "--server", f"127.0.0.1:{port}")
        async with sharing(tmp_path, *server, "--password-file", str(file)) as process:
            assert await address(process) == URL
            token, _, password = (await token_of(relay, 1)).partition("#")
        async with sharing(tmp_path, *server, APPLIANCE_SHARE_PASSWORD="another") as process:
            assert await address(process) == URL
            assert await token_of(relay, 2) == f"{token}#another"
    assert password == "open sesame"


async def test_a_name_without_a_key_is_refused(tmp_path: Path) -> None:
    code, out, error = await outcome(tmp_path, "7860", "--name", "chat")
    assert (code, out) == (1, "")
    assert "needs a key" in error


async def test_the_certificate_is_checked_against_the_file(tmp_path: Path) -> None:
    server_side, file = contexts(tmp_path)
    async with relaying(server_side) as (_, port), app() as web:
        server = ("--server", f"127.0.0.1:{port}")
        async with sharing(tmp_path, web, *server, "--ca", str(file)) as trusting:
            assert await address(trusting) == URL
        code, _, error = await outcome(tmp_path, web, *server, "--tls")
        assert code == 1
        assert "is not accepted: self-signed certificate" in error
        assert "--ca FILE" in error


async def greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 mail.example.org ready\r\n")
    await writer.drain()
    writer.close()


@pytest.mark.parametrize(
    ("option", "told"), [("--tls", "does not speak TLS"), ("--no-tls", "is no relay")]
)
async def test_whoever_answers_but_is_no_relay_is_told_of(
    tmp_path: Path, option: str, told: str
) -> None:
    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server, app() as web:
        where = f"127.0.0.1:{port_of(server)}"
        code, _, error = await outcome(tmp_path, web, option, "--server", where)
        assert code == 1
        assert f"{where} {told}" in error


class Refusing(Connection):
    """Answers each login with a refusal."""

    def receive(self, stream: int, _data: memoryview) -> None:
        self.session.send(stream, encode(LoginResp(error="no free slot")))
        self.session.close(stream)


async def test_a_refusal_is_told_in_the_relays_words(tmp_path: Path) -> None:
    loop = asyncio.get_running_loop()
    relay = Refusing()
    async with await loop.create_server(lambda: relay, "127.0.0.1", 0) as server, app() as web:
        where = f"127.0.0.1:{port_of(server)}"
        code, _, error = await outcome(tmp_path, web, "--server", where)
        assert (code, error) == (1, f"x {where} refuses: no free slot")
        await relay.gone.wait()


async def test_stock_frps_serves_it_too(tmp_path: Path) -> None:
    with frps(tmp_path, token="secret") as server:
        async with app() as web:
            arguments = (web, "--server", f"127.0.0.1:{server.port}", "--subdomain", "chat")
            async with sharing(tmp_path, *arguments, APPLIANCE_SHARE_TOKEN="secret") as process:
                assert await address(process) == f"http://chat.stock.test:{server.http_port}"
                answer = await asyncio.to_thread(server.visit, "chat", "/hello")
                assert answer.text == "you asked for /hello"
