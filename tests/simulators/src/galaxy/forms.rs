//! The forms that can be saved and queried, with the fields of `vendors/kingdee.md` 1.9.

use super::cell::Kind;

/// A bill type or a kind of base data.
pub(super) struct Form {
    pub id: &'static str,
    /// Its Chinese name, as messages have it.
    pub name: &'static str,
    /// The internal id and the number.
    pub id_key: &'static str,
    pub number_key: &'static str,
    /// What automatic numbers begin with.
    pub prefix: &'static str,
    /// Fields of the head, those of sub-heads included (`SubHeadEntity`).
    pub head: &'static [Field],
    /// The rows: their key and fields.
    pub entry: Option<(&'static str, &'static [Field])>,
    /// Fields of which one must be given.
    pub one_of: &'static [&'static str],
}

/// One field.
pub(super) struct Field {
    pub key: &'static str,
    pub label: &'static str,
    pub holds: Holds,
    pub need: Need,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    Text,
    Number,
    Date,
    Flag,
    /// A reference to base data of a form that is simulated.
    Base(&'static str),
    /// A reference to something that is not: its number is taken as it is.
    Other,
    /// Anything, kept as it comes (flex fields).
    Any,
}

/// Whether a field must be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    Required,
    Optional,
}

impl Form {
    /// The form of a name. Form ids are taken in exact case.
    pub fn find(id: &str) -> Option<&'static Self> {
        FORMS.iter().find(|form| form.id == id)
    }

    /// Whether it is base data rather than a bill.
    pub fn is_base(&self) -> bool {
        self.number_key == "FNumber"
    }
}

impl Holds {
    /// How it compares.
    pub fn kind(self) -> Kind {
        match self {
            Self::Number => Kind::Number,
            Self::Date => Kind::Date,
            Self::Text | Self::Flag | Self::Any => Kind::Text,
            Self::Base(_) | Self::Other => Kind::Number,
        }
    }
}

const fn field(key: &'static str, label: &'static str, holds: Holds) -> Field {
    Field { key, label, holds, need: Need::Optional }
}

const fn required(key: &'static str, label: &'static str, holds: Holds) -> Field {
    Field { key, label, holds, need: Need::Required }
}

const ORG: Holds = Holds::Base("ORG_Organizations");
const CUSTOMER: Holds = Holds::Base("BD_Customer");
const DEPARTMENT: Holds = Holds::Base("BD_Department");
const UNIT: Holds = Holds::Base("BD_UNIT");
const STOCK: Holds = Holds::Base("BD_STOCK");
const CURRENCY: Holds = Holds::Base("BD_Currency");
const MATERIAL: Holds = Holds::Base("BD_MATERIAL");
use Holds::{Any, Date, Flag, Number, Other, Text};

const fn base(id: &'static str, name: &'static str, id_key: &'static str, head: &'static [Field]) -> Form {
    Form { id, name, id_key, number_key: "FNumber", prefix: "", head, entry: None, one_of: &[] }
}

const BASE_HEAD: &[Field] = &[field("FName", "名称", Text)];

const FORMS: &[Form] = &[
    Form {
        id: "SAL_RETURNSTOCK",
        name: "销售退货单",
        id_key: "FID",
        number_key: "FBillNo",
        prefix: "XSTHD",
        head: &[
            required("FBillTypeID", "单据类型", Other),
            required("FDate", "日期", Date),
            required("FSaleOrgId", "销售组织", ORG),
            required("FRetcustId", "退货客户", CUSTOMER),
            field("FReturnReason", "退货原因", Other),
            field("FHeadLocId", "交货地点", Other),
            field("FSaledeptid", "销售部门", DEPARTMENT),
            field("FSalesGroupID", "销售组", Other),
            field("FSalesManId", "销售员", Other),
            field("FTransferBizType", "跨组织业务类型", Other),
            required("FStockOrgId", "库存组织", ORG),
            field("FStockDeptId", "库存部门", DEPARTMENT),
            field("FStockerGroupId", "库存组", Other),
            field("FStockerId", "仓管员", Other),
            field("FReceiveCustId", "收货方", CUSTOMER),
            field("FReceiveAddress", "收货方地址", Text),
            field("FSettleCustId", "结算方", CUSTOMER),
            field("FPayCustId", "付款方", CUSTOMER),
            field("FOwnerTypeIdHead", "货主类型", Text),
            field("FIsTotalServiceOrCost", "是否作为费用", Flag),
            field("FHeadNote", "备注", Text),
            field("FLinkPhone", "联系电话", Text),
            required("FSettleCurrId", "结算币别", CURRENCY),
            field("FSettleOrgId", "结算组织", ORG),
            field("FLocalCurrId", "本位币", CURRENCY),
            field("FExchangeTypeId", "汇率类型", Other),
            field("FExchangeRate", "汇率", Number),
            field("FSettleTypeId", "结算方式", Other),
            field("FChageCondition", "收款条件", Other),
        ],
        entry: Some((
            "FEntity",
            &[
                field("FRowType", "产品类型", Text),
                required("FMaterialId", "物料编码", MATERIAL),
                required("FUnitID", "库存单位", UNIT),
                field("FLot", "批号", Other),
                required("FStockId", "仓库", STOCK),
                field("FStockStatusId", "库存状态", Other),
                field("FMustqty", "应退数量", Number),
                required("FRealQty", "实退数量", Number),
                field("FIsFree", "是否赠品", Flag),
                field("FPrice", "单价", Number),
                field("FTaxPrice", "含税单价", Number),
                field("FEntryTaxRate", "税率", Number),
                required("FReturnType", "退货类型", Other),
                required("FOwnerTypeId", "货主类型", Text),
                required("FOwnerId", "货主", ORG),
                field("FDeliveryDate", "退货日期", Date),
                field("FSalUnitID", "销售单位", UNIT),
                field("FSalUnitQty", "销售数量", Number),
                field("FSalBaseQty", "销售基本数量", Number),
                field("FPriceBaseQty", "计价基本数量", Number),
                field("FIsOverLegalOrg", "是否跨法人组织", Flag),
                field("FARNOTJOINQTY", "未关联应收数量", Number),
                field("FIsReturnCheck", "退货检验", Flag),
                field("FSrcBillTypeID", "源单类型", Text),
                field("FSrcBillNo", "源单编号", Text),
                field("FOrderNo", "订单单号", Text),
                field("FNote", "备注", Text),
            ],
        )),
        one_of: &[],
    },
    Form {
        id: "STK_MisDelivery",
        name: "其他出库单",
        id_key: "FID",
        number_key: "FBillNo",
        prefix: "QTCK",
        head: &[
            required("FBillTypeID", "单据类型", Other),
            required("FStockOrgId", "库存组织", ORG),
            required("FPickOrgId", "领用组织", ORG),
            required("FStockDirect", "库存方向", Text),
            field("FDate", "日期", Date),
            field("FCustId", "客户", CUSTOMER),
            field("FDeptId", "领料部门", DEPARTMENT),
            field("FStockerId", "仓管员", Other),
            field("FStockerGroupId", "库存组", Other),
            field("FPickerId", "领料人", Other),
            field("FBizType", "业务类型", Text),
            required("FOwnerTypeIdHead", "货主类型", Text),
            field("FOwnerIdHead", "货主", ORG),
            field("FNote", "备注", Text),
            required("FBaseCurrId", "本位币", CURRENCY),
        ],
        entry: Some((
            "FEntity",
            &[
                required("FMaterialId", "物料编码", MATERIAL),
                required("FUnitID", "单位", UNIT),
                required("FQty", "实发数量", Number),
                field("FBaseUnitId", "基本单位", UNIT),
                required("FStockId", "发货仓库", STOCK),
                field("FStockLocId", "仓位", Any),
                field("FLot", "批号", Other),
                field("FOwnerTypeId", "货主类型", Text),
                field("FOwnerId", "货主", ORG),
                field("FStockStatusId", "库存状态", Other),
                field("FKeeperTypeId", "保管者类型", Text),
                field("FKeeperId", "保管者", ORG),
                field("FDistribution", "成本分配", Flag),
                field("FEntryNote", "备注", Text),
                field("FProduceDate", "生产日期", Date),
                field("FExpiryDate", "有效期至", Date),
            ],
        )),
        one_of: &["FCustId", "FDeptId"],
    },
    // Not in the document: the fields that the return bills of 1.9 take over from it. Ours.
    Form {
        id: "SAL_RETURNNOTICE",
        name: "退货通知单",
        id_key: "FID",
        number_key: "FBillNo",
        prefix: "THTZD",
        head: &[
            field("FBillTypeID", "单据类型", Other),
            field("FDate", "日期", Date),
            field("FSaleOrgId", "销售组织", ORG),
            field("FRetcustId", "退货客户", CUSTOMER),
            field("FHeadNote", "备注", Text),
            field("FSettleCurrId", "结算币别", CURRENCY),
        ],
        entry: Some((
            "FEntity",
            &[
                field("FMaterialId", "物料编码", MATERIAL),
                field("FUnitID", "销售单位", UNIT),
                field("FQty", "销售数量", Number),
                field("FPrice", "单价", Number),
                field("FTaxPrice", "含税单价", Number),
                field("FEntryTaxRate", "税率", Number),
                field("FStockId", "仓库", STOCK),
                field("FOrderNo", "订单单号", Text),
            ],
        )),
        one_of: &[],
    },
    base("ORG_Organizations", "组织机构", "FOrgID", BASE_HEAD),
    base("BD_Customer", "客户", "FCUSTID", BASE_HEAD),
    base("BD_Department", "部门", "FDEPTID", BASE_HEAD),
    base("BD_UNIT", "计量单位", "FUNITID", BASE_HEAD),
    base("BD_STOCK", "仓库", "FStockId", BASE_HEAD),
    // FCODE: what the Java SDK's CheckAuthInfo asks for (vendors/kingdee.md 1.4).
    base(
        "BD_Currency",
        "币别",
        "FCURRENCYID",
        &[field("FName", "名称", Text), field("FCODE", "货币代码", Text)],
    ),
];

/// A record of base data: form, number, name, and perhaps one field more.
type BaseRecord = (&'static str, &'static str, &'static str, Option<(&'static str, &'static str)>);

/// The base data that every simulator starts with.
pub(super) const STARTING_BASE: &[BaseRecord] = &[
    ("ORG_Organizations", "100", "演示公司", None),
    ("ORG_Organizations", "T00", "总部", None),
    ("ORG_Organizations", "T01", "华东分公司", None),
    ("BD_Customer", "CUST0001", "线下零售客户", None),
    ("BD_Customer", "CUST0002", "天猫旗舰店", None),
    ("BD_Department", "BM000032", "电商部", None),
    ("BD_Department", "BM000033", "仓储部", None),
    ("BD_UNIT", "Pcs", "个", None),
    ("BD_UNIT", "kg", "千克", None),
    ("BD_UNIT", "m", "米", None),
    ("BD_UNIT", "set", "套", None),
    ("BD_STOCK", "CK001", "成品仓", None),
    ("BD_STOCK", "CK002", "退货仓", None),
    ("BD_Currency", "PRE001", "人民币", Some(("FCODE", "CNY"))),
];
