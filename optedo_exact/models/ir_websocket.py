import re

from odoo import models

RUN = re.compile(r"exact\.run_(\d+)")


class IrWebsocket(models.AbstractModel):
    _inherit = "ir.websocket"

    def _build_bus_channel_list(self, channels):
        # EXTENDS bus: who looks at a run gets to know that it went on.
        names = [name for name in channels if isinstance(name, str)]
        matches = {name: match for name in names if (match := RUN.fullmatch(name))}
        others = [channel for channel in channels if channel not in matches]
        ids = [int(match[1]) for match in matches.values()]
        if ids and self.env["exact.run"].has_access("read"):
            others.extend(self.env["exact.run"].search([("id", "in", ids)]))
        return super()._build_bus_channel_list(others)
