//! What a program sees of CECA: the laws that hold for any payment, what an attacker may try, and what is made of the bank's
//! answers. What the bank's messages look like is in `fixtures/ceca`, which `cargo xtask replay` runs.

// `cfg(test)` on each tells clippy that its helpers are tests too
#[cfg(test)]
mod attacks;
#[cfg(feature = "pci")]
#[cfg(test)]
mod card;
#[cfg(test)]
mod form;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod refund;
#[cfg(test)]
mod rest;
#[cfg(test)]
mod scene;
