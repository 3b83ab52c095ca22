//! The parameters of a query, and its page (`vendors/sources.md` 1.6, 1.7, 1.8).

use chrono::{NaiveDateTime, TimeDelta};
use serde_json::{Map, Value, json};

use super::answer::Refusal;
use super::config::{Edge, IoIdsAlone, Numbers, Order, OverPageSize, PageSizeTold, Switches};
use super::faults::Misbehaviour;
use super::records::{Records, Row, TIME, text};

const MAX_IDS: usize = 50;
const WIDEST_DAYS: i64 = 7;

/// A page that is ready to be sent.
pub(super) struct Page {
    pub rows: Vec<Value>,
    pub facts: Map<String, Value>,
}

/// Which page, and how long it is.
struct Paging {
    index: usize,
    /// Rows that it really has at most.
    size: usize,
    /// What the answer says of it.
    told: usize,
}

pub(super) fn inouts(
    biz: &Row,
    records: &Records,
    switches: &Switches,
    what: Option<&Misbehaviour>,
    rng: &mut fastrand::Rng,
) -> Result<Page, Refusal> {
    let paging = Paging::read(biz, 30, 50, switches, what)?;
    let filter = Filter::read(biz, switches)?;
    let mut rows: Vec<&Row> = records.inouts.values().filter(|row| filter.matches(row)).collect();
    match switches.order {
        _ if filter.after_ts.is_some() => rows.sort_by_key(|row| row["ts"].as_i64()),
        Order::Id => {}
        Order::Modified => rows.sort_by(|a, b| text(a, "modified").cmp(text(b, "modified"))),
        Order::Newest => rows.sort_by(|a, b| text(b, "modified").cmp(text(a, "modified"))),
        Order::Shuffled => rng.shuffle(&mut rows),
    }
    let total = match what {
        Some(Misbehaviour::TotalLies { data_count }) => *data_count,
        _ => rows.len(),
    };
    let mut page = paging.cut(&rows);
    page.rows.iter_mut().for_each(|row| dressed(row, switches));
    page.facts.insert("data_count".into(), total.into());
    page.facts.insert("page_count".into(), total.div_ceil(paging.size).into());
    Ok(page)
}

pub(super) fn shops(
    biz: &Row,
    records: &Records,
    switches: &Switches,
    what: Option<&Misbehaviour>,
    rng: &mut fastrand::Rng,
) -> Result<Page, Refusal> {
    let paging = Paging::read(biz, 100, 100, switches, what)?;
    let ids = strings(biz, "shop_ids", usize::MAX)?;
    Ok(paging.cut(&listed(biz, records, switches, ids.as_deref(), rng)?))
}

/// All of them at once.
pub(super) fn legacy_shops(
    biz: &Row,
    records: &Records,
    switches: &Switches,
    rng: &mut fastrand::Rng,
) -> Result<Vec<Value>, Refusal> {
    const FIELDS: &[&str] = &[
        "shop_id",
        "shop_name",
        "shop_site",
        "shop_url",
        "created",
        "nick",
        "session_expired",
        "short_name",
    ];
    let rows = listed(biz, records, switches, None, rng)?;
    let known = |row: &&Row| -> Value {
        let fields = row.iter().filter(|(name, _)| FIELDS.contains(&&***name));
        Value::Object(fields.map(|(name, value)| (name.clone(), value.clone())).collect())
    };
    Ok(rows.iter().map(known).collect())
}

fn listed<'a>(
    biz: &Row,
    records: &'a Records,
    switches: &Switches,
    ids: Option<&[String]>,
    rng: &mut fastrand::Rng,
) -> Result<Vec<&'a Row>, Refusal> {
    let nicks = strings(biz, "nicks", usize::MAX)?;
    let matches = |row: &&Row| {
        ids.is_none_or(|ids| ids.contains(&row["shop_id"].to_string()))
            && nicks.as_deref().is_none_or(|nicks| nicks.iter().any(|nick| nick == text(row, "nick")))
    };
    let mut rows: Vec<&Row> = records.shops.values().filter(matches).collect();
    match switches.order {
        Order::Id | Order::Modified => {}
        Order::Newest => rows.reverse(),
        Order::Shuffled => rng.shuffle(&mut rows),
    }
    Ok(rows)
}

impl Paging {
    fn read(
        biz: &Row,
        default: usize,
        most: usize,
        switches: &Switches,
        what: Option<&Misbehaviour>,
    ) -> Result<Self, Refusal> {
        let index = number(biz, "page_index")?.unwrap_or(1);
        let asked = number(biz, "page_size")?.unwrap_or(default as i64);
        let too_small = |name: &str| Refusal::Parameter(format!("参数{name}应大于0"));
        let index = usize::try_from(index).ok().filter(|n| *n > 0).ok_or_else(|| too_small("page_index"))?;
        let asked = usize::try_from(asked).ok().filter(|n| *n > 0).ok_or_else(|| too_small("page_size"))?;
        if asked > most && switches.over_page_size == OverPageSize::Refuse {
            return Err(Refusal::Parameter(format!("参数page_size不能超过{most}")));
        }
        let mut size = asked.min(most).min(switches.clamp.unwrap_or(most));
        if let Some(Misbehaviour::ClampPage { rows }) = what {
            size = size.min(*rows);
        }
        let told = match switches.page_size_told {
            PageSizeTold::Effective => size,
            PageSizeTold::Asked => asked,
        };
        Ok(Self { index, size: size.max(1), told })
    }

    fn cut(&self, rows: &[&Row]) -> Page {
        let before = (self.index - 1).saturating_mul(self.size);
        let page = rows.iter().skip(before).take(self.size).map(|row| Value::Object((*row).clone()));
        let has_next = rows.len() > before.saturating_add(self.size);
        let facts = json!({"page_index": self.index, "page_size": self.told, "has_next": has_next});
        Page { rows: page.collect(), facts: facts.as_object().cloned().unwrap_or_default() }
    }
}

/// Which records are asked for.
struct Filter {
    window: Option<(&'static str, String, String, Edge)>,
    so_ids: Option<Vec<String>>,
    io_ids: Option<Vec<String>>,
    types: Option<Vec<String>>,
    status: Option<String>,
    wms_co_id: Option<i64>,
    after_ts: Option<(i64, Edge)>,
}

impl Filter {
    fn read(biz: &Row, switches: &Switches) -> Result<Self, Refusal> {
        let wrong = |why: &str| Err(Refusal::Parameter(why.to_owned()));
        let so_ids = strings(biz, "so_ids", MAX_IDS)?;
        let io_ids = strings(biz, "io_ids", MAX_IDS)?;
        let after_ts = number(biz, "start_ts")?.map(|ts| (ts, switches.start_ts));
        let date = match number(biz, "date_type")?.unwrap_or(0) {
            0 => "modified",
            2 => "io_date",
            _ => return wrong("参数date_type只能为0或2"),
        };
        let window = match (time(biz, "modified_begin")?, time(biz, "modified_end")?) {
            (Some(begin), Some(end)) if begin > end => return wrong("修改起始时间不能大于结束时间"),
            (Some(begin), Some(end)) if end - begin > TimeDelta::days(WIDEST_DAYS) => {
                return wrong("修改起始时间和结束时间间隔不能超过七天");
            }
            (Some(begin), Some(end)) => {
                let written = |time: NaiveDateTime| time.format(TIME).to_string();
                Some((date, written(begin), written(end), switches.window_end))
            }
            (None, None) => None,
            _ => return wrong("修改起始时间和结束时间必须同时存在"),
        };
        let by_io_ids = io_ids.is_some() && switches.io_ids_alone == IoIdsAlone::Allowed;
        if window.is_none() && so_ids.is_none() && !by_io_ids && after_ts.is_none() {
            return wrong("修改时间与线上单号不能同时为空");
        }
        let types = strings(biz, "types", usize::MAX)?;
        let known = ["其它退货", "其它出库", "其它进仓"];
        if types.iter().flatten().any(|kind| !known.contains(&&**kind)) {
            return wrong("参数types只能为其它退货、其它出库、其它进仓");
        }
        let status = string(biz, "status")?;
        let known = ["WaitConfirm", "Confirmed", "OuterConfirming", "Cancelled", "Delete"];
        if status.as_deref().is_some_and(|status| !known.contains(&status)) {
            return wrong("参数status无效");
        }
        number(biz, "owner_co_id")?;
        let wms_co_id = number(biz, "wms_co_id")?.filter(|id| *id != 0);
        Ok(Self { window, so_ids, io_ids, types, status, wms_co_id, after_ts })
    }

    fn matches(&self, row: &Row) -> bool {
        let named = |list: &Option<Vec<String>>, value: &str| {
            list.as_ref().is_none_or(|list| list.iter().any(|v| v == value))
        };
        let within = |(field, begin, end, edge): &(&str, String, String, Edge)| {
            let time = text(row, field);
            time >= &**begin && (time < &**end || (*edge == Edge::Inclusive && time == end))
        };
        let after = |(ts, edge): &(i64, Edge)| {
            let row_ts = row["ts"].as_i64().unwrap_or(0);
            row_ts > *ts || (*edge == Edge::Inclusive && row_ts == *ts)
        };
        self.window.as_ref().is_none_or(within)
            && self.after_ts.as_ref().is_none_or(after)
            && named(&self.so_ids, text(row, "so_id"))
            && (self.io_ids.is_none() || named(&self.io_ids, &row["io_id"].to_string()))
            && named(&self.types, text(row, "type"))
            && self.status.as_deref().is_none_or(|status| status == text(row, "status"))
            && self.wms_co_id.is_none_or(|id| row.get("wms_co_id").and_then(Value::as_i64) == Some(id))
    }
}

/// As the switches want it.
fn dressed(row: &mut Value, switches: &Switches) {
    if let Value::Object(fields) = row
        && switches.drop_name != "drop_co_name"
        && let Some(value) = fields.remove("drop_co_name")
    {
        fields.insert(switches.drop_name.clone(), value);
    }
    if switches.numbers == Numbers::Texts {
        let as_text = |value: &mut Value| {
            if value.is_number() {
                *value = value.to_string().into();
            }
        };
        row.get_mut("wh_id").map(as_text);
        for list in ["items", "batchs"] {
            for line in row.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
                line.get_mut("qty").map(as_text);
            }
        }
    }
}

fn wrong_type(name: &str) -> Refusal {
    Refusal::Parameter(format!("参数{name}类型不正确"))
}

/// A whole number, also as text, as the vendor's own example has it; `None` where it is not given.
fn number(biz: &Row, name: &str) -> Result<Option<i64>, Refusal> {
    match biz.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.is_empty() => Ok(None),
        Some(Value::String(text)) => text.parse().map(Some).map_err(|_| wrong_type(name)),
        Some(value) => value.as_i64().map(Some).ok_or_else(|| wrong_type(name)),
    }
}

fn string(biz: &Row, name: &str) -> Result<Option<String>, Refusal> {
    match biz.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
        Some(_) => Err(wrong_type(name)),
    }
}

fn time(biz: &Row, name: &str) -> Result<Option<NaiveDateTime>, Refusal> {
    let Some(text) = string(biz, name)? else { return Ok(None) };
    let parsed = NaiveDateTime::parse_from_str(&text, TIME).ok().filter(|_| text.len() == 19);
    parsed.map(Some).ok_or_else(|| Refusal::Parameter(format!("参数{name}应为yyyy-MM-dd HH:mm:ss")))
}

/// A list of texts or numbers; `None` where it is not given or empty.
fn strings(biz: &Row, name: &str, most: usize) -> Result<Option<Vec<String>>, Refusal> {
    let list = match biz.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Array(list)) => list,
        Some(_) => return Err(wrong_type(name)),
    };
    if list.len() > most {
        return Err(Refusal::Parameter(format!("参数{name}最多{most}个")));
    }
    let each = |value: &Value| match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err(wrong_type(name)),
    };
    let list: Vec<String> = list.iter().map(each).collect::<Result<_, _>>()?;
    Ok(Some(list).filter(|list| !list.is_empty()))
}
