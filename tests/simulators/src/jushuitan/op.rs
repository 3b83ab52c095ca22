//! What is called.

use serde::{Deserialize, Serialize};

/// The operations that are simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Op {
    /// `/open/other/inout/query`
    Inout,
    /// `/open/shops/query`
    Shops,
    /// `/openWeb/auth/getInitToken`
    GetInitToken,
    /// `/openWeb/auth/refreshToken`
    RefreshToken,
    /// `other.inout.query` of the legacy interface.
    LegacyInout,
    /// `shops.query` of the legacy interface.
    LegacyShops,
    /// `refresh.token` of the legacy interface.
    LegacyRefresh,
    /// Any other method of the legacy interface.
    LegacyOther,
}

impl Op {
    /// The operation of a path and its query.
    pub(super) fn find(path: &str, query: &str) -> Option<Self> {
        Some(match path {
            "/open/other/inout/query" => Self::Inout,
            "/open/shops/query" => Self::Shops,
            "/openWeb/auth/getInitToken" => Self::GetInitToken,
            "/openWeb/auth/refreshToken" => Self::RefreshToken,
            "/api/open/query.aspx" => {
                let method = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "method");
                match method.as_ref().map(|(_, method)| &**method) {
                    Some("other.inout.query") => Self::LegacyInout,
                    Some("shops.query") => Self::LegacyShops,
                    Some("refresh.token") => Self::LegacyRefresh,
                    _ => Self::LegacyOther,
                }
            }
            _ => return None,
        })
    }

    pub(super) fn is_legacy(self) -> bool {
        matches!(self, Self::LegacyInout | Self::LegacyShops | Self::LegacyRefresh | Self::LegacyOther)
    }

    pub(super) fn is_query(self) -> bool {
        matches!(self, Self::Inout | Self::Shops | Self::LegacyInout | Self::LegacyShops)
    }
}
