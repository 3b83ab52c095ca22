//! The simulators as a program; see the front page of the library for its control API.

use std::any::Any;
use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use ferry_simulators::company::{Company, Size, System};
use ferry_simulators::{galaxy, jdy, jushuitan, okki, robots, wangdiantong, wise};
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};

/// Simulators of the vendors' systems.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    vendor: Vendor,
}

#[derive(Subcommand)]
enum Vendor {
    /// 金蝶云星空
    Galaxy {
        #[command(flatten)]
        common: Common,
        /// How many materials the ERP holds.
        #[arg(long, default_value_t = 5000)]
        rows: usize,
    },
    /// 聚水潭, the current interface and the legacy one
    Jushuitan {
        #[command(flatten)]
        common: Common,
        /// How many records of 其它出入库 it holds.
        #[arg(long, default_value_t = 500)]
        records: usize,
        /// How many shops it holds.
        #[arg(long, default_value_t = 30)]
        shops: usize,
    },
    /// 旺店通旗舰版
    Wangdiantong {
        #[command(flatten)]
        common: Common,
        /// How many records of 生产出库 it holds.
        #[arg(long, default_value_t = 1000)]
        rows: usize,
    },
    /// 金蝶云星辰 V2
    Jdy {
        #[command(flatten)]
        common: Common,
        /// How many customers it holds.
        #[arg(long, default_value_t = 0)]
        customers: usize,
    },
    /// 小满 OKKI
    Okki {
        #[command(flatten)]
        common: Common,
        /// How many orders it holds.
        #[arg(long, default_value_t = 200)]
        rows: usize,
    },
    /// 金蝶 K3 WISE, without orders, and with the base data that OKKI's orders name
    Wise {
        #[command(flatten)]
        common: Common,
    },
    /// The robots that alerts go to: 钉钉, 企业微信, 飞书, a plain webhook and a heartbeat
    Robots {
        #[command(flatten)]
        common: Common,
    },
    /// All vendors' systems in one process, or some, on free ports, with data that fit together
    All(All),
}

#[derive(Args)]
struct All {
    /// Which ones.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = System::ALL)]
    systems: Vec<System>,
    /// Galaxy's materials, besides those that other records name.
    #[arg(long, default_value_t = 0)]
    materials: usize,
    /// 聚水潭's records of 其它出入库.
    #[arg(long, default_value_t = 0)]
    returns: usize,
    /// 聚水潭's shops.
    #[arg(long, default_value_t = 0)]
    shops: usize,
    /// 旺店通's stock-outs.
    #[arg(long, default_value_t = 0)]
    stockouts: usize,
    /// OKKI's orders.
    #[arg(long, default_value_t = 0)]
    orders: usize,
    /// 星辰's customers.
    #[arg(long, default_value_t = 0)]
    customers: usize,
    /// What the data are made from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Also one record of each kind that does not fit.
    #[arg(long)]
    misfits: bool,
    /// End when standard input closes, that is with the process that started this one.
    #[arg(long)]
    until_stdin_closes: bool,
}

#[derive(Args)]
struct Common {
    /// Where the system listens; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Where the control API listens; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    control: SocketAddr,
    /// What the data are made from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// End when standard input closes, that is with the process that started this one.
    #[arg(long)]
    until_stdin_closes: bool,
}

/// Simulators, which end when this is dropped.
struct Started {
    /// The line that says where they listen.
    ready: Value,
    until_stdin_closes: bool,
    _running: Box<dyn Any>,
}

/// What one simulator on its own says.
fn ready(name: &str, address: SocketAddr, control: SocketAddr) -> Value {
    json!({name: address.to_string(), "control": control.to_string()})
}

impl All {
    fn start(self) -> std::io::Result<Started> {
        let All { materials, returns, shops, stockouts, orders, customers, seed, misfits, .. } = self;
        let size = Size { materials, returns, shops, stockouts, orders, customers, seed, misfits };
        let company = Company::start(&self.systems, &size)?;
        let mut ready = json!({});
        for system in System::ALL {
            if let Some((address, control)) = company.addresses(system) {
                let both = json!({"address": address.to_string(), "control": control.to_string()});
                ready[system.name()] = both;
            }
        }
        Ok(Started { ready, until_stdin_closes: self.until_stdin_closes, _running: Box::new(company) })
    }
}

impl Vendor {
    fn start(self) -> std::io::Result<Started> {
        Ok(match self {
            Vendor::Galaxy { common: Common { listen, control, seed, until_stdin_closes }, rows } => {
                let materials = Some(galaxy::Generate { rows, seed, until: None });
                let config = galaxy::Config { listen, control, materials, ..Default::default() };
                let running = galaxy::Galaxy::start(config)?;
                Started {
                    ready: ready("galaxy", running.address(), running.control_address()),
                    until_stdin_closes,
                    _running: Box::new(running),
                }
            }
            Vendor::Jushuitan {
                common: Common { listen, control, seed, until_stdin_closes },
                records,
                shops,
            } => {
                let generate = jushuitan::Generate { records, shops, seed, ..Default::default() };
                let generate = Some(generate);
                let config = jushuitan::Config { listen, control, generate, ..Default::default() };
                let running = jushuitan::Jushuitan::start(config)?;
                Started {
                    ready: ready("jushuitan", running.address(), running.control_address()),
                    until_stdin_closes,
                    _running: Box::new(running),
                }
            }
            Vendor::Okki { common: Common { listen, control, seed, until_stdin_closes }, rows } => {
                let orders = Some(okki::Generate { rows, seed, ..Default::default() });
                let data = okki::Data { orders, ..Default::default() };
                let running =
                    okki::Okki::start(okki::Config { listen, control, data, ..Default::default() })?;
                Started {
                    ready: ready("okki", running.address(), running.control_address()),
                    until_stdin_closes,
                    _running: Box::new(running),
                }
            }
            Vendor::Wangdiantong { common: Common { listen, control, seed, until_stdin_closes }, rows } => {
                let stockouts = Some(wangdiantong::Generate { rows, seed, ..Default::default() });
                let config = wangdiantong::Config { listen, control, stockouts, ..Default::default() };
                let running = wangdiantong::Wangdiantong::start(config)?;
                Started {
                    ready: ready("wangdiantong", running.address(), running.control_address()),
                    until_stdin_closes,
                    _running: Box::new(running),
                }
            }
            Vendor::Jdy { common: Common { listen, control, seed, until_stdin_closes }, customers } => {
                let customers = Some(jdy::Generate { customers, seed });
                let config = jdy::Config { listen, control, customers, ..Default::default() };
                let running = jdy::Jdy::start(config)?;
                Started {
                    ready: ready("jdy", running.address(), running.control_address()),
                    until_stdin_closes,
                    _running: Box::new(running),
                }
            }
            Vendor::Wise { common: Common { listen, control, until_stdin_closes, .. } } => {
                let running = wise::Wise::start(wise::Config { listen, control, ..Default::default() })?;
                Started {
                    ready: ready("wise", running.address(), running.control_address()),
                    until_stdin_closes,
                    _running: Box::new(running),
                }
            }
            Vendor::Robots { common: Common { listen, control, until_stdin_closes, .. } } => {
                let config = robots::Config { listen, control, ..Default::default() };
                let running = robots::Robots::start(config)?;
                Started {
                    ready: ready("robots", running.address(), running.control_address()),
                    until_stdin_closes,
                    _running: Box::new(running),
                }
            }
            Vendor::All(all) => all.start()?,
        })
    }
}

fn main() -> ExitCode {
    let started = match Arguments::parse().vendor.start() {
        Ok(started) => started,
        Err(error) => {
            eprintln!("ferry-simulators: {error}");
            return ExitCode::FAILURE;
        }
    };
    println!("{}", started.ready);
    if std::io::stdout().flush().is_err() {
        return ExitCode::FAILURE;
    }
    match wait(started.until_stdin_closes) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ferry-simulators: cannot wait for signals: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Waits for SIGTERM, SIGINT, or the end of standard input.
fn wait(until_stdin_closes: bool) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        let (closed, mut stdin) = tokio::sync::oneshot::channel();
        if until_stdin_closes {
            std::thread::spawn(move || {
                let mut scrap = [0; 1024];
                while matches!(std::io::stdin().read(&mut scrap), Ok(1..)) {}
                let _ = closed.send(());
            });
        } else {
            // Kept open for as long as we wait.
            std::mem::forget(closed);
        }
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
            _ = &mut stdin => {}
        }
        Ok(())
    })
}
