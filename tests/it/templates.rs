//! E-mail templates through `sogo check`: what is wrong with them is told at its place in the YAML file, however the text is
//! written there.

use serde_json::Value;

use crate::harness::{Engine, Installation};

const FILE: &str = "config/apps/prokov/emails/wrong.yaml";

/// What a template's file holds, and what is told of it: places and words of the messages.
const CASES: &[(&str, &[(&str, &str)])] = &[
    ("subject: a {{.b-c}}\nbody: x\n", &[("1:16", "`-` cannot stand here")]),
    ("subject: \"é {{upper .a}}\"\nbody: x\n", &[("1:15", "`upper` is not supported here")]),
    ("subject: 'l''été {{call .a}}'\nbody: x\n", &[("1:20", "`call` is not supported here")]),
    ("subject: \"\\\"a\\\" \\u00e9 {{call .a}}\"\nbody: x\n", &[("1:26", "`call`")]),
    ("subject: \"a\\tb\\n\"\nbody: \"x\\n{{end}}\"\n", &[("2:11", "`{{end}}` closes nothing")]),
    (
        "subject: x\nbody: |\n  Bonjour {{.Name}},\n\n    {{if .a}}\n  {{$x}}\n",
        &[("5:5", "`{{if}}` is never closed"), ("6:5", "no variable `$x`")],
    ),
    ("subject: x\nbody: |2\n\n    {{template \"x\"}}\n", &[("4:5", "`template` is not supported")]),
    ("subject: x\nbody: >\n  Bonjour\n  {{.Name}}\n\n  {{len}}\n", &[("6:5", "`len` takes 1 argument")]),
    ("subject: x\nbody: >-\n  Bonjour {{printf\n  \"%d %d\" .a}}\n", &[("4:3", "the format wants 2 values")]),
    ("subject: x\nbody: un\n  deux {{.a\n  .b}}\n", &[("3:10", "methods cannot be called")]),
    (
        "subject: x\nbody_html: |\n  <a href={{.url}}>x</a>\n  <script>{{.x}}</script>\n",
        &[("3:13", "without quotes"), ("4:13", "in a script")],
    ),
    ("subject: |\n  a\n  b {{.c}}\nbody: x\n", &[("3:3", "a subject is one line")]),
];

#[tokio::test]
async fn each_fault_of_a_template_is_told_at_its_place_in_the_file() {
    for (text, expected) in CASES {
        let installation = Installation::new(Engine::Sqlite).await;
        installation.write(FILE, text);
        let check = installation.sogo(&["check", "-o", "json"]);
        assert_eq!(check.code, 9, "{text}\n{}", check.stdout);
        let problems = check.json();
        let problems = problems.as_array().unwrap();
        let told: Vec<String> = (problems.iter())
            .map(|problem| format!("{}:{} {}", problem["line"], problem["column"], problem["message"]))
            .collect();
        assert_eq!(told.len(), expected.len(), "{text}\n{told:#?}");
        for (said, (place, words)) in told.iter().zip(*expected) {
            assert!(
                said.starts_with(&format!("{place} ")) && said.contains(words),
                "{place} {words}: {said}"
            );
        }
    }
}

#[tokio::test]
async fn a_fault_is_shown_with_its_line_and_what_to_write_instead() {
    let installation = Installation::new(Engine::Sqlite).await;
    installation.write(FILE, "subject: x\nbody: |\n  Le {{.Date.Format \"02/01/2006\"}}\n");
    let said = installation.sogo(&["check"]).stdout;
    for words in [
        "emails/wrong.yaml:3:8: error: `.Date.Format` is given arguments",
        "  |   Le {{.Date.Format",
        "  |        ^",
        "DATE_FORMAT",
    ] {
        assert!(said.contains(words), "{words}\n{said}");
    }
}

#[tokio::test]
async fn the_templates_of_the_sample_are_right() {
    let installation = Installation::new(Engine::Sqlite).await;
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/config/apps/prokov/emails");
    for name in ["welcome.yaml", "tasks_today.yaml"] {
        let text = std::fs::read_to_string(format!("{sample}/{name}")).unwrap();
        installation.write(&format!("config/apps/prokov/emails/{name}"), &text);
    }
    let check = installation.sogo(&["check", "-o", "json"]).ok();
    assert_eq!(check.json(), Value::Array(Vec::new()));
}
