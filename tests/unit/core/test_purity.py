"""What imports what: the core no Odoo, and no model a later one."""

import ast
import re
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


MODELS = FOLDER.parent / "models"


def test_no_extension_is_imported_before_its_turn():
    """Odoo registers a class when its file is first imported, so a constant taken from
    a file that the list names later moves its overrides below those they extend."""
    text = (MODELS / "__init__.py").read_text()
    order = re.findall(r"^from \. import (\w+)$", text, re.MULTILINE)
    texts = {name: (MODELS / f"{name}.py").read_text() for name in order}
    extensions = {
        name
        for name, text in texts.items()
        if re.search(r"^    _inherit = \"", text, re.MULTILINE)
        and not re.search(r"^    _name = ", text, re.MULTILINE)
    }
    extensions -= {"account_move"}  # extends nothing of ours, wherever it comes
    for place, (name, text) in enumerate(texts.items()):
        taken = set(re.findall(r"^from \.(\w+) import", text, re.MULTILINE))
        assert not taken & extensions & set(order[place:]), name
