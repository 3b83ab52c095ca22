//! Materials as a company has them: the same for the same seed, and awkward on purpose.

use chrono::{NaiveDateTime, TimeDelta};
use fastrand::Rng;
use serde::{Deserialize, Serialize};

use super::materials::{Material, PIECE, Reference, Shared, T00, T01};

/// What to generate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Generate {
    /// How many materials, those of the other organisation included.
    pub rows: usize,
    /// The same seed and `until` give the same materials.
    pub seed: u64,
    /// The latest date (Asia/Shanghai): dates are spread over the year before it. Now, if `None`.
    pub until: Option<NaiveDateTime>,
}

impl Default for Generate {
    fn default() -> Self {
        Self { rows: 5000, seed: 1, until: None }
    }
}

const KINDS: &[&str] = &[
    "内六角圆柱头螺钉",
    "深沟球轴承",
    "无缝钢管",
    "不锈钢球阀",
    "交流接触器",
    "聚氨酯同步带",
    "铝合金型材",
    "PLC控制模块",
    "光电传感器",
    "伺服电机",
    "O型密封圈",
    "氮化硅陶瓷球",
    "电线电缆 RVV",
    "快插接头",
    "硅胶垫片",
    "LED显示屏",
];
const GRADES: &[&str] =
    &["", "（加长）", "-特制", " A级", "/出口", "（O'Neil标准）", " \"精品\"", "🔧", "·龘", " 50%"];
const LINES: &[&str] = &["紧固件", "传动", "流体", "电气", "自动化", "耗材"];
const UNITS: &[Reference] = &[
    PIECE,
    Reference::fixed(10_102, "kg", "千克"),
    Reference::fixed(10_103, "m", "米"),
    Reference::fixed(10_104, "set", "套"),
];
const GROUPS: &[Reference] = &[
    Reference::fixed(100_301, "01", "标准件"),
    Reference::fixed(100_302, "02", "外购件"),
    Reference::fixed(100_303, "03", "自制件"),
];

/// Makes the materials, in ascending `FMATERIALID`. About one in twenty is the copy for T01 of the T00
/// material before it, with the same `FMasterId` and `FNumber` (`[INF]` `vendors/kingdee.md` 1.9).
pub(super) fn generate(what: &Generate, now: NaiveDateTime) -> Vec<Material> {
    let mut rng = Rng::with_seed(what.seed);
    let until = what.until.unwrap_or(now);
    let mut materials: Vec<Material> = Vec::with_capacity(what.rows);
    let (mut id, mut master_id) = (100_000, 3_000_000);
    for serial in 0..what.rows {
        id += 1 + rng.i64(0..3) + if rng.u8(..) == 0 { rng.i64(10..5000) } else { 0 };
        let copied = materials.last().filter(|last| last.use_org == T00 && rng.u8(..20) == 0);
        let material = if let Some(original) = copied {
            Material { id, use_org: T01, ..original.clone() }
        } else {
            master_id += 1 + rng.i64(0..4);
            fresh(&mut rng, id, master_id, serial, until)
        };
        materials.push(material);
    }
    materials
}

fn fresh(rng: &mut Rng, id: i64, master_id: i64, serial: usize, until: NaiveDateTime) -> Material {
    const DAY: i64 = 86_400_000;
    let kind = KINDS[rng.usize(..KINDS.len())];
    let grade = if rng.u8(..4) == 0 { GRADES[rng.usize(..GRADES.len())] } else { "" };
    // Milliseconds before `until`, so that fractions of seconds are there to trip over.
    let modified_ago = rng.i64(0..365 * DAY);
    let approved_ago = match rng.u8(..20) {
        0 => (modified_ago + rng.i64(0..30 * DAY)).min(365 * DAY),
        _ => (modified_ago - rng.i64(0..3 * DAY)).max(0),
    };
    let document_status = match rng.u8(..100) {
        0..94 => 'C',
        94..97 => 'A',
        97 => 'B',
        98 => 'D',
        _ => 'Z',
    };
    let modify_date = until - TimeDelta::milliseconds(modified_ago);
    Material {
        id,
        master_id,
        number: format!("{:02}.{:02}.{serial:06}", rng.u8(1..9), rng.u8(1..30)),
        name: [kind, grade].concat(),
        specification: specification(rng),
        product_line: (rng.u8(..5) != 0).then(|| Shared::Borrowed(LINES[rng.usize(..LINES.len())])),
        use_org: T00,
        create_org: T00,
        base_unit: UNITS[rng.usize(..UNITS.len())].clone(),
        group: GROUPS[rng.usize(..GROUPS.len())].clone(),
        document_status,
        forbid_status: if rng.u8(..50) == 0 { 'B' } else { 'A' },
        erp_class: if rng.bool() { '1' } else { '2' },
        mnemonic_code: String::new(),
        description: String::new(),
        old_number: if rng.u8(..4) == 0 { format!("OLD-{serial}") } else { String::new() },
        create_date: modify_date - TimeDelta::days(rng.i64(1..900)),
        modify_date,
        approve_date: (document_status == 'C').then(|| until - TimeDelta::milliseconds(approved_ago)),
    }
}

fn specification(rng: &mut Rng) -> Option<String> {
    let width = f64::from(rng.u32(100..20_000)) / 100.0;
    let text = match rng.u8(..12) {
        0 => return None,
        1 => String::new(),
        2 => format!("  M{}×{}", rng.u8(3..30), rng.u8(8..200)),
        3 => format!("DN{} PN1.6 ", rng.u8(15..200)),
        4 => format!("3/4' NPT {width:.2}\""),
        5 => format!("型号\\{}\\N", rng.u16(..)),
        6 => format!("{width:.2}×{:.3}mm ⚡", width / 3.0),
        7 => format!("φ{width:.1}; 304不锈钢, \t表面\"拉丝\""),
        _ => format!("{width:.2}*{}*{} GB/T 70.{}", rng.u8(1..99), rng.u8(1..99), rng.u8(1..9)),
    };
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::galaxy::cell::parse_date;

    #[test]
    fn the_same_seed_gives_the_same_awkward_materials() {
        let until = parse_date("2026-11-01 12:00:00").unwrap();
        let make = |seed| generate(&Generate { rows: 5000, seed, until: Some(until) }, until);
        let materials = make(1);
        assert_eq!(materials, make(1));
        assert_ne!(materials, make(2));
        assert_eq!(materials.len(), 5000);
        assert!(materials.windows(2).all(|pair| pair[0].id < pair[1].id));
        assert!(materials[4999].id > materials[0].id + 5000);
        assert!(materials.iter().all(|m| m.modify_date <= until && m.id != m.master_id));
        assert!(materials.iter().all(|m| m.approve_date.is_some() == (m.document_status == 'C')));
        let some = |what: &dyn Fn(&Material) -> bool| materials.iter().any(what);
        let specified = |what: &dyn Fn(&str) -> bool| some(&|m| m.specification.as_deref().is_some_and(what));
        assert!(
            some(&|m| m.use_org == T01)
                && some(&|m| m.forbid_status == 'B')
                && some(&|m| m.product_line.is_none())
        );
        assert!(some(&|m| m.name.contains('\'')) && some(&|m| m.name.contains('🔧')));
        assert!(
            specified(&|s| s.starts_with(' '))
                && specified(&|s| s.ends_with(' '))
                && specified(&|s| s.contains('\\'))
        );
        let own = materials.iter().filter(|m| m.use_org == T00);
        let masters: std::collections::HashSet<i64> = own.clone().map(|m| m.master_id).collect();
        assert_eq!(masters.len(), own.count());
    }
}
