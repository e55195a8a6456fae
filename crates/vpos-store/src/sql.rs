//! The statements. Both databases read the same text.

/// Operations with their references and refunds, in one statement: what is read is of one moment. The head chooses the
/// operations; `part` says what a row holds (0 operation, 1 reference, 2 refund). `CROSS JOIN` keeps SQLite from reading the
/// whole of the right table first.
macro_rules! operations {
    ($head:literal) => {
        concat!(
            "WITH o AS (SELECT * FROM vpos_operation WHERE ",
            $head,
            ") SELECT CAST(0 AS BIGINT) AS part, id, version, pos, bank, environment, merchant, terminal, number, sale, kind, amount, currency, \
             state, capturing, captured, voiding, url_ok, url_nok, begun_at, changed_at, due_since, duplicate, authorized_due, \
             paid_due, voided_due, CAST(NULL AS BIGINT) AS part_id, CAST(NULL AS BIGINT) AS part_amount, \
             CAST(NULL AS TEXT) AS part_name, CAST(NULL AS TEXT) AS part_value, CAST(NULL AS TEXT) AS part_reference, \
             voiding AS part_due FROM o \
             UNION ALL SELECT 1, o.id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, \
             NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, r.place, NULL, r.name, r.value, NULL, NULL \
             FROM o CROSS JOIN vpos_reference r WHERE r.operation = o.id \
             UNION ALL SELECT 2, o.id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, \
             NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, f.id, f.amount, f.state, f.reason, f.reference, f.due \
             FROM o CROSS JOIN vpos_refund f WHERE f.operation = o.id"
        )
    };
}

pub(crate) const BY_ID: &str = operations!("id = $1");
pub(crate) const BY_NUMBER: &str = operations!("bank = $1 AND number = $2");
// two are enough to know that it is ambiguous
pub(crate) const BY_REFERENCE: &str = operations!(
    "id IN (SELECT operation FROM vpos_reference \
     WHERE bank = $1 AND name = $2 AND substr(value, 1, 200) = substr($3, 1, 200) AND value = $3 LIMIT 2)"
);
pub(crate) const OF_SALE: &str = operations!("sale = $1");
pub(crate) const DUE: &str =
    operations!("due_since IS NOT NULL AND due_since <= $1 AND (due_since, id) > ($2, $3) ORDER BY due_since, id LIMIT $4");
pub(crate) const DUE_PLACES: &str = "SELECT due_since, id FROM vpos_operation \
     WHERE due_since IS NOT NULL AND due_since <= $1 AND (due_since, id) > ($2, $3) ORDER BY due_since, id LIMIT $4";
pub(crate) const NEWEST: &str = operations!("id < $1 ORDER BY id DESC LIMIT $2");
pub(crate) const NEWEST_IDS: &str = "SELECT id FROM vpos_operation WHERE id < $1 ORDER BY id DESC LIMIT $2";

// a taken number must not be an error: PostgreSQL would abort the transaction
pub(crate) const INSERT_OPERATION: &str = "INSERT INTO vpos_operation (version, pos, bank, environment, merchant, terminal, \
     number, sale, kind, amount, currency, url_ok, url_nok, begun_at, state, capturing, captured, voiding, changed_at, \
     due_since, duplicate, authorized_due, paid_due, voided_due) \
     VALUES (1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23) \
     ON CONFLICT (bank, number) DO NOTHING RETURNING id";

// what never changes of an operation is not written again
pub(crate) const UPDATE_OPERATION: &str = "UPDATE vpos_operation SET version = version + 1, state = $3, capturing = $4, \
     captured = $5, voiding = $6, changed_at = $7, due_since = $8, duplicate = $9, authorized_due = $10, paid_due = $11, \
     voided_due = $12 WHERE id = $1 AND version = $2";

/// `($1, $2, $3, $4, $5), …` for so many references goes between the two.
pub(crate) const PUT_REFERENCES: [&str; 2] = [
    "INSERT INTO vpos_reference (operation, place, bank, name, value) VALUES ",
    " ON CONFLICT (operation, name) DO UPDATE SET place = excluded.place, value = excluded.value",
];
pub(crate) const DELETE_REFERENCE: &str = "DELETE FROM vpos_reference WHERE operation = $1 AND name = $2";
pub(crate) const PUT_REFUND: &str = "INSERT INTO vpos_refund (operation, id, amount, state, reason, reference, due) \
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (operation, id) DO UPDATE SET amount = excluded.amount, \
     state = excluded.state, reason = excluded.reason, reference = excluded.reference, due = excluded.due";
pub(crate) const DELETE_REFUND: &str = "DELETE FROM vpos_refund WHERE operation = $1 AND id = $2";

// locks the row and reads its newest version, whatever the snapshot: so it is right under READ COMMITTED
pub(crate) const PAY_SALE: &str = "INSERT INTO vpos_sale (sale, paid_by) VALUES ($1, $2) ON CONFLICT (sale) DO UPDATE \
     SET paid_by = COALESCE(vpos_sale.paid_by, excluded.paid_by) RETURNING paid_by";
pub(crate) const PAID_BY: &str = "SELECT paid_by FROM vpos_sale WHERE sale = $1";
pub(crate) const RELEASE_SALE: &str = "UPDATE vpos_sale SET paid_by = NULL WHERE sale = $1 AND paid_by = $2";

pub(crate) const INSERT_EVIDENCE: &str = "INSERT INTO vpos_evidence (operation, bank, at, source, from_address, verdict, message) \
     VALUES ($1, $2, $3, $4, $5, $6, $7)";
pub(crate) const EVIDENCE: &str = "SELECT operation, bank, at, source, from_address, verdict, message FROM vpos_evidence \
     WHERE operation = $1 ORDER BY id LIMIT $2";

pub(crate) const INSERT_EVENT: &str = "INSERT INTO vpos_event (operation, sale, number, kind, amount, currency, at, detail) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
pub(crate) const EVENTS: &str =
    "SELECT id, operation, sale, number, kind, amount, currency, at, detail FROM vpos_event ORDER BY id LIMIT $1";
pub(crate) const TAKE_EVENT: &str = "DELETE FROM vpos_event WHERE id = $1";

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use super::*;
    use crate::SqliteStore;

    /// A table that grows makes no statement slower.
    #[tokio::test]
    async fn every_row_is_found_by_an_index() {
        let store = SqliteStore::in_memory().await.unwrap();
        let [before, after] = PUT_REFERENCES;
        let put_references = format!("{before}($1, $2, $3, $4, $5){after}");
        // of INSERT_OPERATION the plan shows what runs only while a foreign key is violated
        for sql in [
            BY_ID,
            BY_NUMBER,
            BY_REFERENCE,
            OF_SALE,
            DUE,
            DUE_PLACES,
            NEWEST,
            NEWEST_IDS,
            UPDATE_OPERATION,
            &put_references,
            DELETE_REFERENCE,
            PUT_REFUND,
            DELETE_REFUND,
            PAY_SALE,
            PAID_BY,
            RELEASE_SALE,
            INSERT_EVIDENCE,
            EVIDENCE,
            INSERT_EVENT,
            EVENTS,
            TAKE_EVENT,
        ] {
            let plan = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
            let steps: Vec<(i64, i64, i64, String)> = sqlx::query_as(plan).fetch_all(store.pool()).await.unwrap();
            // `o` is what the head has chosen; the outbox is read from its beginning
            let scan = |step: &str| step.starts_with("SCAN") && !["SCAN o", "SCAN vpos_event"].contains(&step);
            let slow = |step: &str| scan(step) || step.contains("AUTOMATIC") || step.contains("TEMP B-TREE");
            assert!(!steps.iter().any(|(.., step)| slow(step)), "{sql}: {steps:#?}");
        }
    }
}
