//! Value strings built by the grammar, on records.
#![no_main]
#![allow(missing_docs)]

use arbitrary::{Result, Unstructured};
use ferry_fuzz::{context, grammar, ledger};
use ferry_mapping::{Field, Mapping, Template, Value};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

/// No value that an expression makes is longer; what stands in the record may be.
const LONGEST_TEXT: usize = 1 << 20;

fuzz_target!(|bytes: &[u8]| {
    let _ = run(bytes);
});

fn run(bytes: &[u8]) -> Result<()> {
    let mut from = Unstructured::new(bytes);
    let record = grammar::record(&mut from)?;
    let keyword = if from.ratio(7, 8)? { "_function " } else { "" };
    let text = format!("{keyword}{}", grammar::expression(&mut from)?);
    let fields = if from.arbitrary()? {
        json!([{"field": "x", "value": text}])
    } else {
        json!([{"field": "x", "type": "array", "value": "items", "children": [{"field": "y", "value": text}]}])
    };
    let fields: Vec<Field> = serde_json::from_value(fields).expect("fields");
    let input = bytes.len() + text.len() + record.to_string().len();
    ledger::bounded(input, || {
        match Mapping::compile(&fields, "p") {
            Err(problems) => assert!(!problems.is_empty()),
            Ok(mapping) => {
                let explained = mapping.explain(&record, &context());
                match mapping.document(&record, &context()) {
                    Ok(document) => {
                        each_text(&document, &mut |it| assert!(it.len() <= LONGEST_TEXT.max(input)));
                        assert!(explained.iter().all(|it| it.result.is_ok()), "{text}");
                        // The same again.
                        assert_eq!(mapping.document(&record, &context()), Ok(document), "{text}");
                    }
                    Err(error) => {
                        assert!(!error.en().is_empty() && !error.zh().is_empty());
                        assert!(explained.iter().any(|it| it.result.is_err()), "{text}: {error}");
                    }
                }
            }
        }
        if let Ok(template) = Template::compile(&text, "p") {
            let _ = template.render(Some(&record), &context(), &|it| it.replace('\'', "''"));
        }
    });
    Ok(())
}

fn each_text(value: &Value, visit: &mut dyn FnMut(&str)) {
    match value {
        Value::String(text) => visit(text),
        Value::Array(list) => list.iter().for_each(|it| each_text(it, visit)),
        Value::Object(object) => object.values().for_each(|it| each_text(it, visit)),
        _ => {}
    }
}
