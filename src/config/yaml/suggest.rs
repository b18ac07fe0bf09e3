//! 'Did you mean'.

/// Returns the candidate a person most likely meant; `None` when none is near, and for a word of more than 64 bytes: the
/// comparison takes time and memory by its length, and it may come from anybody.
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const LONGEST: usize = 64;
    if LONGEST < word.len() {
        return None;
    }
    let word = word.to_lowercase();
    // In a short word every letter counts: `b` was not meant for `a`.
    let allowed = match word.chars().count() {
        0..=2 => 0,
        3..=5 => 1,
        letters => letters / 3,
    };
    candidates
        .into_iter()
        .map(|candidate| (distance(&word, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Returns how many letters are wrong; one when only the end of the word is missing (`password` for `password_file`).
fn distance(word: &str, candidate: &str) -> usize {
    if 4 <= word.len() && word.len() < candidate.len() && candidate.starts_with(word) {
        1
    } else {
        strsim::damerau_levenshtein(word, candidate)
    }
}

/// Returns the hint for a word that is not among the candidates: the nearest one, else all of them.
pub(in crate::config) fn one_of<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str> + Clone,
) -> Option<String> {
    if let Some(near) = closest(word, candidates.clone()) {
        return Some(format!("did you mean `{near}`?"));
    }
    let all: Vec<String> = candidates.into_iter().map(|candidate| format!("`{candidate}`")).collect();
    (!all.is_empty()).then(|| format!("known here: {}", all.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_word_is_not_compared() {
        let long = "x".repeat(64);
        assert_eq!(closest(&long, [&*long]), Some(&*long));
        let longer = "x".repeat(1 << 20);
        assert_eq!(closest(&longer, [&*longer]), None);
    }

    #[test]
    fn the_nearest_word_is_suggested() {
        let keys = ["hosts", "host", "database", "base_path", "password_file"];
        for (word, expected) in [
            ("hostss", Some("hosts")),
            ("Host", Some("host")),
            ("databse", Some("database")),
            ("basepath", Some("base_path")),
            ("password", Some("password_file")),
            ("ho", None),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(closest(word, keys), expected, "{word}");
        }
    }
}
