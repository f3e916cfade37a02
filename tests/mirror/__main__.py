"""`python -m tests.mirror FOLDER [NAME...]`: each folder in FOLDER with a run.py or app.py.

Prints a line for each: `same`, `differs` (and where), `varies` (it does not even answer itself
the same twice) or `unusable` (it does not run by hand here). Exit code 1 if any differs.
"""

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

from tests.mirror.asking import Said, listen
from tests.mirror.running import by_hand, served


def script(source: Path) -> str | None:
    return next((name for name in ("run.py", "app.py") if (source / name).is_file()), None)


def differences(hand: Said, again: Said, appliance: Said) -> tuple[list[str], list[str]]:
    """Endpoints that differ, with both answers; endpoints that vary by themselves."""
    found = [] if hand.api == appliance.api else ["the API's description"]
    varies = [name for name in hand.answers if hand.answers[name] != again.answers[name]]
    for name, answer in hand.answers.items():
        seen = appliance.answers.get(name)
        if name not in varies and answer != seen:
            found.append(
                f"{name}: by hand {json.dumps(answer)[:300]}, here {json.dumps(seen)[:300]}"
            )
    return found, varies


def verdict(source: Path, file: str, folder: Path) -> tuple[str, str]:
    """One word and what there is to say about it."""
    # Both at the same place, one after the other: some apps tell where they are.
    place = folder / "place"
    try:
        with by_hand(source, file, place) as url:
            hand, again = listen(url, folder), listen(url, folder)
    except (RuntimeError, ValueError) as error:
        return "unusable", str(error).strip().splitlines()[-1]
    finally:
        shutil.rmtree(place)
    try:
        with served(source, file, place) as url:
            appliance = listen(url, folder)
    except (RuntimeError, ValueError) as error:
        return "differs", f"does not start: {error}"
    found, varies = differences(hand, again, appliance)
    if found:
        return "differs", "; ".join(found)
    asked = len(hand.answers) - len(varies)
    return ("same" if asked or not varies else "varies"), f"{asked} endpoints"


def main() -> None:
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    collection, names = Path(sys.argv[1]), sys.argv[2:]
    differing = False
    for source in sorted(collection.iterdir()):
        file = script(source)
        if file is None or (names and source.name not in names):
            continue
        with tempfile.TemporaryDirectory() as folder:
            word, detail = verdict(source, file, Path(folder))
        differing |= word == "differs"
        print(f"{word:9} {source.name:40} {detail}", flush=True)  # noqa: T201 - its output
    sys.exit(differing)


if __name__ == "__main__":
    main()
