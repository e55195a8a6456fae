//! The payment flow under load on real databases: the same message a hundred times at once, several processes, several
//! machines that reconcile. What the money did is counted in the books of simulated banks, what the shop heard in a table that
//! its handler writes with the flow's own transaction.

#![allow(clippy::large_futures, reason = "a future of the flow is some 20 KB, for which a test has room")]
#![expect(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[cfg(feature = "sqlite")]
mod blocking;
mod database;
mod once;
mod processes;
mod reconciling;
mod reviewed;
#[path = "../../../vpos/tests/it/scene/mod.rs"]
#[allow(clippy::duration_suboptimal_units, reason = "the facade is built by older compilers too")]
#[allow(dead_code, unused_imports, unused_macros, reason = "the scene of the facade's tests: not all of it is used here")]
mod scene;
mod send;

/// Each test at each of these tills, on each database: `sqlite::a_hundred_times::redsys`.
macro_rules! on_both {
    ($($module:ident::$test:ident: $($till:ident)+;)+) => {
        #[cfg(feature = "sqlite")]
        mod sqlite {$(
            mod $test {$(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $till() {
                    let folder = crate::database::Folder::new();
                    let store = folder.store().await;
                    crate::$module::$test(store, crate::scene::till::named::$till()).await;
                }
            )+}
        )+}

        #[cfg(feature = "postgres")]
        mod postgres {$(
            mod $test {$(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $till() {
                    let name = concat!("postgres::", stringify!($test), "::", stringify!($till));
                    let Some(schema) = crate::database::Schema::new(name).await else { return };
                    crate::$module::$test(schema.store.clone(), crate::scene::till::named::$till()).await;
                    schema.drop().await;
                }
            )+}
        )+}
    };
}

on_both! {
    once::a_hundred_times: ceca elavon paypal_nvp paypal_rest redsys redsys_soap;
    once::paypal_in_every_order: paypal_nvp paypal_rest;
    once::begin_from_eight_tasks: paypal_rest redsys;
    once::begin_and_approval_at_once: elavon paypal_rest redsys;
    once::two_tabs_at_once: ceca elavon_auto redsys redsys_soap;
    once::eight_refunds_at_once: elavon paypal_rest redsys;
    reconciling::lost_charges: elavon paypal_nvp paypal_rest;
    reconciling::lost_notifications: elavon_auto paypal_rest redsys;
    reconciling::owed_handlers: elavon redsys;
    reconciling::double_payments: elavon_auto redsys;
    reconciling::expiry_and_messages: elavon paypal_nvp paypal_rest redsys;
    reviewed::a_row_that_cannot_be_read_stops_no_other: redsys;
    reviewed::a_conflict_in_a_handler_is_no_no: ceca redsys_soap;
    reviewed::a_handler_that_hangs_lets_go_of_the_database: ceca redsys;
}
