//! The banks over real HTTP: the real bank crates and their transport at one end, the running sandbox at the other.

mod happy;
mod moods;
mod pages;
mod peer;
mod shop;
mod street;
