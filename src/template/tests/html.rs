//! Values in the HTML part.

use super::*;

fn html(template: &str, json: &str) -> Result<String, String> {
    rendered(template, json, Escape::Html, Missing::Error)
}

#[test]
fn values_are_escaped_for_their_place() {
    let data = r##"{
        "name": "<script>alert(1)</script>", "quote": "\"a\" 'b' & c", "mail": "a+b@example.com", "blank": "x y/z?é",
        "site": "https://example.com/a b?x=1&y='2'", "bad": "javascript:alert(1)", "sly": " JaVa\tscript:x", "data": "data:text/html,x",
        "path": "/liste/3", "colour": "#ff0000", "evil": "red;background:url(x)", "yes": true, "list": ["a<", "b>"]
    }"##;
    for (template, expected) in [
        ("<p>{{.name}}</p>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("<p title=\"{{.quote}}\">", "<p title=\"&#34;a&#34; &#39;b&#39; &amp; c\">"),
        ("<p title='{{.quote}}'>", "<p title='&#34;a&#34; &#39;b&#39; &amp; c'>"),
        (
            "{{html .quote}} {{.quote | html}}",
            "&#34;a&#34; &#39;b&#39; &amp; c &#34;a&#34; &#39;b&#39; &amp; c",
        ),
        ("<p>{{\"<br>\"}}{{printf \"<%s>\" .path}}", "<p>&lt;br&gt;&lt;/liste/3&gt;"),
        ("<a href=\"{{.site}}\">", "<a href=\"https://example.com/a%20b?x=1&amp;y=%272%27\">"),
        ("<a href=\"{{.path}}\">", "<a href=\"/liste/3\">"),
        (
            "<a href=\"{{.bad}}\"><a href='{{.sly}}'><a HREF = \"{{.data}}\">",
            "<a href=\"#\"><a href='#'><a HREF = \"#\">",
        ),
        ("<img src=\"{{.bad}}\">", "<img src=\"#\">"),
        ("<a href=\"https://example.com/{{.blank}}\">", "<a href=\"https://example.com/x%20y/z?%C3%A9\">"),
        (
            "<a href=\"https://example.com/?m={{.mail}}&q={{.blank}}#{{.mail}}\">",
            "<a href=\"https://example.com/?m=a%2Bb%40example.com&q=x%20y%2Fz%3F%C3%A9#a%2Bb%40example.com\">",
        ),
        ("<a href=\"?m={{.mail | urlquery}}\">", "<a href=\"?m=a%252Bb%2540example.com\">"),
        ("<a href=\"mailto:{{.mail}}\">", "<a href=\"mailto:a+b@example.com\">"),
        (
            "<a href=\"{{if .yes}}https://a.example/{{else}}https://b.example/{{end}}{{.path}}\">",
            "<a href=\"https://a.example//liste/3\">",
        ),
        (
            "<p style=\"color: {{.colour}}; width: {{len .list}}px\">",
            "<p style=\"color: #ff0000; width: 2px\">",
        ),
        ("<p style=\"color: {{.evil}}\">", "<p style=\"color: \">"),
        ("<option {{if .yes}}selected{{end}} value=\"{{.path}}\">", "<option selected value=\"/liste/3\">"),
        (
            "<tr{{if .yes}} class=\"x\"{{end}}><td>{{.name}}",
            "<tr class=\"x\"><td>&lt;script&gt;alert(1)&lt;/script&gt;",
        ),
        (
            "<ul>{{range .list}}<li>{{.}}</li>{{else}}<li>-</li>{{end}}</ul>",
            "<ul><li>a&lt;</li><li>b&gt;</li></ul>",
        ),
        (
            "<style>p > a { color: red }</style><p>{{.name}}</p>",
            "<style>p > a { color: red }</style><p>&lt;script&gt;alert(1)&lt;/script&gt;</p>",
        ),
        ("<script>if (a < b) {}</script>{{.path}}", "<script>if (a < b) {}</script>/liste/3"),
        (
            "<!DOCTYPE html><!-- {{.quote}} --><br/>{{.path}}",
            "<!DOCTYPE html><!-- &#34;a&#34; &#39;b&#39; &amp; c --><br/>/liste/3",
        ),
        (
            "<!--[if mso]><a href=\"{{.bad}}\"><![endif]-->{{.path}}<!--[if !mso]><!-->{{.path}}<!--<![endif]-->{{.path}}",
            "<!--[if mso]><a href=\"#\"><![endif]-->/liste/3<!--[if !mso]><!-->/liste/3<!--<![endif]-->/liste/3",
        ),
        ("1 < 2 {{.path}} a<b>{{.path}}", "1 < 2 /liste/3 a<b>/liste/3"),
        ("<td bgcolor=red>{{.path}}", "<td bgcolor=red>/liste/3"),
    ] {
        assert_eq!(html(template, data).as_deref(), Ok(expected), "{template}");
    }
}

#[test]
fn places_that_nothing_makes_safe_are_refused() {
    for (template, expected) in [
        ("<script>var x = {{.x}}</script>", "1:19: a value cannot stand in a script"),
        ("<style>p { color: {{.x}} }</style>", "1:21: a value cannot stand in a `<style>` element"),
        ("<a onclick=\"f('{{.x}}')\">", "1:18: a value cannot stand in a script"),
        (
            "<a href={{.x}}>",
            "1:11: a value cannot stand in an attribute without quotes = put the attribute's value in quotes",
        ),
        ("<td width=1{{.x}}>", "1:14: a value cannot stand in an attribute without quotes"),
        ("<a {{.x}}>", "1:6: a value cannot be the name of an element or an attribute"),
        ("<{{.x}}>", "1:4: a value cannot be the name of an element or an attribute"),
        ("<h{{.x}}>", "1:5: a value cannot be the name of an element or an attribute"),
        ("<!DOCTYPE {{.x}}>", "1:13: a value cannot stand in `<!…>`"),
        ("{{if .x}}<a href=\"{{end}}y\">", "1:1: the branches of this end in different places of the HTML"),
        ("{{range .x}}<a href=\"{{end}}", "1:1: this loop ends in another place of the HTML"),
        (
            "<a href=\"/{{if .x}}?a=1{{end}}{{.y}}\">",
            "1:33: whether this stands before or behind the `?` of the link depends",
        ),
    ] {
        let found = html(template, "{}").unwrap_err();
        assert!(found.starts_with(expected), "{template}: {found}");
    }
}
