//! The entities of HTML that stand in the bank's texts, inside CDATA: `ERROR. Operaci&oacute;n inexistente`.

/// Those of Latin-1 letters that Spanish and its neighbours write with, and the five of XML.
const NAMED: [(&str, char); 40] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", ' '),
    ("aacute", 'á'),
    ("eacute", 'é'),
    ("iacute", 'í'),
    ("oacute", 'ó'),
    ("uacute", 'ú'),
    ("Aacute", 'Á'),
    ("Eacute", 'É'),
    ("Iacute", 'Í'),
    ("Oacute", 'Ó'),
    ("Uacute", 'Ú'),
    ("agrave", 'à'),
    ("egrave", 'è'),
    ("ograve", 'ò'),
    ("Agrave", 'À'),
    ("Egrave", 'È'),
    ("Ograve", 'Ò'),
    ("acirc", 'â'),
    ("ecirc", 'ê'),
    ("atilde", 'ã'),
    ("otilde", 'õ'),
    ("iuml", 'ï'),
    ("uuml", 'ü'),
    ("Iuml", 'Ï'),
    ("Uuml", 'Ü'),
    ("ntilde", 'ñ'),
    ("Ntilde", 'Ñ'),
    ("ccedil", 'ç'),
    ("Ccedil", 'Ç'),
    ("middot", '·'),
    ("iquest", '¿'),
    ("iexcl", '¡'),
    ("ordf", 'ª'),
    ("ordm", 'º'),
    ("euro", '€'),
];

/// The longest name, with room to spare; what is longer is no entity.
const LONGEST: usize = 10;

/// The text with its entities resolved; what is none stays as it is.
pub(super) fn resolve(text: &str) -> String {
    let mut resolved = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        resolved.push_str(before);
        let head = after.as_bytes().iter().take(LONGEST).position(|b| *b == b';');
        let named = head.and_then(|end| Some((character(after.get(..end)?)?, after.get(end + 1..)?)));
        if let Some((c, after)) = named {
            resolved.push(c);
            rest = after;
        } else {
            resolved.push('&');
            rest = after;
        }
    }
    resolved.push_str(rest);
    resolved
}

fn character(name: &str) -> Option<char> {
    let number = match (name.strip_prefix("#x"), name.strip_prefix('#')) {
        (Some(hexadecimal), _) => u32::from_str_radix(hexadecimal, 16).ok(),
        (None, Some(decimal)) => decimal.parse().ok(),
        (None, None) => return NAMED.iter().find(|(known, _)| *known == name).map(|(_, c)| *c),
    };
    number.and_then(char::from_u32)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_entity_stays() {
        for (text, expected) in [
            ("ERROR. Operaci&oacute;n inexistente <1403>", "ERROR. Operación inexistente <1403>"),
            ("&#243;&#xF3;&amp;oacute;", "óó&oacute;"),
            ("Tom & Jerry; &; &x; &#x; &#55296; &", "Tom & Jerry; &; &x; &#x; &#55296; &"),
        ] {
            assert_eq!(resolve(text), expected);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_resolved(text in ".*", marks in "[&#;xo0-9acute]*") {
            prop_assert!(resolve(&text).len() <= text.len() + 4);
            let _ = resolve(&marks);
        }
    }
}
