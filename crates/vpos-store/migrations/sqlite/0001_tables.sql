-- One row an attempt of a buyer to pay a sale. Amounts are minor units of the row's currency, times microseconds since
-- 1970-01-01 UTC, flags 0 or 1.
CREATE TABLE vpos_operation (
    id INTEGER PRIMARY KEY NOT NULL,
    version INTEGER NOT NULL,
    pos TEXT NOT NULL,
    bank TEXT NOT NULL,
    environment TEXT NOT NULL,
    merchant TEXT NOT NULL,
    terminal TEXT,
    number TEXT NOT NULL,
    sale TEXT NOT NULL,
    kind TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    currency TEXT NOT NULL,
    state TEXT NOT NULL,
    capturing INTEGER,
    captured INTEGER,
    voiding INTEGER NOT NULL,
    url_ok TEXT,
    url_nok TEXT,
    begun_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    due_since INTEGER,
    duplicate INTEGER NOT NULL,
    authorized_due INTEGER NOT NULL,
    paid_due INTEGER NOT NULL,
    voided_due INTEGER NOT NULL,
    UNIQUE (bank, number)
) STRICT;

-- What the bank told about an operation, in the order in which it came. SENSITIVE: card_reference can charge a card.
CREATE TABLE vpos_reference (
    operation INTEGER NOT NULL REFERENCES vpos_operation (id),
    place INTEGER NOT NULL,
    bank TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (operation, name)
) STRICT, WITHOUT ROWID;

-- The refunds of an operation; due: on_refunded has still to be told.
CREATE TABLE vpos_refund (
    operation INTEGER NOT NULL REFERENCES vpos_operation (id),
    id INTEGER NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    state TEXT NOT NULL,
    reason TEXT,
    reference TEXT,
    due INTEGER NOT NULL,
    PRIMARY KEY (operation, id)
) STRICT, WITHOUT ROWID;

-- Which operation pays a sale. Its row is what is locked.
CREATE TABLE vpos_sale (
    sale TEXT PRIMARY KEY NOT NULL,
    paid_by INTEGER REFERENCES vpos_operation (id)
) STRICT, WITHOUT ROWID;

-- What came and what was made of it, for every message, believed or not.
CREATE TABLE vpos_evidence (
    id INTEGER PRIMARY KEY NOT NULL,
    operation INTEGER REFERENCES vpos_operation (id),
    bank TEXT,
    at INTEGER NOT NULL,
    source TEXT NOT NULL,
    from_address TEXT,
    verdict TEXT NOT NULL,
    message TEXT NOT NULL
) STRICT;

-- The outbox. AUTOINCREMENT: an id is not given again after its row was taken.
CREATE TABLE vpos_event (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    operation INTEGER NOT NULL REFERENCES vpos_operation (id),
    sale TEXT NOT NULL,
    number TEXT NOT NULL,
    kind TEXT NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    at INTEGER NOT NULL,
    detail TEXT NOT NULL
) STRICT;
