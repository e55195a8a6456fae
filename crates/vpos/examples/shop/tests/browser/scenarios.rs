//! What the buyers and the clerk do. Each scenario has windows of its own and ends with quiet consoles.

mod buying;
mod hesitating;
mod images;
mod office;
mod reading;

use std::future::Future;
use std::pin::Pin;

use crate::Outcome;
use crate::stage::Stage;

type Playing<'a> = Pin<Box<dyn Future<Output = Outcome> + 'a>>;

/// One of them.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    /// Whether each of its steps is shown.
    pub(crate) has_pictures: bool,
    pub(crate) play: for<'a> fn(&'a Stage<'a>) -> Playing<'a>,
}

impl Scenario {
    /// For names of files.
    pub(crate) fn slug(&self) -> String {
        let letter = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' };
        self.name.chars().map(letter).collect::<String>().trim_end_matches('-').replace("--", "-")
    }
}

macro_rules! scenarios {
    ($($name:literal: $play:path;)+) => {
        vec![$(Scenario { name: $name, has_pictures: true, play: |stage| Box::pin($play(stage)) },)+]
    };
}

pub(crate) fn all() -> Vec<Scenario> {
    scenarios! {
        "pays at Redsys": buying::redsys;
        "pays at CECA": buying::ceca;
        "pays at Elavon": buying::elavon;
        "pays at PayPal": buying::paypal;
        "pays at PayPal by NVP": buying::paypal_nvp;
        "pays at each bank without script": buying::without_script;
        "is declined, then pays with another number": buying::declined_then_paid;
        "cancels at the bank, and pays later": buying::cancelled_then_paid;
        "goes back from the bank's page and pays": hesitating::goes_back;
        "reloads the pages of the shop and the bank": hesitating::reloads;
        "clicks twice on pay, in the shop and at the bank": hesitating::double_clicks;
        "pays in two tabs": hesitating::two_tabs;
        "pays by keyboard alone": reading::keyboard;
        "reads Spanish and English": reading::languages;
        "buys on a telephone, in the dark": reading::telephone;
        "refunds in part, then the rest": office::refunds;
        "charges a part of a hold, and lets another go": office::holds;
        "reconciles what the bank never told": office::reconciles;
    }
}

/// Not a scenario of a buyer: it writes the READMEs' pictures.
pub(crate) fn images() -> Vec<Scenario> {
    vec![Scenario {
        name: "writes the pictures of the READMEs",
        has_pictures: false,
        play: |stage| Box::pin(images::write(stage)),
    }]
}
