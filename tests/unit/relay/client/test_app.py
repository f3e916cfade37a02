from appliance.relay.client.app import App


async def test_a_host_that_can_be_none_is_told_like_one_that_is_not_there() -> None:
    said: list[str] = []
    await App("host..org", 7860, said.append).look()
    (line,) = said
    assert "host..org:7860 takes no connections (that is no name of a machine)" in line
