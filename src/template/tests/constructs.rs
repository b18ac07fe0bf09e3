//! What Go's templates do, construct by construct.

use super::*;

const DATA: &str = r#"{
    "Name": "Zoé", "email": "zoe+a@example.com", "count": 3, "zero": 0, "one": 1, "price": 12.50, "half": 0.5, "big": 9007199254740993,
    "million": 1000000.0, "small": 1e-7, "yes": true, "no": false, "nothing": null, "empty": "", "none": [], "void": {},
    "User": {"Name": "Ada", "Address": {"City": "Lyon"}}, "list": ["a", "b", "c"], "numbers": [3, 1, 2], "nested": [[1, 2], [3]],
    "map": {"b": 2, "a": 1, "c": 3}, "tasks": [{"title": "Lire", "done": true}, {"title": "Écrire", "done": false}],
    "html": "<b>\"Tom\" & 'Jo'</b>", "user_name": "ada", "text": "héllo", "odd-name": "tiret", "status": "open"
}"#;

/// Templates, and what they yield.
const CONSTRUCTS: &[(&str, &str)] = &[
    // Values.
    ("Bonjour {{.Name}},", "Bonjour Zoé,"),
    ("{{ .Name }}{{\n.Name\n}}", "ZoéZoé"),
    ("{{.User.Name}} à {{.User.Address.City}}", "Ada à Lyon"),
    ("{{$.User.Name}}", "Ada"),
    ("{{(.User).Name}}", "Ada"),
    ("{{.count}} {{.zero}} {{.half}} {{.big}}", "3 0 0.5 9007199254740993"),
    ("{{.price}}", "12.50"),
    ("{{.million}} {{.small}}", "1000000.0 0.0000001"),
    ("{{.yes}} {{.no}}", "true false"),
    ("[{{.nothing}}{{.empty}}]", "[]"),
    ("{{.list}} {{.numbers}} {{.map}}", "[a b c] [3 1 2] map[a:1 b:2 c:3]"),
    ("{{.html}}", "<b>\"Tom\" & 'Jo'</b>"),
    (
        "{{\"a\\tb\\\"\\u00e9\"}} {{`c:\\d`}} {{'a'}} {{42}} {{-3}} {{+4}} {{0x1F}} {{017}} {{1_000}} {{1e3}} {{true}}",
        "a\tb\"é c:\\d 97 42 -3 4 31 15 1000 1000 true",
    ),
    ("{{\"{{\"}} et }}", "{{ et }}"),
    ("{{index . \"odd-name\"}}", "tiret"),
    // A name is found whatever its capitals and underscores.
    ("{{.UserName}} {{.name}} {{.Email}}", "ada Zoé zoe+a@example.com"),
    // if
    ("{{if .yes}}oui{{end}}", "oui"),
    ("{{if .no}}oui{{else}}non{{end}}", "non"),
    ("{{if .zero}}a{{else if .empty}}b{{else if .count}}c{{else}}d{{end}}", "c"),
    ("{{if .zero}}a{{else if .empty}}b{{else}}d{{end}}", "d"),
    (
        "{{if .none}}1{{end}}{{if .void}}2{{end}}{{if .nothing}}3{{end}}{{if .half}}4{{end}}{{if .Name}}5{{end}}{{if .list}}6{{end}}",
        "456",
    ),
    ("{{if .absent}}là{{else}}absent{{end}}", "absent"),
    ("{{if .absent.deep}}là{{else}}absent{{end}}", "absent"),
    ("{{if $x := .count}}{{$x}}{{else}}{{$x}}{{end}}", "3"),
    ("{{if $x := .zero}}{{$x}}{{else}}rien {{$x}}{{end}}", "rien 0"),
    ("{{if and .yes (gt .count 2)}}oui{{end}}", "oui"),
    ("{{if not .no}}oui{{end}}", "oui"),
    // with
    ("{{with .User}}{{.Name}} {{$.Name}}{{end}}", "Ada Zoé"),
    ("{{with .empty}}x{{else}}y {{.Name}}{{end}}", "y Zoé"),
    ("{{with $u := .User.Address}}{{$u.City}}{{.City}}{{end}}", "LyonLyon"),
    ("{{with .absent}}x{{else with .User}}{{.Name}}{{end}}", "Ada"),
    ("{{with .absent}}x{{end}}.", "."),
    // range
    ("{{range .list}}{{.}}{{end}}", "abc"),
    ("{{range .tasks}}- {{.title}}{{if .done}} ✓{{end}}\n{{end}}", "- Lire ✓\n- Écrire\n"),
    ("{{range $i, $x := .list}}{{if $i}}, {{end}}{{$i}}={{$x}}{{end}}", "0=a, 1=b, 2=c"),
    ("{{range $x := .list}}{{$x}}{{.}}{{end}}", "aabbcc"),
    ("{{range $k, $v := .map}}{{$k}}{{$v}} {{end}}", "a1 b2 c3 "),
    ("{{range .map}}{{.}}{{end}}", "123"),
    ("{{range .none}}x{{else}}rien pour {{.Name}}{{end}}", "rien pour Zoé"),
    ("{{range .nothing}}x{{else}}rien{{end}}", "rien"),
    ("{{range .nested}}{{range .}}{{.}}{{end}};{{end}}", "12;3;"),
    ("{{range .tasks}}{{$.Name}} {{end}}", "Zoé Zoé "),
    ("{{range 3}}{{.}}{{end}}", "012"),
    ("{{range .list}}{{if eq . \"b\"}}{{break}}{{end}}{{.}}{{end}}", "a"),
    ("{{range .list}}{{if eq . \"b\"}}{{continue}}{{end}}{{.}}{{end}}", "ac"),
    ("{{range $i, $t := .tasks}}{{with $t.title}}{{$i}}{{.}} {{end}}{{end}}", "0Lire 1Écrire "),
    // Variables.
    ("{{$x := 1}}{{$x}}{{$x = 2}}{{$x}}", "12"),
    ("{{$x := 0}}{{range .list}}{{$x = .}}{{end}}{{$x}}", "c"),
    ("{{$x := 1}}{{if .yes}}{{$x := 2}}{{$x}}{{end}}{{$x}}", "21"),
    ("{{$u := .User}}{{$u.Address.City}}", "Lyon"),
    ("{{$nom := printf \"%s!\" .Name}}{{$nom}}", "Zoé!"),
    // len, index, slice
    ("{{len .list}} {{len .map}} {{len .Name}} {{len .empty}}", "3 3 4 0"),
    ("{{index .list 1}} {{index .map \"c\"}} {{index .nested 0 1}} {{(index .tasks 0).title}}", "b 3 2 Lire"),
    ("{{index .Name 0}}", "90"),
    ("{{slice .text 0 1}} {{slice .list 1}} {{slice .list 0 2}}", "h [b c] [a b]"),
    // Comparisons.
    (
        "{{eq .count 3}} {{eq .count 4}} {{eq .status \"new\" \"open\"}} {{eq .yes true}} {{eq .nothing nil}}",
        "true false true true true",
    ),
    (
        "{{ne .count 3}} {{lt 1 2}} {{le 2 2}} {{gt 1 2}} {{ge 2 3}} {{lt \"a\" \"b\"}}",
        "false true true false false true",
    ),
    ("{{eq .price 12.5}} {{lt .half 1}} {{gt .big 9007199254740992}}", "true true true"),
    ("{{if eq .status \"open\"}}ouvert{{end}}", "ouvert"),
    // and, or, not yield values.
    (
        "{{and .count .Name}} {{and .zero .Name}} {{or .empty \"personne\"}} {{or .Name \"personne\"}} {{not .zero}}",
        "Zoé 0 personne Zoé true",
    ),
    ("{{or .absent \"par défaut\"}}", "par défaut"),
    ("{{and .no (index .list 99)}}{{or .yes (index .list 99)}}", "falsetrue"),
    // print
    ("{{print .count .zero}} {{print \"a\" 1 2 \"b\"}} {{print \"a\" \"b\"}} {{print}}.", "3 0 a1 2b ab ."),
    ("{{println \"a\" 1}}.", "a 1\n."),
    ("{{printf \"%d tâches pour %s\" .count .Name}}", "3 tâches pour Zoé"),
    (
        "{{printf \"%.2f €\" .price}} {{printf \"%.0f|%f|%8.3f|%-8.1f|%+.1f\" .half .half .half .half .half}}",
        "12.50 € 0|0.500000|   0.500|0.5     |+0.5",
    ),
    (
        "{{printf \"%05d|%5d|%-5d|%+d|%x|%X|%#x|%o|%b|%c\" 42 42 42 42 255 255 255 8 5 233}}",
        "00042|   42|42   |+42|ff|FF|0xff|10|101|é",
    ),
    (
        "{{printf \"%q %x %10s|%-10s|%.2s %v %v %t 100%%\" .Name \"hi\" .Name .Name .Name .count .list .yes}}",
        "\"Zoé\" 6869        Zoé|Zoé       |Zo 3 [a b c] true 100%",
    ),
    ("{{printf \"%06.2f %e\" 3.14159 1234567.0}} {{printf \"%05d\" -42}}", "003.14 1.234567e+06 -0042"),
    // html, urlquery
    ("{{html .html}}", "&lt;b&gt;&#34;Tom&#34; &amp; &#39;Jo&#39;&lt;/b&gt;"),
    ("{{urlquery .email \" é\"}}", "zoe%2Ba%40example.com+%C3%A9"),
    // Pipelines.
    ("{{.Name | printf \"%s et %s\" \"Ada\"}}", "Ada et Zoé"),
    ("{{.html | html | len}}", "51"),
    ("{{.list | len | printf \"%03d\"}}", "003"),
    ("{{\"a b\" | urlquery | printf \"%q\"}}", "\"a+b\""),
    ("{{if .list | len | eq 3}}trois{{end}}", "trois"),
    ("{{len (slice .list 1) | printf \"%d\"}}", "2"),
    ("{{range slice .list 1}}{{.}}{{end}}", "bc"),
    // Comments and trimming.
    ("a{{/* rien */}}b{{- /* rien\n de rien */ -}} c", "abc"),
    ("a \n {{- .count}} b", "a3 b"),
    ("a {{.count -}} \n b", "a 3b"),
    ("a {{- .count -}} b {{- /* x */}} c", "a3b c"),
    ("{{- if .yes -}} oui {{- end -}} ", "oui"),
    ("<{{- 3}}>{{-3}}", "<3>-3"),
    ("{{range .list -}}\n  {{.}},\n{{- end}}", "a,b,c,"),
    ("un { deux } }} {", "un { deux } }} {"),
    ("", ""),
];

#[test]
fn constructs_do_what_they_do_in_go() {
    for (template, expected) in CONSTRUCTS {
        assert_eq!(text(template, DATA).as_deref(), Ok(*expected), "{template}");
    }
}

#[test]
fn what_is_missing_is_told_or_counts_as_empty() {
    for (template, told, empty) in [
        ("{{.Nom}}", "1:3: the data has no `.Nom` = there is `.Name`, `.user`", ""),
        ("a\n é{{.user.age}}.", "2:5: the data has no `.user.age` = there is `.id`", "a\n é."),
        ("{{.user.id.x}}", "1:3: the data has no `.user.id.x`", ""),
        (
            "{{range .rows}}x{{else}}rien{{end}}",
            "1:9: the data has no `.rows` = there is `.Name`, `.user`",
            "rien",
        ),
        (
            "{{len .rows}}",
            "1:7: the data has no `.rows` = there is `.Name`, `.user`",
            "`len` counts a text, a list or a map, and it is null",
        ),
        ("{{if eq .status \"x\"}}{{end}}", "1:9: the data has no `.status` = there is `.Name`, `.user`", ""),
        ("{{printf \"%s\" .x}}", "1:15: the data has no `.x` = there is `.Name`, `.user`", ""),
        ("{{$x := .x}}{{if $x}}{{end}}{{$x}}", "1:31: the data has no `.x` = there is `.Name`, `.user`", ""),
        ("{{index .user \"x\"}}", "1:3: the data has no `what `index` looks for`", ""),
        ("{{with .user}}{{.x}}{{end}}", "1:17: the data has no `.x` = there is `.id`", ""),
        ("{{or .x .y}}", "1:3: the data has no `.y` = there is `.Name`, `.user`", ""),
    ] {
        let data = r#"{"Name": "Zoé", "user": {"id": 7}}"#;
        assert_eq!(text(template, data).unwrap_err(), told, "{template}");
        let lenient = rendered(template, data, Escape::None, Missing::Empty);
        assert!(
            lenient.as_deref() == Ok(empty) || lenient.clone().is_err_and(|fault| fault.ends_with(empty)),
            "{template}: {lenient:?}"
        );
    }
}

#[test]
fn variables_of_a_template_are_known_by_their_way() {
    for (template, expected) in [
        ("{{.Name}} {{.Name}}", ".Name"),
        ("{{.User.Name}}{{$.User.Age}}", ".User.Name .User.Age"),
        ("{{range .rows}}{{.title}}{{$.Name}}{{end}}", ".rows .rows.[].title .Name"),
        ("{{range $i, $r := .rows}}{{$i}}{{$r.title}}{{end}}", ".rows .rows.[].title"),
        ("{{with .User}}{{.Name}}{{else}}{{.Name}}{{end}}", ".User? .User.Name .Name"),
        ("{{if .phone}}x{{end}}", ".phone?"),
        ("{{if .phone}}{{.phone}}{{end}}", ".phone"),
        ("{{or .nick .name}}", ".nick? .name?"),
        ("{{$u := .User}}{{$u.Name}}", ".User? .User.Name"),
        ("{{printf \"%s\" .a | len}}{{len (index .b 0)}}{{(index .c 0).d}}", ".a .b .c"),
        ("{{range .list}}{{.}}{{end}}{{\"x\"}}{{.}}", ".list"),
    ] {
        let variables = Template::compile(template, Escape::None).unwrap().variables();
        let names = variables.iter().map(|one| format!("{one}{}", if one.is_optional { "?" } else { "" }));
        assert_eq!(names.collect::<Vec<_>>().join(" "), expected, "{template}");
    }
}

#[test]
fn data_keeps_its_digits_both_ways() {
    let json = r#"{"a":12.50,"b":9007199254740993,"c":[true,null,"é\n"],"d":{"x":-0.10}}"#;
    let data: Data = serde_json::from_str(json).unwrap();
    assert_eq!(serde_json::to_string(&data).unwrap(), json);
    let value: serde_json::Value = serde_json::from_str(json).unwrap();
    assert_eq!(Data::from(&value), data);
    assert_eq!(serde_json::from_value::<Data>(value).unwrap(), data);
}
