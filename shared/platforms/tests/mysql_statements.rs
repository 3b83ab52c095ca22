//! `main_sql` and the address: what is understood, and what is refused in which words.

use ferry_platforms::mysql::{Account, Insert};
use proptest::prelude::*;

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| name.to_string()).collect()
}

#[test]
fn the_form_of_the_article_is_read_in_all_its_spellings() {
    let plain =
        Insert::parse("INSERT INTO wk_wodtop_product (data_id, product_line) VALUES (:data_id, :line)")
            .unwrap();
    assert_eq!(plain.database, None);
    assert_eq!(plain.table, "wk_wodtop_product");
    assert_eq!(plain.columns, names(&["data_id", "product_line"]));
    assert_eq!(plain.placeholders, names(&["data_id", "line"]));

    let spellings = [
        "insert into`wk_wodtop_product`(`data_id`,product_line)value(:data_id,:line);",
        "\n  INSERT\tINTO wk_wodtop_product\n(data_id,\n product_line)\nVALUES\n( :data_id , :line ) ;\n",
    ];
    for sql in spellings {
        assert_eq!(Insert::parse(sql).as_ref(), Ok(&plain), "{sql}");
    }

    let odd =
        Insert::parse("INSERT INTO crm.`a-b` (`规格 型号`, 名称, 2nd) VALUES (:规格, :name, :a1)").unwrap();
    assert_eq!((odd.database.as_deref(), odd.table.as_str()), (Some("crm"), "a-b"));
    assert_eq!(odd.columns, names(&["规格 型号", "名称", "2nd"]));
    assert_eq!(odd.placeholders, names(&["规格", "name", "a1"]));
}

#[test]
fn everything_else_is_refused_with_the_place() {
    let cases = [
        ("", "at character 1: expected INSERT, but the statement ends"),
        ("UPDATE t SET a=1", "at character 1: expected INSERT, but \"UPDATE\" stands there"),
        ("REPLACE INTO t (a) VALUES (:a)", "\"REPLACE\" stands there"),
        ("INSERT IGNORE INTO t (a) VALUES (:a)", "at character 8: expected INTO, but \"IGNORE\""),
        ("INSERT INTO t VALUES (:a)", "at character 15: expected '(', but \"VALUES\""),
        ("INSERT INTO t (a) VALUES", "at character 25: expected '(', but the statement ends"),
        ("INSERT INTO t (a) VALUES (1)", "expected a placeholder as :name"),
        ("INSERT INTO t (a) VALUES (?)", "\"?\" stands there"),
        ("INSERT INTO t (a) VALUES ('x')", "main_params"),
        ("INSERT INTO t (a) VALUES (NOW())", "\"NOW\" stands there"),
        ("INSERT INTO t (a) VALUES (:a + 1)", "expected ',' or ')', but \"+\""),
        ("INSERT INTO t (a) VALUES (:)", "at character 27: expected a placeholder"),
        ("INSERT INTO t (a) VALUES (: a)", "at character 27: expected a placeholder"),
        ("INSERT INTO t (a, ...) VALUES (:a, ...)", "at character 19: expected a column, but \".\""),
        ("INSERT INTO t (a，b) VALUES (:a，:b)", "at character 17: expected ',' or ')', but \"，\""),
        ("INSERT INTO t (a) VALUES (:a1), (:a2)", "puts many rows into a statement"),
        ("INSERT INTO t (a) VALUES (:a) ON DUPLICATE KEY UPDATE a=1", "idCheck"),
        ("INSERT INTO t (a) VALUES (:a); DROP TABLE t", "\"DROP\" stands there"),
        ("INSERT INTO t (a) VALUES (:a) -- x", "expected the end"),
        ("INSERT INTO t (a, b) VALUES (:a)", "2 columns, but 1 placeholders"),
        ("INSERT INTO t (a, b, A) VALUES (:a, :b, :c)", "column `A` is named twice"),
        ("INSERT INTO t () VALUES ()", "expected a column"),
        ("INSERT INTO 12 (a) VALUES (:a)", "expected a table, but \"12\""),
        ("INSERT INTO `t (a) VALUES (:a)", "closing backtick"),
        ("INSERT INTO `` (a) VALUES (:a)", "it is empty"),
        ("INSERT INTO `t ` (a) VALUES (:a)", "ends with a blank"),
        ("INSERT INTO `a``b` (a) VALUES (:a)", "there is a ` in it"),
        ("INSERT INTO `a'; DROP TABLE t; --` (a) VALUES (:a)", "there is a ' in it"),
        ("INSERT INTO `a``.``b` (a) VALUES (:a)", "there is a ` in it"),
        ("INSERT INTO t (`a\"b`) VALUES (:a)", "there is a \" in it"),
        ("INSERT INTO t (`a\\`) VALUES (:a)", "there is a \\ in it"),
        ("INSERT INTO `d``b`.t (a) VALUES (:a)", "there is a ` in it"),
        ("INSERT INTO a.b.c (a) VALUES (:a)", "expected '(', but \".\""),
    ];
    for (sql, words) in cases {
        let problem = Insert::parse(sql).expect_err(sql);
        assert!(problem.en.contains(words), "{sql}: {problem}");
        assert!(problem.zh.contains("格式为"), "{sql}: {problem}");
        assert_eq!(problem.about, "main_sql");
    }
    let long = format!("INSERT INTO t ({}) VALUES (:a)", "a".repeat(65));
    assert!(Insert::parse(&long).expect_err("too long").en.contains("longer than 64"));
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(sql in r"(INSERT|INTO|VALUES|t|`|\(|\)|,|:a|;|\.| |料|'|\$){0,20}|.*") {
        let _ = Insert::parse(&sql);
    }

    #[test]
    fn any_names_between_backticks_come_back_as_they_were(
        columns in proptest::collection::btree_set("[a-z;:(), 料-]{0,8}[a-z料]", 1..6)
    ) {
        let quoted: Vec<String> = columns.iter().map(|name| format!("`{name}`")).collect();
        let placeholders = vec![":p"; columns.len()].join(", ");
        let insert = Insert::parse(&format!("INSERT INTO t ({}) VALUES ({placeholders})", quoted.join(", ")));
        prop_assert_eq!(insert.map(|insert| insert.columns), Ok(columns.into_iter().collect()));
    }

    #[test]
    fn a_name_with_a_quote_is_never_a_name(name in r#"[a-z`"'\\;. ]{0,6}[`"'\\][a-z`"'\\;. ]{0,6}"#) {
        let quoted = format!("`{}`", name.replace('`', "``"));
        for sql in [
            format!("INSERT INTO {quoted} (a) VALUES (:a)"),
            format!("INSERT INTO {quoted}.t (a) VALUES (:a)"),
            format!("INSERT INTO t ({quoted}) VALUES (:a)"),
        ] {
            prop_assert!(Insert::parse(&sql).is_err(), "{}", sql);
        }
    }
}

fn account(other: &[(&str, &str)]) -> Result<Account, Vec<ferry_platforms::Problem>> {
    Account::from_variables("mysql", |name| {
        let other = other.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        other
            .unwrap_or(match name {
                "mysql_host" => "db.example.com",
                "mysql_port" => "3306",
                "mysql_user" => "ferry",
                "mysql_password" => "s3cret",
                "mysql_database" => "crm",
                _ => panic!("{name} is no variable of mysql"),
            })
            .to_owned()
    })
}

#[test]
fn an_address_is_percent_encoded() {
    assert_eq!(account(&[]).unwrap().address(), "mysql://ferry:s3cret@db.example.com:3306/crm");
    let odd = [
        ("mysql_user", "f@rry"),
        ("mysql_password", "a/b?c#d:e@f%密 "),
        ("mysql_host", "[::1]"),
        ("mysql_database", "c-r?m"),
    ];
    assert_eq!(
        account(&odd).unwrap().address(),
        "mysql://f%40rry:a%2Fb%3Fc%23d%3Ae%40f%25%E5%AF%86%20@[::1]:3306/c%2Dr%3Fm"
    );
    assert_eq!(
        account(&[("mysql_password", "")]).unwrap().address(),
        "mysql://ferry@db.example.com:3306/crm"
    );
}

#[test]
fn every_malformed_variable_is_named_and_the_password_never_shown() {
    let cases = [
        ("mysql_host", "unset.invalid"),
        ("mysql_host", "db.example.com:3306"),
        ("mysql_host", "mysql://db.example.com"),
        ("mysql_host", "db.example.com/"),
        ("mysql_host", "root@db"),
        ("mysql_host", "db example"),
        ("mysql_port", "0"),
        ("mysql_port", "65536"),
        ("mysql_user", ""),
        ("mysql_database", ""),
        ("mysql_database", "a/b"),
    ];
    for (name, value) in cases {
        let problems = account(&[(name, value)]).expect_err(value);
        assert_eq!(
            problems.iter().map(|problem| problem.about.as_str()).collect::<Vec<_>>(),
            [name],
            "{value}"
        );
        assert!(problems[0].en.contains("It is ") && problems[0].zh.contains("应为："));
    }
    let shown = format!("{:?}", account(&[]).unwrap());
    assert!(!shown.contains("s3cret") && shown.contains("db.example.com:3306/crm"), "{shown}");
}
