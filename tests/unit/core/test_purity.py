"""The core imports no Odoo and nothing of the addon around it."""

import ast
import sys
from pathlib import Path

import exact
import pytest

FOLDER = Path(exact.__file__).parent
ALLOWED = {"exact", "oauthlib", "requests", "requests_oauthlib", "urllib3"}


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level <= 1, f"{path.name} reaches outside the core"
            if not node.level:
                yield node.module.split(".")[0]


@pytest.mark.parametrize(
    "path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.name
)
def test_imports_only_the_standard_library_and_http(path):
    strangers = set(imported(path)) - ALLOWED - set(sys.stdlib_module_names)
    assert not strangers
