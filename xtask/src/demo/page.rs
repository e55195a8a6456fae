//! What a page shows, as far as a buyer without script needs it: forms, where it leads by itself, and a few values.
//!
//! It reads the tags one after the other. That is enough for the shop's pages and the banks', which are written by programs.

use http::StatusCode;

/// A page that was got.
pub(super) struct Page {
    pub(super) url: String,
    pub(super) status: StatusCode,
    pub(super) text: String,
}

/// A form with what a browser would send.
#[derive(Debug, Default)]
pub(super) struct Form {
    pub(super) id: String,
    pub(super) action: String,
    pub(super) posts: bool,
    fields: Vec<(String, String)>,
    /// Buttons with a name: name and value.
    buttons: Vec<(String, String)>,
}

impl Form {
    /// The fields; those that are filled in must be there.
    pub(super) fn fields(&self, button: Option<&str>, filled: &[(&str, &str)]) -> Result<Vec<(String, String)>, String> {
        let mut fields = self.fields.clone();
        for (name, value) in filled {
            let field = fields.iter_mut().find(|(known, _)| known == name);
            let field = field.ok_or_else(|| format!("the form {:?} has no field {name}", self.id))?;
            (*value).clone_into(&mut field.1);
        }
        if let Some(button) = button {
            let pressed = self.buttons.iter().find(|(_, value)| value == button);
            fields.push(pressed.ok_or_else(|| format!("the form {:?} has no button {button}", self.id))?.clone());
        }
        Ok(fields)
    }

    pub(super) fn has_button(&self, value: &str) -> bool {
        self.buttons.iter().any(|(_, known)| known == value)
    }
}

/// A tag: its name in lower case, `/` before it where it closes, and its attributes.
struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn text(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().to_owned()
    }
}

impl Page {
    fn tags(&self) -> Vec<Tag> {
        let mut tags = Vec::new();
        let mut rest = self.text.as_str();
        while let Some((_, after)) = rest.split_once('<') {
            let (tag, after) = tag(after);
            rest = after;
            tags.extend(tag);
        }
        tags
    }

    /// The forms, with radio buttons and boxes as they are preset, and of each list the first entry.
    pub(super) fn forms(&self) -> Vec<Form> {
        let mut forms: Vec<Form> = Vec::new();
        let (mut open, mut list) = (false, None);
        for tag in self.tags() {
            match tag.name.as_str() {
                "form" => {
                    let posts = tag.text("method").eq_ignore_ascii_case("post");
                    forms.push(Form { id: tag.text("id"), action: tag.text("action"), posts, ..Form::default() });
                    open = true;
                }
                "/form" => open = false,
                "select" => list = Some(tag.text("name")),
                _ if !open => {}
                "option" => {
                    if let (Some(form), Some(name)) = (forms.last_mut(), list.take()) {
                        form.fields.push((name, tag.text("value")));
                    }
                }
                "input" | "button" => {
                    if let Some(form) = forms.last_mut() {
                        control(form, &tag);
                    }
                }
                _ => {}
            }
        }
        forms
    }

    pub(super) fn form(&self, id: &str) -> Result<Form, String> {
        self.forms().into_iter().find(|form| form.id == id).ok_or_else(|| self.lacks(&format!("no form {id:?}")))
    }

    /// The form whose action ends so.
    pub(super) fn form_to(&self, end: &str) -> Result<Form, String> {
        let form = self.forms().into_iter().find(|form| form.action.ends_with(end));
        form.ok_or_else(|| self.lacks(&format!("no form for {end:?}")))
    }

    /// Where the page leads by itself: `<meta http-equiv="refresh" content="0; url=…">`.
    pub(super) fn refresh(&self) -> Option<String> {
        let tags = self.tags();
        let refresh = tags.iter().find(|tag| tag.name == "meta" && tag.text("http-equiv").eq_ignore_ascii_case("refresh"))?;
        let (_, address) = refresh.get("content")?.split_once("url=")?;
        Some(address.trim_matches(['\'', '"', ' ']).to_owned())
    }

    /// An attribute of the element of that id.
    pub(super) fn attribute(&self, id: &str, name: &str) -> Option<String> {
        self.tags().iter().find(|tag| tag.get("id") == Some(id)).and_then(|tag| tag.get(name)).map(str::to_owned)
    }

    /// The id of the element that has an attribute with that value.
    pub(super) fn id_with(&self, name: &str, value: &str) -> Option<String> {
        self.tags().iter().find(|tag| tag.get(name) == Some(value)).map(|tag| tag.text("id"))
    }

    /// The text of the first element of that name that has text alone.
    pub(super) fn text_of(&self, name: &str) -> Option<String> {
        let (_, rest) = self.text.split_once(&format!("<{name}"))?;
        let (_, rest) = rest.split_once('>')?;
        Some(unescaped(rest.split_once('<')?.0))
    }

    /// What is missing, and the page's heading, which often says why.
    pub(super) fn lacks(&self, what: &str) -> String {
        let heading = self.text_of("h1").or_else(|| self.text_of("p")).unwrap_or_default();
        format!("{} ({}): {what}; the page says {heading:?}", self.url, self.status)
    }
}

fn control(form: &mut Form, tag: &Tag) {
    let Some(name) = tag.get("name").map(str::to_owned) else { return };
    let value = tag.text("value");
    match (tag.name.as_str(), tag.get("type").unwrap_or("text")) {
        ("button", _) | (_, "submit") => form.buttons.push((name, value)),
        // of the radio buttons of a name one is sent: the one that is preset, else whichever is filled in
        (_, "radio") => {
            let known = form.fields.iter().any(|(known, _)| *known == name);
            if !known || tag.get("checked").is_some() {
                form.fields.retain(|(known, _)| *known != name);
                form.fields.push((name, value));
            }
        }
        (_, "checkbox") if tag.get("checked").is_none() => {}
        _ => form.fields.push((name, value)),
    }
}

/// Reads what stands after a `<`: the tag, and the text behind it.
fn tag(text: &str) -> (Option<Tag>, &str) {
    let end = |c: char| c.is_ascii_whitespace() || c == '>';
    let (name, mut rest) = text.split_at(text.find(end).unwrap_or(text.len()));
    if name.is_empty() || name.starts_with(['!', '?']) {
        return (None, rest);
    }
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start().trim_start_matches('/');
        if rest.is_empty() || rest.starts_with('>') {
            return (Some(Tag { name: name.to_ascii_lowercase(), attributes }), rest);
        }
        let (attribute, after) = rest.split_at(rest.find(|c: char| end(c) || c == '=').unwrap_or(rest.len()));
        let Some(value) = after.strip_prefix('=') else {
            attributes.push((attribute.to_ascii_lowercase(), String::new()));
            rest = after;
            continue;
        };
        let (value, after) = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => {
                let value = value.strip_prefix(quote).unwrap_or(value);
                value.split_once(quote).unwrap_or((value, ""))
            }
            _ => value.split_at(value.find(end).unwrap_or(value.len())),
        };
        attributes.push((attribute.to_ascii_lowercase(), unescaped(value)));
        rest = after;
    }
}

/// The five characters that HTML writes otherwise, and any by its number.
fn unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let known = after.split_once(';').and_then(|(name, after)| Some((entity(name)?, after)));
        let (letter, after) = known.unwrap_or(('&', after));
        plain.push(letter);
        rest = after;
    }
    plain + rest
}

fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page_of(text: &str) -> Page {
        Page { url: "http://127.0.0.1/".into(), status: StatusCode::OK, text: text.into() }
    }

    #[test]
    fn a_form_sends_what_a_browser_would() {
        let page = page_of(
            r#"<!DOCTYPE html><form id="f" method=post action="/a?x=1&amp;y=2"><input type="hidden" name="t" value="a&quot;b&#39;c">
            <input type="radio" name="pos" value="one"><input type="radio" name="pos" value="two" checked>
            <input type="checkbox" name="hold" value="1"><select name="code"><option value="7">x<option value="8">y</select>
            <button name="go" value="update">u</button><button name="go" value='order'>o</button></form><input name="outside">"#,
        );
        let form = page.form("f").unwrap();
        assert_eq!((form.action.as_str(), form.posts), ("/a?x=1&y=2", true));
        let fields = form.fields(Some("order"), &[("code", "8")]).unwrap();
        let told: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(told, [("t", "a\"b'c"), ("pos", "two"), ("code", "8"), ("go", "order")]);
        assert!(form.fields(Some("fly"), &[]).is_err() && form.fields(None, &[("hold", "1")]).is_err());
    }

    #[test]
    fn a_page_leads_on_and_tells_its_values() {
        let page =
            page_of(r#"<meta http-equiv="refresh" content="0; url=/b?c=&amp;d"><p id="s" data-state="paid">&euro; &lt;</p>"#);
        assert_eq!(page.refresh().as_deref(), Some("/b?c=&d"));
        assert_eq!(page.attribute("s", "data-state").as_deref(), Some("paid"));
        assert_eq!(page.id_with("data-state", "paid").as_deref(), Some("s"));
        assert_eq!(page.text_of("p").as_deref(), Some("&euro; <"));
        assert!(page_of(r#"<meta http-equiv="refresh" content="4">"#).refresh().is_none());
    }
}
