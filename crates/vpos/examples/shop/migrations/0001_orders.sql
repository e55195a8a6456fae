-- The shop's own tables. Types that SQLite and PostgreSQL both know; amounts in minor units, times in microseconds UTC.
CREATE TABLE shop_order (
    code TEXT NOT NULL PRIMARY KEY,
    state TEXT NOT NULL,
    total BIGINT NOT NULL,
    currency TEXT NOT NULL,
    language TEXT NOT NULL,
    made_at BIGINT NOT NULL
);

CREATE TABLE shop_line (
    order_code TEXT NOT NULL REFERENCES shop_order (code),
    place BIGINT NOT NULL,
    product TEXT NOT NULL,
    quantity BIGINT NOT NULL,
    price BIGINT NOT NULL,
    PRIMARY KEY (order_code, place)
);
