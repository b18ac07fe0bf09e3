//! What a client would rather have: the weighted lists of `Accept`, `Accept-Encoding` and `Accept-Language`.

use hyper::header::{HeaderMap, HeaderName};

/// Returns the ranges of such a list with their weights in thousandths. A weight that cannot be read counts as 0: not
/// wanted.
pub(super) fn ranges<'h>(headers: &'h HeaderMap, name: &HeaderName) -> impl Iterator<Item = (&'h str, u16)> {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).filter_map(|item| {
        let mut parts = item.split(';').map(str::trim);
        let range = parts.next().filter(|range| !range.is_empty())?;
        Some((range, weight(parts).unwrap_or(0)))
    })
}

/// Reads the weight among the parameters of a range; a range without one weighs 1000.
fn weight<'a>(parameters: impl Iterator<Item = &'a str>) -> Option<u16> {
    for parameter in parameters {
        let (name, value) = parameter.split_once('=')?;
        if name.eq_ignore_ascii_case("q") {
            return per_mille(value);
        }
    }
    Some(1000)
}

/// Reads `0.8` as 800.
fn per_mille(digits: &str) -> Option<u16> {
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let is_part = part.len() <= 3 && part.bytes().all(|digit| digit.is_ascii_digit());
    let part: u16 = format!("{part:0<3}").parse().ok().filter(|_| is_part)?;
    match whole {
        "0" => Some(part),
        "1" if part == 0 => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use hyper::header::ACCEPT;

    use super::*;

    #[test]
    fn ranges_have_weights() {
        for (header, expected) in [
            ("", &[][..]),
            ("a", &[("a", 1000)]),
            ("a;q=0.5, b ; Q=1.000,c;q=0", &[("a", 500), ("b", 1000), ("c", 0)]),
            ("a;level=1;q=0.25", &[("a", 250)]),
            ("a;q=0.001", &[("a", 1)]),
            (
                "a;q=2, b;q=, c;q=0.1234, d;x, e;q=1.5, f;q=+1, g;q=0.-1",
                &[("a", 0), ("b", 0), ("c", 0), ("d", 0), ("e", 0), ("f", 0), ("g", 0)],
            ),
            (",, ;q=1", &[]),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, header.parse().unwrap());
            assert_eq!(ranges(&headers, &ACCEPT).collect::<Vec<_>>(), expected, "{header}");
        }
    }
}
