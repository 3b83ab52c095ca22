def required($field): if . and . != "" then . else error("\($field) is required") end;
def date: strptime("%Y-%m-%d %H:%M:%S") | strftime("%Y-%m-%d");

{FNumber: "100"} as $org
| (.warehouse_no | if . then {FNumber: .} else null end) as $warehouse
| {
    FBillNo: (.stockout_no | required("FBillNo")),
    FBillTypeID: {FNumber: "QTCKD01_SYS"},
    FStockOrgId: $org,
    FPickOrgId: $org,
    FStockDirect: "GENERAL",
    FDate: (.consign_time | required("FDate") | if isnumber then . / 1000 + 28800 | strftime("%Y-%m-%d") else date end),
    FDeptId: {FNumber: "BM000032"},
    FOwnerTypeIdHead: "BD_OwnerOrg",
    FOwnerIdHead: $org,
    FBaseCurrId: {FNumber: "PRE001"},
    FNote: ("生产单 " + .process_no + " " + .remark),
    FEntity: (.detail_list | if . == [] then error("FEntity is required") else map(
      (.num | required("FQty") | tonumber) as $num
      | (.checked_cost_price | if . then tonumber else null end) as $price
      | {
        FMaterialId: {FNumber: (.spec_no | required("FMaterialId"))},
        FUnitID: (.base_unit_name | if . == "KG" then {FNumber: "kg"} elif . == "个" then {FNumber: "Pcs"} elif . == "盒" then {FNumber: "he"} elif . then {FNumber: .} else null end),
        FQty: $num,
        FPrice: $price,
        FAmount: (if $price then $num * $price * 100 | round / 100 else null end),
        FStockId: $warehouse,
        FStockLocId: (.position_no | if . and . != "" then {FSTOCKLOCID__FF100014: {FNumber: .}} else null end),
        FStockStatusId: {FNumber: (if .defect then "KCZT08_SYS" else "KCZT01_SYS" end)},
        FLot: (.batch_no // "" | trim | if . == "" then null else {FNumber: .} end),
        FExpiryDate: (.expire_date | if . and . != "" then date else null end),
        FOwnerTypeId: "BD_OwnerOrg",
        FOwnerId: $org,
        FKeeperTypeId: "BD_KeeperOrg",
        FKeeperId: $org,
        FEntryNote: (.goods_name + "/" + .spec_name)
      }) end)
  }
