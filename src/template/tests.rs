//! Templates as people write them, and what comes of them.

mod bounds;
mod constructs;
mod documented;
mod html;
mod refused;

use super::{Data, Escape, Fault, Missing, Template};

/// Renders a text template with JSON.
fn text(template: &str, json: &str) -> Result<String, String> {
    rendered(template, json, Escape::None, Missing::Error)
}

fn rendered(template: &str, json: &str, escape: Escape, missing: Missing) -> Result<String, String> {
    let data: Data = serde_json::from_str(json).unwrap();
    let template = Template::compile(template, escape).map_err(|faults| told(&faults))?;
    template.render(&data, missing).map_err(|fault| told(&[fault]))
}

/// Puts faults on lines: `line:column: message = hint`.
fn told(faults: &[Fault]) -> String {
    let lines = faults.iter().map(|fault| match &fault.hint {
        Some(hint) => format!("{fault} = {hint}"),
        None => fault.to_string(),
    });
    lines.collect::<Vec<_>>().join("\n")
}
