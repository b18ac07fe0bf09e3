//! What is refused when a template is read, each with its place and with what to write instead.

use super::*;

fn refused(template: &str) -> String {
    told(&Template::compile(template, Escape::None).unwrap_err())
}

#[test]
fn what_is_not_supported_is_refused_where_it_stands() {
    for (template, expected) in [
        ("a {{define \"x\"}}y{{end}}", "1:3: `define` is not supported: a template is one text of its own"),
        ("{{block \"x\" .}}y{{end}}", "1:1: `block` is not supported: a template is one text of its own"),
        ("\n\n  {{template \"x\" .}}", "3:3: `template` is not supported: a template is one text of its own"),
        ("{{call .f 1}}", "1:3: `call` is not supported here = a mail runs nothing"),
        ("{{js .x}}", "1:3: `js` is not supported here"),
        (
            "{{upper .x}}",
            "1:3: `upper` is not supported here = have the query make the text, such as UPPER(name)",
        ),
        ("{{.x | default \"y\"}}", "1:8: `default` is not supported here = write `{{or .a \"otherwise\"}}`"),
        ("{{majuscules .x}}", "1:3: there is no function `majuscules` = the functions are and, or,"),
        ("{{Name}}", "1:3: there is no function `Name` = a variable begins with a dot: `{{.Name}}`"),
        (
            "{{.Created.Format \"2006\"}}",
            "1:3: `.Created.Format` is given arguments, and methods cannot be called here = the data has values only",
        ),
        ("é{{.Name \"x\"}}", "1:4: `.Name` is given arguments"),
        ("{{\"a\" 1}}", "1:3: `\"a\"` is no function and takes no arguments"),
        ("{{.a | .b}}", "1:8: `.b` is no function, and only one can stand after `|`"),
        ("{{$x}}", "1:3: there is no variable `$x` here = make it with `{{$x := …}}`"),
        ("{{if .a}}{{$x := 1}}{{end}}{{$x}}", "1:30: there is no variable `$x` here"),
        ("{{range $i, $x := .a}}{{else}}{{$x}}{{end}}", "1:33: there is no variable `$x` here"),
        ("{{$x = 1}}", "1:3: there is no variable `$x` here"),
        ("{{$ := 1}}", "1:3: `$` is the data as a whole and cannot be changed"),
        ("{{$a, $b := .x}}", "1:5: only `range` gives two variables"),
    ] {
        let found = refused(template);
        assert!(found.starts_with(expected) && !found.contains('\n'), "{template}: {found}");
    }
}

#[test]
fn slips_are_told_with_what_to_write_instead() {
    for (template, expected) in [
        (
            "{{.user-name}}",
            "1:8: `-` cannot stand here = a name with `-` in it is reached by `index . \"the-name\"`",
        ),
        ("{{#if x}}y", "1:3: `#` cannot stand here = this is how Handlebars writes it"),
        ("{{{x}}}", "1:3: `{` cannot stand here = two braces are enough"),
        ("{{if .a == 1}}{{end}}", "1:9: `=` cannot stand here = compare with `eq .a .b`"),
        ("{{if .a && .b}}{{end}}", "1:9: `&` cannot stand here = say `and .a .b`"),
        ("{{if .a || .b}}{{end}}", "1:9: `|` cannot stand here = say `or .a .b`"),
        ("{{if !.a}}{{end}}", "1:6: `!` cannot stand here"),
        ("{{if .a > 1}}{{end}}", "1:9: `>` cannot stand here = compare with `lt`, `le`, `gt` or `ge`"),
        ("{{.a + 1}}", "1:6: `+` cannot stand here = a template does not calculate"),
        ("{{.a[0]}}", "1:5: `[` cannot stand here = an item of a list is `index .list 0`"),
        ("{{..}}", "1:3: `..` means nothing"),
        ("{{\"abc}}", "1:3: the quote that opens here is not closed on its line"),
        ("{{\"a\\qb\"}}", "1:5: this escape means nothing"),
        ("{{`abc}}", "1:3: the backquote that opens here is never closed"),
        ("{{'ab'}}", "1:3: between these quotes stands one character"),
        ("{{12ab}}", "1:3: `12ab` is no number"),
        ("{{99999999999999999999}}", "1:3: `99999999999999999999` is no number"),
        ("{{}}", "1:3: this action is empty"),
        ("{{if}}x{{end}}", "1:5: `if` needs a value, such as `{{if .Name}}`"),
        ("{{range}}x{{end}}", "1:8: `range` needs a value"),
        ("{{$x := }}", "1:9: the value is missing"),
        ("{{.a | }}", "1:8: a value is missing here"),
        ("{{(.a}}", "1:3: this `(` is never closed"),
        ("{{.a)}}", "1:5: this `)` closes nothing"),
        ("{{.a,.b}}", "1:5: `,` is out of place here"),
        ("{{\"a\".b}}", "1:6: `.b` is out of place here"),
        ("{{eq .a}}", "1:3: `eq` takes 2 arguments or more, found 1 = such as `eq .status"),
        ("{{len}}", "1:3: `len` takes 1 argument, found 0"),
        ("{{lt 1 2 3}}", "1:3: `lt` takes 2 arguments, found 3"),
        (
            "{{eq .a len .b}}",
            "1:9: `len` is an argument of `eq` here = put a call within a call in parentheses: `(len …)`",
        ),
        (
            "{{eq .a open}}",
            "1:9: `open` is no value = a variable begins with a dot, `.open`, and a text stands in quotes, `\"open\"`",
        ),
        ("{{printf \"%s %s\" .a}}", "1:10: the format wants 2 values, and is given 1 value"),
        ("{{.a | printf \"x\"}}", "1:15: the format wants 0 values, and is given 1 value"),
        ("{{printf \"%y\" .a}}", "1:10: `%y` is no format here"),
        ("{{printf \"%\"}}", "1:10: the format ends in the middle of a `%`"),
        ("{{printf \"%9999d\" 1}}", "1:10: the format pads to more than 1000 characters"),
        ("{{if .a}}x", "1:1: this `{{if}}` is never closed = put `{{end}}` where it ends"),
        ("{{range .a}}{{if .b}}x{{end}}", "1:1: this `{{range}}` is never closed"),
        ("x{{end}}", "1:2: this `{{end}}` closes nothing"),
        ("x{{else}}", "1:2: this `{{else}}` belongs to no `if`, `with` or `range`"),
        ("{{if .a}}{{else}}{{else}}{{end}}", "1:18: this block has an `{{else}}` already"),
        ("{{if .a}}{{else .b}}{{end}}", "1:17: nothing can stand after `else`"),
        ("{{if .a}}{{end .b}}", "1:16: nothing can stand after `end`"),
        ("{{break}}", "1:1: `{{break}}` stands outside of any `range`"),
        ("{{range .a}}{{else}}{{continue}}{{end}}", "1:21: `{{continue}}` stands outside of any `range`"),
        ("a {{.b", "1:3: this `{{` is never closed"),
        ("{{.a}} {{", "1:8: this `{{` is never closed"),
        ("{{/* x", "1:1: this comment is never closed"),
        ("{{/* x */ .a}}", "1:10: after a comment its action has to end"),
    ] {
        let found = refused(template);
        assert!(found.starts_with(expected) && !found.contains('\n'), "{template}: {found}");
    }
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let found = refused("{{.a-b}}\n{{if upper .x}}\n{{$y}}{{else}}{{.c.d 1}}{{end}}\n{{end}}{{\"x");
    let places: Vec<&str> = found.lines().map(|line| line.split(": ").next().unwrap()).collect();
    assert_eq!(places, ["1:5", "2:6", "3:3", "3:17", "4:1", "4:10"], "{found}");
}

#[test]
fn values_that_do_not_fit_are_told_when_rendering() {
    let data = r#"{"n": 3, "t": "x", "l": [1], "m": {"a": 1}, "h": 0.5, "b": true}"#;
    for (template, expected) in [
        ("{{eq .n \"3\"}}", "1:3: `eq` cannot compare a number with a text"),
        ("{{eq .l .l}}", "1:3: `eq` cannot compare a list"),
        ("{{lt .n .t}}", "1:3: `lt` cannot order a number and a text"),
        ("{{lt .b .b}}", "1:3: `lt` cannot order true or false and true or false"),
        ("{{len .n}}", "1:3: `len` counts a text, a list or a map, and it is a number"),
        ("{{index .l 1}}", "1:3: `index` reaches for 1 of 1"),
        ("{{index .l -1}}", "1:3: `index` reaches for -1 of 1"),
        ("{{index .l \"a\"}}", "1:3: `index` cannot look up a text in a list"),
        ("{{index .n 0}}", "1:3: `index` cannot look up a number in a number"),
        ("{{slice .l 1 0}}", "1:3: `slice` cannot cut from 1 to 0"),
        ("{{slice \"é\" 1}}", "1:3: `slice` would cut a letter"),
        ("{{range .t}}{{end}}", "1:9: `range` goes through a list or a map, and it is a text"),
        ("{{printf \"%d\" .t}}", "1:3: `printf` `%d` prints a whole number, and it is a text"),
        ("{{printf \"%d\" .h}}", "1:3: `printf` `%d` prints whole numbers, and it is 0.5"),
        ("{{printf \"%.1f\" .t}}", "1:3: `printf` `%f` prints a number, and it is a text"),
        ("{{printf .t .n}}", "1:3: `printf` the format wants 0 values"),
        ("{{.t.x}}", "1:3: the data has no `.t.x`"),
    ] {
        let found = text(template, data).unwrap_err();
        assert!(found.starts_with(expected), "{template}: {found}");
    }
}
