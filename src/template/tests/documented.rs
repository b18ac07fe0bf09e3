//! The table of docs/MAIL.md.

use super::text;

const PAGE: &str = include_str!("../../../docs/MAIL.md");

#[test]
fn the_constructs_of_the_manual_do_what_it_says() {
    let (_, after) = PAGE.split_once("<!-- data -->\n```json\n").unwrap();
    let (data, _) = after.split_once("```").unwrap();
    let (_, after) = PAGE.split_once("<!-- constructs -->\n").unwrap();
    let (table, _) = after.split_once("<!-- end -->").unwrap();
    let rows: Vec<&str> = table.lines().skip(2).collect();
    assert!(20 < rows.len());
    for row in rows {
        let (template, yields) = row.split_once("` | `").unwrap();
        let template = template.strip_prefix("| `").unwrap().replace("\\|", "|");
        let yields = yields.strip_suffix("` |").unwrap().replace('⏎', "\n");
        assert_eq!(text(&template, data), Ok(yields), "{template}");
    }
}
