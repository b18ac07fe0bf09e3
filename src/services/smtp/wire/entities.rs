//! Named and numbered characters of HTML.

use std::borrow::Cow;

/// The names that mail holds; an unknown one stays as it was written.
const NAMES: &[(&str, &str)] = &[
    ("amp", "&"),
    ("lt", "<"),
    ("gt", ">"),
    ("quot", "\""),
    ("apos", "'"),
    ("nbsp", " "),
    ("euro", "€"),
    ("pound", "£"),
    ("copy", "©"),
    ("reg", "®"),
    ("trade", "™"),
    ("deg", "°"),
    ("hellip", "…"),
    ("ndash", "–"),
    ("mdash", "—"),
    ("bull", "•"),
    ("middot", "·"),
    ("lsquo", "‘"),
    ("rsquo", "’"),
    ("ldquo", "“"),
    ("rdquo", "”"),
    ("laquo", "«"),
    ("raquo", "»"),
    ("times", "×"),
    ("rarr", "→"),
    ("larr", "←"),
    ("zwnj", ""),
    ("shy", ""),
    ("agrave", "à"),
    ("acirc", "â"),
    ("auml", "ä"),
    ("aelig", "æ"),
    ("ccedil", "ç"),
    ("egrave", "è"),
    ("eacute", "é"),
    ("ecirc", "ê"),
    ("euml", "ë"),
    ("icirc", "î"),
    ("iuml", "ï"),
    ("ntilde", "ñ"),
    ("ocirc", "ô"),
    ("ouml", "ö"),
    ("oelig", "œ"),
    ("szlig", "ß"),
    ("ugrave", "ù"),
    ("ucirc", "û"),
    ("uuml", "ü"),
    ("Agrave", "À"),
    ("Acirc", "Â"),
    ("Auml", "Ä"),
    ("Ccedil", "Ç"),
    ("Egrave", "È"),
    ("Eacute", "É"),
    ("Ecirc", "Ê"),
    ("Ocirc", "Ô"),
    ("Ouml", "Ö"),
    ("OElig", "Œ"),
    ("Uuml", "Ü"),
];

/// Decodes `&name;`, `&#233;` and `&#xE9;`.
pub(super) fn decode(text: &str) -> String {
    /// Bytes of the longest name or number that is looked for.
    const LONGEST: usize = 10;
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        decoded.push_str(&rest[..start]);
        rest = &rest[start + 1..];
        let end = rest.bytes().take(LONGEST).position(|byte| byte == b';');
        let character = end.and_then(|end| Some((character(&rest[..end])?, end)));
        match character {
            Some((text, end)) => {
                decoded.push_str(&text);
                rest = &rest[end + 1..];
            }
            None => decoded.push('&'),
        }
    }
    decoded.push_str(rest);
    decoded
}

fn character(name: &str) -> Option<Cow<'static, str>> {
    let Some(number) = name.strip_prefix('#') else {
        return NAMES.iter().find(|(known, _)| *known == name).map(|(_, text)| Cow::Borrowed(*text));
    };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16).ok()?,
        None => number.parse().ok()?,
    };
    let c = char::from_u32(code)?;
    Some(Cow::Owned(if c.is_control() || c == '\u{a0}' { " ".to_owned() } else { c.to_string() }))
}
