//! How many statements a call is: each is a way to the database and back.
