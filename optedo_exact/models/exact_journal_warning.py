from datetime import timedelta

from odoo import api, fields, models

from ..exact import odata, states
from ..exact.errors import ExactError, Forbidden
from ..exact.payloads import ENTRIES

SELECT = ["EntryID", "EntryNumber", "EntryDate", "Journal", "YourRef"]
SELECT += ["CreatorFullName"]
LOOK_BACK = timedelta(days=90)
NEWEST = 60  # one page


class ExactReference(models.Model):
    _inherit = "exact.reference"

    others = fields.Json(
        readonly=True,
        help="Of a sales journal: how many of its newest entries did not come from "
        "this link, and the newest of them.",
    )


class ExactMapping(models.Model):
    """Who else books in the Exact journal of an Odoo journal (product B2)."""

    _inherit = "exact.mapping"

    journal_warning = fields.Char(
        "Others in the journal", compute="_compute_journal_warning", compute_sudo=True
    )
    remark = fields.Char(
        compute="_compute_remark",
        help="Why the code does not fit, what changed in Exact since it was chosen, "
        "and who else uses it.",
    )

    @api.depends(
        "reference_id.others",
        "credit_note_reference_id.others",
        "administration_id.use_exact_entry_number",
        "administration_id.mapping_ids.reference_id",
    )
    @api.depends_context("lang")
    def _compute_journal_warning(self):
        for mapping in self:
            mapping.journal_warning = (
                " ".join(
                    [*mapping._texts_of_shared(), *mapping._texts_of_others()]
                    if mapping.kind == "journal"
                    else []
                )
                or False
            )

    @api.depends("misfit_message", "change_text", "journal_warning")
    def _compute_remark(self):
        names = ("misfit_message", "change_text", "journal_warning")
        for mapping in self:
            texts = filter(None, (mapping[name] for name in names))
            mapping.remark = " ".join(texts) or False

    def _texts_of_shared(self) -> list[str]:
        """Two series of Odoo in one journal of Exact may meet at a number."""
        administration = self.administration_id
        if administration.use_exact_entry_number or not self.reference_id:
            return []
        rows = administration.mapping_ids.filtered(
            lambda row: (
                row != self
                and row.kind == "journal"
                and row.reference_id == self.reference_id
            )
        )
        return [
            self.env._(
                "%(other)s goes to journal %(code)s too. With Odoo's numbers as entry "
                "numbers the two may clash; give each a journal of its own.",
                other=row.source_name,
                code=self.reference_id.code,
            )
            for row in rows
        ]

    def _texts_of_others(self) -> list[str]:
        references = self.reference_id | self.credit_note_reference_id
        texts = []
        for reference in references.filtered("others"):
            others = reference.others
            text = self.env._(
                "Others book in journal %(code)s too: %(count)s of its last %(all)s "
                "entries did not come from here, the newest is %(number)s of %(date)s "
                "by %(person)s.",
                code=reference.code,
                count=others["count"],
                all=others["all"],
                number=others["number"],
                date=others["date"],
                person=others["person"] or "…",
            )
            if not self.administration_id.use_exact_entry_number:
                text += " " + self.env._(
                    "Their numbers and Odoo's may clash; ask for a journal of your own."
                )
            texts.append(text)
        return texts

    @api.onchange("reference_id", "credit_note_reference_id")
    def _onchange_journal_reference(self):
        """Say what another journal means, once something was booked (product B2)."""
        before = self._origin
        if self.kind != "journal" or not before.reference_id:
            return None
        names = [name for name in self._chosen_fields() if self[name] != before[name]]
        labels = [
            f"{self.source_name}, {self._fields[name]._description_string(self.env)}"
            for name in names
        ]
        return before.administration_id._change_warning(labels)


class ExactAdministration(models.Model):
    _inherit = "exact.administration"

    def action_check_journals(self):
        """Ask Exact now who else books in the journals that were chosen."""
        self.ensure_one()
        self._check_manager()
        try:
            self._read_others(urgent=True)
        except ExactError as error:
            raise self.connection_id._user_error(error) from error
        return True

    def _read_others(self, urgent: bool = False) -> None:
        """Compare the newest entries of our journals with what the link booked there.

        One call for all journals; nothing where no journal is chosen yet.

        :raises ExactError: Exact did not answer
        """
        rows = self.mapping_ids.filtered(lambda row: row.kind == "journal")
        journals = rows.reference_id | rows.credit_note_reference_id
        journals = journals.filtered(lambda journal: not journal.gone)
        if not journals:
            return
        since = fields.Datetime.now() - LOOK_BACK
        where = odata.all_of(
            [
                odata.any_of(
                    odata.eq("Journal", code) for code in journals.mapped("code")
                ),
                odata.newer("Created", since),
            ]
        )
        try:
            entries = self._client(urgent).newest(
                ENTRIES, SELECT, where, "Created", NEWEST
            )
        except Forbidden:
            return  # the test of the connection says so; the lists were read anyway
        self.sudo()._keep_others(journals.sudo(), entries)

    def _keep_others(self, journals, entries: list[dict]) -> None:
        ours = self.env["exact.entry"].search(
            [
                "|",
                ("guid", "in", [entry["EntryID"] for entry in entries]),
                "&",
                ("state", "in", states.PENDING),
                ("move_name", "in", [entry["YourRef"] for entry in entries]),
            ]
        )
        guids, pending = set(ours.mapped("guid")), set(ours.mapped("move_name"))
        for journal in journals:
            there = [e for e in entries if e["Journal"].strip() == journal.code]
            foreign = [
                e
                for e in there
                if e["EntryID"] not in guids and e["YourRef"] not in pending
            ]
            others = foreign and {
                "count": len(foreign),
                "all": len(there),
                "number": foreign[0]["EntryNumber"],
                "date": str(odata.to_date(foreign[0]["EntryDate"]) or ""),
                "person": foreign[0]["CreatorFullName"],
            }
            if (journal.others or None) != (others or None):
                journal.others = others or False
