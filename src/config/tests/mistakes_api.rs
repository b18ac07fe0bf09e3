//! Malformed and mistyped query, e-mail and cron files: what is told, and where.

use super::folder::told;

#[test]
fn malformed_and_mistyped_query_files() {
    told(&[
        (
            "apps/shop/queries/tasks.yaml",
            "list: [\n",
            &["1:7: a `[` or `{` before this is not closed = close it with `]` or `}`"],
        ),
        (
            "apps/shop/queries/tasks.yaml",
            "
list:
  querry: SELECT 1
show: { query: SELECT 1, order: a }
create: { table: 'a.b', fields: [a, a, 'b c'], required: [c], filters: { admin: } }
update: { table: t, fields: [] }
delete: { table: t, fields: [a], filters: { 'a b': x, default: [x] } }
unfiltered: si
",
            &[
                "1:1: the key `query` is missing",
                "2:3: the key `querry` is unknown here = did you mean `query`?",
                "3:26: the key `order` is unknown here = known here: `query`, `filters`, `params`",
                "4:18: `table` names something in the database, and `a.b` is no such name = use letters, digits and `_`, not a digit first; neither quotes nor a database's name",
                "4:37: `a` is listed twice",
                "4:40: `fields` names something in the database, and `b c` is no such name = use letters, digits and `_`, not a digit first; neither quotes nor a database's name",
                "4:59: `c` is required and not one of `fields` = known here: `a`",
                "4:74: the filter of `admin` says nothing = write a condition, or `\"\"` where the role sees every row",
                "5:21: `fields` is empty, so a body could give nothing",
                "6:21: the key `fields` is unknown here = known here: `table`, `key`, `filters`",
                "6:45: a role cannot be called `a b` = use letters, digits, `_` and `-`, at most 64",
                "6:64: expected a condition, found a list",
                "7:13: expected `true` or `false`, found the text `si`",
            ],
        ),
        (
            "apps/shop/queries/tasks.yaml",
            "list: { query: SELECT 1, params: { ':id': int, b: integer, c: [] } }\n",
            &[
                "1:36: `:id` cannot be a placeholder = write it without the `:`",
                "1:51: the type of `b` cannot be `integer` = known here: `int`, `decimal`, `float`, `text`, `date`, `datetime`, `time`, `bool`, `json`, `blob`",
                "1:63: expected the name of a type, found a list",
            ],
        ),
        (
            "apps/shop/queries/tasks.yaml",
            "x-a: 1\n",
            &[
                "1:1: the resource does nothing: none of `list`, `show`, `create`, `update`, `delete` is there",
            ],
        ),
        (
            "apps/shop/queries/tasks.yaml",
            "
lst: { query: SELECT 1 }
show: SELECT 1
",
            &[
                "1:1: the key `lst` is unknown here = did you mean `list`?",
                "2:7: expected a mapping (`key: value`), found the text `SELECT 1`",
            ],
        ),
        (
            "apps/shop/queries/Tasks.yaml",
            "list: { query: SELECT 1 }\n",
            &[
                "a resource cannot be called `Tasks` = name the file with a-z, 0-9 and `_`, a letter first: the name is part of the URL",
            ],
        ),
    ]);
}

#[test]
fn malformed_and_mistyped_sign_in() {
    told(&[
        (
            "apps/shop/queries/auth.yaml",
            "
login: { identifier: email, query: SELECT 1, load: [task] }
register: { table: users, fields: [name], required: [email] }
me: { query: SELECT 1, filters: {} }
password: { min_length: 80, cost: 3 }
",
            &[
                "1:53: there is no resource `task`",
                "2:1: `fields` lacks `email`, without which nobody could sign in",
                "2:1: `fields` lacks `password`, without which nobody could sign in",
                "2:54: `email` is required and not one of `fields` = known here: `name`",
                "3:24: the key `filters` is unknown here = known here: `query`, `params`",
                "4:25: `min_length` is from 1 to 72, found the number `80`",
                "4:35: `cost` is from 4 to 16, found the number `3`",
            ],
        ),
        (
            "apps/shop/queries/auth.yaml",
            "register: {}\n",
            &[
                "1:1: the key `login` is missing",
                "1:1: the key `table` is missing",
                "1:1: the key `fields` is missing",
            ],
        ),
        (
            "apps/shop/queries/auth.yaml",
            "
login: yes
loginn: 1
",
            &[
                "1:8: expected a mapping (`key: value`), found the text `yes`",
                "2:1: the key `loginn` is unknown here = did you mean `login`?",
            ],
        ),
    ]);
}

#[test]
fn malformed_and_mistyped_emails() {
    told(&[
        (
            "apps/shop/emails/welcome.yaml",
            "subjet: Hi\n",
            &[
                "1:1: the key `subject` is missing",
                "1:1: the e-mail has no text: give `body`, `body_html` or both",
                "1:1: the key `subjet` is unknown here = did you mean `subject`?",
            ],
        ),
        (
            "apps/shop/emails/welcome.yaml",
            "
subject: [a]
body:
",
            &[
                "1:1: the e-mail has no text: give `body`, `body_html` or both",
                "1:10: expected a text, found a list",
            ],
        ),
        (
            "apps/shop/emails/welcome.yaml",
            "subject: \"Hi\n",
            &["1:10: the quote that opens here is never closed"],
        ),
    ]);
}

#[test]
fn malformed_and_mistyped_cron() {
    told(&[
        (
            "apps/shop/cron.yaml",
            "
jobs:
 - a: b
 c
",
            &[
                "3:2: this line does not fit the ones above it = line up what belongs together; each key ends in `:`",
            ],
        ),
        (
            "apps/shop/cron.yaml",
            "
timezone: ''
retry: { max_attempts: 0, delay: 5 }
history_days: x
jobs:
  a: { schedule: '0 0 8 * * *', type: query_email, query: '', template: nope }
  b: { schedule: '0 8 * * *', type: htp }
  c: { type: http, url: ftp://x, body: x, methode: GET, enabled: 2 }
  d: { schedule: '@daily', type: service, service: sogoms-db, params: [] }
  e: 3
",
            &[
                "1:11: `timezone` is empty",
                "2:24: `max_attempts` is from 1 to 100, found the number `0`",
                "2:34: expected a duration such as `10s`, `5m` or `1h30m`, found the number `5`",
                "3:15: expected a whole number, found the text `x`",
                "5:18: a schedule has five fields, found 6 = seconds and years have no field; the five are minute, hour, day of month, month, day of week",
                "5:59: `query` is empty",
                "6:37: `type` cannot be `htp` = did you mean `http`?",
                "7:3: the key `schedule` is missing",
                "7:25: `url` begins with `http://` or `https://`",
                "7:40: a GET has no body; use `method: POST`",
                "7:43: the key `methode` is unknown here = did you mean `method`?",
                "7:66: expected `true` or `false`, found the number `2`",
                "8:3: the key `action` is missing",
                "8:18: `@daily` is a short form, and a schedule is written out here = write `0 0 * * *`",
                "8:71: expected a mapping, found a list",
                "9:6: expected a mapping (`key: value`), found the number `3`",
            ],
        ),
        ("apps/shop/cron.yaml", "timezone: UTC\n", &["1:1: the key `jobs` is missing"]),
        (
            "apps/shop/cron.yaml",
            "
timezone: Europe/Pariss
overlap: alow
jitter: 2h
on_failure: {}
jobs:
  a: { schedule: '0 8 * * *', type: http, url: 'http://x', catch_up: twice, catch_up_within: 10s, timeout: 0s }
  b: { schedule: '0 8 * * *', type: http, url: 'http://x', hosts: all, retry: { max_attempts: 101 } }
  c: { schedule: '0 8 * * *', type: http, url: 'http://x', on_failure: { mail: ops, webhook: example.com } }
  d: { schedule: '0 8 * * *', type: http, url: 'http://x', timezone: CET-1, overlaps: skip }
",
            &[
                "1:11: there is no time zone `Europe/Pariss` = did you mean `Europe/Paris`?",
                "2:10: `overlap` cannot be `alow` = did you mean `allow`?",
                "3:9: `jitter` is from 0s to 1h, found the text `2h`",
                "4:1: nobody is told: give `mail`, `webhook` or both",
                "6:70: `catch_up` cannot be `twice` = known here: `once`, `skip`, `all`",
                "6:94: `catch_up_within` is from 1m to 168h, found the text `10s`",
                "6:108: `timeout` is from 1s to 24h, found the text `0s`",
                "7:67: `hosts` cannot be `all` = known here: `auto`, `one`, `many`",
                "7:95: `max_attempts` is from 1 to 100, found the number `101`",
                "8:80: `ops` is no e-mail address",
                "8:94: `webhook` begins with `http://` or `https://`",
                "9:70: there is no time zone `CET-1` = a name of the IANA database, such as `Europe/Paris` or `UTC`",
                "9:77: the key `overlaps` is unknown here = did you mean `overlap`?",
            ],
        ),
        (
            "apps/shop/cron.yaml",
            "
jobs:
  a: { schedule: '0 8 * * *', type: query_email, query: SELECT 1, template: nope }
",
            &["2:77: there is no template `emails/nope.yaml`"],
        ),
    ]);
}
