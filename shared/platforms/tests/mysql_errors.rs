//! Errors of the database in the texts that Spin's host makes of them (`spin.md` 1.6 and 8).

use ferry_platforms::Class::{self, Fatal, RateLimit, Row, Transport};
use ferry_platforms::mysql::classify;

/// A server error as mysql_async prints it, and as Spin and the SDK wrap that.
fn texts(number: u16, state: &str, message: &str) -> [String; 3] {
    let inner = format!("Server(ServerError {{ code: {number}, message: {message:?}, state: {state:?} }})");
    let wrapped = format!("QueryFailed({inner:?})");
    let opened = format!(
        "ConnectionFailed({:?})",
        format!(
            "Server error: `ERROR {number} ({state}): {message}'\n\nCaused by:\n    ERROR 1 (HY000): x\n\nStack backtrace:\n   0: std"
        )
    );
    [inner, wrapped, opened]
}

#[test]
fn each_error_number_has_its_class() {
    let table: &[(u16, &str, Class, &str)] = &[
        (1062, "23000", Row, "duplicate_key"),
        (1406, "22001", Row, "value_too_long"),
        (1048, "23000", Row, "null_in_not_null"),
        (1264, "22003", Row, "wrong_value"),
        (1265, "01000", Row, "wrong_value"),
        (1292, "22007", Row, "wrong_value"),
        (1366, "22007", Row, "wrong_value"),
        (1366, "HY000", Row, "wrong_value"),
        (1411, "HY000", Row, "wrong_value"),
        (1452, "23000", Row, "no_parent_row"),
        (3819, "HY000", Row, "check_failed"),
        (4025, "23000", Row, "check_failed"),
        (1205, "HY000", Transport, "lock_wait_timeout"),
        (1213, "40001", Transport, "deadlock"),
        (1020, "HY000", Transport, "changed_meanwhile"),
        (1053, "08S01", Transport, "connection_lost"),
        (1317, "70100", Transport, "connection_lost"),
        (2006, "HY000", Transport, "connection_lost"),
        (2013, "HY000", Transport, "connection_lost"),
        (1040, "08004", RateLimit, "too_many_connections"),
        (1203, "42000", RateLimit, "too_many_connections"),
        (1226, "42000", RateLimit, "too_many_connections"),
        (1044, "42000", Fatal, "no_permission"),
        (1142, "42000", Fatal, "no_permission"),
        (1143, "42000", Fatal, "no_permission"),
        (1227, "42000", Fatal, "no_permission"),
        (1045, "28000", Fatal, "login_refused"),
        (1130, "HY000", Fatal, "address_refused"),
        (1049, "42000", Fatal, "unknown_database"),
        (1146, "42S02", Fatal, "unknown_table"),
        (1054, "42S22", Fatal, "unknown_column"),
        (1364, "HY000", Fatal, "column_without_default"),
        (1064, "42000", Fatal, "statement_refused"),
        (1295, "HY000", Fatal, "statement_refused"),
        (1290, "HY000", Fatal, "read_only"),
        (1021, "HY000", Fatal, "server_full"),
        (1114, "HY000", Fatal, "server_full"),
        (1153, "08S01", Fatal, "packet_too_large"),
        // No rule of their own: by the SQLSTATE.
        (1644, "45000", Row, "row_refused"),
        (9999, "22999", Row, "row_refused"),
        (9999, "23999", Row, "row_refused"),
        (9999, "08999", Transport, "connection_lost"),
        (9999, "42000", Fatal, "database_error"),
    ];
    for (number, state, class, code) in table {
        let message = "Duplicate entry 'a\"b\\c' for key 'PRIMARY'";
        for text in texts(*number, state, message) {
            let error = classify(&text);
            assert_eq!((error.class, error.code), (*class, *code), "{text}");
            assert_eq!(error.vendor_code, Some(number.to_string()), "{text}");
            assert_eq!(error.message, message, "{text}");
            assert!(!error.hint_en.is_empty() && !error.hint_zh.is_empty());
        }
    }
}

#[test]
fn an_error_of_the_driver_for_rust_is_read_too() {
    let error = classify("MySqlError { ERROR 1406 (22001): Data too long for column 'name' at row 3 }");
    assert_eq!((error.class, error.message.as_str()), (Row, "Data too long for column 'name' at row 3"));
}

/// Spin 4.0's driver prints the state before the number.
#[test]
fn a_refused_login_is_told_in_either_order() {
    for order in ["ERROR 28000 (1045)", "ERROR 1045 (28000)"] {
        let text =
            format!("ConnectionFailed(\"Server error: `{order}: Access denied for user 'ferry'@'h''\")");
        let error = classify(&text);
        assert_eq!(
            (error.class, error.code, error.vendor_code.as_deref()),
            (Fatal, "login_refused", Some("1045"))
        );
    }
}

#[test]
fn a_chinese_value_in_a_message_stays_readable() {
    for text in texts(1062, "23000", "Duplicate entry '螺栓\n\u{1f}' for key 'k'") {
        assert!(classify(&text).message.contains("'螺栓"), "{text}");
    }
}

#[test]
fn what_has_no_number_is_told_by_its_words() {
    let table = [
        (
            r#"ConnectionFailed("Input/output error: Connection refused (os error 111)\n\nStack backtrace:\n   0: anyhow")"#,
            Transport,
            "connection_lost",
            "Input/output error: Connection refused (os error 111)",
        ),
        (
            r#"QueryFailed("Io(Io(Os { code: 104, kind: ConnectionReset, message: \"Connection reset by peer\" }))")"#,
            Transport,
            "connection_lost",
            r#"Io(Io(Os { code: 104, kind: ConnectionReset, message: "Connection reset by peer" }))"#,
        ),
        (
            r#"QueryFailed("Driver(ConnectionClosed)")"#,
            Transport,
            "connection_lost",
            "Driver(ConnectionClosed)",
        ),
        (
            r#"ConnectionFailed("address mysql://ferry:s3cr%40t@db.example.com:3306/crm is not permitted")"#,
            Fatal,
            "outbound_denied",
            "address mysql://db.example.com:3306/crm is not permitted",
        ),
        (
            r#"ValueConversionFailed("unsupported column type: MYSQL_TYPE_DATETIME")"#,
            Fatal,
            "unreadable_type",
            "unsupported column type: MYSQL_TYPE_DATETIME",
        ),
        (r#"BadParameter("x")"#, Fatal, "bad_address", "x"),
        (r#"QueryFailed("Io(PacketTooLarge)")"#, Fatal, "packet_too_large", "Io(PacketTooLarge)"),
        ("", Transport, "connection_lost", ""),
    ];
    for (text, class, code, message) in table {
        let error = classify(text);
        assert_eq!((error.class, error.code, error.message.as_str()), (class, code, message), "{text}");
        assert_eq!(error.vendor_code, None);
    }
}

#[test]
fn a_text_cut_off_anywhere_is_still_an_error() {
    for text in texts(1062, "23000", "Duplicate entry '螺\"栓' for key 'k'") {
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            assert!(classify(&text[..end]).vendor_code.is_none_or(|code| "1062".starts_with(&code)));
        }
    }
}
