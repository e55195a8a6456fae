//! The control panel: addresses, moods, what happened, and the books.

use axum::response::Response as Outgoing;
use http::StatusCode;
use maud::{Markup, html};

use super::document;
use crate::server::BankName;
use crate::server::desk::Desk;
use crate::server::language::Language;
use crate::server::mood::{Mood, MoodKind};
use crate::server::record::Entry;
use crate::server::shared::Shared;

/// So much of the record is shown; the API has all.
const SHOWN: usize = 100;

pub(in crate::server) fn panel(language: Language, shared: &Shared) -> Outgoing {
    let banks = shared.with(|desks| {
        let one = |bank: BankName| bank_section(language, bank, desks.desk(bank));
        BankName::ALL.map(one)
    });
    let happened: Vec<Entry> = shared.record().since(None, 0).rev().take(SHOWN).cloned().collect();
    let title = language.pick("Panel de control", "Control panel");
    let other = language.pick("en", "es");
    let inside = html! {
        nav { a href={ "?lang=" (other) } lang=(other) { (language.pick("English", "Español")) } }
        h1 { (title) }
        form method="post" action={ "/control/moods?lang=" (language.code()) } class="row" { (mood_fields(language)) }
        form method="post" action={ "/control/reset?lang=" (language.code()) } {
            p { button { (language.pick("Vaciar libros, humores y registro", "Empty books, moods and record")) } }
        }
        @for bank in &banks { (bank) }
        h2 { (language.pick("Lo que ha pasado", "What happened")) }
        @for entry in &happened { (happening(entry)) }
    };
    document(StatusCode::OK, language, title, None, false, &inside)
}

fn mood_fields(language: Language) -> Markup {
    html! {
        label for="bank" { (language.pick("Banco", "Bank")) }
        select id="bank" name="bank" {
            @for bank in BankName::ALL { option value=(bank) { (bank.title()) } }
        }
        label for="mood" { (language.pick("Humor", "Mood")) }
        select id="mood" name="mood" {
            @for kind in MoodKind::ALL { option value=(kind.as_str()) { (says(language, kind)) } }
        }
        label for="seconds" { (language.pick("segundos", "seconds")) }
        input id="seconds" name="seconds" type="number" min="0" max="3600" value="2";
        label for="on" { (language.pick("solo si contiene", "only where it has")) }
        input id="on" name="on" maxlength="200";
        label { input type="checkbox" name="next" value="true"; " " (language.pick("solo la próxima vez", "only the next time")) }
        button { (language.pick("Poner", "Set")) }
    }
}

fn says(language: Language, kind: MoodKind) -> &'static str {
    match kind {
        MoodKind::Late => language.pick("avisa tarde", "notifies late"),
        MoodKind::Twice => language.pick("avisa dos veces", "notifies twice"),
        MoodKind::Never => language.pick("no avisa", "never notifies"),
        MoodKind::Forged => language.pick("antes llega un aviso falso", "a forged message comes first"),
        MoodKind::OutOfOrder => language.pick("avisa en desorden", "notifies out of order"),
        MoodKind::LoseAnswer => language.pick("lo hace y corta la conexión", "does it and cuts the connection"),
        MoodKind::Error500 => language.pick("contesta 500", "answers 500"),
        MoodKind::Slow => language.pick("contesta despacio", "answers slowly"),
    }
}

fn bank_section(language: Language, bank: BankName, desk: &Desk) -> Markup {
    let told = |mood: &Mood| {
        let until = if mood.next { language.pick(" (la próxima vez)", " (the next time)") } else { "" };
        let about = mood.on.as_deref().map(|on| format!(" [{on}]")).unwrap_or_default();
        format!("{}{about}{until}", says(language, mood.kind))
    };
    html! {
        h2 { (bank.title()) }
        @if !desk.moods.all().is_empty() || !desk.held.is_empty() {
            form method="post" action={ "/control/calm?lang=" (language.code()) } class="row" {
                input type="hidden" name="bank" value=(bank);
                @for mood in desk.moods.all() { span { (told(mood)) "." } }
                @if !desk.held.is_empty() { span { (desk.held.len()) " " (language.pick("avisos retenidos.", "messages held back.")) } }
                button { (language.pick("Calmar", "Calm down")) }
            }
        }
        @if desk.ledger().movements().is_empty() {
            p { (language.pick("Libros vacíos.", "Empty books.")) }
        } @else {
            div.scroll.books { table {
                thead { tr {
                    th scope="col" { (language.pick("Cuándo", "When")) }
                    th scope="col" { (language.pick("Pedido", "Order")) }
                    th scope="col" { (language.pick("Movimiento", "Movement")) }
                    th scope="col" { (language.pick("Importe", "Amount")) }
                    th scope="col" { "Id" }
                } }
                tbody { @for line in desk.ledger().movements() { tr {
                    td { (line.at.strftime("%H:%M:%S")) } td { code { (line.order) } } td { (format!("{:?}", line.kind)) }
                    td { (line.amount) } td { code { (line.id) } }
                } } }
            } }
        }
    }
}

fn happening(entry: &Entry) -> Markup {
    html! {
        details {
            summary { (entry.at) " " (entry.bank) " · " (entry.what) " · " (entry.title) }
            @for text in [&entry.request, &entry.response].into_iter().flatten() { pre tabindex="0" { (text) } }
        }
    }
}
