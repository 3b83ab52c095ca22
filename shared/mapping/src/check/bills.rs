//! Checks of a Galaxy target: the fields without which the ERP refuses every bill of a form.

use crate::compile::{Mapping, Node};
use crate::flow::FlowFile;
use crate::problem::{Problems, Severity};

/// A form, and what a bill of it needs (vendors/kingdee.md 1.9). `a|b` is one of the two; names that Chinese
/// users know them by stand behind.
struct Form {
    id: &'static str,
    zh: &'static str,
    /// Whether the documents say that it is required, or only that every working bill has it: an ERP may be
    /// set up to fill that in.
    severity: Severity,
    head: &'static [(&'static str, &'static str)],
    entry: &'static [(&'static str, &'static str)],
}

const ENTRY: &str = "FEntity";

/// Its fields stand once a bill, as those of the head.
const SUB_HEAD: &str = "SubHeadEntity";

const FORMS: [Form; 2] = [
    Form {
        id: "STK_MisDelivery",
        zh: "其他出库单",
        severity: Severity::Error,
        head: &[
            ("FStockOrgId", "库存组织"),
            ("FPickOrgId", "领用组织"),
            ("FStockDirect", "库存方向"),
            ("FCustId|FDeptId", "客户或领料部门"),
            ("FOwnerTypeIdHead", "货主类型"),
            ("FBaseCurrId", "本位币"),
        ],
        entry: &[
            ("FMaterialId", "物料编码"),
            ("FUnitID", "单位"),
            ("FQty", "实发数量"),
            ("FStockId", "发货仓库"),
        ],
    },
    Form {
        id: "SAL_RETURNSTOCK",
        zh: "销售退货单",
        severity: Severity::Warning,
        head: &[
            ("FBillTypeID", "单据类型"),
            ("FDate", "日期"),
            ("FSaleOrgId", "销售组织"),
            ("FStockOrgId", "库存组织"),
            ("FRetcustId", "退货客户"),
            ("FSettleCurrId", "结算币别"),
        ],
        entry: &[
            ("FMaterialId", "物料编码"),
            ("FUnitID", "库存单位"),
            ("FRealQty", "实退数量"),
            ("FStockId", "仓库"),
            ("FReturnType", "退货类型"),
            ("FOwnerTypeId", "货主类型"),
            ("FOwnerId", "货主"),
        ],
    },
];

pub(super) fn target(flow: &FlowFile, mapping: &Mapping, problems: &mut Problems) {
    let form_id = flow.target.other_request.iter().find(|field| field.field == "FormId");
    let form_id = form_id.and_then(|field| field.value.as_deref()).unwrap_or_default();
    let Some(form) = FORMS.iter().find(|form| form.id == form_id) else { return };
    let mut head: Vec<&str> = mapping.names().collect();
    for entry in &mapping.entries {
        if let Node::Object(children) = &entry.node
            && entry.name.eq_ignore_ascii_case(SUB_HEAD)
        {
            head.extend(children.names());
        }
    }
    form.require(form.head, &head, "target.request", problems);
    let rows = mapping.entries.iter().find_map(|entry| match &entry.node {
        Node::Array { children, .. } if entry.name.eq_ignore_ascii_case(ENTRY) => Some((entry, children)),
        _ => None,
    });
    match rows {
        Some((entry, children)) => {
            let names: Vec<&str> = children.names().collect();
            form.require(form.entry, &names, &format!("{}.children", entry.json_path), problems);
        }
        None => form.require(&[(ENTRY, "明细信息")], &[], "target.request", problems),
    }
}

impl Form {
    /// Tells what is not mapped. The ERP takes keys in any letter case.
    fn require(&self, needed: &[(&str, &str)], mapped: &[&str], path: &str, problems: &mut Problems) {
        let Form { id, zh, .. } = self;
        for (names, label) in needed {
            let mut names = names.split('|');
            if names.clone().any(|name| mapped.iter().any(|mapped| mapped.eq_ignore_ascii_case(name))) {
                continue;
            }
            let first = names.next().unwrap_or_default();
            let (en_names, zh_names) = match names.next() {
                Some(other) => (format!("`{first}` or `{other}`"), format!("{first} 或 {other}")),
                None => (format!("`{first}`"), first.to_owned()),
            };
            match self.severity {
                Severity::Error => problems.add(
                    "missing_field",
                    path,
                    format!("{id} requires {en_names} ({label}), which is not mapped: the ERP would refuse every bill"),
                    format!("{zh}（{id}）要求 {zh_names}（{label}），却没有映射：ERP 会拒绝每一张单据"),
                ),
                Severity::Warning => problems.warn(
                    "missing_field",
                    path,
                    format!(
                        "every {id} that is known to work has {en_names} ({label}), which is not mapped; map it, or \
                         pass --allow missing_field if your ERP fills it in"
                    ),
                    format!(
                        "已知可用的{zh}（{id}）都有 {zh_names}（{label}），此处没有映射；请补充，\
                         如 ERP 会自动带出，可加 --allow missing_field"
                    ),
                ),
            }
        }
    }
}
