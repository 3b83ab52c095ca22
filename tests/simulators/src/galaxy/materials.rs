//! The materials (BD_MATERIAL, `vendors/kingdee.md` 1.9) and how they change.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use serde::{Deserialize, Deserializer, Serialize};

use super::cell::{Cell, Kind};
use super::config::AuditStamps;

/// Text that many records share.
pub type Shared = Cow<'static, str>;

/// A base-data record that another one points to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// Internal id: what the bare field answers with.
    pub id: i64,
    /// `.FNumber`
    pub number: Shared,
    /// `.FName`
    pub name: Shared,
}

impl Reference {
    /// A reference to a record that lives as long as the program.
    pub const fn fixed(id: i64, number: &'static str, name: &'static str) -> Self {
        Self { id, number: Cow::Borrowed(number), name: Cow::Borrowed(name) }
    }
}

/// One material. Dates are the wall clock of Asia/Shanghai.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Material {
    /// `FMATERIALID`: unique, one per use organisation; 0 = give it the next free one.
    pub id: i64,
    /// `FMasterId`: the same in all organisations; 0 = give it one.
    pub master_id: i64,
    /// `FNumber`: the same in all organisations.
    pub number: String,
    /// `FName`
    pub name: String,
    /// `FSpecification`
    pub specification: Option<String>,
    /// `F_ProductLine`, a customer's own field.
    pub product_line: Option<Shared>,
    /// `FUseOrgId`
    pub use_org: Reference,
    /// `FCreateOrgId`
    pub create_org: Reference,
    /// `FBaseUnitId`
    pub base_unit: Reference,
    /// `FMaterialGroup`
    pub group: Reference,
    /// `FDocumentStatus`: Z 暂存, A 创建, B 审核中, C 已审核, D 重新审核.
    pub document_status: char,
    /// `FForbidStatus`: A 启用, B 禁用.
    pub forbid_status: char,
    /// `FErpClsID`: 1 外购, 2 自制 …
    pub erp_class: char,
    /// `FMnemonicCode`
    pub mnemonic_code: String,
    /// `FDescription`
    pub description: String,
    /// `FOldNumber`
    pub old_number: String,
    /// `FCreateDate`
    pub create_date: NaiveDateTime,
    /// `FModifyDate`
    pub modify_date: NaiveDateTime,
    /// `FApproveDate`: null until it is audited.
    pub approve_date: Option<NaiveDateTime>,
}

impl Default for Material {
    /// An audited, enabled material of organisation T00 without an id, dated 2024-01-01.
    fn default() -> Self {
        let new_year = chrono::DateTime::from_timestamp(1_704_067_200, 0).unwrap_or_default().naive_utc();
        Self {
            id: 0,
            master_id: 0,
            number: String::new(),
            name: String::new(),
            specification: None,
            product_line: None,
            use_org: T00,
            create_org: T00,
            base_unit: PIECE,
            group: Reference::fixed(100_301, "01", "标准件"),
            document_status: 'C',
            forbid_status: 'A',
            erp_class: '1',
            mnemonic_code: String::new(),
            description: String::new(),
            old_number: String::new(),
            create_date: new_year,
            modify_date: new_year,
            approve_date: Some(new_year),
        }
    }
}

/// The organisation that most generated materials belong to.
pub const T00: Reference = Reference::fixed(100_001, "T00", "总部");
/// The other organisation of generated materials.
pub const T01: Reference = Reference::fixed(100_002, "T01", "华东分公司");
/// The commonest unit.
pub const PIECE: Reference = Reference::fixed(10_101, "Pcs", "个");

/// The column that is the key.
pub(super) const KEY: usize = 0;

type Read = for<'a> fn(&'a Material) -> Cell<'a>;

const COLUMNS: &[(&str, Kind, Read)] = &[
    ("FMATERIALID", Kind::Number, |m| Cell::Id(m.id)),
    ("FMasterId", Kind::Number, |m| Cell::Id(m.master_id)),
    ("FNumber", Kind::Text, |m| Cell::Text(&m.number)),
    ("FName", Kind::Text, |m| Cell::Text(&m.name)),
    ("FSpecification", Kind::Text, |m| m.specification.as_deref().map_or(Cell::Null, Cell::Text)),
    ("F_ProductLine", Kind::Text, |m| m.product_line.as_deref().map_or(Cell::Null, Cell::Text)),
    ("FUseOrgId", Kind::Number, |m| Cell::Id(m.use_org.id)),
    ("FUseOrgId.FNumber", Kind::Text, |m| Cell::Text(&m.use_org.number)),
    ("FUseOrgId.FName", Kind::Text, |m| Cell::Text(&m.use_org.name)),
    ("FCreateOrgId", Kind::Number, |m| Cell::Id(m.create_org.id)),
    ("FCreateOrgId.FNumber", Kind::Text, |m| Cell::Text(&m.create_org.number)),
    ("FCreateOrgId.FName", Kind::Text, |m| Cell::Text(&m.create_org.name)),
    ("FDocumentStatus", Kind::Text, |m| letter(m.document_status)),
    ("FForbidStatus", Kind::Text, |m| letter(m.forbid_status)),
    ("FErpClsID", Kind::Text, |m| letter(m.erp_class)),
    ("FCreateDate", Kind::Date, |m| Cell::Date(m.create_date)),
    ("FModifyDate", Kind::Date, |m| Cell::Date(m.modify_date)),
    ("FApproveDate", Kind::Date, |m| m.approve_date.map_or(Cell::Null, Cell::Date)),
    ("FBaseUnitId", Kind::Number, |m| Cell::Id(m.base_unit.id)),
    ("FBaseUnitId.FNumber", Kind::Text, |m| Cell::Text(&m.base_unit.number)),
    ("FBaseUnitId.FName", Kind::Text, |m| Cell::Text(&m.base_unit.name)),
    ("FMaterialGroup", Kind::Number, |m| Cell::Id(m.group.id)),
    ("FMaterialGroup.FNumber", Kind::Text, |m| Cell::Text(&m.group.number)),
    ("FMaterialGroup.FName", Kind::Text, |m| Cell::Text(&m.group.name)),
    ("FMnemonicCode", Kind::Text, |m| Cell::Text(&m.mnemonic_code)),
    ("FDescription", Kind::Text, |m| Cell::Text(&m.description)),
    ("FOldNumber", Kind::Text, |m| Cell::Text(&m.old_number)),
];

/// Codes of one letter, borrowed for ever.
fn letter(code: char) -> Cell<'static> {
    const CODES: &str = "ABCDZ0123456789";
    CODES.find(code).map_or(Cell::Null, |at| Cell::Text(&CODES[at..=at]))
}

/// The number and kind of a field, in any case.
pub(super) fn column(name: &str) -> Option<(usize, Kind)> {
    COLUMNS.iter().position(|(key, ..)| key.eq_ignore_ascii_case(name)).map(|at| (at, COLUMNS[at].1))
}

/// A field of a material.
pub(super) fn cell(material: &Material, column: usize) -> Cell<'_> {
    (COLUMNS[column].2)(material)
}

/// All materials by `FMATERIALID`.
#[derive(Clone, Debug, Default)]
pub(super) struct Materials(pub BTreeMap<i64, Material>);

impl Materials {
    /// Adds materials, replacing those with the same id; gives ids to those without.
    pub fn add(&mut self, materials: Vec<Material>) -> usize {
        let added = materials.len();
        for mut material in materials {
            if material.id == 0 {
                material.id = self.0.last_key_value().map_or(100_001, |(id, _)| id + 1);
            }
            if material.master_id == 0 {
                material.master_id = material.id + 5_000_000;
            }
            self.0.insert(material.id, material);
        }
        added
    }

    /// Applies a change as of `now`; the number of materials it touched.
    pub fn change(&mut self, change: &Change, now: NaiveDateTime, stamps: AuditStamps) -> usize {
        let mut each = |ids: &[i64], act: &dyn Fn(&mut Material)| {
            let mut touched = 0;
            for id in ids {
                if let Some(material) = self.0.get_mut(id) {
                    act(material);
                    touched += 1;
                }
            }
            touched
        };
        match change {
            Change::Add { materials } => self.add(materials.clone()),
            Change::Modify { ids, set } => each(ids, &|material| set.apply(material, now)),
            Change::Audit { ids } => each(ids, &|material| {
                material.document_status = 'C';
                material.approve_date = Some(now);
                if stamps == AuditStamps::BothDates {
                    material.modify_date = now;
                }
            }),
            Change::UnAudit { ids } => each(ids, &|material| {
                material.document_status = 'D';
                material.approve_date = None;
            }),
            Change::Forbid { ids } => each(ids, &|material| material.forbid_status = 'B'),
            Change::Delete { ids } => ids.iter().filter(|id| self.0.remove(id).is_some()).count(),
        }
    }
}

/// A change of materials, made at once or in the middle of a scan. Ids are `FMATERIALID`s; unknown ones
/// are passed over. In JSON `{"do": "modify", "ids": [100007], "set": {"name": "…"}}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Change {
    /// Adds materials as they are.
    Add {
        /// The materials; an id of 0 is replaced by the next free one.
        materials: Vec<Material>,
    },
    /// Sets fields, and `FModifyDate` to the simulator's now unless the patch says otherwise.
    Modify {
        /// Which.
        ids: Vec<i64>,
        /// What is set.
        #[serde(default)]
        set: Box<Patch>,
    },
    /// Status C and `FApproveDate` = now; whether `FModifyDate` too is a switch.
    Audit {
        /// Which.
        ids: Vec<i64>,
    },
    /// Status D and no `FApproveDate`.
    UnAudit {
        /// Which.
        ids: Vec<i64>,
    },
    /// `FForbidStatus` B, without touching a date.
    Forbid {
        /// Which.
        ids: Vec<i64>,
    },
    /// Removes them.
    Delete {
        /// Which.
        ids: Vec<i64>,
    },
}

/// Fields to set; what is `None` (absent in JSON) stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Patch {
    /// `FNumber`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// `FName`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `FSpecification`; `Some(None)` (null in JSON) empties it.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub specification: Option<Option<String>>,
    /// `F_ProductLine`; `Some(None)` (null in JSON) empties it.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub product_line: Option<Option<Shared>>,
    /// `FDocumentStatus`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_status: Option<char>,
    /// `FForbidStatus`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forbid_status: Option<char>,
    /// `FModifyDate`; the simulator's now when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modify_date: Option<NaiveDateTime>,
    /// `FApproveDate`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approve_date: Option<NaiveDateTime>,
}

impl Patch {
    fn apply(&self, material: &mut Material, now: NaiveDateTime) {
        fn put<T: Clone>(to: &mut T, from: Option<&T>) {
            if let Some(value) = from {
                to.clone_from(value);
            }
        }
        put(&mut material.number, self.number.as_ref());
        put(&mut material.name, self.name.as_ref());
        put(&mut material.specification, self.specification.as_ref());
        put(&mut material.product_line, self.product_line.as_ref());
        put(&mut material.document_status, self.document_status.as_ref());
        put(&mut material.forbid_status, self.forbid_status.as_ref());
        if self.approve_date.is_some() {
            material.approve_date = self.approve_date;
        }
        material.modify_date = self.modify_date.unwrap_or(now);
    }
}

/// Tells null from absent.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
