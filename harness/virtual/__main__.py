"""`python -m harness.virtual`: serve virtual phones, and say on one line of JSON where they are."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import get_args

from harness.errors import ElbenchError
from harness.virtual.profile import EngineName
from harness.virtual.server import ServeSettings, Serving, serve


def main() -> int:
    """Entry point; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m harness.virtual", description=__doc__)
    parser.add_argument("--engine", choices=get_args(EngineName), default="lite")
    parser.add_argument("--count", type=int, default=1, help="how many phones")
    parser.add_argument("--port", type=int, default=0, help="first port; 0 takes free ones")
    parser.add_argument("--seed", type=int, default=0, help="which phones")
    parser.add_argument("--timing", type=Path, help="timing file of the modelled engine")
    parser.add_argument("--faults", type=Path, help="what goes wrong on purpose")
    parser.add_argument(
        "--profile",
        dest="profiles",
        action="append",
        default=[],
        help="a recorded phone to replay; may repeat",
    )
    parser.add_argument("--until-eof", action="store_true", help="end when the standard input ends")
    try:
        options = vars(parser.parse_args())
        serve(ServeSettings(**options | {"profiles": tuple(options["profiles"])}), _announce)
    except ElbenchError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


def _announce(serving: Serving) -> None:
    sys.stdout.write(json.dumps(asdict(serving)) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
