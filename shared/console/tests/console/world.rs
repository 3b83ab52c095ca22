//! Flows that are made up: what they answer is written by hand, but for what becomes of a record, which is the mapping's
//! own word. They remember what they were asked.

#![allow(dead_code, reason = "each program uses a part of it")]

use ferry_console::{Answer, Console, FlowEntry, Flows, Role, Sample, handle};
use ferry_mapping::{Context, Mapping};
use ferry_sync::host::{Random, Variables};
use ferry_sync::shanghai;
use ferry_watch::alerts::Record;
use http::{Request, Response};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

macro_rules! entry {
    ($flow:literal, $($sample:literal),*) => {
        FlowEntry {
            name: $flow,
            file: include_str!(concat!("../../../../functions/", $flow, "/flow.json")),
            samples: &[$(Sample {
                name: $sample,
                text: include_str!(concat!("../../../../functions/", $flow, "/samples/", $sample, ".json")),
            }),*],
        }
    };
}

/// The flows of the app.
pub static FLOWS: [FlowEntry; 5] = [
    entry!("galaxy-materials-to-mysql", "material", "bare"),
    entry!("jushuitan-returns-to-galaxy", "return", "defective"),
    entry!("wangdiantong-stockouts-to-galaxy", "stockout", "older"),
    entry!("okki-orders-to-wise", "order", "in_yuan"),
    entry!("jushuitan-shops-to-jdy", "shop", "legacy"),
];

/// Of the admin.
pub const ADMIN: &str = "admin-token-of-thirty-characters";
/// Of who may look and run.
pub const RUNNER: &str = "run-token-of-thirty-characters..";
/// The flow with most to show.
pub const RETURNS: &str = "jushuitan-returns-to-galaxy";

/// Role, flow, method, path, body.
pub type Asked = (Role, String, String, String, Value);

/// The world of a test.
pub struct World {
    /// The app's variables.
    pub variables: BTreeMap<String, String>,
    /// Unix seconds.
    pub now: i64,
    /// How many dead letters the returns have.
    pub letters: u64,
    /// What was asked.
    pub asked: RefCell<Vec<Asked>>,
    /// Answers that were arranged, by method and path.
    pub arranged: BTreeMap<(String, String), Answer>,
    saved: RefCell<Vec<(u64, String, String)>>,
    nonce: Cell<u8>,
}

impl World {
    /// A November afternoon.
    pub fn new() -> World {
        let variables = [
            ("admin_token", ADMIN),
            ("run_token", RUNNER),
            ("state_key", "state-key-of-thirty-characters.."),
            ("flows_enabled", "all"),
        ];
        World {
            variables: variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            now: shanghai::parse("2026-11-30 15:47:21").expect("a time"),
            letters: 37,
            asked: RefCell::default(),
            arranged: BTreeMap::new(),
            saved: RefCell::default(),
            nonce: Cell::new(0),
        }
    }

    /// Answers a request.
    pub fn handle(&self, request: &Request<Vec<u8>>) -> Response<Vec<u8>> {
        let console =
            Console { flows: self, catalogue: &FLOWS, variables: self, random: self, now: self.now };
        handle(&console, request)
    }

    fn ago(&self, seconds: i64) -> String {
        shanghai::text(self.now - seconds)
    }

    fn report(&self, flow: &str, at: i64, n: u64) -> Value {
        let written = (at.unsigned_abs() / 20).wrapping_mul(2_654_435_761) % 97 * n / 97;
        let there = written / 9;
        let dead = u64::from(written % 11 == 10) * 2;
        let mut report = json!({
            "flow": flow, "run_id": format!("{}-{:06x}", 4000 - at / 60, at * 31 % 0xff_ffff), "trigger": "cron", "flow_file": "b51709b7f49a",
            "version": u64::from(flow == RETURNS) * 2,
            "started_at": self.ago(at), "window": {"begin": self.ago(at + 660), "end": self.ago(at + 30)},
            "pages": 1 + written / 50, "records": written + there + dead, "filtered": 0, "written": written, "already_there": there,
            "dead": dead, "pending": 0, "retried": {"tried": 1, "delivered": 1, "failed": 0, "parked": 0},
            "calls": {"source": 1 + written / 50, "lookup": 1, "target": written / 20}, "watermark": self.ago(at + 30),
            "has_more": false, "duration_ms": 180 + written * 37, "error": null,
        });
        if flow == "okki-orders-to-wise" && at < 1300 {
            report["error"] = json!({
                "code": "unauthorized", "message": "saving orders: [401] the authority code is not valid",
                "message_zh": "保存销售订单：[401] 授权码无效",
                "hint": "take the authority code (授权码) from EBDI → API平台 and set wise_authority_code",
                "hint_zh": "请在 EBDI → API平台 查看授权码，并设置变量 wise_authority_code",
            });
        }
        report
    }

    fn state(&self, flow: &str) -> Answer {
        let every: i64 = match flow {
            "galaxy-materials-to-mysql" => 300,
            "jushuitan-returns-to-galaxy" => 180,
            "jushuitan-shops-to-jdy" => 5400,
            _ => 600,
        };
        if flow == "wangdiantong-stockouts-to-galaxy" {
            return Answer {
                status: 409,
                body: json!({"error": {
                    "code": "not_initialised",
                    "message": "the flow wangdiantong-stockouts-to-galaxy has no state, and its variable wangdiantong_stockouts_to_galaxy_start is not set",
                    "message_zh": "流程 wangdiantong-stockouts-to-galaxy 没有状态，且未设置变量 wangdiantong_stockouts_to_galaxy_start",
                    "hint": "set the variable to the time from which records are to be carried, or PUT a watermark",
                    "hint_zh": "请将该变量设为开始搬运的时间，或设置水位",
                }}),
            };
        }
        let step = (every * 2 / 3).max(60);
        let n = if flow.contains("shops") { 4 } else { 90 };
        let reports: Vec<Value> = (0..50).map(|back| self.report(flow, 40 + back * step, n)).collect();
        let failing = flow == "okki-orders-to-wise";
        let hour = self.now - self.now.rem_euclid(3600);
        let hours: Vec<Value> = (0..24)
            .filter(|back| !(failing && *back < 1))
            .map(|back: i64| {
                let of_day = (hour - back * 3600).div_euclid(3600) + 8;
                let busy = [2, 1, 1, 0, 1, 2, 4, 9, 17, 24, 26, 22, 14, 19, 25, 27, 23, 18, 12, 9, 8, 7, 5, 3][usize::try_from(of_day.rem_euclid(24)).unwrap_or(0)] * n / 9;
                let dead = if flow == RETURNS && [1, 2, 7].contains(&back) { 6 + busy / 30 } else { 0 };
                json!({"hour": shanghai::text(hour - back * 3600), "written": busy + (back.unsigned_abs() * 37) % 23, "dead": dead})
            })
            .collect();
        let parked = if flow == RETURNS { self.letters.min(12) } else { 0 };
        let mut state = json!({
            "flow": flow, "title": {"zh": "", "en": ""}, "flow_file": "b51709b7f49a",
            "version": {"number": if flow == RETURNS { 2 } else { 0 }, "saved_at": self.ago(86400), "built_in": "b51709b7f49a", "built_in_when_saved": "b51709b7f49a", "built_in_changed": false},
            "expect_every_seconds": every, "last_run_at": reports[0]["started_at"], "next_expected": shanghai::text(self.now - 40 + every),
            "watermark": self.ago(if failing { 4000 } else { 70 }), "lag_seconds": if failing { 4000 } else { 70 },
            "window": null, "full_scan": null, "lease": {"held": flow.starts_with("galaxy"), "until": null},
            "dead": if flow == RETURNS { json!({"waiting": self.letters - parked, "for_partner": 9.min(self.letters - parked), "parked": parked}) } else { json!({"waiting": 0, "for_partner": 0, "parked": 0}) },
            "failures": if failing { 4 } else { 0 }, "jobs": [], "skipped": 0, "hours": hours, "reports": reports,
            "totals": {}, "interfaces": self.interfaces(flow), "accounts": self.accounts(flow), "events": self.events(flow),
        });
        if flow == RETURNS {
            state["window"] =
                json!({"begin": self.ago(670), "end": self.ago(31), "cursor": "page 3 of 7", "records": 150});
            state["jobs"] = json!([
                {"id": "6", "kind": "reconcile", "begin": "2026-11-01 00:00:00", "end": "2026-11-08 00:00:00", "asked_at": self.ago(90000), "by_schedule": false,
                 "done_to": "2026-11-08 00:00:00", "finished_at": self.ago(86000), "counts": {"records": 1204, "written": 0}, "missing": 3, "missing_ids": ["2300112", "2300541", "2300977"]},
                {"id": "7", "kind": "backfill", "begin": "2026-11-08 00:00:00", "end": "2026-11-30 00:00:00", "asked_at": self.ago(1800), "by_schedule": false,
                 "done_to": "2026-11-19 08:00:00", "finished_at": null, "counts": {"records": 2875, "written": 61}, "missing": 0, "missing_ids": []},
            ]);
        }
        Answer { status: 200, body: state }
    }

    fn interfaces(&self, flow: &str) -> Value {
        let one = |account: &str, platform: &str, interface: &str, calls: u64, business: u64| {
            json!({
                "account": account, "platform": platform, "interface": interface, "calls": calls,
                "errors": {"transport": calls / 900, "rate_limit": calls / 2000, "credentials": 0, "business": business, "fatal": 0},
                "latency": {"bounds_ms": [10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000],
                            "counts": [0, calls / 40, calls / 9, calls / 3, calls / 4, calls / 8, calls / 20, calls / 60, calls / 300, 1, 0, 0], "sum_ms": calls * 190},
                "today": {"date": self.ago(0)[..10], "calls": calls / 12}, "last_minute": {"minute": self.ago(0)[..16], "calls": 7},
                "last_error": if business > 0 { json!({"at": self.ago(1900), "class": "business", "message": "saving bills: [MsgCode_1] 物料“SKU-009-1”在组织“100”下不存在或已禁用", "message_zh": "保存单据：[MsgCode_1] 物料“SKU-009-1”在组织“100”下不存在或已禁用"}) } else { Value::Null },
            })
        };
        match flow {
            "galaxy-materials-to-mysql" => {
                json!([
                    one("galaxy", "galaxy", "executeBillQuery", 8123, 0),
                    one("mysql", "mysql", "execute", 2210, 0)
                ])
            }
            "jushuitan-returns-to-galaxy" => json!([
                one("jushuitan", "jushuitan", "/open/other/inout/query", 15330, 0),
                one("galaxy", "galaxy", "executeBillQuery", 3100, 0),
                one("galaxy", "galaxy", "batchSave", 2877, 41),
            ]),
            "okki-orders-to-wise" => json!([
                one("okki", "okki", "/v1/invoices/order/list", 4100, 0),
                one("wise", "wise", "/SO/Save", 980, 4),
            ]),
            _ => json!([
                one("jushuitan", "jushuitan", "/open/shops/query", 420, 0),
                one("jdy", "jdy", "/jdy/v2/bd/customer", 96, 0)
            ]),
        }
    }

    fn accounts(&self, flow: &str) -> Value {
        let one = |account: &str, per_minute: u64, expires: Option<i64>| {
            json!({"account": account, "platform": account, "per_minute": per_minute, "paused_until": null,
                   "token_expires_at": expires.map(|at| self.ago(-at))})
        };
        match flow {
            "galaxy-materials-to-mysql" => json!([one("galaxy", 100, None)]),
            "jushuitan-returns-to-galaxy" | "jushuitan-shops-to-jdy" => {
                json!([one("jushuitan", 100, Some(2_400_000)), one("jdy", 60, Some(50_000))])
            }
            _ => json!([one("okki", 60, Some(21_000)), one("wise", 120, Some(3_000))]),
        }
    }

    fn events(&self, flow: &str) -> Value {
        let event = |ago: i64, level: &str, event: &str, en: &str, zh: &str| json!({"at": self.ago(ago), "level": level, "event": event, "run_id": format!("{}-0004d8", 4000 - ago / 60), "message": en, "message_zh": zh});
        match flow {
            "okki-orders-to-wise" => json!([
                event(
                    40,
                    "error",
                    "run_failed",
                    "saving orders: [401] the authority code is not valid",
                    "保存销售订单：[401] 授权码无效"
                ),
                event(
                    440,
                    "error",
                    "run_failed",
                    "saving orders: [401] the authority code is not valid",
                    "保存销售订单：[401] 授权码无效"
                ),
            ]),
            RETURNS => json!([
                event(1840, "warning", "dead_letters", "6 records became dead letters", "6 条记录成为死信"),
                event(
                    5000,
                    "info",
                    "job_finished",
                    "the job 6 (reconcile) is done: 1,204 records, 3 missing",
                    "任务 6（对账）完成：1,204 条，缺失 3 条"
                ),
                event(
                    86400,
                    "info",
                    "file_saved",
                    "version 2 of the flow file was saved and is in use: the unit 箱",
                    "流程文件版本 2 已保存并启用：单位“箱”"
                ),
            ]),
            _ => json!([event(9000, "info", "recovered", "runs succeed again", "运行已恢复正常")]),
        }
    }

    fn letter(&self, at: u64) -> Value {
        let (code, field, en, zh) = match at % 4 {
            0 => (
                "lookup_waiting",
                "FSaleOrgId",
                "FSaleOrgId: no record of return-notice has FBillNo = THTZ300481",
                "FSaleOrgId：return-notice 中没有 FBillNo = THTZ300481 的记录",
            ),
            1 => (
                "rejected",
                "FEntity",
                "saving bills: [MsgCode_1] 物料“SKU-009-1”在组织“100”下不存在或已禁用",
                "保存单据：[MsgCode_1] 物料“SKU-009-1”在组织“100”下不存在或已禁用",
            ),
            2 => (
                "quality",
                "items.qty",
                "items.qty: a returned quantity must be more than 0",
                "items.qty：退货数量必须大于 0",
            ),
            _ => (
                "bad_cast",
                "FEntity[0].FTaxPrice",
                "FEntity[0].FTaxPrice: '12,5' is no number",
                "FEntity[0].FTaxPrice：“12,5”不是数字",
            ),
        };
        let mut record: Value =
            serde_json::from_str::<Value>(FLOWS[1].samples[0].text).expect("a sample")["record"].take();
        record["io_id"] = json!(2_300_481 + at);
        if code == "bad_cast" {
            record["items"][0]["sale_price"] = json!("12,5");
        }
        json!({
            "id": (2_300_481 + at).to_string(), "number": (2_300_481 + at).to_string(), "code": code, "field": field,
            "message": en, "message_zh": zh, "record": record,
            "error": {"code": code, "message": en, "message_zh": zh, "field": field,
                      "hint": "correct it in 聚水潭 or in Galaxy, then retry", "hint_zh": "请在聚水潭或星空中更正，然后重试"},
            "attempts": 1 + at % 4, "first_failed": self.ago(5400 + i64::try_from(at).unwrap_or(0) * 60), "last_failed": self.ago(1800),
            "next_attempt": if at % 4 == 1 { Value::Null } else { json!(self.ago(-1500)) }, "parked": at % 4 == 1,
        })
    }

    fn dead(&self, query: &str) -> Answer {
        let get = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        let number =
            |name: &str, otherwise: u64| get(name).and_then(|text| text.parse().ok()).unwrap_or(otherwise);
        let (offset, limit) = (number("offset", 0), number("limit", 100));
        let code = get("code").unwrap_or_default();
        let all: Vec<Value> = (0..self.letters.min(200))
            .map(|at| self.letter(at))
            .filter(|letter| code.is_empty() || letter["code"] == code)
            .collect();
        let total = if code.is_empty() { self.letters } else { all.len() as u64 };
        let shown: Vec<&Value> = all
            .iter()
            .skip(usize::try_from(offset).unwrap_or(0))
            .take(usize::try_from(limit).unwrap_or(0))
            .collect();
        let next = offset + shown.len() as u64;
        Answer {
            status: 200,
            body: json!({
                "waiting": self.letters - self.letters.min(12), "parked": self.letters.min(12), "offset": offset, "letters": shown, "total": total,
                "codes": {"lookup_waiting": self.letters.div_ceil(4), "rejected": self.letters / 4, "quality": self.letters / 4, "bad_cast": self.letters / 4},
                "next_offset": if next < total { json!(next) } else { Value::Null },
            }),
        }
    }

    fn file(&self, flow: &str) -> &'static str {
        FLOWS.iter().find(|entry| entry.name == flow).expect("a flow").file
    }

    fn check(&self, body: &Value) -> Answer {
        let text = body["text"].as_str().unwrap_or_default();
        let file = match ferry_mapping::parse(text) {
            Ok(file) => file,
            Err(problems) => {
                let problems: Vec<Value> = problems.iter().map(|problem| json!({
                    "severity": problem.severity, "code": problem.code, "path": problem.path, "line": problem.line, "column": problem.column,
                    "message": problem.en, "message_zh": problem.zh,
                })).collect();
                return Answer { status: 200, body: json!({"problems": problems}) };
            }
        };
        let mut answer = json!({"problems": []});
        if body["record"].is_object() {
            let mapping = Mapping::compile(&file.target.request, "target.request").expect("parsed");
            let context = Context {
                params: &file.params,
                last_sync_time: self.now,
                current_time: self.now,
                page_size: 50,
                start_page: 0,
                start_row: 0,
                lookups: None,
            };
            let document = mapping.document(&body["record"], &context);
            answer["preview"] = json!({
                "document": document.as_ref().ok(), "error": document.as_ref().err().map(|error| json!({"code": error.code, "message": error.en(), "message_zh": error.zh()})),
                "fields": mapping.explain(&body["record"], &context),
            });
        }
        Answer { status: 200, body: answer }
    }
}

impl Flows for World {
    fn ask(&self, role: Role, flow: &str, method: &str, path: &str, body: Option<&Value>) -> Answer {
        self.asked.borrow_mut().push((
            role,
            flow.to_owned(),
            method.to_owned(),
            path.to_owned(),
            body.cloned().unwrap_or_default(),
        ));
        if let Some(answer) = self.arranged.get(&(method.to_owned(), path.to_owned())) {
            return answer.clone();
        }
        let body = body.cloned().unwrap_or_default();
        let done = |mut report: Value| {
            report["trigger"] = json!("operator");
            Answer { status: 200, body: report }
        };
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        match (method, path) {
            ("GET", "") => self.state(flow),
            ("GET", "/file") => {
                let saved = self.saved.borrow();
                let newest = saved.last();
                let versions: Vec<Value> = saved.iter().rev().map(|(number, note, _)| json!({"number": number, "digest": "0c81aa52e7d1", "saved_at": self.ago(600), "note": note, "built_in": "b51709b7f49a"})).collect();
                Answer {
                    status: 200,
                    body: json!({"in_use": newest.map_or(0, |it| it.0), "built_in": "b51709b7f49a", "text": newest.map_or(self.file(flow), |it| it.2.as_str()), "versions": versions}),
                }
            }
            ("GET", "/file/0") => Answer { status: 200, body: json!({"number": 0, "text": self.file(flow)}) },
            ("POST", "/file/check") => self.check(&body),
            ("PUT", "/file") => {
                let number = self.saved.borrow().len() as u64 + 1;
                self.saved.borrow_mut().push((
                    number,
                    body["note"].as_str().unwrap_or_default().to_owned(),
                    body["text"].as_str().unwrap_or_default().to_owned(),
                ));
                Answer { status: 200, body: json!({"number": number, "digest": "0c81aa52e7d1"}) }
            }
            ("POST", "/file/use") => {
                self.saved.borrow_mut().clear();
                Answer { status: 200, body: json!({}) }
            }
            ("POST", "/preview") => Answer {
                status: 200,
                body: self.check(&json!({"text": self.file(flow), "record": body["record"]})).body["preview"]
                    .take(),
            },
            ("GET", "/dead") if flow == RETURNS => self.dead(query),
            ("GET", "/dead") => Answer {
                status: 200,
                body: json!({"waiting": 0, "parked": 0, "letters": [], "total": 0, "codes": {}, "next_offset": null}),
            },
            ("GET", path) if path.starts_with("/dead/") => {
                let id: u64 = path[6..].parse().unwrap_or(0);
                match id.checked_sub(2_300_481).filter(|at| *at < self.letters) {
                    Some(at) => Answer { status: 200, body: self.letter(at) },
                    None => Answer {
                        status: 404,
                        body: json!({"error": {"code": "unknown_dead_letter", "message": "there is no dead letter", "message_zh": "没有死信"}}),
                    },
                }
            }
            ("GET", "/skip") => Answer { status: 200, body: json!({"ids": ["2300002"]}) },
            ("POST", "/dead/retry") => Answer {
                status: 200,
                body: json!({"results": [], "report": {"run_id": "1", "error": null, "retried": {"tried": 2, "delivered": 2, "failed": 0, "parked": 0}}}),
            },
            ("POST", "/backfill" | "/reconcile") => Answer { status: 202, body: json!({"job": "8"}) },
            ("POST", "/run") => {
                let mut report = self.report(flow, 40, 90);
                if body["dry_run"] == true {
                    report["dry_run"] = json!([{"FBillNo": "2300481"}]);
                }
                Answer { status: 200, body: report }
            }
            ("PUT", "/watermark") => done(json!({"run_id": "1", "watermark": body["watermark"]})),
            ("POST", "/skip") | ("DELETE", _) => done(json!({"run_id": "1"})),
            _ => Answer {
                status: 404,
                body: json!({"error": {"code": "unknown_route", "message": "nothing answers there", "message_zh": "没有对应的接口"}}),
            },
        }
    }

    fn alerts(&self) -> Record {
        let now = self.now;
        serde_json::from_value(json!({
            "version": 1, "checked_at": now - 21,
            "open": [{"flow": "okki-orders-to-wise", "code": "failing", "since": now - 1240, "seen": now - 1200, "told_at": now - 1200,
                      "what": {"en": "4 runs in a row have failed: saving orders: [401] the authority code is not valid", "zh": "连续 4 次运行失败：保存销售订单：[401] 授权码无效"},
                      "hint": {"en": "take the authority code from EBDI → API平台", "zh": "请在 EBDI → API平台 查看授权码"}}],
            "sent": [{"at": now - 1200, "channel": "dingtalk", "summary": {"en": "okki-orders-to-wise is failing", "zh": "okki-orders-to-wise 连续失败"},
                      "alerts": [{"flow": "okki-orders-to-wise", "code": "failing", "change": "opened"}], "refusal": null, "times": 0}],
        }))
        .unwrap_or_default()
    }
}

impl Variables for World {
    fn get(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }
}

impl Random for World {
    fn fill(&self, buffer: &mut [u8]) {
        self.nonce.set(self.nonce.get().wrapping_add(1));
        buffer.fill(self.nonce.get());
    }
}
