//! The stores: one set of laws for the memory store, SQLite and PostgreSQL, then what only a database can break.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests; clippy knows the tests themselves alone"
)]
#![cfg_attr(not(any(feature = "sqlite", feature = "postgres")), allow(dead_code, reason = "no database is built in"))]

mod laws;
#[cfg(feature = "postgres")]
mod postgres;
mod races;
mod scene;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(feature = "sqlite")]
mod statements;

/// A test of each law on each store.
macro_rules! on_every_store {
    ($($module:ident::$law:ident,)+) => {
        mod memory {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $law() {
                    crate::$module::$law(vpos::flow::MemoryStore::new()).await;
                }
            )+
        }

        #[cfg(feature = "sqlite")]
        mod sqlite_file {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $law() {
                    let folder = crate::sqlite::Folder::new();
                    crate::$module::$law(folder.store().await).await;
                }
            )+
        }

        #[cfg(feature = "postgres")]
        mod postgres_server {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $law() {
                    let Some(schema) = crate::postgres::Schema::new(concat!("postgres_server::", stringify!($law))).await else {
                        return;
                    };
                    crate::$module::$law(schema.store.clone()).await;
                    schema.drop().await;
                }
            )+
        }
    };
}

on_every_store! {
    laws::every_field_is_kept,
    laws::what_is_missing_stays_missing,
    laws::a_number_is_taken_once_at_a_bank,
    laws::update_is_compare_and_set,
    laws::update_writes_what_changed,
    laws::the_first_operation_pays_the_sale,
    laws::only_the_payer_releases_the_sale,
    laws::what_is_dropped_is_rolled_back,
    laws::what_is_not_committed_is_not_seen,
    laws::evidence_comes_back_in_order,
    laws::events_are_taken_once,
    laws::due_comes_in_order_and_in_pages,
    laws::newest_comes_in_pages,
    laws::a_reference_finds_one_operation,
    laws::sale_codes_are_compared_byte_by_byte,
    races::one_of_twenty_wins_the_compare_and_set,
    races::one_of_twenty_gets_the_number,
    races::one_of_two_transactions_pays_the_sale,
    races::whoever_waited_for_the_sale_sees_what_was_written,
    races::a_hundred_writers_all_get_their_turn,
    races::a_transaction_that_is_given_up_halfway_leaves_nothing,
}
