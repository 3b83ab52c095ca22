//! Full lists: what has no time of change is read whole, again and again, and only the pages that changed are delivered.

use super::{Run, Stop, Walk, seconds};
use crate::report::Counts;
use crate::source::{Page, Walks};
use crate::state::Scan;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use sha2::{Digest, Sha256};

/// Of a full list the digests of so many pages are kept (of 100 shops each: 204,800), so that they take at most 28 KiB
/// of the state document however long the list: what is on later pages is looked for at the target every time.
pub const MOST_DIGESTS: usize = 2048;

impl Run<'_> {
    pub(crate) fn is_full_list(&self) -> bool {
        self.flow.source.walks() == Walks::FullList
    }

    /// A full list that an earlier run began is read once more from the front, where something may have changed before
    /// this run started. As far as time allows: a list that is longer than any run would otherwise have no end.
    pub(crate) fn look_again(&mut self) -> Result<(), Stop> {
        let end = self.started_ms.div_euclid(1000) - seconds(self.flow.file.delivery.safety_lag);
        if !self.is_full_list() || self.walked_to.is_none_or(|walked| walked >= end) {
            return Ok(());
        }
        // What has been reached stays reached if this fails.
        self.commit()?;
        self.looks_again = true;
        self.open_list(end);
        self.walk(Walk::Window)
    }

    /// Begins at the front; the watermark becomes `end` when all of it is delivered.
    pub(crate) fn open_list(&mut self, end: i64) {
        let state = &mut self.work.state;
        state.window = Some(Scan::new(0, end.max(state.watermark)));
    }

    /// Delivers a page of a scan, unless it is of a full list and as it was when all of it was delivered.
    pub(crate) fn deliver_changed(&mut self, page: &Page, scan: &Scan) -> Result<(), Stop> {
        let at = at(scan);
        if !self.is_full_list() || at >= MOST_DIGESTS {
            return self.deliver(page).map_err(Stop::half_done);
        }
        let digest = self.digest(page);
        if self.work.state.digests.get(at) == Some(&digest) {
            self.leave_alone(page);
            return Ok(());
        }
        let undelivered = |counts: &Counts| counts.dead + counts.pending;
        let before = undelivered(&self.work.counts);
        self.deliver(page).map_err(Stop::half_done)?;
        let digests = &mut self.work.state.digests;
        digests.resize(digests.len().max(at + 1), String::new());
        // A page with a row that was not delivered is tried again with the next list.
        digests[at] = if undelivered(&self.work.counts) == before { digest } else { String::new() };
        Ok(())
    }

    /// What a page's rows and the way they are delivered are told by: 64 bits, as one page is only ever compared with
    /// what it was before.
    fn digest(&self, page: &Page) -> String {
        let mut content = format!("{}\n{:?}\n", self.flow.digest, self.flow.settings.existing);
        content.push_str(&serde_json::to_string(&self.flow.file.params).expect("parameters are plain data"));
        for row in 0..page.rows.len() {
            content.push('\n');
            content.push_str(&page.rows.content(row));
        }
        BASE64.encode(&Sha256::digest(content)[..8])
    }

    /// A page without rows: whatever it was before, it is not that any more.
    pub(crate) fn forget_page(&mut self, scan: &Scan) {
        if let Some(digest) = self.work.state.digests.get_mut(at(scan)) {
            digest.clear();
        }
    }

    /// The list ended with this scan's last page; it may have been longer.
    pub(crate) fn forget_pages_after(&mut self, scan: &Scan) {
        self.work.state.digests.truncate(usize::try_from(scan.pages).unwrap_or(usize::MAX));
    }
}

/// The place of a scan's last page among all of them.
fn at(scan: &Scan) -> usize {
    usize::try_from(scan.pages.saturating_sub(1)).unwrap_or(usize::MAX)
}
