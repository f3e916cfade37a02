"""Whether the disk takes new certificates, and everything else that has to be kept."""

from collections.abc import Iterator

from appliance import disk
from appliance.doctor.model import Diagnosis, Examination

CHECK = "storage"


def check(found: Examination) -> Iterator[Diagnosis]:
    if found.storage is None:
        return
    said = disk.words(found.storage)
    if said is None:
        yield Diagnosis(CHECK, "good", "the disk with the appliance's data has room")
    else:
        yield Diagnosis(CHECK, "bad", *said)
