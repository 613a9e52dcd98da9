"""webhooks/WebhookSubscriptions (exact-api 4.10)."""

from ..addresses import allowed_address
from ..errors import ApiError, Violation
from ..webhooks import TOPICS
from .base import EntitySet, register


@register
class WebhookSubscriptions(EntitySet):
    path = "webhooks/WebhookSubscriptions"
    table = "subscriptions"

    def create(self, context, values, nested):
        address, topic = values["CallbackURL"], values["Topic"]
        if not allowed_address(address, context.sandbox.strict_https):
            raise Violation("invalid", field="CallbackURL")
        if topic not in TOPICS:
            raise Violation("reference", field="Topic")
        if values.get("IsInstant") and topic != "GoodsDeliveries":
            raise Violation("not_allowed", field="IsInstant")
        for row in context.admin.subscriptions:
            if (row["CallbackURL"], row["Topic"]) == (address, topic):
                raise Violation("exists")
        row = context.admin.insert(
            self.table,
            **{
                "IsInstant": False,
                **values,
                "ClientID": context.sandbox.client_id,
                "UserID": context.user["ID"],
                "Description": topic,
            },
        )
        context.sandbox.webhooks.validate(address)
        return row

    def update(self, context, row, values):
        """Documented, refused in practice (exact-api 4.10)."""
        if context.switches.webhook_put_refused:
            raise ApiError(403, "Forbidden")
        super().update(context, row, values)
