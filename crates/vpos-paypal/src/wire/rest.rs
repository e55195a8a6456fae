//! What the REST API says: orders, captures, authorizations, refunds and errors.
