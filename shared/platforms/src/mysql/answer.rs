//! What came back: the table's columns and keys, and whether the flow can write to it safely.

use super::parse::same_name;
use super::request::quoted;
use super::{Insert, Key, KeyType, SqlValue, Target};
use crate::{Class, Error};

/// The positions of the ids that are there already, from the answer to [`Target::existing`]; in no
/// particular order, none twice.
///
/// # Errors
/// The answer is not one integer per row.
pub fn read_existing(rows: &[Vec<SqlValue>]) -> Result<Vec<usize>, Error> {
    rows.iter().map(|row| integer(row).ok_or_else(|| unexpected("one position per row", row))).collect()
}

fn integer(row: &[SqlValue]) -> Option<usize> {
    match row {
        [SqlValue::Int(position)] => usize::try_from(*position).ok(),
        _ => None,
    }
}

/// Decides whether `insert` can go to this table so that nothing is ever written twice: there must be
/// exactly one unique key that rows can run into, on exactly the column `id_column`, NOT NULL
/// (`design.md` 7). `columns` and `keys` are the answers to [`Insert::columns_sql`] and
/// [`Insert::keys_sql`]; `version` is the flow's version column, if it has one.
///
/// A unique key that holds an AUTO_INCREMENT column which the statement leaves out does not count: the
/// server numbers it, so no row can run into it. The usual surrogate primary key is welcome.
///
/// # Errors
/// Class [`Fatal`](Class::Fatal): the table, a column or the key is missing or of no use. The hint
/// holds the `CREATE TABLE` or `ALTER TABLE` to run.
pub fn check_table(
    insert: &Insert,
    id_column: &str,
    version: Option<&str>,
    columns: &[Vec<SqlValue>],
    keys: &[Vec<SqlValue>],
) -> Result<Target, Error> {
    let columns = columns.iter().map(|row| Column::read(row)).collect::<Result<Vec<_>, _>>()?;
    let keys = UniqueKey::read_all(keys)?;
    let table = insert.quoted_table();

    for (column, code, field) in
        [(Some(id_column), "id_not_inserted", "id"), (version, "version_not_inserted", "version")]
    {
        let Some(column) = column else { continue };
        if !insert.columns.iter().any(|inserted| same_name(inserted, column)) {
            return Err(fatal(
                code,
                format!("main_sql does not fill column {column}"),
                format!("The flow's {field} column has to be among the columns of main_sql. Add it there."),
                format!("流程的 {field} 列必须出现在 main_sql 的列中，请补上。"),
            ));
        }
    }
    if columns.is_empty() {
        let create = create_table(insert, id_column, version);
        return Err(fatal(
            "unknown_table",
            format!("there is no table {table} that this user can see"),
            format!(
                "Check mysql_database, main_sql and the rights of mysql_user (SELECT, INSERT, UPDATE). Or create the table, with types that suit the data: {create}"
            ),
            format!(
                "请检查 mysql_database、main_sql 以及 mysql_user 的权限（SELECT、INSERT、UPDATE）；或建表（列类型按数据调整）：{create}"
            ),
        ));
    }
    let find = |name: &str| columns.iter().find(|column| same_name(&column.name, name));
    let missing: Vec<&str> =
        insert.columns.iter().map(String::as_str).filter(|name| find(name).is_none()).collect();
    if !missing.is_empty() {
        let add: Vec<String> =
            missing.iter().map(|name| format!("ADD COLUMN {} VARCHAR(255) NULL", quoted(name))).collect();
        let alter = format!("ALTER TABLE {table} {};", add.join(", "));
        return Err(fatal(
            "missing_columns",
            format!("table {table} has no column {}", missing.join(", ")),
            format!("Correct main_sql, or add the columns, with types that suit the data: {alter}"),
            format!("请修正 main_sql，或增加列（列类型按数据调整）：{alter}"),
        ));
    }
    if let Some(generated) =
        insert.columns.iter().filter_map(|name| find(name)).find(|column| column.is_generated())
    {
        return Err(fatal(
            "generated_column",
            format!("column {} of table {table} is generated", generated.name),
            "The server computes this column; take it out of main_sql.".to_owned(),
            "该列由数据库计算生成，请从 main_sql 中去掉。".to_owned(),
        ));
    }

    let Some(id) = find(id_column) else {
        return Err(unexpected("the id column", &[]));
    };
    let counted = keys.iter().filter(|key| !key.numbered_by_server(insert, &columns));
    let (own, others): (Vec<_>, Vec<_>) = counted.partition(|key| key.is_just(id));
    let (code, en, zh) = match (own.is_empty(), others.is_empty()) {
        (false, true) if !id.nullable => {
            let column =
                insert.columns.iter().find(|column| same_name(column, id_column)).unwrap_or(&id.name).clone();
            let key = Key { column, key_type: id.key_type() };
            return Ok(Target { insert: insert.clone(), key, version: version.map(str::to_owned) });
        }
        (false, true) => (
            "nullable_key",
            "the id may be NULL, and a unique key does not hold for NULL",
            "ID 列可为 NULL，而唯一键对 NULL 不起作用",
        ),
        (true, true) => (
            "no_unique_key",
            "no unique key covers the id, so a repeated write would double rows",
            "没有覆盖 ID 列的唯一键，重复写入会产生重复行",
        ),
        (false, false) => (
            "second_unique_key",
            "besides the id there is another unique key, so that one row could overwrite a stranger",
            "除 ID 外还有其他唯一键，一行可能误覆盖另一行",
        ),
        (true, false) if others.iter().any(|key| key.holds(id)) => (
            "composite_key",
            "the unique key has more than the id, or only its first characters; keys of several columns are not supported yet",
            "唯一键除 ID 外还含其他列，或只取 ID 的前几个字符；暂不支持多列唯一键",
        ),
        (true, false) => ("wrong_unique_key", "the unique key is not on the id", "唯一键不在 ID 列上"),
    };
    let alter = alter_table(&table, id, own.is_empty(), &others);
    let id = quoted(&id.name);
    Err(fatal(
        code,
        format!("table {table}: {en}"),
        format!(
            "The table needs exactly one unique key, on {id} alone. Nothing was written. Run: {alter} (Should that find duplicates or NULLs, settle them first: SELECT {id}, COUNT(*) FROM {table} GROUP BY {id} HAVING COUNT(*) > 1 OR {id} IS NULL;)"
        ),
        format!(
            "{zh}。目标表须恰有一个唯一键，且只含 {id}。未写入任何数据。请执行：{alter}（如报重复或 NULL，请先清理：SELECT {id}, COUNT(*) FROM {table} GROUP BY {id} HAVING COUNT(*) > 1 OR {id} IS NULL;）"
        ),
    ))
}

/// One row of [`Insert::columns_sql`].
struct Column {
    name: String,
    sql_type: String,
    nullable: bool,
    extra: String,
    collation: Option<(String, String)>,
}

impl Column {
    fn read(row: &[SqlValue]) -> Result<Column, Error> {
        use SqlValue::{Null, Text};
        match row {
            [Text(name), Text(sql_type), Text(nullable), extra, charset, collation] => Ok(Column {
                name: name.clone(),
                sql_type: sql_type.clone(),
                nullable: nullable == "YES",
                extra: if let Text(extra) = extra { extra.to_lowercase() } else { String::new() },
                collation: match (charset, collation) {
                    (Text(charset), Text(collation)) => Some((charset.clone(), collation.clone())),
                    (Null, _) | (_, Null) => None,
                    _ => return Err(unexpected("a column", row)),
                },
            }),
            _ => Err(unexpected("a column", row)),
        }
    }

    fn is_generated(&self) -> bool {
        // Not MySQL's DEFAULT_GENERATED, which is a mere default.
        ["virtual generated", "stored generated", "persistent"].iter().any(|word| self.extra.contains(word))
    }

    fn key_type(&self) -> KeyType {
        let word = self.sql_type.split(|char: char| !char.is_ascii_alphanumeric()).next().unwrap_or_default();
        match (word.to_lowercase().as_str(), &self.collation) {
            ("tinyint" | "smallint" | "mediumint" | "int" | "bigint", _) => {
                KeyType::Integer { unsigned: self.sql_type.to_lowercase().contains("unsigned") }
            }
            ("char" | "varchar", Some((charset, collation))) => {
                KeyType::Text { charset: charset.clone(), collation: collation.clone() }
            }
            _ => KeyType::Other(self.sql_type.clone()),
        }
    }
}

struct UniqueKey {
    name: String,
    /// Column and, where only its beginning counts, how many characters; `None` for an expression.
    parts: Vec<Option<(String, Option<i64>)>>,
}

impl UniqueKey {
    /// From the rows of [`Insert::keys_sql`], which come key by key.
    fn read_all(rows: &[Vec<SqlValue>]) -> Result<Vec<UniqueKey>, Error> {
        use SqlValue::{Int, Null, Text};
        let mut keys: Vec<UniqueKey> = Vec::new();
        for row in rows {
            let (name, part) = match row.as_slice() {
                [Text(name), Text(column), Null] => (name, Some((column.clone(), None))),
                [Text(name), Text(column), Int(chars)] => (name, Some((column.clone(), Some(*chars)))),
                [Text(name), Null, _] => (name, None),
                _ => return Err(unexpected("a part of a key", row)),
            };
            match keys.last_mut() {
                Some(key) if key.name == *name => key.parts.push(part),
                _ => keys.push(UniqueKey { name: name.clone(), parts: vec![part] }),
            }
        }
        Ok(keys)
    }

    fn holds(&self, column: &Column) -> bool {
        self.parts.iter().flatten().any(|(part, _)| same_name(part, &column.name))
    }

    /// On the whole of this column and nothing else.
    fn is_just(&self, column: &Column) -> bool {
        matches!(self.parts.as_slice(), [Some((part, None))] if same_name(part, &column.name))
    }

    fn numbered_by_server(&self, insert: &Insert, columns: &[Column]) -> bool {
        columns.iter().any(|column| {
            let filled = insert.columns.iter().any(|inserted| same_name(inserted, &column.name));
            column.extra.contains("auto_increment") && !filled && self.holds(column)
        })
    }

    /// Takes the uniqueness away and keeps the index, where it has columns to be on.
    fn drop_sql(&self) -> String {
        let drop = match self.name.as_str() {
            "PRIMARY" => "DROP PRIMARY KEY".to_owned(),
            name => format!("DROP INDEX {}", quoted(name)),
        };
        let parts: Option<Vec<String>> = self
            .parts
            .iter()
            .map(|part| {
                let (column, chars) = part.as_ref()?;
                Some(quoted(column) + &chars.map(|chars| format!("({chars})")).unwrap_or_default())
            })
            .collect();
        match parts {
            Some(parts) => format!("{drop}, ADD INDEX ({})", parts.join(", ")),
            None => drop,
        }
    }
}

/// The statement that makes the table fit.
fn alter_table(table: &str, id: &Column, add: bool, drop: &[&UniqueKey]) -> String {
    let mut clauses: Vec<String> = drop.iter().map(|key| key.drop_sql()).collect();
    let too_long_for_a_key = ["text", "blob"].iter().any(|word| id.sql_type.to_lowercase().contains(word));
    if id.nullable || too_long_for_a_key {
        let sql_type = if too_long_for_a_key { "VARCHAR(64)" } else { &id.sql_type };
        let collation = match &id.collation {
            Some((charset, collation)) => format!(" CHARACTER SET {charset} COLLATE {collation}"),
            None => String::new(),
        };
        clauses.push(format!("MODIFY COLUMN {} {sql_type}{collation} NOT NULL", quoted(&id.name)));
    }
    if add {
        clauses.push(format!("ADD UNIQUE KEY ({})", quoted(&id.name)));
    }
    format!("ALTER TABLE {table} {};", clauses.join(", "))
}

fn create_table(insert: &Insert, id_column: &str, version: Option<&str>) -> String {
    let columns: Vec<String> = insert
        .columns
        .iter()
        .map(|column| {
            let sql_type = if same_name(column, id_column) {
                "VARCHAR(64) NOT NULL"
            } else if version.is_some_and(|version| same_name(column, version)) {
                "DATETIME NULL"
            } else {
                "VARCHAR(255) NULL"
            };
            format!("{} {sql_type}", quoted(column))
        })
        .collect();
    let (table, columns, id) = (insert.quoted_table(), columns.join(", "), quoted(id_column));
    format!("CREATE TABLE {table} ({columns}, PRIMARY KEY ({id})) DEFAULT CHARSET=utf8mb4;")
}

fn fatal(code: &'static str, message: String, hint_en: String, hint_zh: String) -> Error {
    Error { class: Class::Fatal, code, vendor_code: None, message, hint_en, hint_zh }
}

fn unexpected(wanted: &str, row: &[SqlValue]) -> Error {
    fatal(
        "unexpected_answer",
        format!("expected {wanted}, the database answered {row:?}"),
        "The database answered a question about its tables in an unknown form. Please report this, with the server's version.".to_owned(),
        "数据库对表结构查询的应答格式未知，请连同数据库版本一起反馈。".to_owned(),
    )
}
