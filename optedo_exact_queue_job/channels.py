"""One job at a time in the channel of an administration, without being configured.

``queue_job`` knows capacities from Odoo's configuration alone, and runs as many jobs at
once in a channel that is not named there as its parents allow. Those of an
administration would only wait for each other.
"""

from odoo.addons.queue_job.jobrunner.channels import Channel

PARENT = "exact"

_has_capacity = Channel.has_capacity


def has_capacity(self) -> bool:
    """Whether the runner may start another job of a channel."""
    of_administration = (
        self.parent and self.parent.name == PARENT and self.name.isdigit()
    )
    if of_administration and self.capacity is None and self._running:
        return False
    return _has_capacity(self)


Channel.has_capacity = has_capacity
