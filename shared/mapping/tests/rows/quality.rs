//! `quality`: what a record must be like.

use crate::{compiled, errors, records, shaped};
use serde_json::json;

#[test]
fn a_broken_rule_names_field_rule_and_value() {
    let shaping = compiled(json!({}), json!([{"field": "items.qty", "logic": "gt", "value": "0"}]));
    let good = json!({"io_id": 1, "items": [{"qty": 1}, {"qty": "0.01"}]});
    assert_eq!(records(&shaping, good.clone()), [good]);
    let bad = json!({"io_id": 1, "items": [{"qty": 1}, {"qty": -2}]});
    assert_eq!(
        errors(&shaping, bad.clone()),
        [(
            "quality",
            "quality[0]: items[1].qty is -2, which does not meet the rule `items.qty gt 0`".to_owned(),
            "items[1].qty 的值为 -2，不符合规则“items.qty gt 0”".to_owned()
        )]
    );
    assert_eq!(
        shaped(&shaping, bad.clone()).records[0].record,
        bad,
        "the record is there for the dead letter"
    );
    assert_eq!(
        errors(&shaping, json!({"io_id": 1}))[0].1,
        "quality[0]: items.qty is null, which does not meet the rule `items.qty gt 0`"
    );
    let deep = compiled(json!({}), json!([{"field": "a.b.c", "logic": "notnull"}]));
    let found = errors(&deep, json!({"a": [{"b": [{"c": 1}]}, {"b": [{"c": 1}, {"c": ""}]}]}));
    assert_eq!(found[0].1, "quality[0]: a[1].b[1].c is \"\", which does not meet the rule `a.b.c notnull`");
}

#[test]
fn the_files_own_words_come_first() {
    let rule =
        |message| json!([{"field": "qty", "logic": "egt", "value": "{{params.least}}", "message": message}]);
    let both = compiled(json!({}), rule(json!({"zh": "数量太少", "en": "too few"})));
    assert_eq!(records(&both, json!({"qty": 10})).len(), 1);
    assert_eq!(
        errors(&both, json!({"qty": "9"})),
        [(
            "quality",
            "quality[0]: too few: qty is \"9\", which does not meet the rule `qty egt {{params.least}}`"
                .to_owned(),
            "数量太少：qty 的值为 \"9\"，不符合规则“qty egt {{params.least}}”".to_owned()
        )]
    );
    let one = compiled(json!({}), rule(json!("数量太少")));
    assert!(errors(&one, json!({"qty": 1}))[0].1.starts_with("quality[0]: 数量太少: qty is 1"));
}

#[test]
fn the_first_broken_rule_is_told_and_what_is_filtered_is_not_judged() {
    let source =
        json!({"beatFlat": ["items"], "condition": [[{"field": "items_qty", "logic": "neq", "value": "0"}]]});
    let quality = json!([
        {"field": "items_qty", "logic": "gt", "value": "0"},
        {"field": "items.sku", "logic": "notnull"}
    ]);
    let shaping = compiled(source, quality);
    let made = shaped(
        &shaping,
        json!({"io_id": 1, "items": [{"qty": 0}, {"qty": -1}, {"qty": 1}, {"qty": 1, "sku": "A"}]}),
    );
    let paths: Vec<_> =
        made.records.iter().map(|made| made.error.as_ref().map(|error| error.path.as_str())).collect();
    assert_eq!((made.filtered, paths), (1, vec![Some("quality[0]"), Some("quality[1]"), None]));
}

#[test]
fn what_a_rule_cannot_compare_is_told_as_such() {
    let shaping = compiled(json!({}), json!([{"field": "qty", "logic": "gt", "value": "0"}]));
    assert_eq!(errors(&shaping, json!({"qty": "many"}))[0].0, "not_comparable");
}
