//! Answers that cannot be true, for the person who reads of them.

use crate::client::Doing;
use crate::problem::{Failure, Problem};
use crate::shanghai;
use ferry_platforms::Class;

/// Why an answer is not used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doubt {
    /// It is another page than was asked for.
    OtherPage {
        /// The page asked for.
        asked: u32,
        /// The page it says it is.
        told: u64,
    },
    /// Its rows and what it says of all pages cannot both be right.
    Disagrees {
        /// Rows.
        rows: u64,
        /// Rows on all pages, as it says.
        total: Option<u64>,
        /// Whether a page follows, as it says.
        has_next: Option<bool>,
    },
    /// A second of which three passes failed.
    Unsteady {
        /// Unix seconds.
        second: i64,
    },
    /// A second with more records than can be checked.
    TooMany {
        /// Unix seconds.
        second: i64,
        /// Records in it.
        total: u64,
    },
    /// A second with more than a page of records, which the vendor does not count.
    Uncounted {
        /// Unix seconds.
        second: i64,
    },
}

impl Doubt {
    /// As a failure of class `Transport`: it is asked again, in this run and the next.
    pub fn failure(&self, doing: Doing) -> Failure {
        let said = |yes: Option<bool>| yes.map_or("-".to_owned(), |yes| yes.to_string());
        let counted = |total: Option<u64>| total.map_or("-".to_owned(), |total| total.to_string());
        let (code, en, zh) = match self {
            Doubt::OtherPage { asked, told } => (
                "pages_contradict",
                format!("page {asked} was asked for, and the answer says it is page {told}"),
                format!("请求第 {asked} 页，应答却称是第 {told} 页"),
            ),
            Doubt::Disagrees { rows, total, has_next } => {
                let (total, next) = (counted(*total), said(*has_next));
                (
                    "pages_contradict",
                    format!(
                        "a page with {rows} rows says that there are {total} in all and that another page follows: {next}; that cannot be"
                    ),
                    format!("该页有 {rows} 行，却称总数为 {total}、有下一页为 {next}，互相矛盾"),
                )
            }
            Doubt::Unsteady { second } => (
                "pages_unsteady",
                format!(
                    "three passes over the records modified at {} did not show as many as there are: pages come in another order, or counted wrongly",
                    shanghai::text(*second)
                ),
                format!(
                    "对修改时间为 {} 的记录读取三遍，仍未见到应有的数量：分页顺序不稳定，或总数有误",
                    shanghai::text(*second)
                ),
            ),
            Doubt::TooMany { second, total } => (
                "too_many_in_a_second",
                format!(
                    "{total} records were modified at {}; at most {} of one second can be read without the risk of a gap",
                    shanghai::text(*second),
                    super::MOST_IN_A_SECOND
                ),
                format!(
                    "有 {total} 条记录的修改时间同为 {}；同一秒最多可可靠读取 {} 条",
                    shanghai::text(*second),
                    super::MOST_IN_A_SECOND
                ),
            ),
            Doubt::Uncounted { second } => (
                "too_many_in_a_second",
                format!(
                    "more than a page of records was modified at {}, and the vendor does not count them",
                    shanghai::text(*second)
                ),
                format!("修改时间为 {} 的记录超过一页，而接口未返回总数", shanghai::text(*second)),
            ),
        };
        let (hint, hint_zh) = match self {
            Doubt::OtherPage { .. } | Doubt::Disagrees { .. } => (
                "nothing was skipped: it is asked again, in this run and the next ones. If it lasts, report the answer to the vendor",
                "没有数据被跳过：本次和之后的运行会再次请求。若持续出现，请将该应答反馈给接口方",
            ),
            Doubt::Unsteady { .. } => (
                "nothing was skipped, and the flow waits here; it is read again in five minutes. If it lasts, report it to the vendor",
                "没有数据被跳过，流程停在此处，五分钟后再次读取。若持续出现，请反馈给接口方",
            ),
            Doubt::TooMany { .. } | Doubt::Uncounted { .. } => (
                "nothing was skipped, and the flow waits here: raise pagination.pageSize, or split the flow by a parameter of source.request (status, warehouse)",
                "没有数据被跳过，流程停在此处：请增大 pagination.pageSize，或用 source.request 的参数（状态、仓库）拆分流程",
            ),
        };
        let problem = Problem::new(code, format!("{}: {en}", doing.en), format!("{}：{zh}", doing.zh));
        Failure::new(Class::Transport, problem.hint(hint, hint_zh))
    }
}
