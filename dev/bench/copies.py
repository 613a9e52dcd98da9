"""Copies of a posted invoice, made in SQL: posting as many would take an hour."""


def of_posted(cr, move, count: int) -> list[int]:
    """Posted invoices like `move`, but for their names; nothing of the link is copied.

    :return: their ids, in the order of their names
    """
    move.env.flush_all()
    cr.execute("SELECT max(id) FROM account_move")
    [last] = cr.fetchone()
    cr.execute(
        """
        INSERT INTO account_move
             SELECT copy.*
               FROM account_move move,
                    generate_series(%(last)s + 1, %(last)s + %(count)s) AS number,
                    jsonb_populate_record(move, jsonb_build_object(
                        'id', nextval('account_move_id_seq'),
                        'name', 'COPY/' || number,
                        'sequence_prefix', 'COPY/',
                        'sequence_number', number,
                        'exact_entry_id', NULL)) AS copy
              WHERE move.id = %(move)s
          RETURNING id
        """,
        {"last": last, "count": count, "move": move.id},
    )
    ids = sorted(key for [key] in cr.fetchall())
    for line in move.line_ids:
        _copy_line(cr, line, ids)
    return ids


def _copy_line(cr, line, move_ids: list[int]) -> None:
    """The same line, with its taxes, on each of these invoices."""
    cr.execute(
        """
        WITH copied AS (
            INSERT INTO account_move_line
                 SELECT copy.*
                   FROM account_move_line line, account_move move,
                        jsonb_populate_record(line, jsonb_build_object(
                            'id', nextval('account_move_line_id_seq'),
                            'move_id', move.id, 'move_name', move.name)) AS copy
                  WHERE line.id = %(line)s AND move.id = ANY(%(moves)s)
              RETURNING id
        )
        INSERT INTO account_move_line_account_tax_rel
                    (account_move_line_id, account_tax_id)
             SELECT copied.id, tax.account_tax_id
               FROM copied, account_move_line_account_tax_rel tax
              WHERE tax.account_move_line_id = %(line)s
        """,
        {"line": line.id, "moves": move_ids},
    )
