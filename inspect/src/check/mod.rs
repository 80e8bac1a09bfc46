//! A conformance check of a broker or of a client.
//!
//! The check sends each forbidden packet of the conformance data on its own connection, and each legal neighbour too. The check compares
//! the reaction of the peer with the standard.
//!
//! `table.rs` reads the data, `plan.rs` makes the packets, `link.rs` is a connection, `broker.rs` and `client.rs` run the
//! cases, `outcome.rs` judges the reactions, and `report.rs` prints them. `address.rs` restricts the addresses.
//!
//! A probe follows each packet. The probe is another packet, which the peer must answer. The answer proves that the peer goes on. So the
//! check must wait for the time limit only if the peer does nothing.

mod address;
mod broker;
mod client;
mod link;
mod outcome;
mod plan;
mod report;
mod table;

use crate::cli;
use crate::proxy::stop;
use broker::{Broker, Greeting, Obstacle};
use client::ConnectedClient;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use mqtt_wire::{Role, Version, decode_frame};
use outcome::{AfterDisconnect, Answer, End};
use plan::{Case, Limits, Login, plan};
use report::{Report, View};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet, VecDeque};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::process::ExitCode;
use std::time::Duration;
use tokio::net::TcpListener;

/// The check ends after this many packets in a row for which the broker accepts no connection.
const GONE: usize = 3;

/// The check of clients ends after this many connections in a row without a CONNECT, if no client has sent one before.
const STRANGERS: usize = 100;

/// Runs the check. The exit code is 0 if nothing differs from the standard, 1 if something differs, and 2 if the check could not
/// run or did not finish.
pub(crate) fn run(options: &cli::Check) -> io::Result<ExitCode> {
    let (view, sender) = match (options.json, options.findings, options.client) {
        (true, _, client) => (View::Json, if client { Role::Server } else { Role::Client }),
        (_, true, client) => (View::Findings, if client { Role::Server } else { Role::Client }),
        (_, _, client) => (View::Table, if client { Role::Server } else { Role::Client }),
    };
    let mut report = Report::new(BufWriter::new(anstream::stdout().lock()), view, sender);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let ended = runtime.block_on(async {
        let stopped = stop()?;
        let mut connections = 0;
        let checking = async {
            if options.client {
                check_clients(options, &mut report, &mut connections).await
            } else {
                check_broker(options, &mut report, &mut connections).await
            }
        };
        let ended = tokio::select! {
            ended = checking => Some(ended?),
            () = stopped => Some(false),
            () = time_is_over(options.limit) => None,
        };
        if ended.is_none() {
            report.note("the time of --limit is over".to_owned());
        }
        let is_whole = ended == Some(true);
        if !is_whole {
            report.note("the check did not finish; these are the results so far".to_owned());
        }
        report.close(connections)?;
        io::Result::Ok(is_whole)
    });
    runtime.shutdown_background();
    Ok(match ended? {
        false => ExitCode::from(2),
        true if report.differs() => ExitCode::FAILURE,
        true => ExitCode::SUCCESS,
    })
}

async fn time_is_over(limit: Option<Duration>) {
    match limit {
        Some(limit) => tokio::time::sleep(limit).await,
        None => std::future::pending().await,
    }
}

/// Returns whether the check finished.
async fn check_broker<W: Write>(
    options: &cli::Check,
    report: &mut Report<W>,
    connections: &mut usize,
) -> io::Result<bool> {
    let addresses = address::resolve(&options.address, options.yes)?;
    let login = Login { user_name: options.username.clone(), password: options.password.clone() };
    let mut broker = Broker::new(addresses, options.wait, login.clone(), options.interval());
    let cases = prepare(options, &mut broker, &login, report, connections).await?;
    if cases.is_empty() {
        return Ok(false);
    }
    let bar = progress(cases.len() as u64, options);
    let (mut done, mut failures, mut last) = (HashMap::new(), 0, None);
    for case in &cases {
        let same = (case.version, case.scene, case.kind, case.bytes.clone());
        // Many rules have the same legal neighbour.
        if let Some((sent, outcome)) = done.get(&same) {
            report.tried(case, Vec::clone(sent), outcome::Outcome::clone(outcome))?;
            bar.inc(1);
            continue;
        }
        let is_silent = match broker.run(case).await {
            Ok((sent, outcome)) => {
                failures = 0;
                last = Some(case);
                done.insert(same, (sent.clone(), outcome.clone()));
                let is_silent = outcome.is_silent();
                report.tried(case, sent, outcome)?;
                is_silent
            }
            Err(obstacle) => {
                failures = if obstacle.is_gone { failures + 1 } else { 0 };
                report.failed(case, &obstacle.why)?;
                if failures == GONE {
                    report.note(gone(&obstacle, last));
                }
                !obstacle.is_gone && !obstacle.is_known
            }
        };
        // Silence after one packet is a reaction to the packet. If the broker is silent on new connections too, it has stopped working, and
        // silence is not a reaction.
        let blocked = if is_silent { broker.still_reacts(case.version).await.err() } else { None };
        if let Some(obstacle) = &blocked {
            report.note(gone(obstacle, last));
        }
        *connections = broker.connections;
        bar.inc(1);
        if blocked.is_some() || failures == GONE {
            bar.finish_and_clear();
            return Ok(false);
        }
    }
    for version in &options.versions() {
        broker.tidy(*version).await;
    }
    *connections = broker.connections;
    bar.finish_and_clear();
    Ok(true)
}

/// Returns the packets for the versions that the broker speaks. A broker that speaks none is an
/// error.
async fn prepare<W: Write>(
    options: &cli::Check,
    broker: &mut Broker,
    login: &Login,
    report: &mut Report<W>,
    connections: &mut usize,
) -> io::Result<Vec<Case>> {
    let mut cases = Vec::new();
    let mut problems = Vec::new();
    let mut is_mute = false;
    for version in options.versions() {
        match broker.greet(version).await {
            Ok(Greeting { is_mute: true, .. }) => {
                is_mute = true;
                report.found("pingreq", version, "[MQTT-3.12.4-1]", MUTE)?;
                report.note(format!("MQTT {version} was not checked: {MUTE}"));
            }
            Ok(Greeting { limits, has_unasked_pingresp, .. }) => {
                let plan = plan(Role::Client, version, &limits, login);
                plan.untried.iter().try_for_each(|untried| report.untried(untried))?;
                cases.extend(plan.cases);
                report.version(version);
                if has_unasked_pingresp {
                    let why = "it sent a PINGRESP that no PINGREQ had asked for";
                    report.found("pingresp", version, "§3.13", why)?;
                }
            }
            Err(obstacle) => problems.push((version, obstacle)),
        }
        *connections = broker.connections;
    }
    if cases.is_empty() && !is_mute {
        let texts: Vec<_> = match &problems[..] {
            // If the reason is the same for all versions, it is given once.
            [(_, first), rest @ ..] if rest.iter().all(|(_, it)| it.why == first.why) => {
                vec![first.why.clone()]
            }
            all => all.iter().map(|(version, it)| format!("MQTT {version}: {}", it.why)).collect(),
        };
        return Err(io::Error::other(format!("{}: {}", options.address, texts.join("; "))));
    }
    for (version, Obstacle { why, broken, .. }) in problems {
        // Another version was accepted. So the peer is a broker, and not a server for another protocol.
        if let Some(statement) = broken {
            report.found("connect", version, &statement, &why)?;
        }
        report.note(format!("MQTT {version} was not checked: {why}"));
    }
    Ok(cases)
}

/// The finding for a broker that accepts connections and does nothing else.
const MUTE: &str = "it sent a CONNACK, but nothing after a PINGREQ, a SUBSCRIBE and a PUBLISH";

fn gone(Obstacle { why, broken, .. }: &Obstacle, last: Option<&Case>) -> String {
    let what = match broken {
        Some(_) => "the broker has stopped answering",
        None => "the broker accepts no more connections",
    };
    let after = last.map_or(String::new(), |case| {
        format!("; the last packet that it received was that of {} in {}", case.key, case.version)
    });
    format!("{what}: {why}{after}")
}

/// Returns whether all packets were sent.
async fn check_clients<W: Write>(
    options: &cli::Check,
    report: &mut Report<W>,
    connections: &mut usize,
) -> io::Result<bool> {
    let address = match &options.address {
        address if address.contains(':') => address.clone(),
        port => format!("127.0.0.1:{port}"),
    };
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{address}: {error}"));
    let listener = TcpListener::bind(&address).await.map_err(named)?;
    report.say(&format!(
        "listening on {}; the client must reconnect each time; Ctrl-C ends the check",
        listener.local_addr().map_err(named)?
    ))?;
    let bar = progress(0, options);
    let mut plans: HashMap<Version, VecDeque<Case>> = HashMap::new();
    let mut after_probe = HashMap::new();
    let (mut absent, mut is_bad_connect_reported) = (HashSet::new(), false);
    let mut after_disconnect = AfterDisconnect::default();
    let mut strangers = 0;
    loop {
        if plans.is_empty() && strangers == STRANGERS {
            report.note("no client has sent a valid CONNECT".to_owned());
            return Ok(false);
        }
        strangers += 1;
        let (socket, _) = listener.accept().await.map_err(named)?;
        *connections += 1;
        let mut guest = match ConnectedClient::welcome(socket, options.wait).await {
            Ok(guest) => guest,
            Err(Some(Answer { wrong: Some((statement, text)), .. })) if !is_bad_connect_reported => {
                is_bad_connect_reported = true;
                let why = format!("its first packet is malformed: {text}");
                report.found("connect", Version::V5_0, &statement, &why)?;
                continue;
            }
            Err(_) => continue,
        };
        if let Entry::Vacant(place) = plans.entry(guest.version) {
            let limits =
                decode_frame(guest.version, &guest.connect).map_or(Limits::NONE, |it| Limits::of(&it));
            let plan = plan(Role::Server, guest.version, &limits, &Login::default());
            plan.untried.iter().try_for_each(|untried| report.untried(untried))?;
            report.version(guest.version);
            bar.inc_length(plan.cases.len() as u64);
            place.insert(plan.cases.into());
            let end = guest.after_probe().await;
            if let Some((statement, why)) = unacknowledged(guest.version, end) {
                report.found("probe", guest.version, statement, why)?;
            }
            after_probe.insert(guest.version, end);
            guest.end().await;
            continue;
        }
        match plans.get_mut(&guest.version).and_then(VecDeque::pop_front) {
            Some(case) => {
                match guest.run(&case, &mut absent).await {
                    Ok((sent, mut outcome)) => {
                        after_disconnect.compare(&case, &mut outcome);
                        outcome.after_probe = after_probe.get(&guest.version).copied();
                        report.tried(&case, sent, outcome)?;
                    }
                    Err(why) => report.failed(&case, &why)?,
                }
                bar.inc(1);
                guest.end().await;
            }
            None => guest.dismiss().await,
        }
        if plans.values().all(VecDeque::is_empty) {
            bar.finish_and_clear();
            return Ok(true);
        }
    }
}

/// If a client does not acknowledge a message with QoS 1, it breaks a statement. Returns the statement and the reason.
fn unacknowledged(version: Version, end: End) -> Option<(&'static str, &'static str)> {
    let statement = if version == Version::V5_0 { "[MQTT-4.5.0-2]" } else { "[MQTT-4.5.0-1]" };
    match end {
        End::WentOn => None,
        End::Waited => Some((statement, "it did not acknowledge a message with QoS 1")),
        End::Closed => Some((statement, "it closed after a message with QoS 1, and did not acknowledge it")),
    }
}

/// Shows the progress on a terminal.
fn progress(len: u64, options: &cli::Check) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(len), ProgressDrawTarget::stderr());
    if options.json && io::stdout().is_terminal() {
        // Output lines on the same terminal already show the progress, and would mix with the bar.
        return ProgressBar::hidden();
    }
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos} of {len} packets") {
        bar.set_style(style);
    }
    bar
}

impl cli::Check {
    fn interval(&self) -> Duration {
        Duration::try_from_secs_f64(1.0 / self.rate).unwrap_or(Duration::ZERO)
    }

    fn versions(&self) -> Vec<Version> {
        if self.version.is_empty() { vec![Version::V3_1_1, Version::V5_0] } else { self.version.clone() }
    }
}
