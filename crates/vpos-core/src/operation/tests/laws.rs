//! What holds whatever comes, and in whatever order.

use proptest::prelude::*;

use super::*;

/// Something that happens to an operation.
#[derive(Clone, Debug)]
enum Event {
    StartCharge,
    StartCapture(u64),
    StartRefund(u64),
    Cancel,
    Supersede,
    Message(Word),
    Settled(Told),
    RefundSettled(u32, Told),
    QuerySettled(Told),
}

/// What the bank says, proved: a claim that may or may not fit.
#[derive(Clone, Debug)]
struct Word {
    action: Action,
    outcome: Outcome,
    amount: Option<u64>,
    name: &'static str,
}

/// What a call to the bank ended in.
#[derive(Clone, Debug)]
enum Told {
    Word(Word),
    Rejected(Action),
    NotSent(Action),
    Open(Action),
    Lost(Action),
}

const ACTIONS: [Action; 8] = [
    Action::Approval,
    Action::Charge,
    Action::Hold,
    Action::Capture,
    Action::Refund,
    Action::Void,
    Action::RefundVoid,
    Action::CardDeletion,
];

const OUTCOMES: [Outcome; 6] =
    [Outcome::Approved, Outcome::Declined, Outcome::Pending, Outcome::Cancelled, Outcome::Unknown, Outcome::Error];

fn action() -> impl Strategy<Value = Action> {
    prop::sample::select(&ACTIONS[..])
}

/// Few amounts, so that some are equal and some together make the whole.
fn minor() -> impl Strategy<Value = u64> {
    prop::sample::select(&[WHOLE, WHOLE, 6_000, 4_000, 4_000, 1, 0, WHOLE + 1][..])
}

fn word() -> impl Strategy<Value = Word> {
    // good news is what the laws are afraid of
    let outcome = prop_oneof![3 => Just(Outcome::Approved), 2 => prop::sample::select(&OUTCOMES[..])];
    let name = prop::sample::select(&["501602", "501603", "R1", "R2", ""][..]);
    (action(), outcome, prop::option::weighted(0.8, minor()), name).prop_map(|(action, outcome, amount, name)| Word {
        action,
        outcome,
        amount,
        name,
    })
}

fn told() -> impl Strategy<Value = Told> {
    prop_oneof![
        4 => word().prop_map(Told::Word),
        1 => action().prop_map(Told::Rejected),
        1 => action().prop_map(Told::NotSent),
        1 => action().prop_map(Told::Open),
        1 => action().prop_map(Told::Lost),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        2 => Just(Event::StartCharge),
        2 => minor().prop_map(Event::StartCapture),
        3 => minor().prop_map(Event::StartRefund),
        1 => Just(Event::Cancel),
        1 => Just(Event::Supersede),
        5 => word().prop_map(Event::Message),
        3 => told().prop_map(Event::Settled),
        4 => (1..5_u32, told()).prop_map(|(id, told)| Event::RefundSettled(id, told)),
        2 => told().prop_map(Event::QuerySettled),
    ]
}

fn kind() -> impl Strategy<Value = PaymentKind> {
    prop::sample::select(&[PaymentKind::Sale, PaymentKind::Preauthorization][..])
}

/// A life: the kind, how much is paid at the beginning, and what happens then.
fn life() -> impl Strategy<Value = (PaymentKind, bool, Vec<Event>)> {
    (kind(), any::<bool>(), prop::collection::vec(event(), 1..40))
}

fn newborn(kind: PaymentKind, already_paid: bool) -> Operation {
    match (kind, already_paid) {
        (PaymentKind::Sale, true) => paid(),
        (PaymentKind::Preauthorization, true) => held(),
        (kind, false) => begun(kind),
    }
}

fn confirmation(operation: &Operation, word: &Word) -> Result<Confirmation, Error> {
    let amount = word.amount.map_or(ClaimedAmount::AsRequested, |minor| ClaimedAmount::Stated(euro(minor)));
    let claim = Claim { amount, references: known_as(word.name), ..claim(operation, word.action, word.outcome) };
    Ok(Confirmation::new(claim, proof(), operation)?)
}

fn report(operation: &Operation, told: &Told) -> Result<Report, Error> {
    Ok(match told {
        Told::Word(word) => Report::Confirmed(confirmation(operation, word)?),
        Told::Rejected(action) => rejected(*action),
        Told::NotSent(action) => not_sent(*action),
        Told::Open(action) => open(*action),
        Told::Lost(action) => lost(*action),
    })
}

/// Confirmations are made against `seen`, which may be older than the operation that they are applied to.
fn happen(operation: &mut Operation, seen: &Operation, event: &Event) -> Result<(), Error> {
    match event {
        Event::StartCharge => operation.start_charge(),
        Event::StartCapture(minor) => operation.start_capture(euro(*minor), euro(WHOLE)),
        Event::StartRefund(minor) => operation.start_refund(euro(*minor), None).map(|_| ()),
        Event::Cancel => operation.cancel(),
        Event::Supersede => operation.supersede(),
        Event::Message(word) => operation.apply(&confirmation(seen, word)?).map(|_| ()),
        Event::Settled(told) => operation.settle(&report(seen, told)?).map(|_| ()),
        Event::RefundSettled(id, told) => operation.settle_refund(RefundId::new(*id), &report(seen, told)?).map(|_| ()),
        Event::QuerySettled(told) => operation.settle_query(&report(seen, told)?).map(|_| ()),
    }
}

fn counted(operation: &Operation) -> u64 {
    operation.refunds().iter().filter(|refund| refund.state.counts()).map(|refund| refund.amount.minor_units()).sum()
}

/// Whether only a proved approval can have been what happened.
fn is_good_news(event: &Event) -> bool {
    match event {
        Event::Message(word) | Event::Settled(Told::Word(word)) | Event::QuerySettled(Told::Word(word)) => {
            word.outcome == Outcome::Approved && matches!(word.action, Action::Charge | Action::Capture)
        }
        _ => false,
    }
}

proptest! {
    #[test]
    fn refunds_never_exceed_the_charge_and_what_is_paid_stays_paid((kind, already_paid, events) in life()) {
        let mut operation = newborn(kind, already_paid);
        let mut seen = operation.clone();
        for (at, event) in events.iter().enumerate() {
            let before = operation.clone();
            let result = happen(&mut operation, &seen, event);
            prop_assert!(result.is_ok() || operation == before, "{event:?} failed and changed {before:?} to {operation:?}");
            prop_assert!(!before.state().is_paid() || operation.state().is_paid(), "{event:?} unpaid {before:?}");
            let paid_now = operation.state().is_paid() && !before.state().is_paid();
            prop_assert!(!paid_now || is_good_news(event), "{event:?} paid {before:?}");
            let charged = operation.charged().map_or(0, Amount::minor_units);
            prop_assert!(counted(&operation) <= charged, "{event:?} refunded too much: {operation:?}");
            prop_assert!(charged <= WHOLE);
            let again = Operation::from_record(operation.record().clone());
            prop_assert!(again.is_ok(), "{event:?} led to what a store could not give back: {again:?}");
            if at % 3 == 0 {
                seen = operation.clone();
            }
        }
    }

    #[test]
    fn a_message_told_twice_is_told_once((kind, already_paid, events) in life(), word in word()) {
        let mut operation = newborn(kind, already_paid);
        for event in &events {
            let seen = operation.clone();
            let _ = happen(&mut operation, &seen, event);
        }
        if confirmation(&operation, &word).is_ok_and(|message| operation.apply(&message).is_ok()) {
            let once = operation.clone();
            let again = operation.apply(&confirmation(&once, &word)?);
            prop_assert!(again.is_ok_and(|again| !again.moved()), "{word:?} was refused or moved {once:?}");
            prop_assert_eq!(operation, once);
        }
    }

    #[test]
    fn what_was_charged_does_not_change((kind, already_paid, events) in life()) {
        let mut operation = newborn(kind, already_paid);
        for event in &events {
            let before = operation.clone();
            let _ = happen(&mut operation, &before, event);
            prop_assert!(before.charged().is_none() || operation.charged() == before.charged(), "{event:?} {before:?}");
        }
    }

    #[test]
    fn a_refund_that_gave_back_ends_only_by_its_own_void((kind, already_paid, events) in life()) {
        let mut operation = newborn(kind, already_paid);
        for event in &events {
            let before = operation.clone();
            let _ = happen(&mut operation, &before, event);
            for (old, new) in before.refunds().iter().zip(operation.refunds()) {
                prop_assert_eq!((old.id, old.amount), (new.id, new.amount));
                let allowed = match old.state {
                    RefundState::Approved => matches!(new.state, RefundState::Approved | RefundState::Voided),
                    RefundState::Voided => new.state == RefundState::Voided,
                    RefundState::Declined => matches!(new.state, RefundState::Declined | RefundState::Approved),
                    RefundState::Pending | RefundState::Unknown => true,
                };
                prop_assert!(allowed, "{:?}: {:?} to {:?}", event, old, new);
            }
            let voided = |operation: &Operation| operation.refunds().iter().filter(|refund| refund.state == RefundState::Voided).count();
            prop_assert!(voided(&operation) <= voided(&before) + 1);
        }
    }

    #[test]
    fn no_second_charge_starts_while_one_runs((kind, already_paid, events) in life()) {
        let mut operation = newborn(kind, already_paid);
        for event in &events {
            let before = operation.clone();
            let started = matches!(event, Event::StartCharge | Event::StartCapture(_));
            if happen(&mut operation, &before, event).is_ok() && started {
                prop_assert!(before.state() != OperationState::Charging && !before.state().is_paid());
                prop_assert_eq!(before.capturing(), None);
            }
        }
    }
}
