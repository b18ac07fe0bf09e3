//! `hosts:` of `app.yaml`.

use std::net::IpAddr;

use crate::config::problem::Problem;
use crate::config::source::Sourced;
use crate::config::yaml::{Fields, Node};

/// Reads the hosts, made comparable: lower-case, without a final dot, IPv6 addresses without brackets.
pub(super) fn read(fields: &mut Fields<'_>) -> Vec<Sourced<String>> {
    let texts = fields.texts("hosts");
    let mut hosts: Vec<Sourced<String>> = Vec::new();
    if texts.is_empty() && fields.node("hosts").is_some_and(Node::is_empty_list) {
        fields.report.error(fields.key_at("hosts"), "`hosts` is empty, so nothing would reach the app");
    }
    for text in texts {
        let host = normal(&text.value);
        if let Some(first) = hosts.iter().find(|known| known.value == host) {
            let message = format!("the host `{host}` is listed twice, first on line {}", first.at.line);
            fields.report.error(&text.at, message);
        } else if is_host(&host) {
            hosts.push(Sourced::new(host, text.at));
        } else {
            let problem =
                Problem::error(&text.at, format!("`{}` is no host name and no address", text.value));
            fields.report.add(problem.hint(advice(&text.value)));
        }
    }
    hosts
}

fn normal(text: &str) -> String {
    let text = text.strip_suffix('.').unwrap_or(text);
    let inner = text.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(text);
    match inner.parse::<IpAddr>() {
        Ok(address) => address.to_string(),
        Err(_) => text.to_ascii_lowercase(),
    }
}

/// Tells whether it is a host name or an IP address, without port and brackets.
pub fn is_host(text: &str) -> bool {
    const LONGEST: usize = 253;
    const LONGEST_LABEL: usize = 63;
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= LONGEST_LABEL
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    // A name whose last part is a number is an address that went wrong: `10.0.0.300`.
    let numeric_end =
        text.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
    text.parse::<IpAddr>().is_ok() || (text.len() <= LONGEST && !numeric_end && text.split('.').all(label))
}

fn advice(text: &str) -> &'static str {
    if text.contains("://") || text.contains('/') {
        "write the host name alone, without `https://` and without a path"
    } else if text.contains('*') {
        "list every host name by itself; there is no `*` here"
    } else if text.contains(':') {
        "write it without the port; the gateway's port is `gateway.listen` in sogoms.yaml"
    } else if !text.is_ascii() {
        "write an international name in its ASCII form (`xn--…`)"
    } else {
        "a host name has letters, digits and `-` in parts parted by dots, such as `app.example.com`"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_names_or_addresses() {
        for (text, expected) in [
            ("prokov.example.com", true),
            ("localhost", true),
            ("a_b.example.com", true),
            ("127.0.0.1", true),
            ("2001:db8::1", true),
            ("xn--bcher-kva.example", true),
            ("", false),
            ("a..b", false),
            ("-a.example.com", false),
            ("10.0.0.300", false),
            ("example.com:8080", false),
            ("*.example.com", false),
            ("bücher.example", false),
            ("exa mple.com", false),
        ] {
            assert_eq!(is_host(text), expected, "{text}");
        }
    }

    #[test]
    fn hosts_are_compared_in_one_form() {
        for (text, expected) in [
            ("Prokov.Example.COM.", "prokov.example.com"),
            ("[2001:DB8:0::1]", "2001:db8::1"),
            ("127.0.0.1", "127.0.0.1"),
        ] {
            assert_eq!(normal(text), expected);
        }
    }
}
