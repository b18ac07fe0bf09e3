//! Services and their supervisor are killed at random while clients write all the time: what was acknowledged is in
//! the database once, nobody is turned away while a supervisor lives, no service ever runs twice, and in the end all
//! are ready.
//!
//! `SOGO_CHAOS_SECONDS` says how long it goes on, `SOGO_CHAOS_SEED` repeats a run's choices.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use reqwest::Method;
use serde_json::json;

use crate::harness::{Client, Engine, Installation, until};
use crate::on_each_engine;

on_each_engine! {
    nothing_acknowledged_is_lost_or_doubled_whoever_is_killed,
}

const SERVICES: [&str; 3] = ["sogoms-logs", "sogoms-db", "sogoway"];
/// Of a hundred kills, those of the supervisor.
const SUPERVISOR: u64 = 12;

async fn nothing_acknowledged_is_lost_or_doubled_whoever_is_killed(engine: Engine) {
    let set = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let length = Duration::from_secs(set("SOGO_CHAOS_SECONDS").unwrap_or(10));
    let by_the_clock = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos().into();
    let seed = set("SOGO_CHAOS_SEED").unwrap_or_else(by_the_clock);
    eprintln!("SOGO_CHAOS_SEED={seed}");

    let mut sogo = patient_installation(engine).await.start();
    sogo.sogo(&["app", "prepare", "prokov", "--yes"]).ok();
    let alice = sogo.sign_in("alice@example.com").await;
    let watch = Arc::new(Watch::default());
    let counting = count_copies(sogo.installation.path().to_owned(), Arc::clone(&watch));
    let writers = [
        tokio::spawn(write_with_keys(alice.clone(), Arc::clone(&watch))),
        tokio::spawn(write_without(alice.clone(), Arc::clone(&watch))),
    ];

    let mut chance = Chance(seed | 1);
    let mut killed: BTreeMap<&str, u32> = BTreeMap::new();
    let mut slowest_return = Duration::ZERO;
    let began = Instant::now();
    while began.elapsed() < length {
        tokio::time::sleep(Duration::from_millis(100 + chance.below(1200))).await;
        if chance.below(100) < SUPERVISOR {
            watch.epoch.fetch_add(1, Ordering::SeqCst);
            sogo.kill_supervisor();
            *killed.entry("sogoctl").or_default() += 1;
            tokio::time::sleep(Duration::from_millis(chance.below(800))).await;
            let started = Instant::now();
            // The wait blocks its thread, and the writers are to go on.
            sogo = tokio::task::spawn_blocking(move || {
                sogo.restart_supervisor();
                sogo
            })
            .await
            .unwrap();
            slowest_return = slowest_return.max(started.elapsed());
            watch.epoch.fetch_add(1, Ordering::SeqCst);
        } else {
            let victim = SERVICES[usize::try_from(chance.below(SERVICES.len() as u64)).unwrap()];
            for pid in processes(sogo.installation.path()).remove(victim).unwrap_or_default() {
                // It may have ended by itself just now.
                let _ = std::process::Command::new("kill").args(["-9", &pid.to_string()]).status();
                *killed.entry(victim).or_default() += 1;
            }
        }
    }
    watch.over.store(true, Ordering::SeqCst);
    let mut acknowledged = Vec::new();
    for writer in writers {
        acknowledged.push(writer.await.unwrap());
    }
    counting.join().unwrap();
    until("all services are ready", || {
        SERVICES.iter().all(|name| sogo.status(name).is_some_and(|it| it["state"] == "ready")).then_some(())
    });

    let rows = rows(&alice).await;
    let Seen { failures, refusals, copies } = watch.seen.lock().unwrap().clone();
    let written = acknowledged.iter().map(Vec::len).collect::<Vec<_>>();
    eprintln!(
        "{engine:?}, {:?}: killed {killed:?}; acknowledged {written:?} with and without a key; {failures} failed tries; \
         {} rows; copies at most {copies:?}; all ready again {slowest_return:?} after a new supervisor at the latest",
        began.elapsed(),
        rows.values().sum::<u32>()
    );
    for name in acknowledged.iter().flatten() {
        assert_eq!(rows.get(name), Some(&1), "{name}");
    }
    let twice: Vec<_> = rows.iter().filter(|(_, count)| 1 < **count).collect();
    assert!(twice.is_empty(), "{twice:?}");
    assert_eq!(refusals, Vec::<String>::new(), "somebody was turned away while a supervisor lived");
    assert!(copies.len() == SERVICES.len() && copies.values().all(|count| *count == 1), "{copies:?}");
    assert!(
        written.iter().all(|count| 5 < *count) && 2 <= killed.values().sum::<u32>(),
        "{written:?} {killed:?}"
    );
}

/// The sample installation, with a supervisor that holds the gateway's port and never gives a service up.
async fn patient_installation(engine: Engine) -> Installation {
    let installation = Installation::new(engine).await;
    let file = "config/sogoctl.yaml";
    installation.edit(file, "max_restarts: 50", "max_restarts: 1000");
    installation.hold_port();
    installation
}

/// What the clients and the observer of processes saw.
#[derive(Default)]
struct Watch {
    over: AtomicBool,
    /// Even while a supervisor lives and all its services have been ready; it grows with each death and each return.
    epoch: AtomicU64,
    seen: Mutex<Seen>,
}

#[derive(Default, Clone)]
struct Seen {
    /// Tries that were not acknowledged.
    failures: u32,
    /// Connections that could not be made while a supervisor lived.
    refusals: Vec<String>,
    /// The most processes of each service that were there at one time.
    copies: BTreeMap<String, usize>,
}

/// Writes with keys, again and again until it is acknowledged; returns the names that are.
async fn write_with_keys(client: Client, watch: Arc<Watch>) -> Vec<String> {
    let mut acknowledged = Vec::new();
    for number in 0.. {
        let name = format!("keyed-{number}");
        while !written(&client, &name, Some(&name), &watch).await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        acknowledged.push(name);
        if watch.over.load(Ordering::SeqCst) {
            break;
        }
    }
    acknowledged
}

/// Writes each name once, without a key; returns the names that were acknowledged.
async fn write_without(client: Client, watch: Arc<Watch>) -> Vec<String> {
    let mut acknowledged = Vec::new();
    for number in 0.. {
        let name = format!("plain-{number}");
        if written(&client, &name, None, &watch).await {
            acknowledged.push(name);
        } else {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        if watch.over.load(Ordering::SeqCst) {
            break;
        }
    }
    acknowledged
}

async fn written(client: &Client, name: &str, key: Option<&str>, watch: &Watch) -> bool {
    let epoch = watch.epoch.load(Ordering::SeqCst);
    let headers: Vec<(&str, &str)> = [("content-type", "application/json")]
        .into_iter()
        .chain(key.map(|key| ("idempotency-key", key)))
        .collect();
    let body = json!({ "name": name }).to_string();
    let answer = client.try_send(Method::POST, "/api/projects", Some(body), &headers).await;
    let mut seen = watch.seen.lock().unwrap();
    match answer {
        Ok(answer) if answer.status == 201 => return true,
        // Whoever sent a thing once may see no other answer than that, or that somebody is not there.
        Ok(answer) => {
            assert!([500, 502, 503, 504].contains(&answer.status), "{}: {}", answer.status, answer.text);
        }
        Err(cause)
            if cause.is_connect()
                && epoch.is_multiple_of(2)
                && epoch == watch.epoch.load(Ordering::SeqCst) =>
        {
            seen.refusals.push(format!("{name}: {cause:?}"));
        }
        Err(_) => {}
    }
    seen.failures += 1;
    false
}

/// Returns how often each name is there.
async fn rows(client: &Client) -> HashMap<String, u32> {
    let mut names: HashMap<String, u32> = HashMap::new();
    for page in 1.. {
        let path = format!("/api/projects?page={page}&per_page=1000&sort=id&fields=id,name");
        let found = client.get(&path).await.expect(200);
        let found = found["data"].as_array().unwrap();
        for row in found {
            *names.entry(row["name"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        if found.len() < 1000 {
            break;
        }
    }
    names
}

/// Counts the processes of each service until it is over.
fn count_copies(folder: PathBuf, watch: Arc<Watch>) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        while !watch.over.load(Ordering::SeqCst) {
            for (service, pids) in processes(&folder) {
                let mut seen = watch.seen.lock().unwrap();
                let most = seen.copies.entry(service).or_default();
                *most = (*most).max(pids.len());
            }
            thread::sleep(Duration::from_millis(20));
        }
    })
}

/// Returns the living processes of the services of one installation, by the name they run under.
fn processes(folder: &Path) -> HashMap<String, Vec<u32>> {
    let mut found: HashMap<String, Vec<u32>> = HashMap::new();
    let ours = folder.to_str().unwrap();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line);
        let program = line.split('\0').next().unwrap_or_default();
        let name = Path::new(program).file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if line.contains(ours) && SERVICES.contains(&name) {
            found.entry(name.to_owned()).or_default().push(pid);
        }
    }
    found
}

/// Numbers that look random, and are the same for the same seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}
