"""The reading process: takes files on its standard input, gives back blocks or the reason of a refusal. Started by ``ingest.sandbox``."""

from __future__ import annotations

import json
import os
import pickle
import resource
import select
import struct
import sys
from typing import BinaryIO

from ingest.sandbox_limits import Limits, begin, confine, finish

IDLE_SECONDS = 300
MAX_JOBS = 500
MAX_RESIDENT_MB = 1500  # a larger process ends after its job, so that memory goes back


def main() -> None:
    """Serve until the other side hangs up, or nothing comes for ``IDLE_SECONDS``."""
    take = os.fdopen(os.dup(0), "rb")
    give = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not mix with the replies
    confine(Limits(**json.loads(sys.argv[1])))
    from ingest.formats import read_here
    from knowledge.errors import RejectedFile

    for job in range(1, MAX_JOBS + 1):
        if not select.select([take], [], [], IDLE_SECONDS)[0]:
            return
        head = take.read(8)
        if len(head) < 8:
            return
        name_size, size = struct.unpack("!II", head)
        name, data = take.read(name_size).decode("utf-8", "surrogatepass"), take.read(size)
        begin()
        try:
            tag, reply = b"B", pickle.dumps(read_here(data, name), protocol=5)
        except RejectedFile as error:
            tag, reply = b"R", str(error).encode("utf-8", "replace")
        finish()
        last = job == MAX_JOBS or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > MAX_RESIDENT_MB * 1024
        _reply(give, tag, last, reply)
        del data, reply
        if last:
            return


def _reply(give: BinaryIO, tag: bytes, last: bool, reply: bytes) -> None:
    give.write(tag + (b"." if last else b"+") + struct.pack("!Q", len(reply)))
    give.write(reply)
    give.flush()


if __name__ == "__main__":
    main()
