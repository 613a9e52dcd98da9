"""Templates of the pages."""

from decimal import Decimal
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from werkzeug.wrappers import Response

HERE = Path(__file__).parent
HTML = "text/html; charset=utf-8"


def money(value):
    """1234.5 → "1,234.50"."""
    return f"{Decimal(value):,.2f}"


def day(value):
    """A date as people here write it: 14-08-2026."""
    return value.strftime("%d-%m-%Y") if value else ""


_ENVIRONMENT = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters.update(money=money, day=day)
_ENVIRONMENT.globals["style"] = (HERE / "style.css").read_text("utf-8")


def page(template, **values):
    """The HTML of one page."""
    values.setdefault("admin", None)
    values.setdefault("session", None)
    values.setdefault("here", "")
    return _ENVIRONMENT.get_template(template).render(**values)


def html(template, status=200, **values):
    """One page as a response."""
    return Response(page(template, **values), status=status, content_type=HTML)
