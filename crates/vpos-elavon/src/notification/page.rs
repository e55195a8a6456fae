//! The page that the buyer sees at the merchant's own response address: a link to the shop, followed by itself. No script.

use vpos_core::{Reply, WebAddress, escape_html};

/// Only ever to an address that was stored with the operation; without one, a page that leads nowhere.
pub(super) fn onward(address: Option<&WebAddress>) -> Reply {
    let (refresh, text) = match address.map(|address| escape_html(address.as_str())) {
        Some(address) => (
            format!("<meta http-equiv=\"refresh\" content=\"0; url={address}\">\n"),
            format!("<p><a href=\"{address}\">Volver a la tienda · Back to the shop</a></p>\n"),
        ),
        None => (String::new(), "<p>Puede cerrar esta página · You may close this page</p>\n".to_owned()),
    };
    Reply::text(
        "text/html; charset=utf-8",
        format!(
            "<!DOCTYPE html>\n<html lang=\"es\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"origin\">\n\
             {refresh}<title>Pago · Payment</title>\n</head>\n<body>\n{text}</body>\n</html>\n"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_escaped_and_there_is_no_script() {
        let address = WebAddress::parse("url_ok", "https://tienda.example/ok?a=1&b='x'").unwrap();
        let page = onward(Some(&address));
        assert_eq!(page.status().as_u16(), 200);
        assert_eq!(page.body().matches("https://tienda.example/ok?a=1&amp;b=&#39;x&#39;").count(), 2, "{}", page.body());
        assert!(!page.body().contains("<script"));
        assert!(!onward(None).body().contains("href"));
    }
}
