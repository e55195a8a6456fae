-- One row an attempt of a buyer to pay a sale. Amounts are minor units of the row's currency, times microseconds since
-- 1970-01-01 UTC.
CREATE TABLE vpos_operation (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    version BIGINT NOT NULL,
    pos TEXT NOT NULL,
    bank TEXT NOT NULL,
    environment TEXT NOT NULL,
    merchant TEXT NOT NULL,
    terminal TEXT,
    number TEXT NOT NULL,
    sale TEXT NOT NULL,
    kind TEXT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount > 0),
    currency TEXT NOT NULL,
    state TEXT NOT NULL,
    capturing BIGINT,
    captured BIGINT,
    voiding BOOLEAN NOT NULL,
    url_ok TEXT,
    url_nok TEXT,
    begun_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    due_since BIGINT,
    duplicate BOOLEAN NOT NULL,
    authorized_due BOOLEAN NOT NULL,
    paid_due BOOLEAN NOT NULL,
    voided_due BOOLEAN NOT NULL,
    UNIQUE (bank, number)
);

-- What the bank told about an operation, in the order in which it came. SENSITIVE: card_reference can charge a card.
CREATE TABLE vpos_reference (
    operation BIGINT NOT NULL REFERENCES vpos_operation (id),
    place BIGINT NOT NULL,
    bank TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (operation, name)
);

-- The refunds of an operation; due: on_refunded has still to be told.
CREATE TABLE vpos_refund (
    operation BIGINT NOT NULL REFERENCES vpos_operation (id),
    id BIGINT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount > 0),
    state TEXT NOT NULL,
    reason TEXT,
    reference TEXT,
    due BOOLEAN NOT NULL,
    PRIMARY KEY (operation, id)
);

-- Which operation pays a sale. Its row is what is locked.
CREATE TABLE vpos_sale (
    sale TEXT PRIMARY KEY NOT NULL,
    paid_by BIGINT REFERENCES vpos_operation (id)
);

-- What came and what was made of it, for every message, believed or not.
CREATE TABLE vpos_evidence (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    operation BIGINT REFERENCES vpos_operation (id),
    bank TEXT,
    at BIGINT NOT NULL,
    source TEXT NOT NULL,
    from_address TEXT,
    verdict TEXT NOT NULL,
    message TEXT NOT NULL
);

-- The outbox.
CREATE TABLE vpos_event (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    operation BIGINT NOT NULL REFERENCES vpos_operation (id),
    sale TEXT NOT NULL,
    number TEXT NOT NULL,
    kind TEXT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    at BIGINT NOT NULL,
    detail TEXT NOT NULL
);
