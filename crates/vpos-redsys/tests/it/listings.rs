//! The listings: what is asked, element by element, and the rows that come back.

use vpos_core::jiff::civil::DateTime;
use vpos_core::{Error, Exchange, OperationNumber};
use vpos_redsys::signature::SignatureVersion;
use vpos_redsys::{Listing, Span};

use crate::scene::{
    Fields, ORDER, answered, euros, paid, query_answer, query_answer_of, redsys, request, signature, soap_redsys, with,
};

fn order() -> OperationNumber {
    ORDER.parse().unwrap()
}

fn span() -> Span {
    let moment = |text: &str| text.parse::<DateTime>().unwrap();
    Span { from: moment("2026-01-02T03:04:05"), to: moment("2026-01-16T23:59:59.9") }
}

/// What stands in the CDATA of a question, without its signature, which is checked.
fn asked(exchange: Exchange<Listing>) -> String {
    let request = request(exchange);
    assert_eq!(request.headers()["SOAPAction"], "consultaOperaciones");
    assert_eq!(request.uri(), "https://sis-t.redsys.es:25443/apl02/services/SerClsWSConsulta");
    let body = String::from_utf8(request.into_body()).unwrap();
    let inside = body.split_once("<cadenaXML><![CDATA[<Messages>").unwrap().1.split_once("</Messages>]]>").unwrap().0;
    let (version, rest) = inside.split_once("</Version>").unwrap();
    let version = format!("{version}</Version>");
    let signature = signature(SignatureVersion::HmacSha256V1, ORDER, &version);
    assert_eq!(rest, format!("<Signature>{signature}</Signature><SignatureVersion>HMAC_SHA256_V1</SignatureVersion>"));
    version
}

fn version(message: &str) -> String {
    format!("<Version Ds_Version=\"0.0\"><Message>{message}</Message></Version>")
}

#[test]
fn the_elements_stand_in_the_banks_order() {
    let redsys = redsys(SignatureVersion::HmacSha512V2);
    assert_eq!(
        asked(redsys.query_order(&order()).unwrap()),
        version(
            "<Monitor><Ds_MerchantCode>999008881</Ds_MerchantCode><Ds_Terminal>1</Ds_Terminal>\
             <Ds_Order>0726qI3H7sZx</Ds_Order></Monitor>"
        )
    );
    assert_eq!(
        asked(redsys.query_transactions("3", span(), &order()).unwrap()),
        version(
            "<TransactionMasiva><Ds_Order>0726qI3H7sZx</Ds_Order><Ds_MerchantCode>999008881</Ds_MerchantCode>\
             <Ds_Terminal>1</Ds_Terminal><Ds_TransactionType>3</Ds_TransactionType>\
             <Ds_Fecha_inicio>2026-01-02-03.04.05.000000</Ds_Fecha_inicio>\
             <Ds_Fecha_fin>2026-01-16-23.59.59.000000</Ds_Fecha_fin></TransactionMasiva>"
        )
    );
    assert_eq!(
        asked(redsys.query_all(span(), &order()).unwrap()),
        version(
            "<MonitorMasiva><Ds_Order>0726qI3H7sZx</Ds_Order><Ds_MerchantCode>999008881</Ds_MerchantCode>\
             <Ds_Terminal>1</Ds_Terminal><Ds_Fecha_inicio>2026-01-02-03.04.05.000000</Ds_Fecha_inicio>\
             <Ds_Fecha_fin>2026-01-16-23.59.59.000000</Ds_Fecha_fin></MonitorMasiva>"
        )
    );
}

#[test]
fn a_type_that_is_none_is_not_sent() {
    let redsys = redsys(SignatureVersion::HmacSha512V2);
    for transaction in ["", "<>", "123", "ñ", "0 "] {
        let error = redsys.query_transactions(transaction, span(), &order()).unwrap_err();
        assert!(matches!(error, Error::Payment { field, .. } if field == "transaction"), "{transaction:?}");
    }
    assert!(redsys.query_order(&"abcd".parse().unwrap()).is_err());
}

fn row(changes: &[(&str, &str)]) -> Fields {
    let row = with(paid(), &[("Ds_Date", "2026-01-02"), ("Ds_Hour", "10:00:01"), ("Ds_State", "F")]);
    with(row, changes)
}

#[test]
fn rows_come_one_by_one_and_a_bad_one_spoils_no_other() {
    let redsys = redsys(SignatureVersion::HmacSha512V2);
    let rows = [
        row(&[]),
        row(&[("Ds_Terminal", "7")]),
        row(&[("Ds_Amount", "x")]),
        row(&[("Ds_Order", "1234"), ("Ds_State", "P"), ("Ds_Response", ""), ("Ds_AuthorisationCode", " ")]),
        row(&[("ds_order", "1234")]),
    ];
    let mut listing = answered(redsys.query_all(span(), &order()).unwrap(), Ok(query_answer(&rows))).unwrap();
    assert_eq!(listing.size_hint(), (5, Some(5)));
    let first = listing.next().unwrap().unwrap();
    assert_eq!((first.number.as_str(), first.amount, first.transaction.as_str()), (ORDER, euros(4_999), "0"));
    assert_eq!((first.response.as_deref(), first.authorization.as_deref()), (Some("0000"), Some("501602")));
    assert_eq!((first.state.as_str(), first.moment.as_str()), ("F", "2026-01-02 10:00:01"));
    assert!(listing.next().unwrap().is_err());
    assert!(listing.next().unwrap().is_err());
    let other = listing.next().unwrap().unwrap();
    assert_eq!((other.number.as_str(), other.response, other.authorization), ("1234", None, None));
    assert!(listing.next().unwrap().is_err());
    assert!(listing.next().is_none() && listing.size_hint() == (0, Some(0)));
    assert!(listing.next().is_none());
}

#[test]
fn nothing_found_is_an_empty_listing_and_an_error_is_one() {
    let redsys = soap_redsys();
    let error = |code: &str| {
        let messages = format!(
            "<Messages><Version Ds_Version=\"0.0\"><Message><ErrorMsg><Ds_ErrorCode>{code}</Ds_ErrorCode></ErrorMsg></Message>\
             </Version></Messages>"
        );
        answered(redsys.query_all(span(), &order()).unwrap(), Ok(query_answer_of(&messages)))
    };
    assert_eq!(error("XML0024").unwrap().count(), 0);
    assert!(matches!(error("XML0038").unwrap_err(), Error::Bank { code, .. } if code == "XML0038"));
    assert!(matches!(error("<b/>").unwrap_err(), Error::Malformed { .. }));
}

#[test]
fn an_unsigned_listing_is_none() {
    let redsys = redsys(SignatureVersion::HmacSha512V2);
    let rows = "<Messages><Version Ds_Version=\"0.0\"><Message><Response/></Message></Version></Messages>";
    for messages in [rows.to_owned(), rows.replace("</Messages>", "<Signature>AAAA</Signature></Messages>")] {
        let error = answered(redsys.query_all(span(), &order()).unwrap(), Ok(query_answer_of(&messages))).unwrap_err();
        assert_eq!(error.refusal(), Some(vpos_core::Refusal::Signature), "{error}");
    }
    assert!(answered(redsys.query_all(span(), &order()).unwrap(), Ok(query_answer(&[]))).is_err());
}
