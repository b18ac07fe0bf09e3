//! Templates and data that nobody writes in good faith.

use proptest::prelude::*;

use super::*;
use crate::template::{MAX_DEPTH, MAX_OUTPUT_BYTES};

#[test]
fn depth_is_bounded() {
    let nested = |depth: usize| format!("{}x{}", "{{if .a}}".repeat(depth), "{{end}}".repeat(depth));
    assert_eq!(text(&nested(MAX_DEPTH), r#"{"a": 1}"#).unwrap(), "x");
    assert!(text(&nested(MAX_DEPTH + 1), "{}").unwrap_err().contains("blocks are nested more than 32 deep"));
    assert!(text(&nested(100_000), "{}").is_err());
    assert!(text(&"{{define \"x\"}}".repeat(100_000), "{}").is_err());
    let chain = format!("{{{{if .a}}}}{}{{{{end}}}}", "{{else if .a}}".repeat(10_000));
    assert_eq!(text(&chain, r#"{"a": 0}"#).unwrap(), "");
    let elses = format!("{{{{if .a}}}}{}{{{{end}}}}", "{{else}}".repeat(10_000));
    assert!(text(&elses, "{}").unwrap_err().contains("has an `{{else}}` already"));
    let brackets = |depth: usize| format!("{{{{{}1{}}}}}", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(text(&brackets(MAX_DEPTH), "{}").unwrap(), "1");
    assert!(text(&brackets(100_000), "{}").is_err());
    let pipes = |count: usize| format!("{{{{.a{}}}}}", " | print".repeat(count));
    assert_eq!(text(&pipes(MAX_DEPTH), r#"{"a": 1}"#).unwrap(), "1");
    assert!(text(&pipes(100_000), "{}").is_err());
    assert!(serde_json::from_str::<Data>(&format!("{}1{}", "[".repeat(100), "]".repeat(100))).is_err());
}

#[test]
fn output_is_bounded() {
    let doubling = "{{$x := \"0123456789\"}}{{range 60}}{{$x = print $x $x}}{{end}}{{len $x}}";
    assert!(text(doubling, "{}").unwrap_err().contains("`print` yields more than 4 MiB"));
    assert!(text("{{range 9999999}}0123456789{{end}}", "{}").unwrap_err().contains("grows beyond 4 MiB"));
    assert!(text("{{range 999999999999}}{{end}}", "{}").unwrap_err().contains("does not come to an end"));
    let nearly = format!("{{{{range {}}}}}x{{{{end}}}}", 1_000_000);
    assert!(text(&nearly, "{}").unwrap().len() < MAX_OUTPUT_BYTES);
}

#[test]
fn work_is_bounded() {
    let rows = format!("[{}]", vec![r#"{"a": "x"}"#; 5000].join(","));
    let data = format!(r#"{{"rows": {rows}, "big": "{}"}}"#, "x".repeat(1 << 20));
    for template in [
        "{{$all := slice .rows 0}}{{range .rows}}{{len $all}}{{end}}",
        "{{range 1000000}}{{if eq (len $.big) 1}}{{end}}{{end}}",
        "{{range 1000000}}{{if urlquery $.big | not}}{{end}}{{end}}",
        "{{$x := print .big .big}}{{range 1000000}}{{if $x}}{{end}}{{end}}",
        "{{range .rows}}{{range $.rows}}{{end}}{{end}}",
    ] {
        assert!(text(template, &data).unwrap_err().contains("does not come to an end"), "{template}");
    }
}

fn numbered(action: impl Fn(u32) -> String) -> String {
    (0..60_000).map(action).collect::<Vec<_>>().concat()
}

#[test]
fn long_templates_are_read_in_a_moment() {
    let start = std::time::Instant::now();
    for source in [
        "{{upper .x}}".repeat(80_000),
        "{{.a-b}}".repeat(100_000),
        "{{end}}".repeat(100_000),
        "<a {{.x}}>".repeat(80_000),
        numbered(|number| format!("{{{{.a{number}}}}}")),
        numbered(|number| format!("{{{{$a{number} := 1}}}}{{{{$a{number}}}}}")),
        format!("<{}{}", "a".repeat(400_000), "{{if .a}}{{end}}".repeat(30_000)),
        format!("<a href=\"{}", "{{if .a}}?{{end}}".repeat(30_000)),
    ] {
        match Template::compile(&source, Escape::Html) {
            Ok(template) => _ = template.variables(),
            Err(faults) => assert!(faults.len() < 50, "{}", faults.len()),
        }
    }
    // They take seconds, on a busy machine too; what grows with the square takes more than this.
    assert!(start.elapsed() < std::time::Duration::from_secs(300), "{:?}", start.elapsed());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn no_text_brings_it_down(source in "[{}\\-.$a-c\"`'()|:=,/* \n<>é0-9%]{0,60}") {
        survive(&source);
    }

    #[test]
    fn no_sequence_of_words_brings_it_down(words in proptest::collection::vec(word(), 0..24)) {
        survive(&words.concat());
    }
}

fn survive(source: &str) {
    let data: Data =
        serde_json::from_str(r#"{"a": [1, "x", {"b": null}], "b": "<é", "c": {"a": 1.5}}"#).unwrap();
    for escape in [Escape::None, Escape::Html] {
        match Template::compile(source, escape) {
            Ok(template) => {
                template.variables();
                for missing in [Missing::Error, Missing::Empty] {
                    if let Ok(text) = template.render(&data, missing) {
                        assert!(!text.contains("<no value>"));
                    }
                }
            }
            Err(faults) => {
                assert!(!faults.is_empty());
                assert!(
                    faults
                        .iter()
                        .all(|fault| fault.offset <= source.len() && source.is_char_boundary(fault.offset))
                );
            }
        }
    }
}

fn word() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "{{",
        "}}",
        "{{- ",
        " -}}",
        "{{if .a}}",
        "{{else}}",
        "{{else if .b}}",
        "{{end}}",
        "{{range .a}}",
        "{{range $i, $x := .a}}",
        "{{with .c}}",
        "{{$x}}",
        "{{$x := .b}}",
        "{{$x = .c}}",
        "{{break}}",
        "{{continue}}",
        "{{.a}}",
        "{{.b | html}}",
        "{{index .a 1}}",
        "{{printf \"%5d\" .b}}",
        "{{len .a}}",
        "{{define \"x\"}}",
        "<a href=\"",
        "\"",
        ">",
        "<p ",
        "<script>",
        "</script>",
        "<!--",
        "-->",
        "style='",
        "'",
        "?",
        "é",
        " ",
        "\n",
        ".a",
        "(",
        ")",
        "|",
        "eq",
        "1",
    ])
}
