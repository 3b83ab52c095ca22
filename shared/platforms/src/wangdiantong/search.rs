//! Which records to ask for (`vendors/sources.md` 2.3), and how a flow file says so.

use chrono::NaiveDateTime;
use serde_json::{Map, Value};

use super::WIDEST_WINDOW;
use super::request::{SHANGHAI, TIME};
use crate::Problem;

/// Which of a record's times a window is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeType {
    /// 1, the vendor's default: when it was made.
    #[default]
    Created,
    /// 2: when the goods went out. A record that is modified later is not seen again.
    Consigned,
    /// 3: when it was last modified: the one for reading what is new.
    Modified,
}

impl TimeType {
    /// As it is sent.
    pub(super) fn code(self) -> &'static str {
        match self {
            TimeType::Created => "1",
            TimeType::Consigned => "2",
            TimeType::Modified => "3",
        }
    }
}

/// A range of time, in Unix seconds. Whether the vendor counts its ends in is not known: so neighbours
/// share the second at which they meet, and nothing falls between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first second.
    pub begin: i64,
    /// The last second; at most [`WIDEST_WINDOW`] after the first.
    pub end: i64,
}

impl Window {
    /// The earlier and the later half, which share the second in the middle. `None` when there is
    /// nothing left to halve, that is when the window is one second long or none.
    pub fn halves(self) -> Option<[Window; 2]> {
        let middle = self.begin + (self.end - self.begin) / 2;
        (self.end - self.begin > 1)
            .then_some([Window { end: middle, ..self }, Window { begin: middle, ..self }])
    }
}

/// What to look for. Texts that are empty say nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// Needed unless a number is given.
    pub window: Option<Window>,
    /// What the window is about.
    pub time_type: TimeType,
    /// Of this warehouse only.
    pub warehouse_no: String,
    /// The record with this number.
    pub stockout_no: String,
    /// The records of this production order (生产单号).
    pub process_no: String,
    /// States, as `110` or `5,110`: 5 已取消, 48 未确认, 50 待审核, 77 拣货中, 110 已完成.
    pub status: String,
}

impl Search {
    /// All records of a window.
    pub fn window(window: Window, time_type: TimeType) -> Search {
        Search { window: Some(window), time_type, ..Search::default() }
    }

    /// One record, as it is now, whatever its state and time.
    pub fn number(stockout_no: &str) -> Search {
        Search { stockout_no: stockout_no.to_owned(), ..Search::default() }
    }

    /// The search that a flow file's `request` comes to once its values are filled in:
    /// `{"start_time": "2026-11-01 00:00:00", "end_time": …, "time_type": "3", "status": "110"}`.
    ///
    /// # Errors
    /// Everything that the vendor would refuse, at once, each by its field: unknown fields, times that
    /// are none, a window wider than 30 days, other time types and states than there are.
    pub fn from_fields(fields: &Map<String, Value>) -> Result<Search, Vec<Problem>> {
        Fields { problems: Vec::new() }.read(fields)
    }
}

/// Reads a [`Search`] and gathers what is wrong with it.
struct Fields {
    problems: Vec<Problem>,
}

impl Fields {
    fn read(mut self, fields: &Map<String, Value>) -> Result<Search, Vec<Problem>> {
        let mut search = Search::default();
        let (mut begin, mut end) = (None, None);
        for (name, value) in fields {
            let text = match value {
                Value::Null => String::new(),
                Value::String(text) => text.trim().to_owned(),
                Value::Number(number) => number.to_string(),
                _ => {
                    self.wrong(name, "is no text and no number", "既不是文本也不是数字");
                    continue;
                }
            };
            match name.as_str() {
                "start_time" => begin = self.time(name, &text),
                "end_time" => end = self.time(name, &text),
                "time_type" => search.time_type = self.time_type(name, &text),
                "warehouse_no" => search.warehouse_no = text,
                "stockout_no" => search.stockout_no = text,
                "process_no" => search.process_no = text,
                "status" => search.status = self.status(name, &text),
                _ => self.wrong(
                    name,
                    "is no field of this interface; there are start_time, end_time, time_type, warehouse_no, stockout_no, process_no and status. The page belongs into `pagination`",
                    "不是该接口的字段；可用：start_time、end_time、time_type、warehouse_no、stockout_no、process_no、status。分页请写在 `pagination` 中",
                ),
            }
        }
        let by_number = !search.stockout_no.is_empty() || !search.process_no.is_empty();
        match (begin, end) {
            (Some(begin), Some(end)) => search.window = self.window(begin, end),
            // A time that is malformed has been complained about already.
            (None, None) if by_number || !self.problems.is_empty() => {}
            _ if !self.problems.is_empty() => {}
            _ => self.wrong(
                "start_time",
                "and end_time are needed, both, unless stockout_no or process_no is given",
                "与 end_time 必须同时填写，除非给出 stockout_no 或 process_no",
            ),
        }
        if self.problems.is_empty() { Ok(search) } else { Err(self.problems) }
    }

    fn wrong(&mut self, field: &str, en: &str, zh: &str) {
        self.problems.push(Problem::new(field, en, zh));
    }

    fn time(&mut self, field: &str, text: &str) -> Option<i64> {
        if text.is_empty() {
            return None;
        }
        let time = NaiveDateTime::parse_from_str(text, TIME).ok();
        if time.is_none() {
            self.wrong(
                field,
                "is no time such as 2026-11-01 00:00:00; write {{LAST_SYNC_TIME|datetime}} or {{CURRENT_TIME|datetime}}",
                "不是形如 2026-11-01 00:00:00 的时间；请写 {{LAST_SYNC_TIME|datetime}} 或 {{CURRENT_TIME|datetime}}",
            );
        }
        time.map(|time| time.and_utc().timestamp() - SHANGHAI)
    }

    fn time_type(&mut self, field: &str, text: &str) -> TimeType {
        match text {
            "" | "1" => TimeType::Created,
            "2" => TimeType::Consigned,
            "3" => TimeType::Modified,
            _ => {
                self.wrong(
                    field,
                    "is 1 (when made), 2 (when the goods went out) or 3 (when last modified)",
                    "应为 1（建单时间）、2（出库时间）或 3（最后修改时间）",
                );
                TimeType::default()
            }
        }
    }

    fn status(&mut self, field: &str, text: &str) -> String {
        const KNOWN: [&str; 5] = ["5", "48", "50", "77", "110"];
        let states: Vec<&str> = text.split(',').map(str::trim).filter(|state| !state.is_empty()).collect();
        if states.iter().any(|state| !KNOWN.contains(state)) {
            self.wrong(
                field,
                "holds states separated by commas: 5 cancelled, 48 unconfirmed, 50 to be checked, 77 being picked, 110 done",
                "应为以逗号隔开的状态：5 已取消、48 未确认、50 待审核、77 拣货中、110 已完成",
            );
        }
        states.join(",")
    }

    fn window(&mut self, begin: i64, end: i64) -> Option<Window> {
        let widest = WIDEST_WINDOW.as_secs().cast_signed();
        if !(0..=widest).contains(&(end - begin)) {
            self.wrong(
                "end_time",
                "comes before start_time, or more than 30 days after it",
                "早于 start_time，或晚于 start_time 超过 30 天",
            );
            return None;
        }
        Some(Window { begin, end })
    }
}
