//! The text part of a mail that was written in HTML alone: readable, in the order it stands, with the links kept.

use super::entities;

/// Turns HTML into text. Any input gives a text, in time that grows with its length alone.
pub fn of_html(html: &str) -> String {
    let mut writer = Writer::default();
    let mut rest = html;
    while !rest.is_empty() {
        let end = rest.find('<').unwrap_or(rest.len());
        writer.text(&rest[..end]);
        rest = &rest[end..];
        if rest.is_empty() {
            break;
        }
        rest = match Markup::read(rest) {
            Some((Markup::Tag(tag), after)) => {
                let skipped = !tag.closing && ["script", "style", "title"].contains(&tag.name.as_str());
                writer.tag(&tag);
                if skipped { after_end_of(&tag.name, after) } else { after }
            }
            Some((Markup::Nothing, after)) => after,
            // A lone `<` is text.
            None => {
                writer.text("<");
                &rest[1..]
            }
        };
    }
    writer.finish()
}

enum Markup<'a> {
    Tag(Tag<'a>),
    /// Comments and declarations.
    Nothing,
}

struct Tag<'a> {
    /// In lower case.
    name: String,
    closing: bool,
    attributes: &'a str,
}

impl<'a> Markup<'a> {
    /// Reads what begins with the `<` at the start; what never ends takes everything, as in a browser.
    fn read(html: &'a str) -> Option<(Self, &'a str)> {
        if let Some(comment) = html.strip_prefix("<!--") {
            let end = comment.find("-->").map_or(comment.len(), |at| at + 3);
            return Some((Self::Nothing, &comment[end..]));
        }
        if html.starts_with("<!") || html.starts_with("<?") {
            let end = html.find('>').map_or(html.len(), |at| at + 1);
            return Some((Self::Nothing, &html[end..]));
        }
        let inner = &html[1..];
        let closing = inner.starts_with('/');
        let inner = inner.strip_prefix('/').unwrap_or(inner);
        if !inner.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return None;
        }
        let end =
            inner.find(|c: char| c.is_ascii_whitespace() || c == '>' || c == '/').unwrap_or(inner.len());
        let name = inner[..end].to_ascii_lowercase();
        let mut quote = None;
        let close = inner.char_indices().skip_while(|(at, _)| *at < end).find(|(_, c)| match quote {
            Some(open) => {
                quote = Some(open).filter(|open| open != c);
                false
            }
            None if *c == '"' || *c == '\'' => {
                quote = Some(*c);
                false
            }
            None => *c == '>',
        });
        let close = close.map_or(inner.len(), |(at, _)| at);
        let after = inner.get(close + 1..).unwrap_or_default();
        Some((Self::Tag(Tag { name, closing, attributes: &inner[end..close] }), after))
    }
}

impl Tag<'_> {
    /// Returns an attribute's value, with its entities decoded.
    fn attribute(&self, wanted: &str) -> Option<String> {
        let mut rest = self.attributes;
        while let Some(start) = rest.find(|c: char| !c.is_ascii_whitespace() && c != '/') {
            rest = &rest[start..];
            let end = rest.find(|c: char| c.is_ascii_whitespace() || c == '=').unwrap_or(rest.len());
            let name = &rest[..end];
            let after = rest[end..].trim_start();
            let Some(value) = after.strip_prefix('=') else {
                rest = if end == 0 { rest.get(1..).unwrap_or_default() } else { after };
                continue;
            };
            let value = value.trim_start();
            let (value, after) = match value.chars().next() {
                Some(quote @ ('"' | '\'')) => value[1..].split_once(quote).unwrap_or((&value[1..], "")),
                _ => value.split_at(value.find(|c: char| c.is_ascii_whitespace()).unwrap_or(value.len())),
            };
            if name.eq_ignore_ascii_case(wanted) {
                return Some(entities::decode(value));
            }
            rest = after;
        }
        None
    }
}

fn after_end_of<'a>(name: &str, html: &'a str) -> &'a str {
    let bytes = html.as_bytes();
    let found = bytes
        .windows(name.len() + 2)
        .position(|window| window.starts_with(b"</") && window[2..].eq_ignore_ascii_case(name.as_bytes()));
    found.map_or("", |at| &html[at..])
}

/// Writes words as they come, with the blanks and lines that stand between them.
#[derive(Default)]
struct Writer {
    text: String,
    /// What has to stand before the next word.
    blank: Blank,
    /// One entry an open list: the number of its last item if they are numbered.
    lists: Vec<Option<u32>>,
    /// The open link: where it goes, and where its words begin.
    link: Option<(String, usize)>,
    preformatted: bool,
    /// Whether a cell stands before this one in its row.
    cells: bool,
}

#[derive(Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Blank {
    #[default]
    None,
    Space,
    Cell,
    Lines(u8),
}

impl Writer {
    fn text(&mut self, text: &str) {
        let text = entities::decode(text);
        if self.preformatted {
            self.before_word();
            self.text.push_str(&text);
            return;
        }
        for word in text.split_inclusive(|c: char| c.is_ascii_whitespace()) {
            let bare = word.trim_end_matches(|c: char| c.is_ascii_whitespace());
            if !bare.is_empty() {
                self.before_word();
                self.text.push_str(bare);
            }
            if bare.len() < word.len() {
                self.blank = self.blank.max(Blank::Space);
            }
        }
    }

    fn before_word(&mut self) {
        let begins = self.text.is_empty() || self.text.ends_with('\n');
        match std::mem::take(&mut self.blank) {
            Blank::Lines(count) if !self.text.is_empty() => {
                self.text.truncate(self.text.trim_end_matches(' ').len());
                let there = self.text.len() - self.text.trim_end_matches('\n').len();
                self.text.extend(std::iter::repeat_n('\n', usize::from(count).saturating_sub(there)));
            }
            Blank::Space if !begins => self.text.push(' '),
            Blank::Cell if !begins => self.text.push_str(" | "),
            _ => {}
        }
    }

    fn lines(&mut self, count: u8) {
        self.blank = self.blank.max(Blank::Lines(count));
    }

    fn tag(&mut self, tag: &Tag<'_>) {
        match (tag.name.as_str(), tag.closing) {
            ("br", _) => {
                let lines =
                    if let Blank::Lines(before) = self.blank { before.saturating_add(1).min(3) } else { 1 };
                self.blank = Blank::Lines(lines);
            }
            ("hr", _) => {
                self.lines(2);
                self.before_word();
                self.text.push_str("----------");
                self.lines(2);
            }
            ("img", false) => {
                if let Some(alternative) = tag.attribute("alt") {
                    self.text(&alternative);
                }
            }
            ("a", false) => {
                self.end_link();
                let goes = tag.attribute("href").filter(|href| {
                    let href = href.trim().to_ascii_lowercase();
                    ["http:", "https:", "mailto:", "tel:"].iter().any(|scheme| href.starts_with(scheme))
                });
                self.link = goes.map(|href| (href.trim().to_owned(), self.text.len()));
            }
            ("a", true) => self.end_link(),
            ("ul", false) => self.begin_list(None),
            ("ol", false) => self.begin_list(Some(0)),
            ("ul" | "ol", true) => {
                self.lists.pop();
                self.lines(if self.lists.is_empty() { 2 } else { 1 });
            }
            ("li", false) => self.item(),
            ("pre", closing) => {
                self.lines(2);
                self.preformatted = !closing;
            }
            ("tr", _) => {
                self.lines(1);
                self.cells = false;
            }
            ("td" | "th", false) => {
                let comes_after = std::mem::replace(&mut self.cells, true);
                self.blank = self.blank.max(if comes_after { Blank::Cell } else { Blank::None });
            }
            ("p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "table" | "blockquote" | "dl", _) => {
                self.lines(2);
            }
            (
                "div" | "section" | "article" | "header" | "footer" | "main" | "nav" | "li" | "dt" | "dd"
                | "center" | "address" | "figure" | "figcaption" | "body" | "form" | "fieldset",
                _,
            ) => self.lines(1),
            _ => {}
        }
    }

    fn begin_list(&mut self, number: Option<u32>) {
        self.lines(if self.lists.is_empty() { 2 } else { 1 });
        // Deeper than this nobody can tell any more, and the blanks would grow with the depth.
        const DEEPEST: usize = 16;
        if self.lists.len() < DEEPEST {
            self.lists.push(number);
        }
    }

    fn item(&mut self) {
        self.lines(1);
        self.before_word();
        self.text.extend(std::iter::repeat_n("  ", self.lists.len().saturating_sub(1)));
        match self.lists.last_mut() {
            Some(Some(number)) => {
                *number = number.saturating_add(1);
                self.text.push_str(&number.to_string());
                self.text.push_str(". ");
            }
            _ => self.text.push_str("- "),
        }
    }

    /// Writes where a link goes, unless its words say it already.
    fn end_link(&mut self) {
        let Some((href, start)) = self.link.take() else { return };
        let words = self.text[start..].trim();
        let bare = href.strip_prefix("mailto:").or_else(|| href.strip_prefix("tel:")).unwrap_or(&href);
        let bare = bare.trim_end_matches('/');
        if words.trim_end_matches('/') == bare || href.trim_end_matches('/') == words.trim_end_matches('/') {
            return;
        }
        let shown = if words.is_empty() { bare.to_owned() } else { format!("({bare})") };
        if !words.is_empty() && self.blank == Blank::None {
            self.blank = Blank::Space;
        }
        self.before_word();
        self.text.push_str(&shown);
    }

    fn finish(mut self) -> String {
        self.end_link();
        let mut text: String = self.text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
        text.truncate(text.trim_end().len());
        if !text.is_empty() {
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_becomes_text_that_can_be_read() {
        for (html, text) in [
            ("", ""),
            ("Bonjour", "Bonjour\n"),
            (
                "<h1>Bienvenue Zoé !</h1>\n<p>Sur  notre\n plateforme.</p>",
                "Bienvenue Zoé !\n\nSur notre plateforme.\n",
            ),
            ("<p>a</p><p>b</p>", "a\n\nb\n"),
            ("a<br>b<br/><br />c", "a\nb\n\nc\n"),
            ("<div>a</div><div><div>b</div></div>", "a\nb\n"),
            ("<b>a</b><i>b</i> <u>c</u>", "ab c\n"),
            ("<ul><li>a</li><li>b<ol><li>c<li>d</ol></li></ul>e", "- a\n- b\n  1. c\n  2. d\n\ne\n"),
            (
                r#"<a href="https://example.com/x?a=1&amp;b=2">Ouvrir</a>."#,
                "Ouvrir (https://example.com/x?a=1&b=2).\n",
            ),
            (r#"<a href="https://example.com/">https://example.com</a>"#, "https://example.com\n"),
            ("<a href='mailto:a@example.com'>a@example.com</a>", "a@example.com\n"),
            (
                r#"<a href=https://example.com><img src=x.png alt="Notre site"></a>"#,
                "Notre site (https://example.com)\n",
            ),
            (r#"<a href="https://example.com"><img src=x.png></a>"#, "https://example.com\n"),
            (r##"<a href="#top">haut</a> <a href="javascript:x()">x</a>"##, "haut x\n"),
            (
                "<table><tr><th>Titre</th><th>Projet</th></tr><tr><td>A</td><td>B</td></tr></table>",
                "Titre | Projet\nA | B\n",
            ),
            ("<table><tr><td><p>a</p></td></tr></table>", "a\n"),
            (
                "&eacute;t&eacute; &amp; &lt;b&gt; &#233;&#xE9; &nbsp;&euro; &unknown; &",
                "été & <b> éé € &unknown; &\n",
            ),
            ("<style>p { color: red }</style><script>alert('<p>')</script>x", "x\n"),
            ("<head><title>T</title></head><body>x</body>", "x\n"),
            ("<!-- <p>a</p> --><!DOCTYPE html>b<![endif]-->", "b\n"),
            ("1 < 2 <3", "1 < 2 <3\n"),
            ("<pre>a\n  b</pre>c", "a\n  b\n\nc\n"),
            ("a<hr>b", "a\n\n----------\n\nb\n"),
            (r#"<p title="a > b">x</p>"#, "x\n"),
            ("<p", ""),
            ("a<p title=\"", "a\n"),
            ("<script>never", ""),
        ] {
            assert_eq!(of_html(html), text, "{html}");
        }
    }

    #[test]
    fn hostile_html_takes_no_longer_than_its_length() {
        for piece in
            ["<", "<a ", "<a href=\"", "<!--", "<ul><li>", "&#", "<script>", "</", "<p title='", "<br>"]
        {
            let html = piece.repeat(10_000);
            assert!(of_html(&html).len() <= 8 * html.len() + 1, "{piece}");
        }
    }
}
