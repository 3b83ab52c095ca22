//! What is known about each platform: the table that checks look things up in.

/// The platforms that flows may name.
pub(crate) const PLATFORMS: [&str; 7] =
    ["jushuitan", "wangdiantong", "okki", "galaxy", "jdy", "wise", "mysql"];

/// Largest page of an interface: platform, interface, rows. The servers clamp or refuse more.
const LARGEST_PAGES: [(&str, &str, u32); 3] = [
    // vendors/kingdee.md 1.8
    ("galaxy", "executeBillQuery", 2000),
    // vendors/sources.md, 聚水潭
    ("jushuitan", "other.inout.query", 50),
    ("jushuitan", "shops.query", 100),
];

pub(super) fn largest_page(platform: &str, api: &str) -> Option<u32> {
    let of = |row: &&(&str, &str, u32)| row.0 == platform && row.1 == api;
    LARGEST_PAGES.iter().find(of).map(|row| row.2)
}

/// The parameters that `otherRequest` may hold for Galaxy's `executeBillQuery` (vendors/kingdee.md 1.8).
pub(super) const BILL_QUERY: [&str; 7] =
    ["FormId", "FilterString", "OrderString", "TopRowCount", "StartRow", "Limit", "SubSystemId"];
