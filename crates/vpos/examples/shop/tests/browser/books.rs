//! The banks' own books, over their control API: what was taken from whom since a scenario began.

use serde::Deserialize;
use std::time::Duration;
use vpos::core::ReqwestTransport;
use vpos::http::Request;
use vpos::{TimeLimit, Transport as _};

use crate::stage::Stage;
use crate::steps::TOTAL;
use crate::{Outcome, require};

/// The desks of the simulated banks.
const DESKS: [&str; 5] = ["redsys", "ceca", "elavon", "paypal", "paypal-nvp"];

/// How far each bank's books were written when this was made.
pub(crate) struct Books {
    banks: String,
    before: [usize; 5],
}

/// A line of a bank's books.
#[derive(Debug, Deserialize)]
struct Movement {
    kind: String,
    amount: u64,
}

#[derive(Deserialize)]
struct Movements {
    movements: Vec<Movement>,
}

impl Books {
    pub(crate) async fn open(stage: &Stage<'_>) -> Outcome<Self> {
        let mut books = Self { banks: stage.settings.banks.clone(), before: [0; 5] };
        for (desk, before) in DESKS.into_iter().zip(&mut books.before) {
            *before = movements(&books.banks, desk).await?.len();
        }
        Ok(books)
    }

    /// Since then these movements of money happened, at these banks, and no other: `redsys charge 2500`.
    pub(crate) async fn say(&self, wanted: &[String]) -> Outcome {
        let mut seen = Vec::new();
        for (desk, before) in DESKS.into_iter().zip(self.before) {
            let lines = movements(&self.banks, desk).await?;
            seen.extend(lines.iter().skip(before).map(|line| format!("{desk} {} {}", line.kind, line.amount)));
        }
        require("the banks' books", &seen.as_slice(), &wanted)
    }
}

/// The lines of one payment of two mugs.
pub(crate) fn charge(contract: &str) -> Vec<String> {
    // our contract with Elavon has the shop settle what the page authorised
    let kinds: &[&str] = if contract == "elavon" { &["hold", "capture"] } else { &["charge"] };
    kinds.iter().map(|kind| format!("{contract} {kind} {TOTAL}")).collect()
}

async fn movements(banks: &str, desk: &str) -> Outcome<Vec<Movement>> {
    let answer = ask(Request::get(format!("{banks}/control/ledger?bank={desk}")).body(Vec::new())?).await?;
    Ok(serde_json::from_slice::<Movements>(&answer)?.movements)
}

/// The bank's next payment goes wrong in this way.
pub(crate) async fn next_time(stage: &Stage<'_>, desk: &str, mood: &str) -> Outcome {
    let body = serde_json::json!({ "bank": desk, "mood": mood, "next": true }).to_string().into_bytes();
    let request = Request::post(format!("{}/control/moods", stage.settings.banks));
    ask(request.header("content-type", "application/json").body(body)?).await.map(drop)
}

async fn ask(request: Request<Vec<u8>>) -> Outcome<Vec<u8>> {
    let limit = TimeLimit::new("control", Duration::from_secs(30));
    let answer = ReqwestTransport::new()?.send(request, limit).await?;
    let status = answer.status();
    if status.is_success() { Ok(answer.into_body()) } else { Err(format!("the banks' control answers {status}").into()) }
}
