"""One target under atheris: python -m tests.fuzz.guided TARGET [libFuzzer's arguments]."""

import sys

import atheris

with atheris.instrument_imports(include=["appliance.relay", "tests.fuzz.targets"]):
    from tests.fuzz.targets import TARGETS

name, *arguments = sys.argv[1:]
atheris.Setup([sys.argv[0], *arguments], TARGETS[name])
atheris.Fuzz()
