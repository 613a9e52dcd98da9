"""Every code that an error or an issue carries has a sentence."""

import ast
from pathlib import Path

import exact
import pytest
from exact import errors

ADDON = Path(exact.__file__).parents[1]
MAKERS = {name for name, value in vars(errors).items() if isinstance(value, type)}
MAKERS |= {"_Missing", "_issue", "make", "super"}


def sentences():
    """The keys of the catalogue, read without Odoo."""
    tree = ast.parse((ADDON / "models" / "issues.py").read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and node.targets[0].id == "SENTENCES":
            return {key.value for key in node.value.keys}
    raise AssertionError("no catalogue")


def codes():
    """What is raised or kept, by the first text given to an error or an issue."""
    for path in [*ADDON.glob("exact/*.py"), *ADDON.glob("models/*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            texts = [*node.args, *(k.value for k in node.keywords if k.arg == "code")]
            for text in texts[: 2 if name == "LimitReached" else 1]:
                if name in MAKERS and isinstance(text, ast.Constant):
                    if isinstance(text.value, str) and text.value:
                        yield text.value
    for value in vars(errors).values():
        if isinstance(value, type) and issubclass(value, errors.ExactError):
            yield value.code


@pytest.mark.parametrize("code", sorted(set(codes())))
def test_it_has_a_sentence(code):
    assert code in sentences()
