//! What an error of the database means: its number, its SQLSTATE, or the words of Spin's host.
//!
//! Numbers below 2000 and from 3000 are the server's (MySQL's and MariaDB's error references), 2000 to
//! 2999 the client library's.

use crate::Class::{Fatal, RateLimit, Row, Transport};
use crate::Error;
use crate::rules::{self, Rule, code, otherwise, text};

#[rustfmt::skip] // One rule, one paragraph; to be read from top to bottom.
const RULES: &[Rule] = &[
    code(&[1062, 1169, 1586], Row, "duplicate_key",
        "A row with this id is there already, or one twice in a statement; the message names the key. Ferry looks which rows are there before it writes again.",
        "该 ID 的行已存在，或同一语句中重复；消息中有键名。Ferry 会先查询已有的行再写入。"),
    code(&[1406], Row, "value_too_long",
        "The value is longer than the column. Widen the column or shorten the value in the mapping, then retry the dead letter.",
        "值超过列长度。请加宽该列或在映射中截短，然后重试该死信。"),
    code(&[1048, 1263], Row, "null_in_not_null",
        "The column takes no NULL. Fill the field in the source or give it a default in the mapping, then retry the dead letter.",
        "该列不允许 NULL。请在源系统补全，或在映射中给默认值，然后重试该死信。"),
    code(&[1264, 1265, 1292, 1366, 1367, 1411, 1416, 1525, 1690, 3140, 4038], Row, "wrong_value",
        "The value does not fit the column's type or range. Correct the mapping or the column's type, then retry the dead letter.",
        "值不符合列的类型或范围。请修正映射或列类型，然后重试该死信。"),
    code(&[1216, 1452], Row, "no_parent_row",
        "A foreign key asks for a row in another table that is not there. Carry that one first, then retry the dead letter.",
        "外键所指的行不存在。请先同步被引用的数据，然后重试该死信。"),
    code(&[3819, 4025, 1369, 1526, 1748], Row, "check_failed",
        "The row breaks a CHECK constraint or has no partition. Correct the value or the constraint, then retry the dead letter.",
        "该行违反 CHECK 约束或没有对应分区。请修正数据或约束，然后重试该死信。"),

    code(&[1205], Transport, "lock_wait_timeout",
        "Another transaction holds these rows. Ferry rolls back and does the page again; if it lasts, look for long transactions with SHOW ENGINE INNODB STATUS.",
        "其他事务占用了这些行。Ferry 会回滚并重做该页；若持续出现，请用 SHOW ENGINE INNODB STATUS 查找长事务。"),
    code(&[1213], Transport, "deadlock",
        "The server has rolled back the whole transaction to end a deadlock. Ferry does the page again.",
        "数据库为解除死锁已回滚整个事务，Ferry 会重做该页。"),
    code(&[1020, 1412, 1615], Transport, "changed_meanwhile",
        "Rows or the table changed under the statement. Ferry does the page again.",
        "语句执行期间数据或表结构发生变化，Ferry 会重做该页。"),
    code(&[1042, 1043, 1053, 1077, 1080, 1152, 1158, 1159, 1160, 1161, 1184, 1317, 1927, 1969, 3024, 3169, 4031], Transport, "connection_lost",
        "The connection or the statement was cut off, so it is unknown whether the rows are in. Ferry looks which are there before it writes again.",
        "连接或语句被中断，写入结果未知。Ferry 会先查询已有的行再写入。"),
    code(&[2002, 2003, 2005, 2006, 2013, 2055], Transport, "connection_lost",
        "The database cannot be reached or the connection broke off. Ferry tries again; check mysql_host, mysql_port and the network.",
        "数据库无法连接或连接中断。Ferry 会重试；请检查 mysql_host、mysql_port 和网络。"),

    code(&[1040, 1203, 1226, 1461, 3168], RateLimit, "too_many_connections",
        "The server or mysql_user is at its limit of connections, statements or calls. Ferry waits; raise max_connections or the user's limits.",
        "服务器或 mysql_user 的连接、语句或调用数已达上限。Ferry 会等待；请调高 max_connections 或该用户的限额。"),

    code(&[1044, 1142, 1143, 1227, 1370], Fatal, "no_permission",
        "mysql_user may not do this. GRANT it SELECT, INSERT and UPDATE on the target table.",
        "mysql_user 没有权限。请授予目标表的 SELECT、INSERT、UPDATE 权限。"),
    code(&[1045, 1251, 1698, 1820, 1862, 3118, 3955], Fatal, "login_refused",
        "The database refuses the login. Check mysql_user and mysql_password, and that the user may come from this machine's address.",
        "数据库拒绝登录。请检查 mysql_user、mysql_password，以及该用户是否允许从本机地址登录。"),
    code(&[1129, 1130], Fatal, "address_refused",
        "The server accepts no connections from this machine. Create the user for its address, or run FLUSH HOSTS after too many failures.",
        "服务器不接受来自本机的连接。请为本机地址创建用户；若因失败过多被锁，请执行 FLUSH HOSTS。"),
    code(&[1049], Fatal, "unknown_database",
        "There is no such database. Check mysql_database.",
        "数据库不存在。请检查 mysql_database。"),
    code(&[1146], Fatal, "unknown_table",
        "There is no such table. Check mysql_database and main_sql, or create the table.",
        "表不存在。请检查 mysql_database 和 main_sql，或先建表。"),
    code(&[1054, 1110, 1136], Fatal, "unknown_column",
        "main_sql does not fit the table. Compare its columns with SHOW CREATE TABLE.",
        "main_sql 与表结构不符。请与 SHOW CREATE TABLE 的列对照。"),
    code(&[1364], Fatal, "column_without_default",
        "The table has a NOT NULL column without default that main_sql does not fill, so that no row can land. Fill it in the flow, or give it a DEFAULT.",
        "表中有 NOT NULL 且无默认值的列未被 main_sql 填充，任何行都无法写入。请在流程中填充，或为该列设置 DEFAULT。"),
    code(&[1064, 1149, 1295, 1390], Fatal, "statement_refused",
        "The server does not understand the statement. It needs MySQL 8 or MariaDB 10.6 and later; if it is, please report the message.",
        "数据库无法解析语句。需要 MySQL 8 或 MariaDB 10.6 及以上；若版本符合，请反馈该消息。"),
    code(&[1290, 1792, 1836, 3989], Fatal, "read_only",
        "The server is read-only, as replicas are. Point mysql_host to the primary.",
        "服务器为只读（例如从库）。请将 mysql_host 指向主库。"),
    code(&[1021, 1030, 1037, 1038, 1041, 1114], Fatal, "server_full",
        "The server is out of disk, memory or table space. Make room; Ferry goes on from here.",
        "服务器磁盘、内存或表空间不足。腾出空间后 Ferry 从此处继续。"),
    code(&[1153, 2020], Fatal, "packet_too_large",
        "The statement is larger than max_allowed_packet. Ferry halves the batch; a single row that is too large needs a larger max_allowed_packet.",
        "语句超过 max_allowed_packet。Ferry 会将批次减半；若单行仍过大，请调大 max_allowed_packet。"),

    // No number: Spin's host and its driver (spin.md 1.6, 4.1).
    text(&["is not permitted"], Fatal, "outbound_denied",
        "Spin does not let the component reach this address. mysql_host and mysql_port have to give a valid entry of allowed_outbound_hosts, as must all other hosts there: one bad entry denies all.",
        "Spin 不允许组件访问该地址。mysql_host、mysql_port 须构成 allowed_outbound_hosts 中的有效条目；其中任何一个主机无效都会导致全部被拒绝。"),
    text(&["PacketTooLarge", "Packet too large"], Fatal, "packet_too_large",
        "The statement is larger than max_allowed_packet. Ferry halves the batch; a single row that is too large needs a larger max_allowed_packet.",
        "语句超过 max_allowed_packet。Ferry 会将批次减半；若单行仍过大，请调大 max_allowed_packet。"),
    text(&["ValueConversionFailed"], Fatal, "unreadable_type",
        "The host cannot read a type in the answer. Please report the message.",
        "宿主无法读取应答中的类型，请反馈该消息。"),
    text(&["BadParameter", "UrlError", "Url("], Fatal, "bad_address",
        "The address is malformed. Check mysql_host, mysql_port and mysql_database.",
        "地址格式不正确。请检查 mysql_host、mysql_port 和 mysql_database。"),
];

/// Numbers that have no rule, by the class of their SQLSTATE, its first two characters.
#[rustfmt::skip]
const STATES: &[Rule] = &[
    text(&["22", "23", "44", "45"], Row, "row_refused",
        "The database or a trigger refuses this row, for the reason it gives. Correct the value, then retry the dead letter.",
        "数据库或触发器拒绝了该行，原因见消息。修正数据后重试该死信。"),
    text(&["08", "40"], Transport, "connection_lost",
        "The connection or the transaction was cut off. Ferry looks which rows are there before it writes again.",
        "连接或事务被中断。Ferry 会先查询已有的行再写入。"),
    otherwise(Fatal, "database_error",
        "The database answered with an error that Ferry does not know. Nothing was skipped: the flow goes on from here when it is settled.",
        "数据库返回了 Ferry 不认识的错误。没有数据被跳过，解决后流程从此处继续。"),
];

const NO_NUMBER: Rule = otherwise(
    Transport,
    "connection_lost",
    "The database cannot be reached or the connection broke off, so it is unknown whether the rows are in. Ferry looks which are there before it writes again; check mysql_host, mysql_port and the network.",
    "数据库无法连接或连接中断，写入结果未知。Ferry 会先查询已有的行再写入；请检查 mysql_host、mysql_port 和网络。",
);

/// The error in a text of Spin's host, or of a driver. All these are understood:
///
/// * `QueryFailed("Server(ServerError { code: 1062, message: \"…\", state: \"23000\" })")`, and the
///   inner part alone: the driver's error printed for debugging (`spin.md` 1.6);
/// * ``ConnectionFailed("Server error: `ERROR 1045 (28000): …")``, with causes and a backtrace in
///   further lines, of which only the first line counts (`spin.md` 8);
/// * any other text: no number, so the connection is taken to be broken.
pub fn classify(error_text: &str) -> Error {
    // A debug print of a debug print: its quotes are escaped, and so are its line ends.
    let text = match error_text.split_once("(\"") {
        Some((_, inner)) if !error_text.starts_with("Server(") => {
            unescape(inner.strip_suffix("\")").unwrap_or(inner))
        }
        _ => error_text.to_owned(),
    };
    match server_error(&text) {
        Some(server) => {
            let number = i64::from(server.number);
            let state = server.state.get(..2).unwrap_or_default();
            let rule = rules::find(RULES, 0, Some(number), &server.message)
                .or_else(|| rules::find(STATES, 0, None, state));
            rule.unwrap_or(&NO_NUMBER).error(Some(number.to_string()), &server.message)
        }
        None => {
            let line = without_userinfo(text.lines().next().unwrap_or_default());
            // The kind of error, as ValueConversionFailed, stands outside the quotes.
            let kind = error_text.split('(').next().unwrap_or_default();
            let rule = rules::find(RULES, 0, None, &format!("{kind} {line}"));
            rule.unwrap_or(&NO_NUMBER).error(None, &line)
        }
    }
}

/// What the server itself said.
struct ServerError {
    number: u16,
    state: String,
    message: String,
}

fn server_error(text: &str) -> Option<ServerError> {
    if let Some((_, fields)) = text.split_once("ServerError {") {
        let (number, rest) = fields.trim_start().strip_prefix("code: ")?.split_once(", message: \"")?;
        let end = closing_quote(rest)?;
        let state = rest[end..]
            .split_once("state: \"")
            .map_or("", |(_, state)| state.split('"').next().unwrap_or(""));
        return Some(ServerError {
            number: number.parse().ok()?,
            state: state.to_owned(),
            message: unescape(&rest[..end]),
        });
    }
    let line = text.lines().next()?;
    // The quotation marks of the driver's Display, or the braces of its Debug.
    let line = match line.strip_prefix("Server error: `") {
        Some(quoted) => quoted.strip_suffix('\'').unwrap_or(quoted),
        None => line.strip_suffix(" }").unwrap_or(line),
    };
    let (_, rest) = line.split_once("ERROR ")?;
    let (number, rest) = rest.split_once(" (")?;
    let (state, message) = rest.split_once("): ")?;
    // Spin 4.0's driver (mysql_async 0.35) prints the state first, later ones the number.
    // A state has five characters, a number of the server's has four.
    let (number, state) =
        if number.len() == 5 && state.len() < 5 { (state, number) } else { (number, state) };
    Some(ServerError { number: number.parse().ok()?, state: state.to_owned(), message: message.to_owned() })
}

/// Where the string ends that `Debug` has printed: at the first quote without a backslash of its own.
fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    })
}

/// Undoes what `Debug` does to a string.
fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        if char != '\\' {
            plain.push(char);
            continue;
        }
        match chars.next() {
            Some('n') => plain.push('\n'),
            Some('r') => plain.push('\r'),
            Some('t') => plain.push('\t'),
            Some('0') => plain.push('\0'),
            Some('u') => {
                let code: String =
                    chars.by_ref().skip_while(|char| *char == '{').take_while(|char| *char != '}').collect();
                plain.extend(u32::from_str_radix(&code, 16).ok().and_then(char::from_u32));
            }
            Some(other) => plain.push(other),
            None => {}
        }
    }
    plain
}

/// `mysql://user:password@host` becomes `mysql://host`: Spin names the whole address when it refuses
/// one.
fn without_userinfo(line: &str) -> String {
    match line.split_once("://") {
        Some((scheme, rest)) => {
            let authority_end = rest.find(['/', ' ', '"', '\'']).unwrap_or(rest.len());
            let host = rest[..authority_end].rfind('@').map_or(0, |at| at + 1);
            format!("{scheme}://{}", &rest[host..])
        }
        None => line.to_owned(),
    }
}
