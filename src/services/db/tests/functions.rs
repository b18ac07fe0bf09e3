//! MariaDB's functions on SQLite: the same expressions on both, with the same answers.

use super::place::Place;

const EXPRESSIONS: &[&str] = &[
    "CONCAT('a', 1, 2.5, 'é')",
    "CONCAT('a', NULL)",
    "CONCAT_WS('-', 'a', NULL, 'b')",
    "CONCAT_WS(NULL, 'a', 'b')",
    "LEFT('héllo', 2)",
    "LEFT('abc', -1)",
    "LEFT(NULL, 1)",
    "RIGHT('héllo', 3)",
    "RIGHT('abc', 10)",
    "MID('hello', 2, 3)",
    "MID('hello', -3, 2)",
    "MID('hello', 0, 2)",
    "SUBSTRING('hello', 2, 3)",
    "LPAD('a', 3, 'xy')",
    "LPAD('abc', 2, 'x')",
    "LPAD('a', -1, 'x')",
    "RPAD('a', 4, 'xy')",
    "RPAD('a', 3, '')",
    "LOCATE('l', 'Hello')",
    "LOCATE('L', 'Hello', 4)",
    "LOCATE('z', 'Hello')",
    "LOCATE('', 'abc')",
    "LOCATE('a', 'abc', 0)",
    "INSTR('hello', 'l')",
    "FIND_IN_SET('b', 'a,b,c')",
    "FIND_IN_SET('x', 'a,b')",
    "FIND_IN_SET('a', '')",
    "FIND_IN_SET('', 'a,,b')",
    "FIELD('b', 'a', 'B')",
    "FIELD(NULL, 'a')",
    "ELT(2, 'a', 'b')",
    "ELT(3, 'a', 'b')",
    "REVERSE('añb')",
    "REPEAT('ab', 3)",
    "REPEAT('ab', -1)",
    "SUBSTRING_INDEX('a.b.c', '.', 2)",
    "SUBSTRING_INDEX('a.b.c', '.', -1)",
    "SUBSTRING_INDEX('a.b.c', 'x', 1)",
    "SUBSTRING_INDEX('a.b.c', '.', 0)",
    "CHAR_LENGTH('é')",
    "LENGTH('é')",
    "UPPER('é')",
    "UCASE('aé')",
    "LCASE('AÉ')",
    "TRIM('  a ')",
    "REPLACE('aXa', 'X', 'y')",
    "STRCMP('a', 'b')",
    "SHA2('abc', 256)",
    "SHA2('abc', 512)",
    "SHA2('abc', 1)",
    "SHA2(NULL, 256)",
    "HEX('é')",
    "TO_BASE64('abc')",
    "CRC32('abc')",
    "IF(1 < 2, 'a', 'b')",
    "IF(NULL, 'a', 'b')",
    "IF('0', 1, 2)",
    "IFNULL(NULL, 'x')",
    "NULLIF('a', 'a')",
    "COALESCE(NULL, 2)",
    "GREATEST(1, 3, 2)",
    "GREATEST('a', 'b')",
    "GREATEST(1, NULL)",
    "LEAST(1, 3, 2)",
    "LEAST(2.5, 3.5)",
    "MOD(7, 3)",
    "MOD(-7, 3)",
    "MOD(7, 0)",
    "POW(2, 10)",
    "POWER(2, -1)",
    "SQRT(9)",
    "SQRT(-1)",
    "FLOOR(-1.5)",
    "FLOOR(1.5)",
    "CEIL(1.2)",
    "CEILING(-1.2)",
    "FLOOR(NULL)",
    "ABS(-3)",
    "SIGN(-3)",
    "TRUNCATE(1999, -2)",
    "TRUNCATE(NULL, 1)",
    "DATEDIFF('2024-03-01', '2024-02-28')",
    "DATEDIFF('2024-03-01 23:59:59', '2024-03-01 00:00:00')",
    "DATEDIFF('nothing', '2024-03-01')",
    "DATE_FORMAT('2024-02-09 07:05:03', '%Y-%m-%d %H:%i:%s')",
    "DATE_FORMAT('2024-02-09 17:05:03', '%y %c %e %k %l %p %r %T %j')",
    "DATE_FORMAT('2024-02-09', '%W %a %M %b %D %w')",
    "DATE_FORMAT('2024-02-09 00:05:03.000120', '%h %I %f %S %% %z')",
    "DATE_FORMAT('2024-01-01', '%D %U %u %V %v %X %x')",
    "DATE_FORMAT('2024-12-31', '%U %u %V %v %X %x')",
    "DATE_FORMAT('2023-01-01', '%U %u %V %v %X %x')",
    "DATE_FORMAT('2021-01-03', '%U %u %V %v %X %x')",
    "DATE_FORMAT('2020-12-31', '%U %u %V %v %X %x')",
    "DATE_FORMAT('2018-12-31', '%U %u %V %v %X %x')",
    "DATE_FORMAT('2024-02-30', '%Y')",
    "DATE_FORMAT(NULL, '%Y')",
    "YEAR('2024-02-29')",
    "MONTH('2024-02-29 10:00:00')",
    "DAY('2024-02-29')",
    "DAYOFMONTH('2024-02-29')",
    "DAYOFYEAR('2024-12-31')",
    "DAYOFWEEK('2024-02-25')",
    "WEEKDAY('2024-02-25')",
    "DAYNAME('2024-02-25')",
    "MONTHNAME('2024-02-25')",
    "QUARTER('2024-04-01')",
    "WEEK('2024-01-07')",
    "WEEK('2024-12-31', 1)",
    "WEEK('2024-12-31', 3)",
    "WEEKOFYEAR('2024-12-30')",
    "HOUR('2024-02-29 10:11:12')",
    "HOUR('10:11:12')",
    "MINUTE('10:11:12')",
    "SECOND('10:11:12')",
    "HOUR(NULL)",
    "TIME_TO_SEC('01:00:10')",
    "UNIX_TIMESTAMP('2024-02-29 12:00:00')",
    "DATE_FORMAT(FROM_UNIXTIME(1709208000), '%Y-%m-%d %T')",
    "FROM_UNIXTIME(1709208000, '%Y')",
    "YEAR(20240229)",
    "YEAR('20240229')",
    "YEAR('24-2-9')",
    "YEAR('not a date')",
    "CHAR_LENGTH(NOW())",
    "CHAR_LENGTH(CURDATE())",
    "CHAR_LENGTH(CURTIME())",
    "DATEDIFF(NOW(), UTC_TIMESTAMP())",
    "DATEDIFF(CURDATE(), CURRENT_DATE)",
    "ABS(UNIX_TIMESTAMP() - UNIX_TIMESTAMP(CURRENT_TIMESTAMP)) < 3",
    "RAND() < 1",
];

#[tokio::test]
async fn the_same_expressions_answer_the_same() {
    let mariadb = Place::mariadb("SELECT 1").await;
    let sqlite = Place::sqlite("SELECT 1").await;
    let mut different = Vec::new();
    for expression in EXPRESSIONS {
        let sql = format!("SELECT {expression} AS v");
        let theirs = mariadb.one(&sql, "[]").await.map_err(|error| error.cause());
        let ours = sqlite.one(&sql, "[]").await.map_err(|error| error.cause());
        if theirs != ours {
            different.push(format!("{expression}: MariaDB {theirs:?}, SQLite {ours:?}"));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

#[tokio::test]
async fn dates_of_a_table_answer_the_same() {
    let table = "CREATE TABLE t (id INT, d DATE, m DATETIME); INSERT INTO t VALUES
        (1, '2024-01-31', '2024-01-31 23:59:59'), (2, NULL, NULL), (3, '2023-12-25', '2023-12-25 00:00:00');";
    let (mariadb, sqlite) = (Place::mariadb(table).await, Place::sqlite(table).await);
    for sql in [
        "SELECT id, d, m FROM t ORDER BY d",
        "SELECT id, LAST_DAY(d) = '2024-01-31' AS l, YEAR(m) AS y FROM t ORDER BY id",
        "SELECT id FROM t WHERE d < CURDATE() AND m <= NOW() ORDER BY id",
        "SELECT DATE_FORMAT(m, '%Y-%m') AS month, COUNT(*) AS n FROM t GROUP BY DATE_FORMAT(m, '%Y-%m') ORDER BY 1",
        "SELECT id, d = '2024-01-31' AS same FROM t ORDER BY id",
    ] {
        assert_eq!(mariadb.query(sql, "[]").await.unwrap(), sqlite.query(sql, "[]").await.unwrap(), "{sql}");
    }
}
