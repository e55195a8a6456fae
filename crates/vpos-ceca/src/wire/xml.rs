//! The XML answer to a refund asked by form post: ISO-8859-1, the bank's texts in CDATA with HTML entities.
//!
//! Source: `active_merchant`'s `cecabank_xml` and its recorded answers.

use vpos_core::xml::{BEFORE_XML, Document, Element, Reading, decode};
use vpos_core::{Amount, Currency, Error};

use super::entities;
use super::fields;
use super::names::xml;

/// An answer that says something.
#[derive(Debug)]
pub(crate) enum XmlAnswer {
    /// `valor="OK"`: what was done.
    Done(Vec<Done>),
    /// `valor="ERROR"`: the bank's no.
    Error {
        /// `codigo`
        code: String,
        /// `descripcion`, its entities resolved.
        text: String,
    },
}

/// An `OPERACION` of a good answer.
#[derive(Debug)]
pub(crate) struct Done {
    /// `tipo`: 000 purchase, 900 refund, 400 annulment.
    pub(crate) kind: String,
    pub(crate) amount: Option<Amount>,
    pub(crate) authorization: Option<String>,
    pub(crate) reference: Option<String>,
}

/// Reads an answer about the operation of that number.
pub(crate) fn parse(body: &[u8], number: &str, currency: Currency) -> Result<XmlAnswer, Error> {
    let document = decode(body.trim_ascii_start())?;
    let read = Document::parse(document.trim_start_matches(BEFORE_XML), Reading::Strict)?;
    let root = read.root();
    if root.name() != xml::TRANSACTION {
        return Err(Error::malformed("answer", "not a TRANSACCION"));
    }
    let stated = root.attribute(xml::NUMBER).unwrap_or_default();
    if !stated.is_empty() && stated != number {
        return Err(vpos_core::Refusal::Number.into());
    }
    let operations = root.children().filter(|child| child.name() == xml::OPERATION);
    match (root.attribute(xml::VALUE), root.optional_child(xml::ERROR)?) {
        (Some("OK"), None) => Ok(XmlAnswer::Done(operations.map(|child| done(child, currency)).collect::<Result<_, _>>()?)),
        (Some("ERROR"), Some(error)) if operations.count() == 0 => {
            error.refuse_double_fields()?;
            let code = error.field(xml::CODE)?.unwrap_or_default();
            if !is_code(code) {
                return Err(Error::malformed(xml::CODE, "not a code"));
            }
            let text = entities::resolve(error.field(xml::DESCRIPTION)?.unwrap_or_default());
            Ok(XmlAnswer::Error { code: code.to_owned(), text })
        }
        _ => Err(Error::malformed(xml::VALUE, "neither OK nor ERROR with its code")),
    }
}

/// A code of the bank: up to ten letters and digits.
pub(crate) fn is_code(text: &str) -> bool {
    (1..=10).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn done(operation: Element<'_>, currency: Currency) -> Result<Done, Error> {
    operation.refuse_double_fields()?;
    let text = |name| Ok::<_, Error>(operation.field(name)?.filter(|text| !text.is_empty()));
    let reference = text(xml::REFERENCE)?.and_then(|text| fields::reference(xml::REFERENCE, text).ok());
    Ok(Done {
        kind: operation.attribute(xml::TYPE).unwrap_or_default().to_owned(),
        amount: text(xml::AMOUNT)?.map(|text| amount(text, currency)).transpose()?,
        authorization: text(xml::AUTHORIZATION)?.filter(|text| text.len() <= 64).map(str::to_owned),
        reference: reference.map(str::to_owned),
    })
}

/// "  171.00  Euros": the number decides, the currency's name is for people.
fn amount(text: &str, currency: Currency) -> Result<Amount, Error> {
    let number = text.split_whitespace().next().unwrap_or_default();
    Amount::parse(number, currency).map_err(|_| Error::malformed(xml::AMOUNT, "not an amount"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(document: &str) -> Result<XmlAnswer, Error> {
        parse(document.as_bytes(), "PED17", Currency::EUR)
    }

    #[test]
    fn a_good_answer_lists_what_was_done() {
        let document = "\n<?xml version=\"1.0\" encoding=\"ISO-8859-1\" ?><TRANSACCION valor=\"OK\" numeroOperacion=\"PED17\">\
            <OPERACION tipo=\"900\"><importe>  171.00  Euros</importe><descripcion><![CDATA[ANULACI\u{d3}N]]></descripcion>\
            <numeroAutorizacion>101000</numeroAutorizacion><referencia>##REF##</referencia></OPERACION></TRANSACCION>";
        let bytes: Vec<u8> = document.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
        let XmlAnswer::Done(all) = parse(&bytes, "PED17", Currency::EUR).unwrap() else { panic!("an error") };
        let [done] = &all[..] else { panic!("{all:?}") };
        assert_eq!((done.kind.as_str(), done.amount), ("900", Some(Amount::from_minor(17_100, Currency::EUR))));
        assert_eq!((done.authorization.as_deref(), done.reference.as_deref()), (Some("101000"), None));
    }

    #[test]
    fn a_no_has_its_code_and_text() {
        let document = "<TRANSACCION valor='ERROR' numeroOperacion=''><ERROR><codigo> 15 </codigo>\
            <descripcion><![CDATA[Operaci&oacute;n inexistente]]></descripcion></ERROR></TRANSACCION>";
        let XmlAnswer::Error { code, text } = read(document).unwrap() else { panic!("done") };
        assert_eq!((code.as_str(), text.as_str()), ("15", "Operación inexistente"));
    }

    #[test]
    fn what_tells_nothing_is_an_error() {
        for document in [
            "",
            "<html><body>Servicio no disponible</body></html>",
            "<!DOCTYPE html><html></html>",
            "<TRANSACCION valor='ok'/>",
            "<TRANSACCION valor=' OK'/>",
            "<TRANSACCION/>",
            "<TRANSACCION valor='OK' numeroOperacion='PED18'/>",
            "<TRANSACCION valor='OK'><ERROR><codigo>15</codigo></ERROR></TRANSACCION>",
            "<TRANSACCION valor='OK'><OPERACION tipo='900'><importe>1,00</importe></OPERACION></TRANSACCION>",
            "<TRANSACCION valor='ERROR'/>",
            "<TRANSACCION valor='ERROR'><ERROR/></TRANSACCION>",
            "<TRANSACCION valor='ERROR'><ERROR><codigo>1</codigo><codigo>2</codigo></ERROR></TRANSACCION>",
            "<TRANSACCION valor='ERROR'><ERROR><codigo>1</codigo></ERROR><ERROR><codigo>1</codigo></ERROR></TRANSACCION>",
            "<TRANSACCION valor='ERROR'><ERROR><codigo>1</codigo></ERROR><OPERACION tipo='900'/></TRANSACCION>",
        ] {
            assert!(read(document).is_err(), "{document}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let _ = parse(&bytes, "PED17", Currency::EUR);
        }
    }
}
