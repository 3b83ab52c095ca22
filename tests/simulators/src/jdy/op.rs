//! From a method and a path to an operation.

use hyper::Method;
use serde::{Deserialize, Serialize};

/// An operation that is simulated; in JSON by these names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Op {
    /// `POST /jdyconnector/app_management/push_app_authorize`
    Authorise,
    /// `GET /jdyconnector/app_management/kingdee_auth_token`
    AppToken,
    /// `GET /jdy/v2/bd/customer`
    List,
    /// `GET /jdy/v2/bd/customer_detail`
    Detail,
    /// `POST /jdy/v2/bd/customer`
    Save,
}

impl Op {
    /// The operation of a method and a path, which are taken as they are written.
    pub(super) fn find(method: &Method, path: &str) -> Option<Self> {
        Some(match (method.as_str(), path) {
            ("POST", "/jdyconnector/app_management/push_app_authorize") => Self::Authorise,
            ("GET", "/jdyconnector/app_management/kingdee_auth_token") => Self::AppToken,
            ("GET", "/jdy/v2/bd/customer") => Self::List,
            ("GET", "/jdy/v2/bd/customer_detail") => Self::Detail,
            ("POST", "/jdy/v2/bd/customer") => Self::Save,
            _ => return None,
        })
    }

    /// Whether it needs a token.
    pub fn is_business(self) -> bool {
        matches!(self, Self::List | Self::Detail | Self::Save)
    }
}
