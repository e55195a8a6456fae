//! The application of a scene: remembers what it was told, and fails where a test says so.

use std::sync::{Arc, Mutex};

use vpos::flow::{Authorized, Merchant, Paid, Problem, Refunded, Released, Store};

/// Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Shop(Arc<Mutex<Memory>>);

#[derive(Default)]
struct Memory {
    told: Vec<String>,
    problems: Vec<Problem>,
    fails: u32,
}

/// Why a handler failed.
#[derive(Debug)]
pub(crate) struct NoRoom;

impl std::fmt::Display for NoRoom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no such order in the shop")
    }
}

impl Shop {
    /// The next so many calls of handlers fail.
    pub(crate) fn fail(&self, times: u32) {
        self.0.lock().unwrap().fails = times;
    }

    /// What handlers were told and took, in order: `paid PED-17 123.45 EUR`.
    pub(crate) fn told(&self) -> Vec<String> {
        self.0.lock().unwrap().told.clone()
    }

    /// How often a handler took such news.
    pub(crate) fn count(&self, beginning: &str) -> usize {
        self.told().iter().filter(|told| told.starts_with(beginning)).count()
    }

    /// The problems, each by its variant's name.
    pub(crate) fn problems(&self) -> Vec<String> {
        let name = |problem: &Problem| {
            let debug = format!("{problem:?}");
            debug.split(['(', ' ', '{']).next().unwrap_or_default().to_owned()
        };
        self.0.lock().unwrap().problems.iter().map(name).collect()
    }

    /// The same, whole.
    pub(crate) fn all_problems(&self) -> Vec<Problem> {
        self.0.lock().unwrap().problems.clone()
    }

    pub(crate) fn hear(&self, news: String) -> Result<(), NoRoom> {
        let mut memory = self.0.lock().unwrap();
        if memory.fails > 0 {
            memory.fails -= 1;
            return Err(NoRoom);
        }
        memory.told.push(news);
        Ok(())
    }
}

impl<S: Store> Merchant<S> for Shop {
    type Error = NoRoom;

    async fn on_paid(&self, paid: &Paid, _: &mut S::Tx) -> Result<(), NoRoom> {
        self.hear(format!("paid {} {}{}", paid.sale(), paid.amount(), if paid.late { " late" } else { "" }))
    }

    async fn on_authorized(&self, authorized: &Authorized, _: &mut S::Tx) -> Result<(), NoRoom> {
        self.hear(format!("authorized {} {}", authorized.sale(), authorized.amount()))
    }

    async fn on_refunded(&self, refunded: &Refunded, _: &mut S::Tx) -> Result<(), NoRoom> {
        self.hear(format!("refunded {} {}", refunded.sale(), refunded.amount))
    }

    async fn on_released(&self, released: &Released, _: &mut S::Tx) -> Result<(), NoRoom> {
        self.hear(format!("released {} {}", released.sale(), released.amount()))
    }

    async fn on_problem(&self, problem: &Problem) {
        self.0.lock().unwrap().problems.push(problem.clone());
    }
}
