//! What the derived schemas lack: keys that the reader takes without keeping them (older spellings,
//! remarks), and which keys go together.

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

pub fn flow_file(schema: &mut Schema) {
    add(
        schema,
        [(
            "$schema",
            json!({
                "description": "This schema, for editors: ../../shared/flow.schema.json. 供编辑器使用的本模式文件。",
                "type": ["string", "null"],
            }),
        )],
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
    let start = json!({
        "description": "Number of the first row in the id's suffix; 1 where it is absent. 拍扁后 id 后缀的起始序号，默认 1。",
        "enum": [0, 1, "0", "1", null],
    });
    add(
        schema,
        [
            ("operation", operation),
            ("response", remark("The answer's fields; documents only. 返回字段，仅供说明。")),
            ("autoFillResponse", remark("Documents only. 仅供说明。")),
            ("condition_bk", remark("A disabled condition. 已停用的过滤条件。")),
            ("beatFlatStart", start),
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
    add(schema, [("id", id), ("parent", parent()), ("parent_id", parent())]);
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

pub fn omission_remedy(schema: &mut Schema) {
    add(schema, [("adapter", remark("A class of the incumbent; ignored. 轻易云的适配器类名，忽略。"))]);
}

/// A value is there, unless the logic needs none.
pub fn condition(schema: &mut Schema) {
    let lone = json!({"properties": {"logic": {"enum": ["notnull", "isnull"]}}, "required": ["logic"]});
    schema.insert("if".to_owned(), lone);
    let value = json!({"required": ["value"], "properties": {"value": {"not": {"type": "null"}}}});
    schema.insert("else".to_owned(), value);
}

/// `default` stands beside `"on_miss": "default"`, and nowhere else.
pub fn lookup(schema: &mut Schema) {
    let default = json!({
        "description": "The value for `\"on_miss\": \"default\"`. 查不到时的默认值。",
        "type": ["string", "number", "boolean", "null"],
    });
    add(schema, [("default", default)]);
    let said = json!({"properties": {"on_miss": {"const": "default"}}, "required": ["on_miss"]});
    schema.insert("if".to_owned(), said);
    let given = json!({"required": ["default"], "properties": {"default": {"not": {"type": "null"}}}});
    schema.insert("then".to_owned(), given);
    schema.insert("else".to_owned(), json!({"properties": {"default": {"type": "null"}}}));
}

/// Something is grouped by.
pub fn group_calculate(schema: &mut Schema) {
    let given = |key: &str| json!({"required": [key], "properties": {key: {"type": "array", "minItems": 1}}});
    schema.insert("anyOf".to_owned(), json!([given("headerGroup"), given("bodyGroup")]));
}
