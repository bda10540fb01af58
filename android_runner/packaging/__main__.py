"""The command behind `make apk`: `build` makes every file, `compare` names the shipped ones that differ."""

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from android_runner.packaging.apk import build_apks
from android_runner.packaging.counting import build_counting
from android_runner.packaging.hostjar import build_host_jar
from android_runner.packaging.listing import compare, write_listing
from android_runner.packaging.recipe import Recipe
from harness.errors import ElbenchError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "build":
            _build(options)
        else:
            sys.stdout.writelines(f"{line}\n" for line in compare(options.built, options.prebuilt))
    except ElbenchError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


def _build(options: argparse.Namespace) -> None:
    recipe = Recipe(
        version=options.version,
        pytorch_lite=options.pytorch_lite,
        classes=options.classes,
        aar=options.aar,
        libraries=tuple(options.library),
        android=options.android,
        r8=options.r8,
        java_home=options.java_home,
    )
    output: Path = options.output
    unfinished = output.with_name(f"{output.name}.unfinished-{os.getpid()}")
    unfinished.mkdir(parents=True)
    try:
        apks = build_apks(recipe, unfinished)
        host, counting = build_host_jar(recipe, unfinished), build_counting(recipe, unfinished)
        write_listing(recipe, apks, host, counting, unfinished)
        shutil.rmtree(output, ignore_errors=True)
        unfinished.rename(output)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m android_runner.packaging", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    build = commands.add_parser("build", help="called by pom.xml")
    for name in ("version", "pytorch-lite"):
        build.add_argument(f"--{name}", required=True)
    for name in ("output", "classes", "aar", "android", "r8", "java-home"):
        build.add_argument(f"--{name}", required=True, type=Path)
    build.add_argument("--library", required=True, type=Path, action="append")
    comparison = commands.add_parser(
        "compare", help="each built file's hash, and whether the shipped one equals it"
    )
    comparison.add_argument("built", type=Path)
    comparison.add_argument("prebuilt", type=Path)
    return parser


if __name__ == "__main__":
    sys.exit(main())
