//! Scans beside the usual windows: `fullScan` and `omissionRemedy` (qeasy-metadata 3.10).

use super::Field;
use super::field;
use super::keys::Node;
use crate::problem::Problems;

/// A scan that takes over some request fields and runs on its own schedule.
#[derive(Clone, Debug, PartialEq)]
pub struct FullScan {
    /// Five fields: minute hour day month weekday. Checked; see [`crate::Crontab`].
    pub crontab: String,
    /// Replaces the fields of the same name in `request` and `otherRequest`.
    pub take_over_request: Vec<Field>,
}

/// `omissionRemedy` (漏单补偿): a past range is read again on its own schedule. Its `adapter`, a class of
/// the incumbent, is accepted and ignored.
#[derive(Clone, Debug, PartialEq)]
pub struct OmissionRemedy {
    /// Five fields: minute hour day month weekday. Checked; see [`crate::Crontab`].
    pub crontab: String,
    /// Replaces the fields of the same name in `request` and `otherRequest`: which range to read.
    pub take_over_request: Vec<Field>,
}

pub(super) fn full_scan(node: &Node<'_>, problems: &mut Problems) -> Option<FullScan> {
    let mut keys = node.object(problems)?;
    let scan = FullScan {
        crontab: keys.need_text("crontab", problems),
        take_over_request: field::list(keys.take("takeOverRequest"), problems),
    };
    keys.finish(problems);
    Some(scan)
}

pub(super) fn omission_remedy(node: &Node<'_>, problems: &mut Problems) -> Option<OmissionRemedy> {
    let mut keys = node.object(problems)?;
    keys.take("adapter");
    let remedy = OmissionRemedy {
        crontab: keys.need_text("crontab", problems),
        take_over_request: field::list(keys.need("takeOverRequest", problems), problems),
    };
    keys.finish(problems);
    Some(remedy)
}
