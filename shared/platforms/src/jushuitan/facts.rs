//! What the interfaces allow and promise, for the engine and for the check of a flow file.

use std::time::Duration;

/// Pages are counted from here (`vendors/sources.md` 1.6, 1.7).
pub const FIRST_PAGE: u32 = 1;

/// The most ids that one query may name (`vendors/sources.md` 1.7).
pub const MAX_IDS: usize = 50;

/// At most so many calls in any time so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Calls.
    pub calls: u32,
    /// Within this time, wherever it begins.
    pub within: Duration,
    /// The code of the answer beyond it.
    pub code: i64,
}

/// The limits of an account, all interfaces together: whether they count per app, per merchant or per
/// interface is not known, so that the strictest reading holds (`vendors/sources.md` 1.4).
pub const LIMITS: [Limit; 2] = [
    Limit { calls: 5, within: Duration::from_secs(1), code: 199 },
    Limit { calls: 100, within: Duration::from_secs(60), code: 200 },
];

/// One interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Its names in flow files: the path, and the method of the legacy interface.
    pub names: [&'static str; 2],
    /// The most rows on a page. What a server does beyond it, or whether it clamps to less, is not known: the
    /// page size that an answer names is the one that counts ([`Page::page_size`](super::Page::page_size)).
    pub largest_page: u32,
    /// The widest window; `None` where there is no window and everything is listed.
    pub widest_window: Option<Duration>,
    /// The field that identifies a record.
    pub id: &'static str,
    /// The field with the time of the last modification (Asia/Shanghai, seconds), where there is one.
    pub modified: Option<&'static str>,
    /// The parameter by which records are fetched again, [`MAX_IDS`] at a time.
    pub ids_parameter: &'static str,
}

/// 其它出入库查询 (`vendors/sources.md` 1.7). The order of its rows is not documented. `io_ids` alone may be
/// refused, since the document asks for a time range or `so_ids`.
pub const INOUT: Facts = Facts {
    names: ["/open/other/inout/query", "other.inout.query"],
    largest_page: 50,
    widest_window: Some(Duration::from_secs(7 * 24 * 3600)),
    id: "io_id",
    modified: Some("modified"),
    ids_parameter: "io_ids",
};

/// 店铺查询 (`vendors/sources.md` 1.6). The answer has neither a total nor a number of pages, and no record
/// says when it was modified. The legacy `shops.query` has no pages at all.
pub const SHOPS: Facts = Facts {
    names: ["/open/shops/query", "shops.query"],
    largest_page: 100,
    widest_window: None,
    id: "shop_id",
    modified: None,
    ids_parameter: "shop_ids",
};

/// The facts of the interface with this name in flow files, if it is one that Ferry reads.
pub fn facts(api: &str) -> Option<&'static Facts> {
    [&INOUT, &SHOPS].into_iter().find(|facts| facts.names.contains(&api))
}
