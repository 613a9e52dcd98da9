"""Files behind ``Url`` of an attachment (exact-api 4.6)."""

import mimetypes
from urllib.parse import quote

from .edm import guid
from .errors import ApiError
from .odata.formats import Answer

SERVICE = "docs"


def handle(context, request):
    """The original file with ``&Download=1``; without it, the same to look at."""
    try:
        key = guid(request.args.get("ID"))
    except ValueError:
        key = None
    row = context.admin.attachments.get(key)
    if row is None:
        raise ApiError(404, "Resource not found for the segment 'SysAttachment'.")
    return file_answer(row, request.args.get("Download") == "1")


def file_answer(row, download):
    """One attachment as an answer, never run by a browser as a page of this site."""
    guessed = mimetypes.guess_type(row["FileName"])[0]
    shown = guessed in ("application/pdf", "image/png", "image/jpeg")
    place = "inline" if shown and not download else "attachment"
    name = quote(row["FileName"], safe="")
    headers = {
        "Content-Disposition": f"{place}; filename*=UTF-8''{name}",
        "X-Content-Type-Options": "nosniff",
    }
    kind = guessed or "application/octet-stream"
    return Answer(200, row["Content"], kind, headers)
