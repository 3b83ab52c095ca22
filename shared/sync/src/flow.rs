//! A flow: its file, compiled, with the operator's settings.
//!
//! Settings come from Spin's variables. A missing or malformed one is named, with what it is for; the others'
//! values are never in a message.

use crate::hold::Tenure;
use crate::host::Variables;
use crate::lookup::LookupPart;
use crate::problem::Problem;
use crate::seal::Seal;
use crate::shanghai;
use crate::source::SourcePart;
use crate::target::{Existing, TargetPart};
use ferry_mapping::{Context, FlowFile, Mapping, Problem as FileProblem, Shaping, Value};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::time::Duration;

/// A token must have at least this many characters.
pub const TOKEN_LENGTH: usize = 24;

/// A flow, ready to run.
pub struct Flow {
    /// The flow file.
    pub file: FlowFile,
    /// The first 12 hex digits of the flow file's SHA-256.
    pub digest: String,
    /// Which version of the flow file this is; 0 is the built-in one.
    pub version: u64,
    /// How often the version in use had been changed when this one was looked up.
    pub file_changes: u64,
    /// What is done to records before they are mapped.
    pub shaping: Shaping,
    /// The mapping, for preview and dry run.
    pub mapping: Mapping,
    /// The source's part.
    pub source: Box<dyn SourcePart>,
    /// The target's part.
    pub target: Box<dyn TargetPart>,
    /// The lookups' part, where the flow looks anything up.
    pub lookups: Option<Box<dyn LookupPart>>,
    /// The settings.
    pub settings: Settings,
}

/// What the operator set.
pub struct Settings {
    /// What to do with rows that are there already.
    pub existing: Existing,
    /// Where a flow without state begins, Unix seconds.
    pub start: Option<i64>,
    /// Seals tokens and dead letters.
    pub seal: Seal,
    /// How long a run holds the flow.
    pub tenure: Tenure,
    /// For how many days parked dead letters are kept; `None`: until a person deletes them.
    pub dead_retention_days: Option<u32>,
    /// How long a request may be at work at the target, where that differs from what the engine takes for usual.
    pub target_timeout: Option<Duration>,
}

/// A flow as its component names it: the flow file, and what knows its two platforms. A component links in no
/// others.
#[derive(Clone, Copy)]
pub struct Component<'f> {
    /// The flow file's text.
    pub flow_file: &'f str,
    /// Loads the source's part.
    pub source: Load<dyn SourcePart>,
    /// Loads the target's part.
    pub target: Load<dyn TargetPart>,
    /// Loads the lookups' part; `None` for a flow that looks nothing up.
    pub lookups: Option<Load<dyn LookupPart>>,
}

/// Compiles a platform's part of a flow file, and reads its account from the variables.
pub type Load<P> = fn(&FlowFile, &dyn Variables) -> Result<Box<P>, Unloaded>;

/// Why a part cannot be loaded.
#[derive(Debug)]
pub enum Unloaded {
    /// The flow file.
    File(Vec<FileProblem>),
    /// Variables that are missing or malformed.
    Account(Vec<ferry_platforms::Problem>),
}

impl From<Vec<FileProblem>> for Unloaded {
    fn from(problems: Vec<FileProblem>) -> Self {
        Unloaded::File(problems)
    }
}

impl From<Vec<ferry_platforms::Problem>> for Unloaded {
    fn from(problems: Vec<ferry_platforms::Problem>) -> Self {
        Unloaded::Account(problems)
    }
}

/// Why there is no flow.
#[derive(Debug)]
pub enum Unusable {
    /// The flow file.
    File(Vec<FileProblem>),
    /// What the engine asks of it, or the variables.
    Else(Problem),
}

impl From<Vec<FileProblem>> for Unusable {
    fn from(problems: Vec<FileProblem>) -> Self {
        Unusable::File(problems)
    }
}

impl From<Problem> for Unusable {
    fn from(problem: Problem) -> Self {
        Unusable::Else(problem)
    }
}

impl From<Unusable> for Problem {
    fn from(why: Unusable) -> Self {
        match why {
            Unusable::File(problems) => invalid(&problems),
            Unusable::Else(problem) => problem,
        }
    }
}

impl Flow {
    /// Reads the built-in flow file and the variables. All that is wrong is said at once.
    ///
    /// # Errors
    /// What is wrong.
    pub fn load(component: &Component<'_>, variables: &dyn Variables) -> Result<Self, Problem> {
        Ok(Self::of_text(component, component.flow_file, variables)?)
    }

    /// The same by another text of the flow file.
    ///
    /// # Errors
    /// What is wrong with it, or with the variables.
    pub fn of_text(
        component: &Component<'_>,
        text: &str,
        variables: &dyn Variables,
    ) -> Result<Self, Unusable> {
        let file = ferry_mapping::parse(text)?;
        let params = params(variables, &file)?;
        let file = file.with_params(&params)?;
        crate::hold::check(&file.delivery)?;
        not_run(&file)?;
        let mut file = file;
        let tenure = Tenure::from_variables(variables)?;
        tenure.fit(&mut file.delivery);
        let mut wrong = Vec::new();
        let source = loaded((component.source)(&file, variables), &mut wrong)?;
        let target = loaded((component.target)(&file, variables), &mut wrong)?;
        let lookups = match component.lookups.filter(|_| !file.lookups.is_empty()) {
            Some(load) => loaded(load(&file, variables), &mut wrong)?,
            None if file.lookups.is_empty() => None,
            None => return Err(no_lookups(&file).into()),
        };
        let settings = Settings::load(&file, variables, tenure, wrong)?;
        let (Some(source), Some(target)) = (source, target) else {
            unreachable!("a part that is not there has told why, and then there are no settings")
        };
        Ok(Flow {
            digest: digest(text),
            version: 0,
            file_changes: 0,
            shaping: Shaping::compile(&file)?,
            mapping: Mapping::compile(&file.target.request, "target.request")?,
            source,
            target,
            lookups,
            settings,
            file,
        })
    }
}

impl Flow {
    /// How long after it was sent a request may be at work at the target; zero where that cannot matter.
    pub fn settles_after(&self) -> Duration {
        let usual = self.target.settles_after();
        if usual.is_zero() { usual } else { self.settings.target_timeout.unwrap_or(usual) }
    }
}

/// The first 12 hex digits of a flow file's SHA-256.
pub fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes())[..6].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The part; or its variables' problems added to `wrong`, so that they are told together with the others'.
fn loaded<P: ?Sized>(
    part: Result<Box<P>, Unloaded>,
    wrong: &mut Vec<Problem>,
) -> Result<Option<Box<P>>, Unusable> {
    match part {
        Ok(part) => Ok(Some(part)),
        Err(Unloaded::File(problems)) => Err(problems.into()),
        Err(Unloaded::Account(problems)) => {
            wrong.extend(
                problems.iter().map(|problem| misconfigured(&problem.about, &problem.en, &problem.zh)),
            );
            Ok(None)
        }
    }
}

/// The name that a flow file gives its flow, whatever else it says; empty where it gives none.
pub fn name(flow_file: &str) -> String {
    let file: Result<Value, _> = serde_json::from_str(flow_file.trim_start_matches('\u{feff}'));
    file.ok().and_then(|file| Some(file["name"].as_str()?.to_owned())).unwrap_or_default()
}

/// Whether the operator runs this flow: `flows_enabled` is `all` or a list of names.
pub fn is_enabled(name: &str, variables: &dyn Variables) -> bool {
    let enabled = variables.get("flows_enabled").unwrap_or_default();
    enabled.split([',', ' ', '，']).map(str::trim).any(|one| one == "all" || one == name)
}

/// Refuses what the language has and this engine does not carry out: ignoring it would change what is delivered.
pub fn not_run(file: &FlowFile) -> Result<(), Problem> {
    if let Some(remedy) = &file.source.omission_remedy {
        crate::run::job::begin(remedy, &at_some_time(file))?;
    }
    if let Some((path, _)) = file.group_calculate() {
        return Err(Problem::new(
            "not_run",
            format!("{path}: documents made of many records need all records of a window at once, and the engine carries page after page, each of which may be the last before a kill"),
            format!("{path}：聚合单据需要一次取得整个窗口的全部记录，而引擎逐页处理，且每一页之后都可能被中断"),
        )
        .hint(
            "remove it; deliver the records one by one and let the target sum up, or read the source's own summary interface",
            "请删除；逐条投递并在目标系统汇总，或改用源系统自带的汇总接口",
        ));
    }
    Ok(())
}

/// The component was built without what makes the calls.
fn no_lookups(file: &FlowFile) -> Problem {
    let names: Vec<&str> = file.lookups.keys().map(String::as_str).collect();
    let names = names.join(", ");
    Problem::new(
        "no_lookups",
        format!("the flow file has lookups ({names}), but its component was built without any"),
        format!("流程文件中有 lookups（{names}），但组件构建时未包含查找功能"),
    )
    .hint(
        "in the flow's src/lib.rs write `ferry_spin::flow!(…, source => target, lookups galaxy);` and build again",
        "请在流程的 src/lib.rs 中写 `ferry_spin::flow!(…, source => target, lookups galaxy);` 并重新构建",
    )
}

/// For templates that are only tried.
fn at_some_time(file: &FlowFile) -> Context<'_> {
    Context {
        params: &file.params,
        last_sync_time: 0,
        current_time: 1_800_000_000,
        page_size: 0,
        start_page: 0,
        start_row: 0,
        lookups: None,
    }
}

/// The problems of a flow file, as one.
pub fn invalid(problems: &[FileProblem]) -> Problem {
    let list = |text: fn(&FileProblem) -> &str| {
        problems
            .iter()
            .map(|problem| format!("{}: {}", problem.path, text(problem)))
            .collect::<Vec<_>>()
            .join("; ")
    };
    Problem::new(
        "flow_file_invalid",
        format!("the flow file has {} problem(s): {}", problems.len(), list(|problem| &problem.en)),
        format!("流程文件有 {} 处问题：{}", problems.len(), list(|problem| &problem.zh)),
    )
}

/// A variable that is missing or malformed.
pub fn misconfigured(name: &str, en: &str, zh: &str) -> Problem {
    Problem::new("misconfigured", format!("the variable {name} {en}"), format!("变量 {name} {zh}")).hint(
        format!(
            "set SPIN_VARIABLE_{} (or the platform's equivalent) and restart; README.md lists the variables",
            name.to_uppercase()
        ),
        format!(
            "请设置 SPIN_VARIABLE_{}（或平台的等价方式）并重启；变量一览见 README.zh-CN.md",
            name.to_uppercase()
        ),
    )
}

/// The flow's own variables are named after it in `spin.toml`: `start` is `<flow>_start` there.
fn own(file: &FlowFile, name: &str) -> String {
    format!("{}_{name}", file.name.replace('-', "_"))
}

fn params(variables: &dyn Variables, file: &FlowFile) -> Result<BTreeMap<String, Value>, Problem> {
    let text = variables.get("params").unwrap_or_default();
    if text.trim().is_empty() {
        return Ok(BTreeMap::new());
    }
    serde_json::from_str(&text).map_err(|error| {
        misconfigured(
            &own(file, "params"),
            &format!("replaces params of the flow file and must be a JSON object like {{\"use_org\": \"T00\"}}: {error}"),
            &format!("用于替换流程文件中的参数，须为 JSON 对象，如 {{\"use_org\": \"T00\"}}：{error}"),
        )
    })
}

impl Settings {
    fn load(
        file: &FlowFile,
        variables: &dyn Variables,
        tenure: Tenure,
        mut problems: Vec<Problem>,
    ) -> Result<Self, Problem> {
        let state_key = variables.get("state_key").unwrap_or_default();
        if state_key.chars().count() < TOKEN_LENGTH {
            problems.push(misconfigured(
                "state_key",
                "must have at least 24 characters: it seals sessions and dead letters in the key-value store",
                "至少需要 24 个字符：用于加密键值存储中的会话与死信",
            ));
        }
        let start = start(file, variables).map_err(|problem| problems.push(problem)).ok().flatten();
        let existing =
            existing(file, variables).map_err(|problem| problems.push(problem)).unwrap_or(Existing::Keep);
        let dead_retention_days = number(
            variables,
            "dead_retention_days",
            "is for how many days parked dead letters are kept: a whole number from 1, or empty to keep them all",
            "表示搁置的死信保留多少天：1 以上的整数，留空则一直保留",
            &mut problems,
        );
        let target_timeout = number(
            variables,
            "target_timeout_seconds",
            "is how many seconds a request may be at work at the target after its connection broke: a whole number from 1, or empty for 60",
            "表示连接中断后请求在目标系统中最多还会执行多少秒：1 以上的整数，留空为 60",
            &mut problems,
        );
        let target_timeout = target_timeout.map(|seconds| Duration::from_secs(seconds.into()));
        let seal = Seal::new(&state_key);
        match all(problems) {
            None => Ok(Settings { existing, start, seal, tenure, dead_retention_days, target_timeout }),
            Some(problem) => Err(problem),
        }
    }
}

/// A whole number from 1; `None` where the variable is empty.
fn number(
    variables: &dyn Variables,
    name: &str,
    en: &str,
    zh: &str,
    problems: &mut Vec<Problem>,
) -> Option<u32> {
    let text = variables.get(name).unwrap_or_default();
    let text = text.trim();
    let number = text.parse().ok().filter(|number| *number > 0);
    if number.is_none() && !text.is_empty() {
        problems.push(misconfigured(name, en, zh));
    }
    number
}

/// Several problems as one.
fn all(problems: Vec<Problem>) -> Option<Problem> {
    problems.into_iter().reduce(|mut all, next| {
        all.message = format!("{}; {}", all.message, next.message).into();
        all.message_zh = format!("{}；{}", all.message_zh, next.message_zh).into();
        all.hint = "set the variables named here and restart; README.md lists them".into();
        all.hint_zh = "请设置上述变量并重启；变量一览见 README.zh-CN.md".into();
        all
    })
}

fn start(file: &FlowFile, variables: &dyn Variables) -> Result<Option<i64>, Problem> {
    let text = variables.get("start").unwrap_or_default();
    if text.trim().is_empty() {
        return Ok(None);
    }
    shanghai::parse(&text).map(Some).ok_or_else(|| {
        misconfigured(
            &own(file, "start"),
            "says from when a flow without state begins and must look like 2026-01-01 00:00:00 (Shanghai time)",
            "表示没有状态的流程从何时开始，格式须为 2026-01-01 00:00:00（上海时间）",
        )
    })
}

fn existing(file: &FlowFile, variables: &dyn Variables) -> Result<Existing, Problem> {
    let keep = match variables.get("id_check").unwrap_or_default().trim() {
        "" => file.target.id_check,
        "true" => true,
        "false" => false,
        _ => {
            return Err(misconfigured(
                &own(file, "id_check"),
                "must be true (rows that are there are left alone), false (they are updated), or empty (as the flow file says)",
                "须为 true（已存在的行保持不变）、false（更新已存在的行）或留空（以流程文件为准）",
            ));
        }
    };
    Ok(if keep { Existing::Keep } else { Existing::Update })
}
