//! What differs between two texts, line by line. Pure.

use std::fmt::Write as _;

/// Returns the lines that went (`-`) and came (`+`) between the first and the last difference, under the line where they
/// begin in the old text; `None` when nothing differs.
pub(super) fn difference(old: &str, new: &str) -> Option<String> {
    if old == new {
        return None;
    }
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let same_head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let tails = old[same_head..].iter().rev().zip(new[same_head..].iter().rev());
    let same_tail = tails.take_while(|(a, b)| a == b).count();
    let mut text = format!("@@ line {} @@\n", same_head + 1);
    for line in &old[same_head..old.len() - same_tail] {
        let _ = writeln!(text, "-{line}");
    }
    for line in &new[same_head..new.len() - same_tail] {
        let _ = writeln!(text, "+{line}");
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_and_went_is_told() {
        for (old, new, expected) in [
            ("a\nb\n", "a\nb\n", None),
            ("# x\na\n", "# x\napp: y\na\n", Some("@@ line 2 @@\n+app: y\n")),
            ("a\nb\nc\n", "a\nc\n", Some("@@ line 2 @@\n-b\n")),
            ("a\nb\n", "a\nx\n", Some("@@ line 2 @@\n-b\n+x\n")),
            ("", "a\n", Some("@@ line 1 @@\n+a\n")),
            ("a\na\n", "a\n", Some("@@ line 2 @@\n-a\n")),
        ] {
            assert_eq!(difference(old, new).as_deref(), expected, "{old:?} {new:?}");
        }
    }
}
