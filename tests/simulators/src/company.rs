//! The systems of one company, whose data fit together: what an order, a return or a stock-out names is known to
//! the system that it shall be carried into.
//!
//! Materials of Galaxy, returns and shops of 聚水潭, stock-outs of 旺店通 and orders of OKKI are what their own
//! generators make. Galaxy then knows the materials and has the return notices that they name
//! ([`galaxy::Running::fit`]); WISE has the base data of OKKI's orders anyway.

use std::io;
use std::net::SocketAddr;

use chrono::{NaiveDateTime, TimeDelta, Timelike};
use clap::ValueEnum;
use serde_json::json;

use crate::system::{self, shanghai};
use crate::{galaxy, jdy, jushuitan, okki, wangdiantong, wise};

/// A simulated system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum System {
    /// 金蝶云星空
    Galaxy,
    /// 聚水潭
    Jushuitan,
    /// 旺店通旗舰版
    Wangdiantong,
    /// 小满 OKKI
    Okki,
    /// 金蝶 K3 WISE
    Wise,
    /// 金蝶云星辰 V2
    Jdy,
}

impl System {
    /// All of them.
    pub const ALL: [System; 6] =
        [System::Galaxy, System::Jushuitan, System::Wangdiantong, System::Okki, System::Wise, System::Jdy];

    /// As the program names it.
    pub fn name(self) -> &'static str {
        match self {
            System::Galaxy => "galaxy",
            System::Jushuitan => "jushuitan",
            System::Wangdiantong => "wangdiantong",
            System::Okki => "okki",
            System::Wise => "wise",
            System::Jdy => "jdy",
        }
    }
}

/// How much a company has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Materials of Galaxy, besides those that other records name.
    pub materials: usize,
    /// Records of 其它出入库 of 聚水潭, of all types, over 30 days.
    pub returns: usize,
    /// Shops of 聚水潭.
    pub shops: usize,
    /// Stock-outs of 旺店通, over 7 days.
    pub stockouts: usize,
    /// Orders of OKKI, over 90 days.
    pub orders: usize,
    /// Customers of 星辰.
    pub customers: usize,
    /// The same seed gives the same data.
    pub seed: u64,
    /// Whether there are records that do not fit: see [`NO_NOTICE`] and those after it.
    pub misfits: bool,
}

impl Default for Size {
    fn default() -> Self {
        Size {
            materials: 0,
            returns: 0,
            shops: 0,
            stockouts: 0,
            orders: 0,
            customers: 0,
            seed: 1,
            misfits: false,
        }
    }
}

/// The `io_id` of a return whose `so_id` no return notice has.
pub const NO_NOTICE: i64 = 9_900_001;
/// The `io_id` of a return of a material that Galaxy does not know.
pub const NO_MATERIAL: i64 = 9_900_002;
/// The `stockout_no` of a stock-out of a material that Galaxy does not know.
pub const NO_SPEC: &str = "CK99000001";
/// The `order_id` of an order of a customer that WISE does not know.
pub const NO_CUSTOMER: i64 = 9_900_000_001;

/// Nobody changes anything in the last minutes before the simulators start, so that all of it is due.
const QUIET: TimeDelta = TimeDelta::minutes(2);

/// A company's systems, those that were asked for. They end when this is dropped.
#[derive(Default)]
pub struct Company {
    /// 金蝶云星空
    pub galaxy: Option<galaxy::Running>,
    /// 聚水潭
    pub jushuitan: Option<jushuitan::Running>,
    /// 旺店通旗舰版
    pub wangdiantong: Option<wangdiantong::Running>,
    /// 小满 OKKI
    pub okki: Option<okki::Running>,
    /// 金蝶 K3 WISE
    pub wise: Option<wise::Running>,
    /// 金蝶云星辰 V2
    pub jdy: Option<jdy::Running>,
}

impl Company {
    /// Starts these systems on free ports of the loopback.
    ///
    /// # Errors
    /// If there is no free port or no thread can be started.
    pub fn start(systems: &[System], size: &Size) -> io::Result<Company> {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let until = shanghai(i64::try_from(now.as_millis()).unwrap_or(i64::MAX)) - QUIET;
        let mut company = Company::default();
        for system in systems {
            company.start_one(*system, size, until)?;
        }
        if size.misfits {
            company.add_misfits(until).map_err(io::Error::other)?;
        }
        company.fit().map_err(io::Error::other)?;
        Ok(company)
    }

    fn start_one(&mut self, system: System, size: &Size, until: NaiveDateTime) -> io::Result<()> {
        let (seed, until) = (size.seed, Some(until));
        match system {
            System::Galaxy => {
                let materials = Some(galaxy::Generate { rows: size.materials, seed, until });
                let config = galaxy::Config { materials, ..Default::default() };
                self.galaxy = Some(galaxy::Galaxy::start(config)?);
            }
            System::Jushuitan => {
                let (records, shops) = (size.returns, size.shops);
                let generate = jushuitan::Generate { records, shops, seed, until, ..Default::default() };
                let config = jushuitan::Config { generate: Some(generate), ..Default::default() };
                self.jushuitan = Some(jushuitan::Jushuitan::start(config)?);
            }
            System::Wangdiantong => {
                let rows = size.stockouts;
                let stockouts = Some(wangdiantong::Generate { rows, seed, until, ..Default::default() });
                let config = wangdiantong::Config { stockouts, ..Default::default() };
                self.wangdiantong = Some(wangdiantong::Wangdiantong::start(config)?);
            }
            System::Okki => {
                let orders = okki::Generate { rows: size.orders, seed, until, ..Default::default() };
                let data = okki::Data { orders: Some(orders), ..Default::default() };
                self.okki = Some(okki::Okki::start(okki::Config { data, ..Default::default() })?);
            }
            System::Wise => self.wise = Some(wise::Wise::start(wise::Config::default())?),
            System::Jdy => {
                let customers = Some(jdy::Generate { customers: size.customers, seed });
                self.jdy = Some(jdy::Jdy::start(jdy::Config { customers, ..Default::default() })?);
            }
        }
        Ok(())
    }

    /// Lets Galaxy know what the records of the other systems name, but for the materials of the misfits.
    ///
    /// # Errors
    /// If a record is malformed.
    pub fn fit(&self) -> Result<(), String> {
        let Some(galaxy) = &self.galaxy else { return Ok(()) };
        let mut returns = self.jushuitan.as_ref().map(jushuitan::Running::records).unwrap_or_default();
        returns.retain(|record| record["io_id"] != NO_NOTICE && record["io_id"] != NO_MATERIAL);
        let mut stockouts = Vec::new();
        for stockout in self.wangdiantong.iter().flat_map(wangdiantong::Running::stockouts) {
            if stockout.stockout_no != NO_SPEC {
                stockouts.push(serde_json::to_value(stockout).map_err(|error| error.to_string())?);
            }
        }
        galaxy.fit(&galaxy::Records { returns, stockouts })?;
        Ok(())
    }

    /// Adds one record of each kind that does not fit.
    fn add_misfits(&self, until: NaiveDateTime) -> Result<(), String> {
        let until = until.with_nanosecond(0).unwrap_or(until);
        let modified = until.format("%Y-%m-%d %H:%M:%S").to_string();
        let read = |error: serde_json::Error| error.to_string();
        if let Some(jushuitan) = &self.jushuitan {
            let line =
                |sku: &str| json!([{"ioi_id": 1, "sku_id": sku, "name": "无主退货", "unit": "件", "qty": 1}]);
            let records = vec![
                json!({"io_id": NO_NOTICE, "so_id": "THTZ-NONE", "wh_id": 2, "modified": modified, "items": line("SKU-000-1")}),
                json!({"io_id": NO_MATERIAL, "so_id": "THTZ990002", "wh_id": 2, "modified": modified, "items": line("SKU-NONE")}),
            ];
            jushuitan.change(&jushuitan::Change::Add { records });
        }
        if let Some(galaxy) = &self.galaxy {
            let known = json!([{"type": "其它退货", "io_id": NO_MATERIAL, "so_id": "THTZ990002",
                "items": [{"sku_id": "SKU-000-1", "name": "无主退货", "qty": 1}]}]);
            let returns = serde_json::from_value(known).map_err(read)?;
            galaxy.fit(&galaxy::Records { returns, ..Default::default() })?;
        }
        if let Some(wangdiantong) = &self.wangdiantong {
            let details = json!([{"rec_id": 1, "spec_no": "RM-NONE", "goods_name": "无主物料", "num": 1,
                "base_unit_name": "个"}]);
            let stockout = wangdiantong::Stockout {
                stockout_no: NO_SPEC.to_owned(),
                consign_time: Some(until),
                modified: until,
                details: serde_json::from_value(details).map_err(read)?,
                ..Default::default()
            };
            wangdiantong.change(&wangdiantong::Change::Add { stockouts: vec![stockout] });
        }
        if let Some(okki) = &self.okki
            && let Some(mut order) = okki.orders().into_iter().next()
        {
            order["order_id"] = NO_CUSTOMER.into();
            order["order_no"] = "SO-NONE".into();
            order["company"]["serial_id"] = "C9999".into();
            order["update_time"] = modified.into();
            okki.change(&okki::Change::Add { orders: vec![order] });
        }
        Ok(())
    }

    /// Sets how far the clocks of all systems are ahead of the machine's (behind, if negative).
    pub fn set_clocks(&self, ahead_ms: i64) {
        let Company { galaxy, jushuitan, wangdiantong, okki, wise, jdy } = self;
        galaxy.iter().for_each(|running| running.set(|switches| switches.clock_offset_ms = ahead_ms));
        jushuitan.iter().for_each(|running| running.set(|switches| switches.clock_offset_ms = ahead_ms));
        wangdiantong.iter().for_each(|running| running.set(|switches| switches.clock_offset_ms = ahead_ms));
        okki.iter().for_each(|running| running.set(|switches| switches.clock_offset_ms = ahead_ms));
        wise.iter().for_each(|running| running.set(|switches| switches.clock_offset_ms = ahead_ms));
        jdy.iter().for_each(|running| running.set(|switches| switches.clock_offset_ms = ahead_ms));
    }

    /// Where a system listens and where its control API does; `None` if it was not started.
    pub fn addresses(&self, system: System) -> Option<(SocketAddr, SocketAddr)> {
        match system {
            System::Galaxy => addresses(self.galaxy.as_ref()),
            System::Jushuitan => addresses(self.jushuitan.as_ref()),
            System::Wangdiantong => addresses(self.wangdiantong.as_ref()),
            System::Okki => addresses(self.okki.as_ref()),
            System::Wise => addresses(self.wise.as_ref()),
            System::Jdy => addresses(self.jdy.as_ref()),
        }
    }
}

fn addresses<S: system::System>(running: Option<&system::Running<S>>) -> Option<(SocketAddr, SocketAddr)> {
    running.map(|running| (running.address(), running.control_address()))
}
