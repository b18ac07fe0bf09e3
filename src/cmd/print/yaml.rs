//! JSON values as YAML blocks.
//!
//! JSON's scalars are YAML's as well, so digits pass as they are, and text that could be read as anything else stays
//! in its JSON quotes.

use super::Node;
use super::node::quoted;

/// Returns a YAML document, with a line break at the end.
pub(super) fn document(node: &Node) -> String {
    let mut out = String::new();
    write(&mut out, node, 0);
    out
}

/// Writes a node whose first line stands where `out` ends; every further line is indented by `depth`.
fn write(out: &mut String, node: &Node, depth: usize) {
    match node {
        Node::List(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                indent(out, index, depth);
                out.push_str("- ");
                write(out, item, depth + 1);
            }
        }
        Node::Map(entries) if !entries.is_empty() => {
            for (index, (key, value)) in entries.iter().enumerate() {
                indent(out, index, depth);
                out.push_str(&if is_plain(key) { key.clone() } else { quoted(key) });
                out.push(':');
                if is_block(value) {
                    out.push('\n');
                    out.extend(std::iter::repeat_n("  ", depth + 1));
                    write(out, value, depth + 1);
                } else {
                    out.push(' ');
                    write(out, value, depth + 1);
                }
            }
        }
        Node::Scalar(text) => {
            let plain = serde_json::from_str::<String>(text).ok().filter(|text| is_plain(text));
            out.push_str(plain.as_ref().unwrap_or(text));
            out.push('\n');
        }
        empty => {
            out.push_str(&empty.compact());
            out.push('\n');
        }
    }
}

fn is_block(node: &Node) -> bool {
    match node {
        Node::Scalar(_) => false,
        Node::List(items) => !items.is_empty(),
        Node::Map(entries) => !entries.is_empty(),
    }
}

fn indent(out: &mut String, index: usize, depth: usize) {
    if index > 0 {
        out.extend(std::iter::repeat_n("  ", depth));
    }
}

/// Tells whether text means itself without quotes, in every version of YAML.
fn is_plain(text: &str) -> bool {
    const WORDS: &[&str] = &["true", "false", "yes", "no", "on", "off", "null", "y", "n"];
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let harmless = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    begins && text.chars().all(harmless) && !WORDS.contains(&text.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_reads_back_as_the_same_json() {
        let json = r#"{"a":[{"b":1,"c":[1,2,[3]]},{},"yes","a: b","x\ny","- "],"empty":[],"1":null,"price":1.10,"d":{"e":{"f":"g"}}}"#;
        let yaml = document(&Node::parse(json).unwrap());
        let back: serde_json::Value = serde_saphyr::from_str(&yaml).unwrap();
        assert_eq!(back, serde_json::from_str::<serde_json::Value>(json).unwrap(), "{yaml}");
        assert!(yaml.contains("price: 1.10\n"), "{yaml}");
        assert!(yaml.starts_with("a:\n  - b: 1\n    c:\n      - 1\n"), "{yaml}");
    }
}
