"""ForwardAuth as `control` serves it, in a process of its own: `serving.py FOLDER PORT`.

Writes `credentials.json` into FOLDER: what somebody shows who may see the closed app.
"""

import json
import sys
from pathlib import Path

import uvicorn

sys.path.insert(0, str(Path(__file__).parents[3]))

from appliance.auth.door import open_door
from appliance.auth.forward.guards import compiled
from appliance.auth.people.person import NewPerson
from appliance.auth.tokens.token import Caveats
from appliance.control import guarding
from appliance.web.turned_away import TURNED_AWAY
from scripts.benchmarks.door.houses import CLOSED, CONFIG, CREDENTIALS


def main(folder: Path, port: int) -> None:
    door = open_door(folder)
    ada = door.people.create(NewPerson("ada", full_name="Ada Lovelace", groups=["lab"]))
    session = door.sessions.start(ada.id, CLOSED, ["password"])
    token = door.tokens.create(ada.id, "bench", Caveats())
    forward = guarding.forward(door)
    forward.guards = compiled(CONFIG, TURNED_AWAY)
    found = {"session": session.secret, "token": token.secret}
    (folder / CREDENTIALS).write_text(json.dumps(found))
    uvicorn.run(
        forward,
        host="127.0.0.1",
        port=port,
        loop="uvloop",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
