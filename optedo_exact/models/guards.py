"""What a view only hides, enforced for every caller."""

from odoo.exceptions import AccessError

INVOICING = "account.group_account_invoice"
MANAGER = "optedo_exact.group_exact_manager"  # product E1
MANAGERS = (MANAGER, "base.group_system")  # who may change the set-up
UNDO = "optedo_exact.group_exact_undo"  # product E2


def check_not_readonly(records, vals: dict, prefix: str = "") -> None:
    """Refuse a write of a field that is read-only for users.

    ``readonly`` on a field binds the client alone; over RPC anyone with write access
    could set it, and one that is not stored would stay in the cache, where what comes
    later in the same call reads it. Code of the link writes with superuser rights.

    :param prefix: of the fields that are ours, on a model of Odoo
    :raises AccessError: names the fields
    """
    if records.env.su:
        return
    names = [
        name
        for name in vals
        if name.startswith(prefix)
        and (field := records._fields.get(name))
        and field.readonly
    ]
    if names:
        raise AccessError(
            records.env._("These are set by the link only: %s", ", ".join(names))
        )


def check_invoicing_right(env, *others: str) -> None:
    """Refuse who may not make invoices in Odoo.

    :param others: groups that suffice too
    :raises AccessError: the user has none of them
    """
    if not env.user.has_groups(",".join((INVOICING, *others))):
        raise AccessError(env._("You need Odoo's invoicing right for this."))


def check_manager(env) -> None:
    """Refuse who may not set up the link (product E1).

    :raises AccessError: without the right
    """
    if not env.su and not env.user.has_groups(
        "optedo_exact.group_exact_manager,base.group_system"
    ):
        raise AccessError(
            env._(
                "You need the right 'Exact Online: settings' to change the "
                "connection. Ask who manages the users of Odoo."
            )
        )


def check_internal(env) -> None:
    """Refuse who writes a row of the link other than by its buttons.

    :raises AccessError: it is not code of the link, which has superuser rights
    """
    if not env.su:
        raise AccessError(env._("Use the buttons of Exact Online on the invoice."))


def secret_last(vals: dict, name: str) -> dict:
    """The same values with the client secret behind the address.

    Related fields are written one by one, and another address forgets the secret.
    """
    if name not in vals:
        return vals
    return {key: value for key, value in vals.items() if key != name} | {
        name: vals[name]
    }


def changed_fields(record, vals: dict) -> set[str]:
    """The names in ``vals`` whose value on ``record`` would become another.

    Rows of a one2many guard themselves.
    """
    return {
        name
        for name, value in vals.items()
        if (field := record._fields.get(name))
        and field.type != "one2many"
        and _changes(record, field, value)
    }


def _changes(record, field, value) -> bool:
    after = field.convert_to_cache(value, record, validate=False)
    before = field.convert_to_cache(record[field.name], record, validate=False)
    if field.type == "many2many":
        after, before = set(after or ()), set(before or ())
    return (after or before) and after != before
