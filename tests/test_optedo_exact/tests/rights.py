from contextlib import contextmanager

from odoo import Command
from odoo.service.model import dispatch
from odoo.tests import new_test_user

from .common import ExactCommon

INVOICING = "account.group_account_invoice"
LINK = "optedo_exact.group_exact_"
# Each kind of user, by the right that sets it apart (product E).
KINDS = {
    "portal": "base.group_portal",
    "employee": "base.group_user",
    "auditor": "account.group_account_readonly",
    "clerk": INVOICING,
    "accountant": "account.group_account_manager",
    "manager": f"{LINK}manager",  # E1 alone
    "undo": f"{INVOICING},{LINK}undo",  # E2
    "editor": f"{INVOICING},{LINK}edit_after_export",  # E3
    "keeper": f"{INVOICING},{LINK}keep_out",  # E4
    "payer": f"{INVOICING},{LINK}set_paid",  # E5
    "all": "account.group_account_manager,base.group_partner_manager,"
    "base.group_allow_export,"
    + ",".join(
        LINK + right
        for right in ("manager", "undo", "edit_after_export", "keep_out", "set_paid")
    ),
}
# Who makes invoices in Odoo.
INVOICERS = frozenset(KINDS) - {"portal", "employee", "auditor", "manager"}
# What any client may send along with any call.
FORGED = {
    "active_test": False,
    "bypass_lock_check": True,
    "check_move_validity": False,
    "cron_end_time": 0,
    "default_move_type": "entry",
    "dynamic_unlink": True,
    "exact_asked": True,
    "force_delete": True,
    "import_file": True,
    "install_mode": True,
    "no_recompute": True,
    "skip_account_move_synchronization": True,
    "skip_invoice_sync": True,
    "skip_is_manually_modified": True,
    "skip_readonly_check": True,
    "su": True,
    "tracking_disable": True,
    "uid": 1,
    "validate_analytic": True,
}


class RightsCommon(ExactCommon):
    """Each kind of user, with a password, as a program that calls Odoo over RPC."""

    connected = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            kind: cls.new_user(f"rpc_{kind}", groups) for kind, groups in KINDS.items()
        }
        # The customer's own contact person sees its invoices in the portal.
        cls.users["portal"].partner_id.parent_id = cls.customer

    @classmethod
    def new_user(cls, login, groups):
        return new_test_user(
            cls.env,
            login,
            groups,
            password=login,
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    def setUp(self):
        super().setUp()
        self.env.flush_all()

    def call(self, kind, model, method, *args, **kwargs):
        """Call Odoo as this kind of user, as XML-RPC and JSON-RPC do."""
        user = self.users[kind]
        with self.enter_registry_test_mode():
            params = self.env.cr.dbname, user.id, user.login, model, method
            return dispatch("execute_kw", [*params, args, kwargs])

    @contextmanager
    def undone(self):
        """What is done inside is taken back, so that the next starts from the same."""
        self.env.flush_all()
        savepoint = self.env.cr.savepoint(flush=False)
        try:
            yield
        finally:
            self.env.invalidate_all(flush=False)
            savepoint.close(rollback=True)

    def rows(self, *moves):
        """Invoices, their items and entries as they stand in the database."""
        self.env.flush_all()
        found = []
        for table, column in (
            ("account_move", "id"),
            ("account_move_line", "move_id"),
            ("exact_entry", "move_id"),
        ):
            self.env.cr.execute(
                f"SELECT t::text FROM {table} t WHERE {column} = ANY(%s) ORDER BY id",
                ([move.id for move in moves],),
            )
            found += self.env.cr.fetchall()
        return found
