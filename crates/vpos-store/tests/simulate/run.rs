//! Plays every schedule of one store: first all of them in order, then random ones.

use std::collections::BTreeMap;

use crate::control::Counted;
use crate::oracle::{self, Hole};
use crate::path::{self, Move, Path};
use crate::schedule::{GoOn, LOSSES, Loss, LossKind, Schedule, WAYS, below, dice, roll};
use crate::shop::ShopStore;
use crate::world::World;

/// What is wanted.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) seed: u64,
    /// So many random schedules after the exhaustive ones.
    pub(crate) random: u64,
    /// At both of the steps between two calls.
    pub(crate) every_step: bool,
    /// This one alone.
    pub(crate) only: Option<u64>,
    /// After each death, every way of going on; else one of them, in turns.
    pub(crate) every_way: bool,
    /// Paths whose name contains it.
    pub(crate) path: Option<String>,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) played: u64,
    pub(crate) crashed: u64,
    pub(crate) crashed_twice: u64,
    pub(crate) with_losses: u64,
    pub(crate) failed: u64,
    pub(crate) holes: BTreeMap<Hole, u64>,
    /// So many failed of a path.
    pub(crate) failed_paths: BTreeMap<&'static str, u64>,
    pub(crate) paths: usize,
}

/// How many failures of a path are printed in full.
const PRINTED: u64 = 2;

/// Neighbouring deaths go on in different ways, and so does the same one after another loss.
fn in_turn(step: u32, losses: &[Loss]) -> GoOn {
    let turn = losses.iter().map(|loss| loss.call).sum::<u32>() + step / 2;
    WAYS[usize::try_from(turn).unwrap() % WAYS.len()]
}

pub(crate) struct Run<S, F> {
    wanted: Wanted,
    /// The store of the next schedule.
    store: F,
    tally: Tally,
    next: u64,
    _kind: std::marker::PhantomData<S>,
}

impl<S: ShopStore, F: FnMut() -> S> Run<S, F> {
    pub(crate) fn new(wanted: Wanted, store: F) -> Self {
        Self { wanted, store, tally: Tally::default(), next: 0, _kind: std::marker::PhantomData }
    }

    pub(crate) async fn all(mut self) -> Tally {
        let paths = path::all();
        let mut counts = Vec::new();
        for (at, path) in paths.iter().enumerate() {
            if self.wanted.path.as_ref().is_some_and(|name| !path.name.contains(name)) {
                continue;
            }
            self.tally.paths += 1;
            let counted = self.exhaust(at, path).await;
            counts.push((at, counted));
        }
        for _ in 0..self.wanted.random {
            let schedule = self.random(&counts);
            if self.wanted.only.is_none_or(|only| only == schedule.number) {
                self.play(&paths[schedule.path], schedule).await;
            }
        }
        self.tally
    }

    fn schedule(&mut self, path: usize, crash_at: Option<u32>, losses: &[Loss], go_on: GoOn) -> Schedule {
        let number = self.next;
        self.next += 1;
        Schedule {
            number,
            path,
            crash_at,
            losses: losses.to_vec(),
            go_on,
            second_crash: None,
            second_losses: Vec::new(),
            dice: dice(self.wanted.seed, number),
        }
    }

    /// Every step at which it can die, every loss, every way of going on, and their products.
    async fn exhaust(&mut self, at: usize, path: &Path) -> Counted {
        let undisturbed = self.schedule(at, None, &[], GoOn::Reconcile);
        let whole = self.play(path, undisturbed).await;
        let every = self.wanted.every_step || matches!(path.act, Move::AtOnce(_));
        let losses = (1..).zip(&whole.calls).flat_map(|(call, _)| LOSSES.map(|kind| vec![Loss { call, kind }]));
        for losses in std::iter::once(Vec::new()).chain(losses) {
            // the counting run is a schedule of its own
            let counting = self.schedule(at, None, &losses, GoOn::Reconcile);
            let counted = self.play(path, counting).await;
            // before the call that is lost, a death is the same as without a loss
            let from = losses.first().and_then(|loss: &Loss| counted.calls.get(usize::try_from(loss.call).unwrap_or(0) - 1));
            let from = from.map_or(1, |step| step + 1);
            for go_on in WAYS {
                // between "after" one call and "before" the next nothing happens: one of the two stands for both
                let twins = |step: &u32| every || step % 2 == 1 || *step == counted.steps || *step == from;
                // a gateway's answer is as lost as a time-out: deaths beside it are left to the random schedules
                let dies = every || losses.first().is_none_or(|loss| loss.kind != LossKind::Garbled);
                let crashes = (from..=counted.steps).filter(|step| dies && twins(step)).map(Some);
                for crash_at in std::iter::once(None).chain(crashes) {
                    if crash_at.is_none() && go_on == GoOn::Reconcile {
                        continue;
                    }
                    let schedule = self.schedule(at, crash_at, &losses, go_on);
                    if crash_at.is_some_and(|step| !self.wanted.every_way && in_turn(step, &losses) != go_on) {
                        continue;
                    }
                    if self.wanted.only.is_none_or(|only| only == schedule.number) {
                        self.play(path, schedule).await;
                    }
                }
            }
        }
        whole
    }

    fn random(&mut self, counts: &[(usize, Counted)]) -> Schedule {
        let mut schedule = self.schedule(0, None, &[], GoOn::Repeat);
        let dice = &mut schedule.dice;
        let (path, counted) = &counts[usize::try_from(roll(dice) % u64::try_from(counts.len()).unwrap()).unwrap()];
        schedule.path = *path;
        let calls = u32::try_from(counted.calls.len()).unwrap();
        if below(dice, 4) > 0 {
            schedule.crash_at = Some(1 + below(dice, counted.steps + counted.steps / 4));
        }
        for _ in 0..below(dice, 3) {
            let (call, kind) = (1 + below(dice, calls + 2), LOSSES[usize::try_from(below(dice, 3)).unwrap()]);
            schedule.losses.push(Loss { call, kind });
        }
        schedule.go_on = WAYS[usize::try_from(below(dice, 3)).unwrap()];
        if below(dice, 3) > 0 {
            schedule.second_crash = Some(1 + below(dice, 80));
        }
        for _ in 0..below(dice, 3) {
            let (call, kind): (u32, LossKind) = (1 + below(dice, 6), LOSSES[usize::try_from(below(dice, 3)).unwrap()]);
            schedule.second_losses.push(Loss { call, kind });
        }
        schedule
    }

    async fn play(&mut self, path: &Path, schedule: Schedule) -> Counted {
        let mut world = World::new(path, (self.store)(), &schedule);
        let counted = async {
            world.set_up().await?;
            let counted = world.play(&schedule).await?;
            if schedule.is_undisturbed() {
                world.must_have_paid().await?;
            }
            let mut holes = oracle::check(&world).await?;
            world.echo().await?;
            holes.extend(oracle::check(&world).await.map_err(|why| format!("after the echo: {why}"))?);
            Ok::<_, String>((counted, holes))
        }
        .await;
        let deaths = world.died_at();
        self.tally.played += 1;
        self.tally.crashed += u64::from(!deaths.is_empty());
        self.tally.crashed_twice += u64::from(deaths.len() > 1);
        self.tally.with_losses += u64::from(!schedule.losses.is_empty() || !schedule.second_losses.is_empty());
        world.store.archive().await;
        match counted {
            Ok((counted, mut holes)) => {
                holes.sort_unstable();
                holes.dedup();
                for hole in holes {
                    *self.tally.holes.entry(hole).or_default() += 1;
                }
                counted
            }
            Err(why) => {
                self.tally.failed += 1;
                let failed = self.tally.failed_paths.entry(path.name).or_default();
                *failed += 1;
                if *failed <= PRINTED {
                    println!(
                        "FAILED {:?} on {} (seed {}), {schedule}\n  died {deaths:?}, problems {:?}\n  {why}",
                        path.name,
                        S::NAME,
                        self.wanted.seed,
                        world.problems()
                    );
                }
                Counted::default()
            }
        }
    }
}
