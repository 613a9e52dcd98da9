"""Rate limits: per minute, per day, and too many errors (exact-api 3)."""

from collections import deque
from datetime import timedelta

from .clock import midnight, to_milliseconds
from .errors import ApiError

ERRORS_PER_HOUR = 10
HOUR = timedelta(hours=1)
#: body of a 429, which "is often empty"
EMPTY = ("text/plain", "")


class _Window:
    """Calls used in the current minute or day."""

    def __init__(self):
        self.start = None
        self.used = 0

    def roll(self, start):
        if self.start != start:
            self.start, self.used = start, 0


class _Budget:
    """Windows of one app in one company."""

    def __init__(self):
        self.minute = _Window()
        self.day = _Window()


class _Velocity:
    """Errors of one key on one endpoint, and the block they led to."""

    def __init__(self):
        self.errors = deque()
        self.blocked_until = None
        self.hours = 0


class Limits:
    """Counters of all apps; ``minutely`` and ``daily`` are calls, 0 = no limit."""

    def __init__(self, clock, switches, minutely=60, daily=5000, errors=None):
        self.clock = clock
        self.switches = switches
        self.minutely = minutely
        self.daily = daily
        self.errors_per_hour = ERRORS_PER_HOUR if errors is None else errors
        self._budgets = {}
        self._velocity = {}

    def _budget(self, client, division):
        budget = self._budgets.setdefault((client, division), _Budget())
        now = self.clock.now()
        budget.minute.roll(now.replace(second=0, microsecond=0))
        budget.day.roll(midnight(now))
        return budget

    def take(self, client, division):
        """Count one call, or refuse it with 429 and only the matching headers."""
        budget = self._budget(client, division)
        if self.daily and budget.day.used >= self.daily:
            raise ApiError(429, headers=self._day(budget), content=EMPTY)
        if self.minutely and budget.minute.used >= self.minutely:
            raise ApiError(429, headers=self._minute(budget), content=EMPTY)
        budget.minute.used += 1
        budget.day.used += 1

    def _day(self, budget):
        reset = budget.day.start + timedelta(days=1)
        return {
            "X-RateLimit-Limit": str(self.daily),
            "X-RateLimit-Remaining": str(max(0, self.daily - budget.day.used)),
            "X-RateLimit-Reset": str(to_milliseconds(reset)),
        }

    def _minute(self, budget):
        reset = budget.minute.start + timedelta(minutes=1)
        used = budget.minute.used
        return {
            "X-RateLimit-Minutely-Limit": str(self.minutely),
            "X-RateLimit-Minutely-Remaining": str(max(0, self.minutely - used)),
            "X-RateLimit-Minutely-Reset": str(to_milliseconds(reset)),
        }

    def headers(self, client, division):
        """The six headers of an answer; a limit that is off sends none."""
        budget = self._budget(client, division)
        found = self._day(budget) if self.daily else {}
        return {**found, **(self._minute(budget) if self.minutely else {})}

    def exhausted(self, client, division, daily=False):
        """The 429 of a limit that is used up, for a fault made by hand."""
        budget = self._budget(client, division)
        found = self._day(budget) if daily else self._minute(budget)
        headers = {k: "0" if k.endswith("Remaining") else v for k, v in found.items()}
        return ApiError(429, headers=headers, content=EMPTY)

    # --- error velocity -----------------------------------------------------------

    def _scope(self, key, endpoint):
        return key if self.switches.error_block_whole_key else (*key, endpoint)

    def check_block(self, key, endpoint):
        """Refuse while too many errors block this key (status and body: switches)."""
        state = self._velocity.get(("block", self._scope(key, endpoint)))
        if state and state.blocked_until and self.clock.now() < state.blocked_until:
            text = self.switches.error_block_text
            content = None if text else EMPTY
            raise ApiError(
                self.switches.error_block_status,
                text,
                headers={"Reason": "TooManyErrors: Rate limit exceeded: errors"},
                content=content,
            )

    def note(self, key, endpoint, status):
        """Count an error answer; more than ten in an hour block for an hour."""
        if not self._counts(status) or not self.errors_per_hour:
            return
        now = self.clock.now()
        state = self._velocity.setdefault(("errors", (*key, endpoint)), _Velocity())
        state.errors.append(now)
        while state.errors and state.errors[0] <= now - HOUR:
            state.errors.popleft()
        if len(state.errors) > self.errors_per_hour:
            self._block(self._scope(key, endpoint), now)
            state.errors.clear()

    def _block(self, scope, now):
        """One hour, and one more for each block that follows within a day."""
        block = self._velocity.setdefault(("block", scope), _Velocity())
        recent = block.blocked_until and now - block.blocked_until < timedelta(days=1)
        block.hours = block.hours + 1 if recent else 1
        block.blocked_until = now + block.hours * HOUR

    def _counts(self, status):
        if status == 429:
            return self.switches.count_429_as_error
        if status >= 500:
            return self.switches.count_5xx_as_error
        return status in (400, 401, 403, 404)

    def reset(self):
        """Forget all counts."""
        self._budgets.clear()
        self._velocity.clear()
