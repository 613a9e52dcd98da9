"""The linters, over whatever of the project is there already.

python3 -m dev lint             all
python3 -m dev lint ruff        one of them, as the commit hooks do
python3 -m dev lint --fix       let ruff mend and format first
"""

import os
from pathlib import Path

from . import venv
from .paths import ROOT
from .run import foreground
from .say import Stop, say

PYTHON = ("dev", "exact_sandbox", "optedo_exact", "optedo_exact_queue_job", "tests")
CORE = "optedo_exact/exact"
TEST_ADDON = "tests/test_optedo_exact"
ADDONS = ("optedo_exact", "optedo_exact_queue_job", TEST_ADDON)
# README.md, as the rest of the project, instead of README.rst.
MODULE_OPTIONS = ["--disable=prefer-readme-rst"]


def main(arguments: list[str]) -> int:
    """Run the linters named, all by default; 1 when one of them has complaints."""
    chosen = [argument for argument in arguments if not argument.startswith("-")]
    unknown = set(chosen) - set(LINTERS)
    if unknown:
        raise Stop(f"no linter {unknown.pop()}: say one of {' '.join(LINTERS)}")
    programs = venv.ensure("lint").parent
    if "--fix" in arguments:
        for command in (["check", "--fix"], ["format"]):
            _run(programs, ["ruff", *command, *_present(PYTHON)])
    failed = [name for name in chosen or LINTERS if not LINTERS[name](programs)]
    say(f"lint: {', '.join(failed)} failed" if failed else "lint: no complaints")
    return bool(failed)


def _present(folders: tuple[str, ...]) -> list[str]:
    return [folder for folder in folders if (ROOT / folder).is_dir()]


def _addons() -> list[str]:
    return [addon for addon in ADDONS if (ROOT / addon / "__manifest__.py").exists()]


def _ruff(programs: Path) -> bool:
    commands = (["check", "--quiet"], ["format", "--check", "--quiet", "--diff"])
    return all(
        [_run(programs, ["ruff", *command, *_present(PYTHON)]) for command in commands]
    )


def _pylint(programs: Path) -> bool:
    """Each part of the project with the checks that make sense there."""
    # `account.move` is split by concern, so that no file grows out of hand.
    split = "--disable=consider-merging-classes-inherited"
    runs = {
        # `create` and `read` of the core are not those of an Odoo model.
        CORE: ["--disable=method-required-super"],
        # Not installed by anybody who would read it.
        TEST_ADDON: [split, "--disable=missing-readme"],
    }
    runs |= {addon: [split, f"--ignore-paths=^{CORE}/"] for addon in ADDONS[:-1]}
    return all(
        [
            _run(programs, ["pylint", *options, target])
            for target, options in runs.items()
            if (ROOT / target / "__init__.py").exists()
        ]
    )


def _module_checks(programs: Path) -> bool:
    return all(
        [
            _run(programs, ["oca-checks-odoo-module", *MODULE_OPTIONS, addon])
            for addon in _addons()
        ]
    )


def _po_checks(programs: Path) -> bool:
    files = [
        str(file.relative_to(ROOT))
        for addon in _addons()
        for file in sorted((ROOT / addon).glob("i18n/*.po*"))
    ]
    return not files or _run(programs, ["oca-checks-po", *files])


LINTERS = {
    "ruff": _ruff,
    "pylint": _pylint,
    "oca-module": _module_checks,
    "oca-po": _po_checks,
}


def _run(programs: Path, command: list[str]) -> bool:
    say(f"$ {' '.join(command)}")
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    command = [str(programs / command[0]), *command[1:]]
    environment = dict(os.environ, PATH=path)
    return foreground(command, environment) == 0
