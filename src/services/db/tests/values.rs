//! Values there and back.

use super::on_both;
use super::place::{Place, write_app};
use crate::services::db::api::Introspect;

const TYPES: &str = "
    CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, b BIGINT, u BIGINT UNSIGNED, d DECIMAL(10,2), f DOUBLE,
        x VARCHAR(100), w DATE, m DATETIME(6), c TIME, j JSON, n BLOB, o BOOLEAN);
";

on_both! { TYPES,
    async fn values_come_back_as_they_went(place: &Place) {
        let cases = [
            ("b", "-9223372036854775808", "-9223372036854775808"),
            ("b", "9223372036854775807", "9223372036854775807"),
            ("d", "1.10", "1.10"),
            ("d", "-0.05", "-0.05"),
            ("d", "7", "7.00"),
            ("d", "12345678.90", "12345678.90"),
            ("f", "0.1", "0.1"),
            ("f", "1e300", "1e300"),
            ("f", "2", "2"),
            ("x", r#""é\u0000\"\\ 😀""#, r#""é\u0000\"\\ 😀""#),
            ("x", r#""1 or 1=1""#, r#""1 or 1=1""#),
            ("x", r#""""#, r#""""#),
            ("w", r#""2024-02-29""#, r#""2024-02-29""#),
            ("m", r#""2024-02-29 23:59:59""#, r#""2024-02-29T23:59:59""#),
            ("m", r#""2024-02-29 23:59:59.000010""#, r#""2024-02-29T23:59:59.000010""#),
            ("c", r#""08:05:00""#, r#""08:05:00""#),
            ("j", r#""{\"a\": [1.10, null]}""#, r#"{"a": [1.10, null]}"#),
            ("j", "null", "null"),
            ("o", "true", "1"),
            ("o", "false", "0"),
            ("n", "null", "null"),
        ];
        for (column, sent, expected) in cases {
            let id = place.insert(&format!("INSERT INTO t ({column}) VALUES (?)"), &format!("[{sent}]")).await.unwrap();
            let row = place.one(&format!("SELECT {column} AS v FROM t WHERE id = ?"), &format!("[{id}]")).await.unwrap();
            assert_eq!(row, format!("{{\"v\":{expected}}}"), "{column} {sent}");
        }
    }

    async fn bytes_are_base64(place: &Place) {
        let id = place.insert("INSERT INTO t (n) VALUES (FROM_BASE64(?))", r#"["/wBh"]"#).await.unwrap();
        let row = place.one("SELECT n, TO_BASE64(n) AS t, x FROM t WHERE id = ?", &format!("[{id}]")).await.unwrap();
        assert_eq!(row, r#"{"n":"/wBh","t":"/wBh","x":null}"#);
    }

    async fn a_text_against_a_number_binds_as_a_value(place: &Place) {
        place.insert("INSERT INTO t (x) VALUES ('a'), ('b')", "[]").await.unwrap();
        // The text is a value and no SQL: it can match one id by its leading digits on MariaDB, and never all.
        let rows = place.query("SELECT id FROM t WHERE id = ?", r#"["1 or 1=1"]"#).await.unwrap();
        assert!(rows == "[]" || rows == r#"[{"id":1}]"#, "{rows}");
        assert_eq!(place.query("SELECT id FROM t WHERE id = ?", "[2]").await.unwrap(), r#"[{"id":2}]"#);
        assert_eq!(place.query("SELECT id FROM t WHERE id = :id", r#"{"id": "2"}"#).await.unwrap(), r#"[{"id":2}]"#);
    }

    async fn literals_with_colons_and_marks_stay_literals(place: &Place) {
        let sql = "SELECT ':x' AS a, 'it''s :y ?' AS b, 10/'5' AS c, 1-'1' AS d, ? AS e -- :z";
        let row = place.one(sql, "[7]").await.unwrap();
        assert!(row.starts_with(r#"{"a":":x","b":"it's :y ?","c":2,"d":0,"e":7"#), "{row}");
    }
}

#[tokio::test]
async fn mariadbs_own_types() {
    let place = Place::mariadb(
        "CREATE TABLE t (a BIT(12), b FLOAT, c YEAR, d DECIMAL(30,10), e INT(8) ZEROFILL, f DECIMAL(6,2) ZEROFILL,
            g ENUM('x','y'), h SET('p','q'), i VARBINARY(4), j BINARY(2), k TIME, l TIMESTAMP NULL, m LONGTEXT, n INET6,
            o BIGINT UNSIGNED, p TINYINT(1), q DATE, r DATETIME, s CHAR(3) CHARACTER SET latin1);
         SET sql_mode = '';
         INSERT INTO t VALUES (b'100000000001', 0.1, 2024, 12345678901234567890.1234567891, 42, 1.5, 'y', 'p,q', 'a', 'b',
            '-838:59:59', '2024-02-29 01:02:03', '{\"a\":1}', '::1', 18446744073709551615, 1, '0000-00-00',
            '0000-00-00 00:00:00', 'é')",
    )
    .await;
    assert_eq!(
        place.one("SELECT * FROM t", "[]").await.unwrap(),
        r#"{"a":2049,"b":0.1,"c":2024,"d":12345678901234567890.1234567891,"e":42,"f":1.50,"g":"y","h":"p,q","i":"YQ==","j":"YgA=","k":"-838:59:59","l":"2024-02-29T01:02:03","m":"{\"a\":1}","n":"::1","o":18446744073709551615,"p":1,"q":null,"r":null,"s":"é"}"#
    );
    assert_eq!(
        place
            .one("SELECT SUM(o) AS s, AVG(e) AS a, COUNT(*) AS n, NULL AS z, 1/3 AS q, 1e0 AS e FROM t", "[]")
            .await
            .unwrap(),
        r#"{"s":18446744073709551615,"a":42.0000,"n":1,"z":null,"q":0.3333,"e":1}"#
    );
}

#[tokio::test]
async fn large_integers_are_text_for_apps_that_want_it() {
    for database in [
        "{ driver: sqlite, path: a.db }".to_owned(),
        super::server::Server::shared().await.database("").await,
    ] {
        let place = Place::new(&[("a", database.clone())]);
        write_app(place.folder.path(), "a", &database, "bigint: string\n");
        place.reload();
        place
            .script(
                "a",
                "CREATE TABLE t (a BIGINT); INSERT INTO t VALUES (9007199254740991), (9007199254740992)",
            )
            .await;
        let rows = place.query("SELECT a FROM t ORDER BY a", "[]").await.unwrap();
        assert_eq!(rows, r#"[{"a":9007199254740991},{"a":"9007199254740992"}]"#);
    }
}

#[tokio::test]
async fn json_columns_are_documents_and_other_texts_are_not() {
    let place = Place::mariadb(
        "CREATE TABLE t (j JSON, l LONGTEXT COLLATE utf8mb4_bin, k LONGTEXT CHECK (json_valid(k)), `a``b` JSON);
         INSERT INTO t VALUES ('{\"a\":1}', '{\"a\":1}', '[1]', '[2]');
         CREATE VIEW v AS SELECT j AS doc FROM t",
    )
    .await;
    assert_eq!(
        place.one("SELECT j, l, k, `a``b`, CONCAT(j, '') AS c FROM t AS x", "[]").await.unwrap(),
        r#"{"j":{"a":1},"l":"{\"a\":1}","k":[1],"a`b":[2],"c":"{\"a\":1}"}"#
    );
    assert_eq!(place.one("SELECT doc FROM v", "[]").await.unwrap(), r#"{"doc":"{\"a\":1}"}"#);
}

const RESERVED: &str = "
    CREATE TABLE `Order` (`key` INT PRIMARY KEY, `Group` VARCHAR(10), `select` INT AS (`key` + 1) STORED);
    CREATE TABLE `a b` (`order_key` INT, `x` INT, UNIQUE (`order_key`, `x`), FOREIGN KEY (`order_key`) REFERENCES `Order` (`key`));
    CREATE VIEW `view` AS SELECT `key` FROM `Order`;
";

on_both! { RESERVED,
    async fn tables_with_awkward_names_are_described(place: &Place) {
        let schema = place.ask(Introspect { app_id: "a".into(), tables: None }).await.unwrap();
        let mut names: Vec<_> = schema.tables.iter().map(|table| (table.name.as_str(), table.view)).collect();
        names.sort_unstable();
        assert_eq!(names, [("Order", false), ("a b", false), ("view", true)]);
        let order = schema.table("order").unwrap();
        assert_eq!(order.primary, ["key"]);
        let column = order.column("SELECT").unwrap();
        assert!(column.generated && column.optional && !column.auto, "{column:?}");
        let other = schema.table("a b").unwrap();
        assert_eq!((&*other.foreign[0].table, &*other.foreign[0].references[0]), ("Order", "key"));
        assert!(other.indexes.iter().any(|index| index.unique && index.columns == ["order_key", "x"]));
    }
}
