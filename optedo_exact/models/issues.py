"""The sentences of the link: what happened, named, with the way out.

An issue is stored as a code with parameters; the sentence is made when it is read, in
the reader's language, and Exact's own words are added as they came.
"""

from odoo.tools import LazyTranslate

from ..exact import catalogue
from ..exact.errors import Forbidden, Refused

_lt = LazyTranslate(__name__)

SENTENCES = {
    # kinds of errors, where nothing closer is known
    "error": _lt("Something went wrong with Exact Online."),
    "not_processed": _lt("Nothing was sent to Exact Online; it goes by itself later."),
    "misconfigured": _lt("A setting of the connection to Exact Online is wrong."),
    # the connection
    "base_url_missing": _lt("Fill in the address of the Exact Online site."),
    "base_url_invalid": _lt(
        "'%(address)s' is not the address of a site, such as https://exact.example.com."
    ),
    "base_url_insecure": _lt(
        "%(address)s would send the login unencrypted. Use https; plain http is only "
        "possible to this machine itself."
    ),
    "client_missing": _lt(
        "Fill in the client id and the client secret of your app. You find them in the "
        "Exact App Center, under Manage apps."
    ),
    "client_unknown": _lt(
        "Exact Online does not know the client id %(client_id)s on this site. Copy it "
        "from the Exact App Center of the country that you chose; an app of another "
        "country site is not known here."
    ),
    "redirect_refused": _lt(
        "Exact Online does not take the redirect address %(redirect_uri)s. Register "
        "exactly this address with the app in the Exact App Center."
    ),
    "insecure_transport": _lt(
        "%(address)s is plain http, which the login library refuses. For a sandbox on "
        "this machine, start Odoo with OAUTHLIB_INSECURE_TRANSPORT=1."
    ),
    "unreachable": _lt(
        "%(host)s cannot be reached (%(reason)s). Check the network and the chosen "
        "site; nothing was sent, and what waits goes by itself later."
    ),
    "login_denied": _lt(
        "Exact Online did not grant access. Log in again and allow the app."
    ),
    "login_state": _lt(
        "This login was not started here, or it took too long. Log in again."
    ),
    "login_not_granted": _lt(
        "Exact Online refused the login. Check the client id, the client secret and "
        "the redirect address against the Exact App Center, then log in again."
    ),
    "not_connected": _lt("Odoo is not logged in to Exact Online. Log in first."),
    "login_lapsed": _lt(
        "The login to Exact Online has lapsed: the password changed, access was "
        "withdrawn, or it was not used for 30 days. Log in again; what waits goes by "
        "itself afterwards."
    ),
    "copied": _lt(
        "This database is a copy or was moved, so it does not talk to the "
        "administration. Say on the connection which of the two it is."
    ),
    "login_refused": _lt(
        "Exact Online did not take the login just now; it goes by itself later."
    ),
    "login_no_answer": _lt(
        "Exact Online gave no answer to the login; nothing was sent, and what waits "
        "goes by itself later."
    ),
    "login_busy": _lt(
        "The login to Exact Online is being renewed; it goes by itself shortly."
    ),
    "refresh_too_early": _lt(
        "Exact Online asks to wait with the login; it goes by itself shortly."
    ),
    "limit_minute": _lt(
        "Exact Online takes no more calls this minute; it goes by itself shortly."
    ),
    "limit_day": _lt(
        "The calls that Exact Online allows for today are used up; it goes by itself "
        "after midnight (UTC)."
    ),
    "limit_errors": _lt(
        "Exact Online gave several errors in a row on %(endpoint)s. The link pauses "
        "there for an hour, before Exact blocks it; it goes by itself afterwards."
    ),
    "limit_logins": _lt("The logins that Exact Online allows for today are used up."),
    "no_answer": _lt("Exact Online gave no answer."),
    "maintenance": _lt(
        "Exact Online is in maintenance. What waits goes by itself later."
    ),
    "answer_broken": _lt("The answer of Exact Online was incomplete."),
    "forbidden": _lt(
        "The Exact user that is logged in may not do this. Give it the right in Exact, "
        "or log in with another user."
    ),
    "not_found": _lt("This no longer exists in Exact Online."),
    "refused": _lt("Exact Online refused it."),
    # the administration
    "no_administration": _lt(
        "Choose the administration of Exact Online that %(company)s is booked in."
    ),
    "company_archived": _lt(
        "%(company)s is archived, so nothing of it goes to Exact. Take it out of the "
        "archive, and it goes on."
    ),
    "currency_differs": _lt(
        "Administration %(name)s keeps its books in %(there)s, %(company)s in "
        "%(here)s. Choose another administration."
    ),
    "default_gl_account_missing": _lt(
        "Choose the default ledger account on the administration."
    ),
    "start_missing": _lt(
        "Say first from which date on invoices are exported: fill in 'Export invoices "
        "dated from', or choose 'Export every invoice', under Options of the set-up."
    ),
    "account_unmapped": _lt(
        "Choose the Exact ledger account for %(accounts)s of Odoo. It is mandatory, "
        "and these lines have none: %(lines)s."
    ),
    # an invoice
    "journal_unmapped": _lt(
        "Choose the Exact journal for journal %(journal)s of Odoo."
    ),
    "journal_gone": _lt(
        "Exact journal %(code)s, chosen for %(journal)s, is blocked or no longer there."
    ),
    "tax_unmapped": _lt("Choose the Exact VAT code for tax %(tax)s of Odoo."),
    "no_tax_unmapped": _lt(
        "Line '%(line)s' has no tax. Choose the Exact VAT code for lines without tax; "
        "otherwise Exact takes the VAT of the ledger account."
    ),
    "several_taxes": _lt(
        "Line '%(line)s' has several taxes (%(taxes)s); Exact takes one VAT code a "
        "line. Keep one, or say under VAT codes on which ledger account the others are "
        "booked as lines of their own."
    ),
    "vat_code_direction": _lt(
        "VAT code %(code)s of Exact is for purchases. Choose one for sales for %(tax)s."
    ),
    "vat_code_rate": _lt(
        "VAT code %(code)s of Exact has %(rate_there)s on %(day)s, and %(tax)s of Odoo "
        "has %(rate_here)s. Choose the VAT code of that rate."
    ),
    "vat_code_nature": _lt(
        "VAT code %(code)s of Exact is for %(nature_there)s, and %(tax)s of Odoo for "
        "%(nature_here)s. They stand in different boxes of the VAT return. Choose "
        "another, or tick 'Right all the same' beside it."
    ),
    "tax_no_rate": _lt(
        "%(tax)s of Odoo is no percentage, so it is no VAT code. Say on which ledger "
        "account it is booked as a line of its own."
    ),
    "party_oss_country": _lt(
        "VAT code %(code)s is for customers in %(country)s (OSS), and %(partner)s is "
        "not there. Correct the country, or choose another tax on the invoice."
    ),
    "currency_unknown": _lt(
        "Exact does not know currency %(currency)s in this administration. Add it "
        "there, then read the lists."
    ),
    "currency_not_in_journal": _lt(
        "Journal %(journal)s of Exact does not take %(currency)s with a rate. Allow "
        "other currencies and rates on the journal in Exact, or choose another journal."
    ),
    "gl_account_type": _lt(
        "Ledger account %(account)s is for receivables or VAT; Exact takes no line of "
        "an invoice on it. Choose another."
    ),
    "cost_center_unmapped": _lt(
        "Choose the Exact cost centre for analytic account %(account)s of Odoo."
    ),
    "cost_unit_unmapped": _lt(
        "Choose the Exact cost unit for analytic account %(account)s of Odoo."
    ),
    "cost_center_missing": _lt(
        "Ledger account %(account)s demands a cost centre, and line '%(line)s' has "
        "none. Give the line one, or choose the one for lines without."
    ),
    "cost_unit_missing": _lt(
        "Ledger account %(account)s demands a cost unit, and line '%(line)s' has none. "
        "Give the line one, or choose the one for lines without."
    ),
    "instalments": _lt(
        "Payment term %(term)s of Odoo has several instalments. Choose a payment "
        "condition in Exact that has the same ones and tick 'Has instalments'; "
        "condition %(code)s would be booked as one."
    ),
    "reference_gone": _lt(
        "%(name)s, which this invoice needs, is blocked or no longer there in Exact. "
        "Choose another."
    ),
    "payment_term_unmapped": _lt(
        "Choose the Exact payment condition for payment term %(term)s of Odoo."
    ),
    "number_too_long": _lt(
        "Number %(number)s is longer than the %(length)s characters that Exact keeps. "
        "Use a shorter sequence."
    ),
    "number_without_digits": _lt(
        "Number %(number)s has no digits, so it cannot be the entry number in Exact. "
        "Use a sequence with digits, or Exact's own entry numbers."
    ),
    "number_too_large": _lt(
        "Number %(number)s becomes %(entry)s, and Exact's entry numbers end at "
        "2147483647. Use a shorter sequence, or Exact's own entry numbers."
    ),
    "number_taken": _lt(
        "Entry %(entry)s already exists in journal %(journal)s: it is invoice "
        "%(invoice)s. Use another sequence or another journal in Exact."
    ),
    "numbers_clash": _lt(
        "%(invoices)s would all be entry %(entry)s in journal %(journal)s. Choose "
        "another journal in Exact for one of them, change its sequence, or use "
        "Exact's own entry numbers."
    ),
    "login_ends": _lt(
        "Exact Online was not asked anything since %(since)s. The login ends on "
        "%(ends)s, 30 days after it was last used. Look whether Odoo's scheduled "
        "actions run, and press Test connection: that keeps the login."
    ),
    "totals_differ": _lt(
        "The lines for Exact come to %(booked)s, the invoice to %(total)s. It is not "
        "sent, so that both ledgers agree. Book it by hand in Exact."
    ),
    "no_lines": _lt("There is nothing to book on this invoice."),
    "edited": _lt("Somebody is changing this invoice. Try again in a moment."),
    "unexpected": _lt(
        "Something unexpected went wrong, which is in the log of Odoo. Exact is asked "
        "before anything is sent again. Tell who looks after Odoo."
    ),
    "amount_differs": _lt(
        "Exact booked %(there)s, the invoice comes to %(here)s. Look at the entry in "
        "Exact."
    ),
    "outcome_unknown": _lt(
        "It is not certain that Exact booked it: the answer was lost. Exact is asked "
        "before anything is sent again; you need not do anything."
    ),
    "found_other": _lt(
        "Exact has %(count)s entries with number %(number)s in journal %(journal)s "
        "that do not simply match this invoice (%(entries)s). Look at them in Exact."
    ),
    "stands_there": _lt(
        "Exact already has %(number)s in journal %(journal)s (entry %(entries)s). It "
        "may have been booked there by hand, so it is not sent again. Say whether it "
        "is this invoice, or another one."
    ),
    "sent_changed": _lt(
        "%(invoice)s was sent to the customer before its entry in Exact was removed, "
        "and it is different now. What the customer has can only be booked unchanged: "
        "put it back as it was, or make a credit note and a new invoice."
    ),
    # vendor bills from Exact
    "bills_busy": _lt(
        "Vendor bills are being imported from Exact right now. Look again in a moment."
    ),
    "bill_journal_unmapped": _lt(
        "Choose which purchase journal of Odoo is journal '%(code)s' of Exact."
    ),
    "bill_journal_several": _lt(
        "Journal %(code)s of Exact is chosen for several journals of Odoo: "
        "%(records)s. Choose the one that its bills come in on."
    ),
    "bill_account_unmapped": _lt(
        "Choose which account of Odoo is ledger account '%(code)s' of Exact."
    ),
    "bill_account_several": _lt(
        "Ledger account %(code)s of Exact is chosen for several accounts of Odoo: "
        "%(records)s. Choose the one that its bills come in on."
    ),
    "bill_tax_unmapped": _lt(
        "Choose which purchase tax of Odoo is VAT code '%(code)s' of Exact."
    ),
    "bill_tax_several": _lt(
        "VAT code %(code)s of Exact may be %(records)s. Make one of them the default "
        "tax of the account in Odoo, or leave the VAT code at one of them."
    ),
    "bill_tax_share": _lt(
        "Of the VAT on '%(line)s' (VAT code %(code)s) %(share)s is not deductible in "
        "Exact, and no tax of Odoo that the code is chosen for has that share. Choose "
        "the VAT code for such a tax too."
    ),
    "bill_tax_box": _lt(
        "'%(line)s' (VAT code %(code)s) belongs in box %(box)s of the VAT return by "
        "its ledger account in Exact, and no tax of Odoo that the code is chosen for "
        "does. Choose the VAT code for a tax of that box too."
    ),
    "bill_currency": _lt(
        "Currency %(currency)s is not active in Odoo. Activate it under Invoicing, "
        "Configuration, Currencies, then try again."
    ),
    "bill_period_locked": _lt(
        "%(day)s lies in a period that is locked in Odoo. Open the period, or leave "
        "the entry out."
    ),
    "bill_totals_differ": _lt(
        "The lines come to %(here)s in Odoo, and the entry to %(there)s in Exact. Look "
        "at the entry in Exact, or make the bill by hand."
    ),
    "bill_lines_missing": _lt(
        "The entry has no lines in Exact. It comes once it has; or leave it out."
    ),
    "bill_refused": _lt("Odoo does not take the bill: %(reason)s"),
    "bill_supplier_gone": _lt(
        "Supplier %(supplier)s of the entry is not in Exact any more. Say which "
        "supplier of Odoo it is."
    ),
    "bill_supplier_perhaps": _lt(
        "Supplier %(supplier)s of Exact may be %(partners)s. Say which one it is."
    ),
    "bill_supplier_twice": _lt(
        "The entry is on %(supplier)s in Exact, and %(partner)s of Odoo is tied to "
        "%(other)s there. Say which supplier of Odoo it is, or merge the two in Exact."
    ),
    "bill_candidates": _lt(
        "Odoo has bills of this supplier with reference %(reference)s: %(bills)s. Say "
        "which one it is, or that it is none of them."
    ),
    "bill_alike": _lt(
        "Odoo has bills of this supplier for the same amount, whose reference is "
        "missing or written otherwise: %(bills)s. Say which one it is, or that it is "
        "none of them."
    ),
    "bill_busy": _lt(
        "%(bill)s is on its way to Exact right now. The entry comes by itself "
        "afterwards."
    ),
    "bill_booked_twice": _lt(
        "The entry was booked on %(bill)s, which stands in Exact as entry %(other)s "
        "already. Remove one of both there, or say that it is none of these bills."
    ),
    "bill_another": _lt(
        "A person said that the entry is not %(bill)s. Say which bill it is, where one "
        "is offered; then try again: else the entry becomes a bill of its own."
    ),
    "bill_cancelled": _lt(
        "The entry was booked on the file of %(bill)s, which is cancelled in Odoo. "
        "Reset the bill to draft, then try again; or say that it is none of these "
        "bills."
    ),
    "bill_differs": _lt(
        "Entry %(number)s in Exact differs from this bill (Odoo ≠ Exact): "
        "%(differences)s. Correct the one that is wrong; the bill stays as it is."
    ),
    "bill_deleted": _lt(
        "Entry %(number)s of this bill was deleted in Exact. Cancel the bill, or have "
        "it booked there again."
    ),
    "bill_gone": _lt("The entry was deleted in Exact, so it does not come."),
    "bill_deleted_here": _lt(
        "The bill of this entry was deleted in Odoo. Try again to bring the entry in "
        "once more."
    ),
    "bill_too_early": _lt(
        "The entry is dated before %(day)s, from which bills come in. Choose an "
        "earlier day on the administration to bring it in."
    ),
    "bill_rejected": _lt(
        "The entry is rejected in Exact, so it does not come; it does once Exact "
        "accepts it."
    ),
    "bill_rejected_there": _lt(
        "Entry %(number)s of this bill is rejected in Exact. Ask the accountant why: "
        "pay the bill once Exact accepts it, or have the entry deleted there and "
        "cancel the bill."
    ),
    "entry_file_missing": _lt(
        "The entry in Exact has no file. Once it has one, read the file again; or "
        "attach it here by hand."
    ),
    "bill_file_no_answer": _lt(
        "Exact gave no answer when the file was asked for. It is asked once more by "
        "itself."
    ),
    "bill_file_too_large": _lt(
        "A file is larger than 25 MB. It stays in Exact only; download it there."
    ),
    "bill_file_refused": _lt(
        "A file could not be read from Exact. Read the file again; or download it "
        "there, and attach it by hand."
    ),
    # what Exact's own words mean (exact/catalogue.py); they are shown below
    "exact_year_missing": _lt(
        "Exact has no financial year for the date of the invoice. Ask the accountant "
        "to add the year, then send it again."
    ),
    "exact_period_closed": _lt(
        "The period of the invoice was closed in Exact meanwhile. Choose whether it is "
        "booked in the first open period, waits, or is kept out of the link."
    ),
    "exact_year_fixed": _lt(
        "Exact does not move an entry into another financial year. Remove the entry "
        "and book the invoice again."
    ),
    "exact_condition_missing": _lt(
        "Exact needs a payment condition: neither the payment term of the invoice nor "
        "the customer in Exact has one. Choose one for the payment term."
    ),
    "exact_cost_center_missing": _lt(
        "Exact demands a cost centre. Give the line an analytic account with a cost "
        "centre, or choose the one for lines without."
    ),
    "exact_cost_unit_missing": _lt(
        "Exact demands a cost unit. Give the line an analytic account with a cost "
        "unit, or choose the one for lines without."
    ),
    "exact_field_missing": _lt(
        "Exact demands something that the invoice does not have: %(field)s."
    ),
    "exact_reference": _lt(
        "Exact does not know the code that was chosen for it: %(field)s. It was "
        "removed or changed there. Read the lists and choose another."
    ),
    "exact_not_customer": _lt(
        "The account in Exact is no customer, so it takes no sales. Give it the status "
        "Customer in Exact, then send the invoice again."
    ),
    "exact_gl_type": _lt(
        "A ledger account that was chosen is for receivables, payables or VAT; Exact "
        "takes no line of an invoice on it. Choose another."
    ),
    "exact_receivables_account": _lt(
        "The customer has another receivables account in Exact than the journal. Make "
        "the two equal in Exact, or choose another journal."
    ),
    "exact_vat_percentage": _lt(
        "The VAT code has no percentage in Exact on the date of the invoice. Complete "
        "it in Exact, or choose another VAT code."
    ),
    "exact_field_invalid": _lt("Exact does not take this value: %(field)s."),
    "exact_vat_not_allowed": _lt(
        "The VAT code may not be used in this journal of Exact. Choose another VAT "
        "code, or let the accountant allow VAT in the journal."
    ),
    "exact_rate_not_allowed": _lt(
        "The journal in Exact does not take another currency with a rate. Allow it on "
        "the journal in Exact, or choose another journal."
    ),
    "exact_field_not_allowed": _lt("Exact does not allow this here: %(field)s."),
    "exact_number_taken": _lt(
        "The entry number is taken in this journal of Exact. Look whether the invoice "
        "was booked there by hand; otherwise use Exact's own entry numbers, or a "
        "journal of your own."
    ),
    "exact_exists": _lt("Exact has this code or number already."),
    "exact_too_long": _lt("This is longer than Exact takes: %(field)s."),
    "exact_blocked": _lt(
        "This is blocked in Exact: %(field)s. Unblock it there, or choose another."
    ),
    "exact_journal_type": _lt(
        "The journal that was chosen in Exact is no sales journal. Choose another."
    ),
    "exact_vat_on_none": _lt(
        "A VAT code that was chosen stands for no VAT, and the invoice has VAT on it. "
        "Choose the VAT code of that rate."
    ),
    "exact_vat_differs": _lt(
        "The VAT does not fit the amounts by the VAT code in Exact. Check its rate, "
        "and whether it counts the VAT as included."
    ),
    "exact_out_of_balance": _lt(
        "Exact counts the VAT differently by a few cents and has no account for such "
        "differences. Let the accountant set the account for calculation differences "
        "in Exact, then send the invoice again."
    ),
    "exact_processed": _lt(
        "Exact has processed the entry, for instance in a VAT return, so it can no "
        "longer be changed or removed."
    ),
    "exact_in_use": _lt("Something else in Exact refers to it, so it stays."),
    "exact_fault_there": _lt(
        "Something went wrong inside Exact. Send it again later; if it stays so, show "
        "the words below to Exact's support."
    ),
    "exact_fault_here": _lt(
        "The link sent something that Exact does not understand. Show the words below "
        "to who looks after Odoo."
    ),
    "exact_licence": _lt(
        "The licence of Exact does not include this. Ask Exact, or choose a code that "
        "does without."
    ),
    "exact_scope": _lt(
        "The app lacks a right in Exact. Give it the right in the Exact App Center, "
        "then log in again."
    ),
    "exact_user_blocked": _lt(
        "The Exact user that is logged in is blocked or inactive. Unblock it in Exact, "
        "or log in with another user."
    ),
    "exact_licence_expired": _lt(
        "The licence of Exact Online has expired. Renew it with Exact."
    ),
    "exact_division_blocked": _lt(
        "The administration is blocked in Exact. Ask who manages the licence."
    ),
    "exact_no_division": _lt(
        "The Exact user that is logged in may no longer enter this administration. "
        "Give it the right in Exact, or log in with another user."
    ),
    # the period
    "period_not_open": _lt(
        "Period %(period)s of journal %(journal)s is not open yet in Exact. The "
        "invoice goes by itself when the accountant opens it; you need not do anything."
    ),
    "period_closed": _lt(
        "Period %(period)s of journal %(journal)s is closed in Exact. Say whether the "
        "invoice is booked in the first open period, waits, or is kept out of the link."
    ),
    "period_wait": _lt(
        "Period %(period)s of journal %(journal)s is closed in Exact, and %(person)s "
        "decided to wait until the accountant opens it. Book the invoice then."
    ),
    "period_reopened": _lt(
        "Period %(period)s of journal %(journal)s was closed and is open again in "
        "Exact. Book the invoice if it belongs there."
    ),
    # removing an entry
    "undo_busy": _lt(
        "Something else is being done with this entry right now. Look again in a "
        "moment."
    ),
    "undo_adopted": _lt(
        "This entry was made in Exact by hand and linked afterwards. The link removes "
        "only what it booked itself: take the link away, and remove the entry in Exact."
    ),
    "undo_period": _lt(
        "Period %(period)s of journal %(journal)s is closed in Exact, so the entry "
        "stays. Make a credit note, or ask the accountant to open the period."
    ),
    "undo_vat_return": _lt(
        "A VAT return up to %(date)s was made in Exact, and it may contain this entry. "
        "Make a credit note instead."
    ),
    "undo_matched": _lt(
        "Something was paid or matched on this entry in Exact, or is on its way. Take "
        "that back in Exact first, or make a credit note."
    ),
    "undo_changed": _lt(
        "The entry was changed in Exact after it was booked (%(fields)s). Look at it "
        "there; the link removes only what it booked itself. Or make a credit note."
    ),
    "undo_payments": _lt(
        "A payment that the link registered cannot be taken back, so the entry stays: "
        "%(reason)s"
    ),
    "undo_refused": _lt("Exact did not remove the entry. Make a credit note instead."),
    "undo_unknown": _lt(
        "It is not certain that Exact removed the entry: the answer was lost. Exact is "
        "asked; you need not do anything."
    ),
    "undo_not_done": _lt(
        "The entry was not removed: the request never arrived at Exact. Remove it "
        "again if you still want that."
    ),
    "payment_not_registered": _lt(
        "A payment that Exact received is not registered in Odoo: %(reason)s"
    ),
    "webhook_forbidden": _lt(
        "Exact does not let this app manage webhooks: it needs the scope "
        "organization.administration. Choose it for the app in the Exact App Center, "
        "then log in again."
    ),
    "webhook_address": _lt(
        "Exact delivers notices over https only, and the address of this Odoo is "
        "%(address)s. Give Odoo an https address (web.base.url)."
    ),
    "webhook_secret_missing": _lt(
        "Fill in the webhook secret of your app, from the Exact App Center: without it "
        "nobody could tell a notice of Exact from any other."
    ),
    "entry_deleted": _lt(
        "Entry %(number)s of this invoice was deleted in Exact; payments that came "
        "from it were taken back. Remove the entry here too (Remove the entry in "
        "Exact), and the invoice can be booked again."
    ),
    "payment_currency": _lt(
        "The open items of this entry in Exact are in another currency than "
        "%(currency)s, so its payments cannot be taken over. Look at the entry in "
        "Exact."
    ),
    "payment_terms_differ": _lt(
        "The open items of entry %(number)s in Exact come to %(there)s and not to "
        "%(here)s, so its payments are not taken over. Was the entry changed? Give it "
        "the amount of the invoice there again, or set the invoice to paid by hand."
    ),
    "payments_share": _lt(
        "The next check would settle %(count)s of %(total)s open invoices at once. "
        "Look in Exact whether that is right, then let it go on; nothing is registered "
        "until then."
    ),
    "payments_busy": _lt("Payments are being checked right now."),
    # an export of many
    "run_starts": _lt("It starts as soon as Odoo has a place for it, within a minute."),
    "run_recheck": _lt(
        "Of some invoices it is not certain yet whether they were booked, or somebody "
        "is changing them. They are looked at again by themselves."
    ),
    "run_stopped": _lt("%(user)s stopped it. What is left waits until it goes on."),
    "run_stopped_at": _lt(
        "It stopped at invoice %(invoice)s, which could not be booked. Mend that one, "
        "then go on; or choose in the settings to go on with the next invoice."
    ),
    "run_other_administration": _lt(
        "Another administration was chosen. What was not booked yet goes there."
    ),
    "bulk_refused": _lt(
        "Exact refused them before, or their period is not open. Look at each, mend "
        "the cause and book it from its form, or select them in the list."
    ),
    "bulk_no_tax_unmapped": _lt(
        "Lines have no tax. Choose the Exact VAT code for lines without tax."
    ),
    "bulk_code_gone": _lt(
        "What is chosen for %(name)s is blocked or no longer there in Exact. Choose "
        "another."
    ),
    "bulk_account_unmapped": _lt(
        "Choose the Exact ledger account for %(account)s of Odoo. It is mandatory on "
        "lines."
    ),
    "bulk_country_missing": _lt(
        "The customer has no country. Exact needs it for the VAT; fill it in."
    ),
    "bulk_no_sale": _lt("They are no sales invoices."),
    "bulk_other_company": _lt("They are of a company with another administration."),
    "bulk_draft": _lt("They are not confirmed."),
    "bulk_too_old": _lt(
        "They are older than the day from which invoices go to Exact. One can still be "
        "booked from its own form."
    ),
    "bulk_bill_there": _lt(
        "They were delivered already, came from Exact, or are kept out."
    ),
    "bulk_there": _lt("They are in Exact already, on their way, or kept out."),
    # the files
    "document_refused": _lt(
        "Exact Online does not take the document that carries the files of this "
        "invoice. The booking itself stands."
    ),
    "attachment_refused": _lt(
        "Exact Online does not take file %(file)s. The booking itself stands."
    ),
    "attachment_large": _lt(
        "File %(file)s is larger than the %(size)s MB that Exact takes. Add a smaller "
        "one to the entry in Exact by hand."
    ),
    "attachment_empty": _lt(
        "File %(file)s is empty or no longer there, so it cannot be attached in Exact."
    ),
    "attachments_forbidden": _lt(
        "Odoo may not attach files in Exact. Give the app in the Exact App Center and "
        "the Exact user that is logged in the right to documents; the files then go by "
        "themselves. The booking itself stands."
    ),
    "attachments_unexpected": _lt(
        "The files could not be attached in Exact; the cause is in the log of Odoo. "
        "The booking itself stands. Tell who looks after Odoo."
    ),
    # the customer
    "party_name_missing": _lt("The customer has no name. Exact demands one."),
    "party_country_missing": _lt(
        "%(partner)s has no country. Exact needs it for the VAT; fill it in."
    ),
    "party_billing_account_missing": _lt(
        "Billing address %(address)s names no billing account. Say on the address "
        "which customer Exact must see."
    ),
    "party_vat_malformed": _lt(
        "'%(number)s' cannot be the VAT number of %(partner)s. Exact makes the VAT "
        "listings from it; correct it on the customer and in the billing data of the "
        "invoice, or leave it empty where there is none."
    ),
    "party_company_number_malformed": _lt(
        "'%(number)s' cannot be the company number of %(partner)s. Correct it on the "
        "customer and in the billing data of the invoice, or leave it empty where "
        "there is none."
    ),
    "party_code_too_long": _lt(
        "The customer code of %(partner)s for Exact (%(code)s) has more than "
        "%(length)s digits. A code is not shortened; choose a shorter reference."
    ),
    "party_code_missing": _lt(
        "The reference of %(partner)s ('%(reference)s') has no digits, so it cannot be "
        "the customer code in Exact. Fill in a reference such as KLANT-00001."
    ),
    "party_code_twice": _lt(
        "%(partner)s and %(other)s have the same customer code %(code)s for Exact. "
        "Change the reference of one of them."
    ),
    "party_code_taken": _lt(
        'Code %(code)s belongs to "%(there)s" in Exact, not to %(partner)s. Choose '
        "another reference for the customer."
    ),
    "accounts_found": _lt(
        "Exact has accounts that may be %(partner)s. Say which one it is, or that it "
        "is a new one."
    ),
    "party_eu_number_missing": _lt(
        "VAT code %(code)s goes into the European listing, which needs the VAT number "
        "of %(partner)s in another country of the EU; '%(number)s' is none. Fill it in "
        "on the invoice (tab Exact Online)."
    ),
    "party_vat_slash": _lt(
        "%(partner)s has '/' as VAT number. Leave it empty on the customer and on the "
        "invoice (tab Exact Online), or fill in the number."
    ),
    "party_named_otherwise": _lt(
        "The invoice calls its customer %(here)s, and the customer is %(customer)s. "
        "Say that it is the same, or correct the billing data of the invoice (tab "
        "Exact Online)."
    ),
    "party_identity_changed": _lt(
        "The customer in Exact would become somebody else: there it is %(there)s, this "
        "invoice says %(here)s. Say that it is the same customer, or correct the "
        "billing data of the invoice."
    ),
    "account_refused": _lt("Exact Online does not take customer %(partner)s."),
    "account_unknown": _lt(
        "It is not certain that Exact created customer %(partner)s: the answer was "
        "lost. Exact is asked first; the invoice goes by itself afterwards."
    ),
    "account_gone": _lt(
        "The account of %(partner)s is not in Exact any more: it was removed or merged "
        "there. Say which account it is now; the link never creates another by itself."
    ),
    "bank_refused": _lt("Exact Online does not take a bank account of %(partner)s."),
    "bank_unknown": _lt(
        "It is not certain that Exact added the bank account of %(partner)s: the "
        "answer was lost. Send the supplier again in some minutes; Exact is asked "
        "first."
    ),
    # vendor bills
    "bills_off": _lt(
        "Vendor bills do not go to Exact. Choose how under 'Deliver vendor bills' on "
        "the administration."
    ),
    "bill_supplier_missing": _lt(
        "%(bill)s has no supplier. Fill it in; Exact shows it with the document."
    ),
    "bill_date_missing": _lt("%(bill)s has no date. Fill in the bill date."),
    "bill_file_missing": _lt(
        "%(bill)s has no file that Exact takes. Attach the PDF or the e-invoice of the "
        "supplier to it."
    ),
    "bulk_bill_file_missing": _lt(
        "The bill has no file that Exact takes. Attach the PDF or the e-invoice of the "
        "supplier to it."
    ),
    "bill_file_empty": _lt(
        "File %(file)s of %(bill)s is empty. Attach it again, or choose another."
    ),
    "bill_file_large": _lt(
        "File %(file)s of %(bill)s is larger than %(size)s MB, and Exact takes no "
        "more. Attach a smaller copy and choose it under File for Exact."
    ),
    "bill_file_unfit": _lt(
        "File %(file)s of %(bill)s is neither a PDF nor an e-invoice (UBL). Attach one "
        "and choose it under File for Exact."
    ),
    "bill_file_encrypted": _lt(
        "File %(file)s of %(bill)s asks for a password to open, so Exact cannot read "
        "it. Save a copy without password (print it to PDF), attach it and choose it "
        "under File for Exact."
    ),
    "bill_file_broken": _lt(
        "File %(file)s of %(bill)s is damaged and cannot be read. Ask the supplier for "
        "another, attach it and choose it under File for Exact."
    ),
    "mail_too_large": _lt(
        "File %(file)s of %(bill)s is too large for mail server %(server)s, which "
        "takes mails up to %(size)s MB. Attach a smaller copy, or raise the limit of "
        "the mail server."
    ),
    "postbox_missing": _lt(
        "Fill in the address of the digital postbox and the sender of the mails to it, "
        "under Vendor bills on the administration."
    ),
    "postbox_sender_replaced": _lt(
        "No outgoing mail server of Odoo sends as %(sender)s; Odoo would put another "
        "sender, and Exact blocks that. Add %(sender)s to the From filter of an "
        "outgoing mail server, or choose a sender that one of them is for."
    ),
    "postbox_unknown": _lt(
        "The mail server does not take the address of the digital postbox. Compare it "
        "with the one in Exact (My account data, My digital postboxes). It says: "
        "%(answer)s"
    ),
    "postbox_sender_refused": _lt(
        "The mail server does not let Odoo send as the chosen sender. It says: "
        "%(answer)s"
    ),
    "mail_server_missing": _lt(
        "Odoo has no outgoing mail server that works. An administrator sets one up "
        "under Settings, Technical, Outgoing Mail Servers. (%(reason)s)"
    ),
    "mail_server_login": _lt(
        "The mail server does not take the login of Odoo. An administrator mends it "
        "under Settings, Technical, Outgoing Mail Servers. It says: %(reason)s"
    ),
    "mail_server_unreachable": _lt(
        "The mail server cannot be reached (%(reason)s). Nothing was sent; the bill "
        "goes by itself later."
    ),
    "mail_server_off": _lt(
        "Odoo sends no mails now; the bill goes by itself when it does."
    ),
    "mail_later": _lt(
        "The mail server asks to wait, and the bill goes by itself later. It says: "
        "%(answer)s"
    ),
    "mail_refused": _lt(
        "The mail server refuses this mail, nothing was sent. It says: %(answer)s"
    ),
    "mail_no_answer": _lt(
        "The connection to the mail server broke (%(reason)s); the mail may have left."
    ),
    "mail_unknown": _lt(
        "The connection broke while the bill was mailed, so it may have left. Odoo "
        "looks for its document in Exact, and does not mail it again by itself."
    ),
    "delivery_unknown": _lt(
        "The answer of Exact to the delivery was lost. Exact is asked before anything "
        "is sent again."
    ),
    "delivery_not_seen": _lt(
        "It is not certain that the bill was mailed, and Exact shows no document "
        "'%(name)s'. Look for it in Exact, also among the blocked mails of digital "
        "postbox %(postbox)s. If it is not there, press Deliver again; if it is, and "
        "called otherwise, keep the bill out of the link (Delivered by hand)."
    ),
    "delivery_not_arrived": _lt(
        "The bill was mailed, but Exact shows no document '%(name)s' yet. Look at the "
        "blocked mails of digital postbox %(postbox)s in Exact, and allow sender "
        "%(sender)s there. Odoo keeps looking."
    ),
    "delivery_gone": _lt(
        "Document '%(name)s' of this bill was removed in Exact, so nobody books it "
        "there. Take the delivery back, then deliver the bill again or keep it out of "
        "the link."
    ),
    "delivered_twice": _lt(
        "Exact shows %(count)s documents '%(name)s'. Remove all but one there, so that "
        "the bill is booked once."
    ),
    "undo_delivery_booked": _lt(
        "The bill is booked in Exact already. Remove the entry there first, or make a "
        "credit note."
    ),
    "undo_delivery_not_seen": _lt(
        "Exact shows no document '%(name)s', so Odoo cannot remove it. Look among the "
        "blocked mails of digital postbox %(postbox)s in Exact and remove it there, "
        "then say so below."
    ),
    "undo_delivery_partly": _lt(
        "Not all documents of this bill are removed in Exact: %(gone)s gone, %(left)s "
        "still there. The bill can still be booked there: try again, or remove the "
        "rest in Exact."
    ),
    "undo_delivery_refused": _lt("Exact Online did not remove the document."),
    "undo_delivery_not_done": _lt(
        "Exact still has the document of this bill; the delivery was not taken back."
    ),
    "undo_delivery_unknown": _lt(
        "The answer of Exact to the removal of the document was lost. Exact is asked."
    ),
    "account_busy": _lt(
        "Customer %(partner)s is being looked up in Exact by somebody else; the "
        "invoice goes by itself afterwards."
    ),
}


# Causes of an unknown outcome that a person has to look at: a run does not wait for it.
FOR_A_PERSON = ("found_other", "delivery_not_seen", "mail_unknown")


# Words that a sentence names: what a supply is (exact/vat.py).
WORDS = {
    "bill_total": _lt("total"),
    "bill_vat": _lt("VAT"),
    "bill_reference": _lt("reference"),
    "bill_date": _lt("date"),
    "bill_currency_word": _lt("currency"),
    "bill_supplier": _lt("supplier"),
    "bill_lines": _lt("lines"),
    "bill_invoice": _lt("vendor bill"),
    "bill_refund": _lt("credit note"),
    "no_tax": _lt("lines without tax"),
    "no_rate": _lt("no rate"),
    "nature_standard": _lt("supplies with VAT or export"),
    "nature_zero": _lt("supplies at 0 % or exempt"),
    "nature_charged": _lt("reverse charge in the country"),
    "nature_eu_goods": _lt("goods to another EU country"),
    "nature_eu_services": _lt("services to another EU country"),
    "nature_triangular": _lt("triangular trade"),
    "nature_export": _lt("export outside the EU"),
    "nature_oss": _lt("sales to consumers in another EU country (OSS)"),
    "nature_margin": _lt("the margin scheme"),
    "nature_none": _lt("amounts outside of VAT"),
}


# What a cause is called in a list; the others are called by their first sentence.
LABELS = {
    "refused": _lt("Refused by Exact, not known why"),
    "exact_period_closed": _lt("Period closed meanwhile"),
    "exact_field_missing": _lt("Exact demands something more"),
    "exact_reference": _lt("Exact does not know a code"),
    "exact_field_invalid": _lt("Exact does not take a value"),
    "exact_field_not_allowed": _lt("Exact does not allow something"),
    "exact_too_long": _lt("Too long for Exact"),
    "exact_blocked": _lt("Blocked in Exact"),
    "journal_unmapped": _lt("No Exact journal chosen"),
    "tax_unmapped": _lt("No VAT code chosen"),
    "no_tax_unmapped": _lt("No VAT code chosen for lines without tax"),
    "account_unmapped": _lt("No ledger account chosen"),
    "payment_term_unmapped": _lt("No payment condition chosen"),
    "entry_deleted": _lt("Entry deleted in Exact"),
    "payment_not_registered": _lt("Payment refused by Odoo"),
    "payment_currency": _lt("Another currency in Exact"),
    "payment_terms_differ": _lt("Open items of another amount in Exact"),
    "payments_share": _lt("A check would settle an unusual share of the invoices"),
    "cost_center_unmapped": _lt("No cost centre chosen"),
    "cost_unit_unmapped": _lt("No cost unit chosen"),
    "cost_center_missing": _lt("Cost centre missing on a line"),
    "cost_unit_missing": _lt("Cost unit missing on a line"),
    "party_country_missing": _lt("Customer without country"),
    "party_code_missing": _lt("Customer without code"),
    "party_code_twice": _lt("Customer code given twice"),
    "party_code_taken": _lt("Customer code taken in Exact"),
    "party_billing_account_missing": _lt("Billing address without account"),
    "party_identity_changed": _lt("Customer would become another in Exact"),
    "party_eu_number_missing": _lt("Customer without EU VAT number"),
    "party_oss_country": _lt("Customer in another country than the VAT code"),
    "accounts_found": _lt("Several accounts may be the customer"),
    "account_refused": _lt("Customer refused by Exact"),
    "stands_there": _lt("Stands in Exact already"),
    "found_other": _lt("Something else in Exact has the number"),
    "sent_changed": _lt("Changed since it was sent to the customer"),
    "period_not_open": _lt("Period not open yet"),
    "period_closed": _lt("Period closed"),
    "period_wait": _lt("Period closed, decided to wait"),
    "period_reopened": _lt("Period open again"),
    "totals_differ": _lt("Totals differ"),
    "number_taken": _lt("Entry number taken"),
    "vat_code_rate": _lt("VAT code of another rate"),
    "vat_code_nature": _lt("VAT code for something else"),
    "vat_code_direction": _lt("VAT code for purchases"),
    "several_taxes": _lt("Several taxes on a line"),
    "bill_supplier_missing": _lt("Bill without supplier"),
    "bill_date_missing": _lt("Bill without date"),
    "bill_file_missing": _lt("Bill without file"),
    "bulk_bill_file_missing": _lt("Bill without file"),
    "bill_tax_box": _lt("No tax of the box has the VAT code"),
    "bill_file_empty": _lt("File of the bill is empty"),
    "bill_file_large": _lt("File of the bill too large"),
    "bill_file_unfit": _lt("File of the bill is no PDF or e-invoice"),
    "bill_file_encrypted": _lt("File of the bill asks for a password"),
    "bill_file_broken": _lt("File of the bill is damaged"),
    "mail_too_large": _lt("Too large for the mail server"),
    "postbox_missing": _lt("No digital postbox chosen"),
    "postbox_sender_replaced": _lt("No mail server for the sender"),
    "postbox_unknown": _lt("Address of the digital postbox not taken"),
    "postbox_sender_refused": _lt("Sender not taken by the mail server"),
    "mail_server_missing": _lt("No outgoing mail server"),
    "mail_server_login": _lt("Mail server does not take the login"),
    "mail_server_unreachable": _lt("Mail server not reached"),
    "delivery_not_seen": _lt("Perhaps mailed, not seen in Exact"),
    "delivery_not_arrived": _lt("Mailed, not seen in Exact"),
    "delivery_gone": _lt("Document removed in Exact"),
    "delivered_twice": _lt("Several documents in Exact"),
}


class _Blanks(dict):
    def __missing__(self, name):
        return "…"


def label(env, code: str) -> str:
    """What a cause is called where no single invoice is meant."""
    if code in LABELS:
        return env._(LABELS[code])
    words = env._(SENTENCES.get(code, SENTENCES["refused"]))
    return (words % _Blanks()).split(". ")[0].split(": ")[0].rstrip(".")


def selection(env) -> list[tuple[str, str]]:
    """Every cause with what it is called, for the fields that keep one."""
    return [(code, label(env, code)) for code in SENTENCES]


def sentence(env, code: str, params: dict | None = None, text: str = "") -> str:
    """The sentence of an issue in the language of ``env``, with Exact's own words.

    A code of a later version, or one without sentence, still shows Exact's words.
    """
    words = env._(SENTENCES.get(code, SENTENCES["refused"]))
    if params:
        words = words % {name: _word(env, value) for name, value in params.items()}
    if text:
        cause = code not in catalogue.CODES and catalogue.find(text)
        if cause:
            meaning = env._(SENTENCES[cause.code])
            words += "\n" + meaning % cause.params
        words += "\n" + env._("Exact Online says: %s", text)
    return words


def _word(env, value):
    """A parameter in the reader's language, where it names words of ours."""
    if isinstance(value, list):
        return ", ".join(
            " ".join(_word(env, part) for part in one)
            if isinstance(one, list)
            else str(_word(env, one))
            for one in value
        )
    return env._(WORDS[value]) if value in WORDS else value


# The issue fields where there is none.
NONE = {"issue_code": False, "issue_params": False, "issue_text": False}


def make(issue_code: str, **params) -> dict:
    """The issue fields for something that we found ourselves.

    :param issue_code: a key of ``SENTENCES``, which names ``params``
    """
    return {"issue_code": issue_code, "issue_params": params, "issue_text": False}


def of_error(error) -> dict:
    """The issue fields for an ``ExactError``, by its cause where that is known."""
    cause = isinstance(error, Refused) and catalogue.find(error.text)
    if cause and error.code in (Refused.code, Forbidden.code):
        return make(cause.code, **cause.params) | {"issue_text": error.text}
    return {
        "issue_code": error.code,
        "issue_params": error.params,
        "issue_text": error.text,
    }


def of_record(record) -> dict:
    """The issue fields of a record that keeps one."""
    return {name: record[name] for name in NONE}


def words(env, issue: dict) -> str:
    """The sentence of issue fields, in the language of ``env``."""
    return sentence(
        env, issue["issue_code"], issue["issue_params"], issue["issue_text"]
    )
