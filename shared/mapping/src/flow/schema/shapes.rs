//! Shapes that the reader tells apart by hand.

use super::kinds::{Scalar, Text};
use crate::flow::field::PARSERS;
use crate::flow::{Condition, Parser, QualityRule, Title, ValueTable};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};
use std::borrow::Cow;

impl JsonSchema for Title {
    fn schema_name() -> Cow<'static, str> {
        "Title".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [
            {"type": "string"},
            {
                "type": "object",
                "properties": {
                    "zh": {"type": ["string", "null"], "description": "Chinese. 中文。"},
                    "en": {"type": ["string", "null"], "description": "English. 英文。"},
                },
                "additionalProperties": false,
            },
        ]})
    }
}

impl JsonSchema for Parser {
    fn schema_name() -> Cow<'static, str> {
        "Parser".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": PARSERS.map(|name| parser(name, generator))})
    }
}

fn parser(name: &str, generator: &mut SchemaGenerator) -> Value {
    let text = generator.subschema_for::<Text>();
    let separator = json!({
        "type": ["string", "null"],
        "description": "The separator; a comma where it is absent. 分隔符，默认逗号。",
    });
    let (description, parameters, required): (_, _, &[&str]) = match name {
        "ConvertObjectParser" => (
            "v → {\"FNumber\": v}; null stays null. 包成对象；空值保持空值。",
            json!({"params": text}),
            &["name", "params"],
        ),
        "ConvertTwoStageObjectParser" => (
            "v → {params1: {params2: v}}; null stays null. 包成两层对象；空值保持空值。",
            json!({"params1": text, "params2": text}),
            &["name", "params1", "params2"],
        ),
        "StringToArray" => (
            "Splits a text; its parts are trimmed. 按分隔符拆成列表，并去掉两端空白。",
            json!({"params": separator}),
            &["name"],
        ),
        "ArrayToString" => {
            ("Joins a list of scalars. 把列表连接成文本。", json!({"params": separator}), &["name"])
        }
        "ConvertJson" => ("Reads a text as JSON. 把文本解析为 JSON。", json!({"params": true}), &["name"]),
        _ => unreachable!("PARSERS has no other"),
    };
    let mut properties = json!({"name": {"const": name}});
    for (key, schema) in parameters.as_object().into_iter().flatten() {
        properties[key] = schema.clone();
    }
    json!({
        "type": "object", "description": description,
        "properties": properties, "required": required, "additionalProperties": false,
    })
}

impl JsonSchema for ValueTable {
    fn schema_name() -> Cow<'static, str> {
        "ValueTable".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let scalar = generator.subschema_for::<Scalar>();
        let row = json!({
            "type": "object",
            "properties": {
                "a_value": scalar, "b_value": scalar,
                "a_label": {"description": "For people. 仅供阅读。"},
                "b_label": {"description": "For people. 仅供阅读。"},
            },
            "required": ["a_value", "b_value"],
            "additionalProperties": false,
        });
        json_schema!({
            "type": "object",
            "properties": {
                "table": {
                    "description": "{\"source value\": \"target value\"}, or the rows of an exported table. \
                                    源值到目标值的对照，或导出的对照表各行。",
                    "anyOf": [
                        {"type": "object", "additionalProperties": scalar},
                        {"type": "array", "items": row},
                    ],
                },
                "unmatched": {
                    "description": "What becomes of a value that the table does not have; `error` where it \
                                    is absent. 表中没有的值如何处理；缺省为 error。",
                    "enum": ["keep", "default", "error", null],
                },
                "default": {
                    "description": "The value for `\"unmatched\": \"default\"`. 未匹配时的默认值。",
                    "type": ["string", "number", "boolean", "null"],
                },
            },
            "required": ["table"],
            "additionalProperties": false,
            "anyOf": [
                {"properties": {"unmatched": {"enum": ["keep", "error", null]}, "default": {"type": "null"}}},
                {
                    "properties": {"unmatched": {"const": "default"}, "default": scalar},
                    "required": ["unmatched", "default"],
                },
            ],
        })
    }
}

impl JsonSchema for QualityRule {
    fn schema_name() -> Cow<'static, str> {
        "QualityRule".into()
    }
    /// A condition that says something to people, and always means every row.
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = Condition::json_schema(generator);
        let message = generator.subschema_for::<Option<Title>>();
        if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
            properties.remove("strictMode");
            let description = "What to tell people when it is not met. 不满足时的提示。";
            properties.insert(
                "message".to_owned(),
                json!({"description": description, "anyOf": message.get("anyOf")}),
            );
        }
        schema
    }
}
