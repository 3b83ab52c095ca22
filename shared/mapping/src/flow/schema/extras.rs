//! Keys that the reader takes without keeping them: older spellings, remarks, and what a later version
//! runs.

use super::kinds::{Execute, Query};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

fn properties(schema: &mut Schema) -> &mut Map<String, Value> {
    let properties = schema.ensure_object().entry("properties").or_insert_with(|| json!({}));
    properties.as_object_mut().expect("properties are an object")
}

fn add<const N: usize>(schema: &mut Schema, keys: [(&str, Value); N]) {
    properties(schema).extend(keys.map(|(key, value)| (key.to_owned(), value)));
}

/// A key that is read and changes nothing.
fn remark(description: &str) -> Value {
    json!({ "description": description })
}

/// A construct that this version refuses, unless it is empty (`Keys::refuse`).
fn later(level: u8) -> Value {
    json!({
        "description": format!(
            "Level {level} of the language: not supported yet by this version. 语言第 {level} 级，本版本尚不支持。"
        ),
        "type": ["array", "object", "string", "null"], "maxItems": 0, "maxProperties": 0, "maxLength": 0,
    })
}

pub fn flow_file(schema: &mut Schema) {
    add(
        schema,
        [
            (
                "$schema",
                json!({
                    "description": "This schema, for editors: ../../shared/flow.schema.json. 供编辑器使用的本模式文件。",
                    "type": ["string", "null"],
                }),
            ),
            ("lookups", later(4)),
            ("quality", later(3)),
        ],
    );
}

pub fn source(schema: &mut Schema) {
    let operation = json!({
        "description": "Means nothing on a source; `none` is accepted. 对源端没有意义，仅接受 none。",
        "type": ["object", "null"],
        "properties": {"method": {"const": "none"}, "rows": true, "rowsKey": true},
        "required": ["method"],
        "additionalProperties": false,
    });
    add(
        schema,
        [
            ("operation", operation),
            ("response", remark("The answer's fields; documents only. 返回字段，仅供说明。")),
            ("autoFillResponse", remark("Documents only. 仅供说明。")),
            ("condition_bk", remark("A disabled condition. 已停用的过滤条件。")),
            ("condition", later(3)),
            ("beatFlat", later(3)),
            ("formatResponse", later(3)),
            ("omissionRemedy", later(3)),
            ("groupCalculate", later(4)),
        ],
    );
    either_effect::<Query>(schema);
}

pub fn target(schema: &mut Schema) {
    let answer = || {
        remark(
            "Where the target's answer holds it; nothing is written back yet. 目标返回值中的位置，暂不回写。",
        )
    };
    add(
        schema,
        [
            ("number", answer()),
            ("id", answer()),
            ("name", answer()),
            ("autoFillResponse", remark("Documents only. 仅供说明。")),
            ("response", later(4)),
        ],
    );
    either_effect::<Execute>(schema);
}

pub fn field(schema: &mut Schema) {
    let parent = || {
        json!({
            "description": "Name or id of the field whose children these are; position decides. 所属父字段，以嵌套位置为准。",
            "type": ["string", "null"],
        })
    };
    let id =
        json!({"description": "A uuid of the incumbent's. 轻易云的字段 id。", "type": ["string", "null"]});
    add(schema, [("id", id), ("parent", parent()), ("parent_id", parent()), ("format", later(3))]);
}

/// `effect`, or `type` in older documents (qeasy-metadata 3.1); one of them must be there.
fn either_effect<E: JsonSchema>(schema: &mut Schema) {
    let wanted = E::json_schema(&mut SchemaGenerator::default());
    let old = json!({
        "description": "The older spelling of `effect`. effect 的旧写法。",
        "enum": [wanted.get("const"), null],
    });
    add(schema, [("type", old)]);
    let given = |key: &str| json!({"required": [key], "properties": {key: wanted}});
    schema.insert("anyOf".to_owned(), json!([given("effect"), given("type")]));
}
