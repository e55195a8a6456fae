//! What a program sees of CECA: the laws that hold for any payment, what an attacker may try, and what is made of the bank's
//! answers.

mod attacks;
#[cfg(feature = "pci")]
mod card;
mod form;
mod laws;
mod refund;
mod rest;
mod scene;
