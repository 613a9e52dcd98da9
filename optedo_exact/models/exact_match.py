from odoo import api, fields, models
from odoo.exceptions import UserError

from ..exact import matching
from .guards import check_not_readonly

BATCH = 500


class ExactMatchAccounts(models.Model):
    """The first match of the partners of Odoo with the accounts of Exact (product D6).

    A kept list: it can be left and taken up again, also with 20,000 rows. Reading and
    accepting costs no write in Exact; a customer that is not one there yet is made one
    when its first invoice is booked.
    """

    _name = "exact.match.accounts"
    _description = "First Match with Exact Online"

    administration_id = fields.Many2one(
        "exact.administration", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="administration_id.company_id", store=True)
    scope = fields.Selection(
        [
            ("invoiced", "Customers and suppliers"),
            ("companies", "Customers, suppliers and all companies"),
        ],
        "Partners of Odoo",
        default="invoiced",
        required=True,
        help="Customers and suppliers are the contacts with an invoice or bill. The "
        "others can be linked later too, when they get their first invoice.",
    )
    read_at = fields.Datetime("Read on", readonly=True)
    account_count = fields.Integer("Accounts in Exact", readonly=True)
    partner_count = fields.Integer("Partners compared", readonly=True)
    gone_count = fields.Integer(
        "Links whose account is gone",
        readonly=True,
        help="They are under Customers and suppliers, No longer in Exact. Where most "
        "links seem to be gone none is marked: look whether this login may see every "
        "account of the administration.",
    )
    line_ids = fields.One2many("exact.match.line", "match_id", readonly=True)
    sure_count = fields.Integer(compute="_compute_counts")
    ask_count = fields.Integer(compute="_compute_counts")
    alone_count = fields.Integer(compute="_compute_counts")
    done_count = fields.Integer(compute="_compute_counts")
    customers_matched_at = fields.Datetime(
        related="administration_id.customers_matched_at"
    )

    _administration_uniq = models.Constraint("UNIQUE(administration_id)")

    @api.depends("line_ids.state", "line_ids.kind")
    def _compute_counts(self):
        groups = self.env["exact.match.line"]._read_group(
            [("match_id", "in", self.ids)], ["match_id", "state", "kind"], ["__count"]
        )
        counts = {(match.id, state, kind): n for match, state, kind, n in groups}
        for match in self:

            def count(*kinds, match_id=match.id):
                return sum(counts.get((match_id, "open", kind), 0) for kind in kinds)

            match.sure_count = count("sure")
            match.ask_count = count("likely", "several")
            match.alone_count = count("alone")
            match.done_count = sum(
                n
                for (match_id, state, _kind), n in counts.items()
                if match_id == match.id and state == "linked"
            )

    def _compute_display_name(self):
        for match in self:
            match.display_name = self.env._("Match customers and suppliers")

    def write(self, vals):
        check_not_readonly(self, vals)
        return super().write(vals)

    # --- buttons -------------------------------------------------------------

    def action_read(self):
        """Read every account of Exact and compare them with the partners."""
        self.ensure_one()
        self.administration_id._check_manager()
        self.sudo()._read_and_compare()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_accept_sure(self):
        """Link all that are sure, after a look."""
        self.ensure_one()
        self.administration_id._check_manager()
        lines = self.env["exact.match.line"].search(
            [("match_id", "=", self.id), ("state", "=", "open"), ("kind", "=", "sure")]
        )
        lines._link()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_done(self):
        """The first match is done; what is open stays in the list."""
        self.ensure_one()
        self.administration_id._check_manager()
        self.administration_id.sudo().customers_matched_at = fields.Datetime.now()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "The first match is done. New customers are looked up in Exact "
                    "with their first invoice."
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_open_sure(self):
        return self._action_lines("sure")

    def action_open_ask(self):
        return self._action_lines("ask")

    def action_open_alone(self):
        return self._action_lines("alone")

    def action_open_done(self):
        return self._action_lines("linked")

    def _action_lines(self, search_filter: str) -> dict:
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Accounts of Exact and partners of Odoo"),
            "res_model": "exact.match.line",
            "view_mode": "list",
            "domain": [("match_id", "=", self.id)],
            "context": {f"search_default_{search_filter}": 1},
        }

    def _action_form(self) -> dict:
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Match customers and suppliers"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "current",
        }


class ExactMatchLine(models.Model):
    """An account of Exact, with a partner of Odoo that it may be."""

    _name = "exact.match.line"
    _description = "First Match with Exact Online, Account"
    _order = "match_id, score desc, name, id"
    _rec_name = "name"

    match_id = fields.Many2one(
        "exact.match.accounts", required=True, readonly=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner",
        "In Odoo",
        ondelete="cascade",
        index="btree_not_null",
        domain="['|', ('parent_id', '=', False), ('is_company', '=', True)]",
        help="Choose another one where the proposal is wrong or missing.",
    )
    partner_vat = fields.Char(related="partner_id.vat", string="VAT in Odoo")
    partner_zip = fields.Char(related="partner_id.zip", string="Postcode in Odoo")
    partner_city = fields.Char(related="partner_id.city", string="City in Odoo")
    guid = fields.Char(required=True, readonly=True)
    code = fields.Char(readonly=True)
    name = fields.Char("In Exact", readonly=True)
    vat = fields.Char("VAT in Exact", readonly=True)
    company_number = fields.Char(readonly=True)
    street = fields.Char(readonly=True)
    postcode = fields.Char("Postcode in Exact", readonly=True)
    city = fields.Char("City in Exact", readonly=True)
    country_code = fields.Char(readonly=True)
    email = fields.Char("E-mail in Exact", readonly=True)
    phone = fields.Char(readonly=True)
    language = fields.Char(readonly=True)
    status = fields.Char(readonly=True)
    is_supplier = fields.Boolean("Supplier in Exact", readonly=True)
    score = fields.Integer(readonly=True, aggregator=False)
    reason = fields.Selection(
        [
            (matching.VAT_NUMBER, "Same VAT number"),
            (matching.COMPANY_NUMBER, "Same company number"),
            (matching.CODE_AND_NAME, "Same code and name"),
            (matching.NAME_AND_POSTCODE, "Same name and postcode"),
            (matching.NAME, "Same name"),
            (matching.EMAIL, "Same e-mail"),
            ("by_hand", "Chosen by hand"),
        ],
        "Because",
        readonly=True,
    )
    kind = fields.Selection(
        [
            ("sure", "Sure"),
            ("likely", "To be looked at"),
            ("several", "Several fit: choose one"),
            ("alone", "No partner in Odoo"),
        ],
        required=True,
        readonly=True,
    )
    state = fields.Selection(
        [("open", "Open"), ("linked", "Linked"), ("refused", "Not this one")],
        default="open",
        required=True,
        readonly=True,
    )

    _match_idx = models.Index("(match_id, state, kind)")
    _guid_idx = models.Index("(guid)")

    def write(self, vals):
        check_not_readonly(self, vals)
        if "partner_id" in vals and not self.env.su:
            if any(line.state == "linked" for line in self):
                raise UserError(
                    self.env._("It is linked. Break the link on the account first.")
                )
            by_hand = {"reason": "by_hand", "score": 0, "state": "open"}
            kind = "likely" if vals["partner_id"] else "alone"
            reason = "by_hand" if vals["partner_id"] else False
            self.sudo().write(by_hand | {"kind": kind, "reason": reason})
        return super().write(vals)

    # --- buttons -------------------------------------------------------------

    def action_link(self):
        """These partners are these accounts."""
        self._check_open()
        lonely = self.filtered(lambda line: not line.partner_id)
        if lonely:
            raise UserError(
                self.env._(
                    "Choose the partner of %s first, or import it into Odoo.",
                    ", ".join(lonely[:5].mapped("display_name")),
                )
            )
        self._link()
        return True

    def action_refuse(self):
        """These partners are not these accounts; it is not proposed again."""
        self._check_open()
        self.filtered("partner_id").sudo().state = "refused"
        return True

    def action_import(self):
        """Make partners in Odoo of accounts that have none, and link them."""
        self._check_open()
        taken = self.filtered("partner_id")
        if taken:
            raise UserError(
                self.env._(
                    "%s may be a partner that Odoo has already. Link it, or say that "
                    "it is not this one.",
                    ", ".join(taken[:5].mapped("display_name")),
                )
            )
        # Exact is the ledger: its numbers are taken as they stand there.
        partners = self.env["res.partner"].with_context(
            no_vat_validation=True, tracking_disable=True
        )
        countries = self.env["res.country"].search(
            [("code", "in", list(set(self.mapped("country_code"))))]
        )
        by_code = dict(zip(countries.mapped("code"), countries.ids, strict=True))
        languages = {code[:2].upper(): code for code, _n in self._languages()}
        for start in range(0, len(self), BATCH):
            lines = self[start : start + BATCH]
            made = partners.create(
                [line._partner_values(by_code, languages) for line in lines]
            )
            for line, partner in zip(lines, made, strict=True):
                line.sudo().partner_id = partner
        self._link()
        return True

    def _languages(self):
        return self.env["res.lang"].get_installed()

    def _partner_values(self, countries: dict, languages: dict) -> dict:
        administration = self.match_id.administration_id
        own_code = not administration.use_exact_customer_code
        return {
            "name": self.name,
            "is_company": bool(self.vat or self.company_number),
            "ref": self.code if own_code else False,
            "street": self.street,
            "zip": self.postcode,
            "city": self.city,
            "country_id": countries.get(self.country_code),
            "vat": self.vat,
            "company_registry": self.company_number,
            "email": self.email,
            "phone": self.phone,
            "lang": languages.get((self.language or "")[:2].upper(), self.env.lang),
            "customer_rank": int(self.status == "C"),
            "supplier_rank": int(self.is_supplier),
        }

    def _check_open(self) -> None:
        for administration in self.match_id.administration_id:
            administration._check_manager()
        if any(line.state != "open" for line in self):
            raise UserError(self.env._("Some of these are settled already."))

    # --- linking -------------------------------------------------------------

    def _link(self) -> None:
        """Tie partners to accounts, in a few statements whatever their number.

        A partner that is being created in Exact right now, or that got an account
        meanwhile, is left alone and named.

        :raises UserError: one partner twice, or one account twice, among these
        """
        if not self:
            return
        for field in ("partner_id", "guid"):
            values = self.mapped(lambda line, name=field: line[name])
            if len(set(values)) < len(self):
                raise UserError(
                    self.env._(
                        "A partner or an account is chosen more than once. Choose one "
                        "of them at a time."
                    )
                )
        if any(p.commercial_partner_id != p for p in self.partner_id):
            raise UserError(
                self.env._(
                    "A contact or address is no customer of its own; choose the "
                    "company that it belongs to."
                )
            )
        self.sudo().flush_recordset()
        linked = self.browse(self._upsert())
        self.env["exact.account"].invalidate_model()
        linked.sudo().state = "linked"
        self._drop_superseded(linked)
        left = self - linked
        if left:
            raise UserError(
                self.env._(
                    "%s got another account meanwhile, or is being created in Exact. "
                    "Read the accounts anew.",
                    ", ".join(left[:5].partner_id.mapped("display_name")),
                )
            )

    def _upsert(self) -> list[int]:
        """Write the links and their log; returns the lines that were taken."""
        self.env.cr.execute(
            """
            WITH link AS (
                INSERT INTO exact_account AS account
                            (administration_id, company_id, partner_id, state, guid,
                             code, name, vat_number, country,
                             is_customer, is_supplier,
                             create_uid, create_date, write_uid, write_date)
                     SELECT match.administration_id, match.company_id, line.partner_id,
                            'linked', line.guid, line.code, line.name,
                            line.vat, line.country_code,
                            line.status = 'C', line.is_supplier,
                            %(uid)s, now() AT TIME ZONE 'UTC',
                            %(uid)s, now() AT TIME ZONE 'UTC'
                       FROM exact_match_line line
                       JOIN exact_match_accounts match ON match.id = line.match_id
                      WHERE line.id IN %(ids)s
                        AND NOT EXISTS (
                            SELECT 1
                              FROM exact_account other
                             WHERE other.administration_id = match.administration_id
                               AND other.guid = line.guid
                        )
                ON CONFLICT (administration_id, partner_id)
                      WHERE duplicate_of_id IS NULL
                  DO UPDATE SET state = 'linked', guid = EXCLUDED.guid,
                                code = EXCLUDED.code, name = EXCLUDED.name,
                                vat_number = EXCLUDED.vat_number,
                                country = EXCLUDED.country,
                                is_customer = EXCLUDED.is_customer,
                                is_supplier = EXCLUDED.is_supplier,
                                write_uid = EXCLUDED.write_uid,
                                write_date = EXCLUDED.write_date
                      WHERE account.guid IS NULL
                        AND account.state IN ('new', 'gone')
                  RETURNING id, guid, concat_ws(' ', code, name) AS shown
            ), log AS (
                INSERT INTO exact_account_log
                            (account_id, event, new, create_uid, create_date)
                     SELECT id, 'linked', shown, %(uid)s, now() AT TIME ZONE 'UTC'
                       FROM link
            )
            SELECT line.id
              FROM exact_match_line line
              JOIN link ON link.guid = line.guid
             WHERE line.id IN %(ids)s
            """,
            {"ids": tuple(self.ids), "uid": self.env.uid},
        )
        return [row[0] for row in self.env.cr.fetchall()]

    def _drop_superseded(self, linked) -> None:
        """Other proposals for what is linked now; what is left may be a simple one."""
        if not linked:
            return
        self.env.flush_all()
        self.env.cr.execute(
            """
            DELETE FROM exact_match_line line
             USING exact_match_line taken
             WHERE taken.id IN %s
               AND line.match_id = taken.match_id
               AND line.state != 'linked'
               AND (line.partner_id = taken.partner_id OR line.guid = taken.guid)
            """,
            (tuple(linked.ids),),
        )
        self.env.invalidate_all()
