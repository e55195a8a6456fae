//! A schedule: which path at which bank, where the process dies, what of the bank's calls is lost, and how it goes on.

use std::fmt;

/// What is lost of a call to the bank.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum LossKind {
    /// The request never leaves.
    BeforeSend,
    /// The bank does it, and its answer is lost.
    AfterSend,
    /// The bank does it, and a gateway answers in its place: 502, HTML.
    Garbled,
}

pub(crate) const LOSSES: [LossKind; 3] = [LossKind::BeforeSend, LossKind::AfterSend, LossKind::Garbled];

/// One of the calls, counted from 1.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Loss {
    pub(crate) call: u32,
    pub(crate) kind: LossKind,
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "call {} {:?}", self.call, self.kind)
    }
}

/// How it goes on after the disturbance.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum GoOn {
    /// The message (or the buyer, or the application) comes again at once, while the lease of what was asked still runs.
    Repeat,
    /// Nobody comes again: reconcile alone. A bank that listens has heard nothing.
    Reconcile,
    /// The lease runs out, the message comes again, then reconcile. Where a bank listens: its proxy repeats the message at once,
    /// and the reply is lost on its way back.
    Both,
}

pub(crate) const WAYS: [GoOn; 3] = [GoOn::Repeat, GoOn::Reconcile, GoOn::Both];

#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    /// Its number in this run, by which it can be run alone.
    pub(crate) number: u64,
    pub(crate) path: usize,
    pub(crate) crash_at: Option<u32>,
    pub(crate) losses: Vec<Loss>,
    pub(crate) go_on: GoOn,
    /// The step of the recovery at which the process dies again.
    pub(crate) second_crash: Option<u32>,
    /// Of the recovery's calls to the bank.
    pub(crate) second_losses: Vec<Loss>,
    pub(crate) dice: u64,
}

impl Schedule {
    /// Nothing dies and nothing is lost, no reply either.
    pub(crate) fn is_undisturbed(&self) -> bool {
        let deaths = self.crash_at.or(self.second_crash);
        deaths.is_none() && self.losses.is_empty() && self.second_losses.is_empty() && self.go_on != GoOn::Both
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "number {}: crash at {:?}, losses [", self.number, self.crash_at)?;
        self.losses.iter().try_for_each(|loss| write!(f, "{loss};"))?;
        write!(f, "], then {:?}, second crash at {:?}, losses [", self.go_on, self.second_crash)?;
        self.second_losses.iter().try_for_each(|loss| write!(f, "{loss};"))?;
        f.write_str("]")
    }
}

/// `SplitMix64`: the dice of a seed.
pub(crate) fn roll(dice: &mut u64) -> u64 {
    *dice = dice.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *dice;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The dice of one schedule of a seed.
pub(crate) fn dice(seed: u64, number: u64) -> u64 {
    let mut dice = seed ^ number.wrapping_mul(0xd134_2543_de82_ef95);
    roll(&mut dice)
}

/// One of `0..below`.
pub(crate) fn below(dice: &mut u64, below: u32) -> u32 {
    u32::try_from(roll(dice) % u64::from(below.max(1))).unwrap_or(0)
}
