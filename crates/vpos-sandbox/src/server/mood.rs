//! What can go wrong between a bank and a shop, scripted: for every payment, or for the next one alone.

use serde::{Deserialize, Serialize};

/// A way to go wrong.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum MoodKind {
    /// The call is answered 500, and nothing is done.
    #[serde(rename = "error-500")]
    Error500,
    /// A copy with a wrong signature comes before each message.
    Forged,
    /// Messages are sent so many seconds after the browser went back.
    Late,
    /// The call is done, then the connection is cut.
    LoseAnswer,
    /// Messages are not sent.
    Never,
    /// Messages are held back until another was sent, or for so many seconds; several come in the reverse order.
    OutOfOrder,
    /// The call is answered after so many seconds.
    Slow,
    /// Every message is sent twice.
    Twice,
}

impl MoodKind {
    pub(super) const ALL: [Self; 8] =
        [Self::Late, Self::Twice, Self::Never, Self::Forged, Self::OutOfOrder, Self::LoseAnswer, Self::Error500, Self::Slow];

    /// As the API has it.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Error500 => "error-500",
            Self::Forged => "forged",
            Self::Late => "late",
            Self::LoseAnswer => "lose-answer",
            Self::Never => "never",
            Self::OutOfOrder => "out-of-order",
            Self::Slow => "slow",
            Self::Twice => "twice",
        }
    }

    const fn is_about_calls(self) -> bool {
        matches!(self, Self::Error500 | Self::LoseAnswer | Self::Slow)
    }
}

/// A mood, as the API takes and shows it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mood {
    #[serde(rename = "mood")]
    pub(super) kind: MoodKind,
    /// For late, slow and out-of-order.
    #[serde(default = "two")]
    pub(super) seconds: u64,
    /// Over after the first time.
    #[serde(default)]
    pub(super) next: bool,
    /// Only where the address or the body of a message or call has this text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) on: Option<String>,
}

const fn two() -> u64 {
    2
}

/// Which moods there are.
#[derive(Clone, Debug, Default)]
pub(super) struct Moods(Vec<Mood>);

impl Moods {
    pub(super) fn all(&self) -> &[Mood] {
        &self.0
    }

    /// A mood of the same kind, about the same and for as long, is replaced.
    pub(super) fn add(&mut self, mood: Mood) {
        let same = |old: &Mood| old.kind == mood.kind && old.on == mood.on && old.next == mood.next;
        if !mood.next {
            self.0.retain(|old| !same(old));
        }
        self.0.push(mood);
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Those that a call to this address with this body meets; those for the next one are over then.
    pub(super) fn of_call(&mut self, address: &str, body: &str) -> Now {
        self.take(true, &[address.to_owned(), body.to_owned()])
    }

    /// Those that messages with these texts meet.
    pub(super) fn of_messages(&mut self, texts: &[String]) -> Now {
        if texts.is_empty() { Now::default() } else { self.take(false, texts) }
    }

    fn take(&mut self, calls: bool, texts: &[String]) -> Now {
        let meets = |mood: &Mood| {
            // a path is looked for in the address alone: PayPal's bodies hold the links of other calls
            let looked_in = |on: &str| if calls && on.starts_with('/') { 1 } else { texts.len() };
            let about = mood.on.as_deref().is_none_or(|on| texts.iter().take(looked_in(on)).any(|text| text.contains(on)));
            mood.kind.is_about_calls() == calls && about
        };
        let mut now: Vec<Mood> = Vec::new();
        self.0.retain(|mood| {
            // of several for the next time one is over at a time
            let again = mood.next && now.iter().any(|taken| taken.next && taken.kind == mood.kind);
            if !meets(mood) || again {
                return true;
            }
            now.push(mood.clone());
            !mood.next
        });
        Now(now)
    }
}

/// The moods of this moment.
#[derive(Clone, Debug, Default)]
pub(super) struct Now(Vec<Mood>);

impl Now {
    pub(super) fn is(&self, kind: MoodKind) -> bool {
        self.0.iter().any(|mood| mood.kind == kind)
    }

    /// The seconds of a mood that there is.
    pub(super) fn seconds(&self, kind: MoodKind) -> Option<u64> {
        self.0.iter().filter(|mood| mood.kind == kind).map(|mood| mood.seconds).max()
    }

    /// Their names, for the record.
    pub(super) fn names(&self) -> String {
        self.0.iter().map(|mood| mood.kind.as_str()).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mood(kind: MoodKind, next: bool, on: Option<&str>) -> Mood {
        Mood { kind, seconds: 2, next, on: on.map(str::to_owned) }
    }

    #[test]
    fn the_next_one_alone_and_only_what_it_is_about() {
        let mut moods = Moods::default();
        moods.add(mood(MoodKind::LoseAnswer, true, Some("/capture")));
        moods.add(mood(MoodKind::Slow, false, None));
        moods.add(mood(MoodKind::Never, true, None));
        assert!(!moods.of_call("POST /v1/oauth2/token", "").is(MoodKind::LoseAnswer));
        let links = r#"{"href":"http://127.0.0.1/v2/checkout/orders/5/capture"}"#;
        assert!(!moods.of_call("POST /v1/notifications/verify-webhook-signature", links).is(MoodKind::LoseAnswer));
        let now = moods.of_call("POST /v2/checkout/orders/5/capture", "");
        assert!(now.is(MoodKind::LoseAnswer) && now.is(MoodKind::Slow) && !now.is(MoodKind::Never));
        assert!(!moods.of_call("POST /v2/checkout/orders/5/capture", "").is(MoodKind::LoseAnswer));
        assert!(!moods.of_messages(&[]).is(MoodKind::Never));
        assert!(moods.of_messages(&["x".into()]).is(MoodKind::Never));
        assert_eq!(moods.all().len(), 1);
    }

    #[test]
    fn a_word_is_looked_for_in_the_body_too() {
        let mut moods = Moods::default();
        moods.add(mood(MoodKind::LoseAnswer, true, Some("settle")));
        assert!(!moods.of_call("POST /elavon/remote", "<request type='rebate'>").is(MoodKind::LoseAnswer));
        assert!(moods.of_call("POST /elavon/remote", "<request type='settle'>").is(MoodKind::LoseAnswer));
    }

    #[test]
    fn two_for_the_next_time_are_for_two_times() {
        let mut moods = Moods::default();
        moods.add(mood(MoodKind::Error500, true, None));
        moods.add(mood(MoodKind::Error500, true, None));
        for _ in 0..2 {
            assert!(moods.of_call("x", "").is(MoodKind::Error500));
        }
        assert!(!moods.of_call("x", "").is(MoodKind::Error500));
        moods.add(mood(MoodKind::Slow, false, None));
        moods.add(mood(MoodKind::Slow, false, None));
        assert_eq!(moods.all().len(), 1);
    }
}
