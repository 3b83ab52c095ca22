def required($field): if . and . != "" then . else error("\($field) is required") end;
def of_number: if . then {FNumber: .} else null end;

{FNumber: "100"} as $org
| (.modified | required("FDate") | strptime("%Y-%m-%d %H:%M:%S")) as $time
| .so_id as $order_no
| ($time | strftime("%Y-%m-%d")) as $delivery_date
| (.wms_co_id | if . then tostring else null end) as $stock
| ($stock | of_number) as $stock_reference
| (.wh_id | if . == 4 then {FNumber: "KCZT08_SYS"} elif . then {FNumber: "KCZT01_SYS"} else null end) as $status
| {
    FBillTypeID: {FNumber: "XSTHD01_SYS"},
    FBillNo: (.io_id | required("FBillNo") | tostring),
    FDate: ($time | strftime("%Y-%m-%d %H:%M:%S")),
    FSaleOrgId: $org,
    FStockOrgId: $org,
    FSaledeptid: {FNumber: "BM000032"},
    FRetcustId: {FNumber: (.drop_co_name | required("FRetcustId"))},
    FReceiveAddress: (.receiver_state + .receiver_city + .receiver_district + .receiver_address),
    FLinkPhone: .receiver_mobile,
    FHeadNote: ((.remark // "" | trim) + " / " + .creator_name),
    SubHeadEntity: {
      FSettleCurrId: {FNumber: "PRE001"},
      FSettleOrgId: $org,
      FExchangeTypeId: {FNumber: "HLTX01_SYS"},
      FExchangeRate: 1
    },
    FEntity: (.items | if . == [] then error("FEntity is required") else map(
      (.qty | required("FRealQty") | tonumber | if . == 0 then error("division by zero") else . end) as $qty
      | {
        FRowType: "Standard",
        FMaterialId: {FNumber: (.sku_id | required("FMaterialId"))},
        FUnitID: {FNumber: (.unit // "" | trim | if . == "" then "Pcs" else . end)},
        FMustqty: $qty,
        FRealQty: $qty,
        FTaxPrice: (.sale_amount | if . then tonumber / $qty * 1000000 | round / 1000000 else null end),
        FEntryTaxRate: 13,
        FIsFree: (.sale_price == 0 or .sale_price == "0" or (.remark | . and contains("赠品"))),
        FLot: (if $stock == "12926523" then {FNumber: "230605"} else .batch_id | of_number end),
        FStockId: $stock_reference,
        FStockStatusId: $status,
        FReturnType: {FNumber: "THLX01_SYS"},
        FOwnerTypeId: "BD_OwnerOrg",
        FOwnerId: $org,
        FDeliveryDate: $delivery_date,
        FOrderNo: $order_no,
        FNote: (.name + " " + .properties_value)
      }) end)
  }
