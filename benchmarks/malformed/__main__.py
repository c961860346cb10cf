"""Send requests that are wrong in every way: python -m benchmarks.malformed --in-process 1000000.

Bundles of random weights read every kind of feature. A body follows from its number alone: what is told of one is seen
again with --first NUMBER --in-process 1. The command ends with 1 where an answer is none that the server may give.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from benchmarks.malformed import by_schema, in_process, over_http
from benchmarks.malformed.world import World, make_worlds
from benchmarks.serving import Case, served


def main(arguments: list[str] | None = None) -> int:
    """Entry point; the exit code."""
    parser = argparse.ArgumentParser(prog="benchmarks.malformed", description=__doc__)
    parser.add_argument("--in-process", type=int, default=0, metavar="COUNT", help="bodies for what answers calls")
    parser.add_argument("--http", type=int, default=0, metavar="COUNT", help="requests for a server on loopback")
    parser.add_argument("--schema", type=int, default=0, metavar="COUNT", help="cases of schemathesis (extra fuzz)")
    parser.add_argument("--first", type=int, default=0, metavar="NUMBER", help="of the first body (default: 0)")
    options = parser.parse_args(arguments)
    wrong = False
    with tempfile.TemporaryDirectory() as name:
        worlds = make_worlds(Path(name))
        if options.in_process:
            found = in_process.run(worlds, options.in_process, options.first)
            print(json.dumps(vars(found), indent=2))
            wrong |= bool(found.wrong)
        if options.http or options.schema:
            wrong |= _over_http(worlds[0], Path(name), options.http, options.schema)
    return int(wrong)


def _over_http(world: World, folder: Path, count: int, schema: int) -> bool:
    """Send requests to a server of a bundle; whether something was wrong."""
    settings = world.settings
    case = Case("", Path(settings.bundle), Path(settings.items or ""), world.item_id, [], [])
    wrong = False
    with (folder / "log").open("wb") as log, served(case, case.items, log=log) as process:
        if count:
            found = over_http.run(world, process, count)
            print(json.dumps(vars(found), indent=2))
            wrong = bool(found.wrong) or not found.same_processes
        if schema:
            wrong |= not by_schema.run(process.port, schema)
    return wrong


if __name__ == "__main__":
    sys.exit(main())
