"""An MCP client: reads {"settings", "tool", "arguments"} from its input, prints the answer."""

import asyncio
import json
import sys
from typing import Any

from mcp.client.session_group import ClientSessionGroup, StreamableHttpParameters


async def called(settings: dict[str, Any], tool: str, arguments: dict[str, Any]) -> str:
    async with asyncio.timeout(120), ClientSessionGroup() as clients:
        for server in settings["mcpServers"].values():
            assert server.pop("type", "http") == "http"
            await clients.connect_to_server(StreamableHttpParameters(**server))
        answer = await clients.call_tool(tool, arguments)
    return str(answer.content[0].text)


if __name__ == "__main__":
    sys.stdout.write(asyncio.run(called(**json.load(sys.stdin))))
