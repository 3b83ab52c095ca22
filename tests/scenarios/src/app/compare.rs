//! What the ERP holds and what the table holds, record by record and field by field.
//!
//! A second reading of the flow file: nothing here comes from the mapping.

use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write;

/// The columns behind `data_id`.
pub const COLUMNS: [&str; 7] =
    ["number", "name", "product_line", "specification_model", "unit", "modified_at", "approved_at"];

/// A row behind its `data_id`; `None` is NULL.
pub type Row = [Option<String>; 7];

/// Rows by `data_id`.
pub type Rows = BTreeMap<String, Row>;

/// The row that a material of the simulator's control API should have become.
///
/// # Panics
/// When it is no material.
pub fn row_of(material: &Value) -> (String, Row) {
    let text = |cell: &Value| cell.as_str().map(str::to_owned);
    let date = |cell: &Value| cell.as_str().map(|text| text[..19].replace('T', " "));
    let row = [
        text(&material["number"]),
        text(&material["name"]),
        text(&material["product_line"]),
        material["specification"].as_str().map(|text| text.trim_matches(' ').to_owned()),
        text(&material["base_unit"]["name"]),
        date(&material["modify_date"]),
        date(&material["approve_date"]),
    ];
    (material["master_id"].as_i64().expect("a material has a master id").to_string(), row)
}

/// The rows that these materials should have become.
///
/// # Panics
/// When two have the same id.
pub fn rows_of(materials: &[Value]) -> Rows {
    let rows: Rows = materials.iter().map(row_of).collect();
    assert_eq!(rows.len(), materials.len(), "two materials have the same id");
    rows
}

/// The rows of a query for JSON arrays, id first.
///
/// # Panics
/// When an id comes twice, or something else than such rows.
pub fn rows_of_table(answer: &[Vec<String>]) -> Rows {
    let mut rows = Rows::new();
    for line in answer {
        let cells: Vec<Value> = serde_json::from_str(&line[0]).expect("a JSON array");
        let mut cells = cells.into_iter().map(|cell| match cell {
            Value::Null => None,
            Value::String(text) => Some(text),
            other => Some(other.to_string()),
        });
        let id = cells.next().flatten().expect("an id");
        let row: Vec<Option<String>> = cells.collect();
        let double = rows.insert(id.clone(), row.try_into().expect("as many cells as columns"));
        assert!(double.is_none(), "the row {id} is there twice");
    }
    rows
}

/// The first few differences, one per line; empty if there are none.
pub fn differences(expected: &Rows, landed: &Rows) -> String {
    let mut text = String::new();
    let mut count = 0;
    let mut differ = |line: String| {
        count += 1;
        if count <= 10 {
            let _ = writeln!(text, "{line}");
        }
    };
    for (id, row) in expected {
        match landed.get(id) {
            None => differ(format!("{id} is missing")),
            Some(other) => {
                for (column, (expected, landed)) in COLUMNS.iter().zip(row.iter().zip(other)) {
                    if expected != landed {
                        differ(format!("{id}: {column} is {landed:?}, expected {expected:?}"));
                    }
                }
            }
        }
    }
    for id in landed.keys().filter(|id| !expected.contains_key(*id)) {
        differ(format!("{id} should not be there"));
    }
    if count > 0 {
        let _ = write!(text, "{count} differences; {} expected, {} landed", expected.len(), landed.len());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_difference_is_told() {
        let row = |name: &str| -> Row {
            let mut row = Row::default();
            row[1] = Some(name.to_owned());
            row
        };
        let rows = |pairs: &[(&str, &str)]| -> Rows {
            pairs.iter().map(|(id, name)| ((*id).to_owned(), row(name))).collect()
        };
        let expected = rows(&[("1", "a"), ("2", "b"), ("3", "c")]);
        assert_eq!(differences(&expected, &expected), "");
        let told = differences(&expected, &rows(&[("1", "a"), ("2", "B"), ("4", "d")]));
        assert!(told.contains("2: name is Some(\"B\")"), "{told}");
        assert!(told.contains("3 is missing") && told.contains("4 should not be there"), "{told}");
        assert!(told.contains("3 differences"), "{told}");
    }

    #[test]
    #[should_panic(expected = "twice")]
    fn a_doubled_row_is_noticed() {
        let line = vec![r#"["7",null,null,null,null,null,null,null]"#.to_owned()];
        rows_of_table(&[line.clone(), line]);
    }
}
