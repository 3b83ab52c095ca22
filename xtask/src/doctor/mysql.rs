//! MySQL: a connection, `SELECT 1`, and the tables that the flows write: their key, and the user's rights on them.
//! The statements are prepared and not run: that is where the server looks at rights.

use super::diagnosis;
use super::finding::{Finding, Text};
use super::flows::{Role, Use};
use super::visit::{Stopped, Visit};
use ::mysql::prelude::Queryable;
use ::mysql::{Conn, Opts, OptsBuilder, Params, Row, Value};
use ferry_platforms::Error;
use ferry_platforms::mysql::{self, Account, SqlValue, Statement};
use ferry_sync::target::mysql::Spec;

/// Its name for people.
pub const SYSTEM: &str = "MySQL";

/// The fields of an account's variables that have no default.
pub const OWN: &[&str] = &["host", "user", "password", "database"];

/// Examines an account.
///
/// # Errors
/// A finding has told why it went no further.
pub fn examine(visit: &mut Visit<'_>) -> Result<(), Stopped> {
    let account = visit.account(|name, value| Account::from_variables(name, value))?;
    visit.host = account.place();
    let (host, port) = (visit.variable("host"), visit.variable("port").parse().unwrap_or(3306));
    visit.asker().reach(&host, port).map_err(|finding| visit.no_answer(*finding))?;
    let call = format!("MySQL {}", account.place());
    let connected = connect(&account, visit.asker().timeout());
    let mut connection = visit.read(&call, connected)?;
    visit.calls.push(format!("{call} (SELECT 1)"));
    visit.read(&call, query(&mut connection, "SELECT 1", Params::Empty))?;
    let targets: Vec<&Use<'_>> = visit.place.uses.iter().filter(|used| used.role == Role::Target).collect();
    let mut stopped = Ok(());
    for used in targets {
        // What is wrong with one table says nothing of the next.
        stopped = table(visit, &mut connection, &call, used).and(stopped);
    }
    stopped
}

fn connect(account: &Account, timeout: std::time::Duration) -> Result<Conn, Error> {
    let options = Opts::from_url(&account.address()).map_err(|_| mysql::classify("UrlError"))?;
    let options = OptsBuilder::from_opts(options)
        // As the app reaches it: never by a socket file.
        .prefer_socket(false)
        .tcp_connect_timeout(Some(timeout))
        .read_timeout(Some(timeout));
    Conn::new(options).map_err(|error| mysql::classify(&error.to_string()))
}

/// The table of a flow: that it has the key which makes writing safe, and that the user may do what the flow does.
fn table(visit: &mut Visit<'_>, connection: &mut Conn, call: &str, used: &Use<'_>) -> Result<(), Stopped> {
    let spec = ferry_mapping::parse(&used.flow.text).and_then(|flow| Spec::compile(&flow));
    let Ok(spec) = spec else {
        let flow = &used.flow.name;
        return Err(visit.stop(Finding::problem(
            "flow_file",
            Text::new(
                format!("The flow file of {flow} has problems, so that its table is not known."),
                format!("流程 {flow} 的流程文件存在问题，无法得知目标表。"),
            ),
            Text::new(
                format!("Run `cargo xtask check {flow}`."),
                format!("请运行 cargo xtask check {flow}。"),
            ),
        )));
    };
    let insert = spec.insert();
    let call = format!("{call} ({})", insert.table);
    visit.calls.push(call.clone());
    let [columns, keys] = [insert.columns_sql(), insert.keys_sql()].map(|it| cells(connection, &it));
    let (columns, keys) = (visit.read(&call, columns)?, visit.read(&call, keys)?);
    let target = mysql::check_table(insert, spec.id_column(), spec.version(), &columns, &keys);
    let target = visit.read(&call, target)?;
    for sql in [target.upsert_sql(1), target.existing(&[SqlValue::Null]).sql] {
        let prepared = connection.prep(&sql).map_err(|error| mysql::classify(&error.to_string()));
        if let Err(error) = prepared {
            return Err(match error.code {
                "no_permission" => rights(visit, &call, &error, &insert.table),
                _ => visit.read::<()>(&call, Err(error)).unwrap_err(),
            });
        }
    }
    Ok(())
}

fn rights(visit: &mut Visit<'_>, call: &str, error: &Error, table: &str) -> Stopped {
    let (user, database) = (visit.variable("user"), visit.variable("database"));
    let grant = format!("GRANT SELECT, INSERT, UPDATE ON `{database}`.`{table}` TO '{user}'@'…';");
    let means = Text::new(
        format!("The user {user} lacks a right on the table {table}."),
        format!("用户 {user} 缺少表 {table} 的某项权限。"),
    );
    let advice = Text::new(
        format!("As an administrator run: {grant} (the host as in SELECT CURRENT_USER())."),
        format!("请以管理员执行：{grant}（主机部分见 SELECT CURRENT_USER()）。"),
    );
    visit.stop(Finding::problem("no_permission", means, advice).at(call).said(diagnosis::words(error)))
}

fn cells(connection: &mut Conn, statement: &Statement) -> Result<Vec<Vec<SqlValue>>, Error> {
    let params = statement.params.iter().map(|param| match param {
        SqlValue::Text(text) => Value::from(text.as_str()),
        SqlValue::Int(number) => Value::from(*number),
        SqlValue::Bytes(bytes) => Value::from(bytes.as_slice()),
        SqlValue::Null => Value::NULL,
    });
    let params: Vec<Value> = params.collect();
    let params = if params.is_empty() { Params::Empty } else { Params::Positional(params) };
    let rows = query(connection, &statement.sql, params)?;
    Ok(rows.into_iter().map(|row| row.unwrap().into_iter().map(cell).collect()).collect())
}

fn query(connection: &mut Conn, sql: &str, params: Params) -> Result<Vec<Row>, Error> {
    connection.exec(sql, params).map_err(|error| mysql::classify(&error.to_string()))
}

fn cell(value: Value) -> SqlValue {
    match value {
        Value::NULL => SqlValue::Null,
        Value::Int(number) => SqlValue::Int(number),
        Value::UInt(number) => i64::try_from(number).map_or(SqlValue::Null, SqlValue::Int),
        Value::Bytes(bytes) => match String::from_utf8(bytes) {
            Ok(text) => SqlValue::Text(text),
            Err(error) => SqlValue::Bytes(error.into_bytes()),
        },
        other => SqlValue::Text(other.as_sql(true)),
    }
}
