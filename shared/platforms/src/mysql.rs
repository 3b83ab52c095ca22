//! A table of MySQL 8 or MariaDB 10.6 and later, as the target of a flow (`design.md` 7, *MySQL*;
//! `spin.md` 1.6 and 8).
//!
//! The statements are those that Spin's host can carry out: one at a time, prepared, answers in
//! types that it can read. In the order of their use:
//!
//! 1. [`Account::address`] to connect, then each of [`OPEN`].
//! 2. [`Insert::parse`] reads the flow's `main_sql`; [`Insert::columns_sql`] and
//!    [`Insert::keys_sql`] ask what the table looks like, and [`check_table`] gives the
//!    [`Target`], or says with which `ALTER TABLE` it would.
//! 3. Per page: [`Target::existing`] tells which ids are there already, [`Target::insert_sql`] or
//!    [`Target::upsert_sql`] writes the others or all; then `COMMIT`.
//! 4. [`classify`] reads the error text of any of them.
//!
//! ```
//! use ferry_platforms::mysql::Insert;
//!
//! let insert = Insert::parse("INSERT INTO wk_wodtop_product (data_id, name) VALUES (:data_id, :name);").unwrap();
//! assert_eq!(insert.table, "wk_wodtop_product");
//! assert_eq!(insert.placeholders, ["data_id", "name"]);
//! assert!(Insert::parse("INSERT INTO t (a) VALUES (NOW())").is_err());
//! ```

mod account;
mod answer;
mod classify;
mod parse;
mod request;

pub use account::Account;
pub use answer::{check_table, read_existing};
pub use classify::classify;
pub use parse::Insert;
pub use request::{Key, KeyType, MAX_PLACEHOLDERS, OPEN, SqlValue, Statement, Target};
