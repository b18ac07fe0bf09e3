//! What services take of the machine, each with everything it started: looked at when somebody asks, and now and then
//! between, so that whoever asks is told of the last seconds.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::api::{Memory, ServiceStatus, Usage};
use super::control::milliseconds;
use super::strays;
use crate::process::usage::Trees;

/// How often a look is taken while nobody asks.
pub(super) const PAUSE: Duration = Duration::from_secs(10);
/// Time over which the share of a processor is told at least: the kernel counts in hundredths of a second.
const SHORTEST: Duration = Duration::from_millis(500);

/// The looks that were taken before, by process.
#[derive(Debug, Default)]
pub(super) struct Looks(Mutex<HashMap<u32, Seen>>);

#[derive(Debug, Clone, Copy)]
struct Seen {
    /// Tells the process from a later one of that number.
    started: u64,
    /// What was taken altogether; a process that ends unseen must not make it less.
    cpu: Duration,
    newest: Sample,
    before: Sample,
}

#[derive(Debug, Clone, Copy)]
struct Sample {
    at: Instant,
    cpu: Duration,
}

impl Looks {
    /// Looks at the trees of these services and notes in each what it takes. It blocks its thread for some microseconds a
    /// process of this machine, and longer `with_memory`.
    pub(super) fn take(&self, services: &mut [ServiceStatus], with_memory: bool) {
        let trees = Trees::look(strays::SERVICE);
        let now = Instant::now();
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.retain(|pid, _| services.iter().any(|service| service.pid == Some(*pid)));
        for service in services {
            let Some(pid) = service.pid else { continue };
            let Some(tree) = trees.of(pid, &service.service) else { continue };
            let begun = now.checked_sub(Duration::from_millis(service.uptime_ms.unwrap_or_default()));
            let first = Sample { at: begun.unwrap_or(now), cpu: Duration::ZERO };
            let known = seen.get(&pid).filter(|seen| seen.started == tree.started).copied();
            let unknown = Seen { started: tree.started, cpu: Duration::ZERO, newest: first, before: first };
            let looked = known.unwrap_or(unknown).looked(now, tree.cpu);
            service.usage = Some(Usage {
                processes: u32::try_from(tree.processes.len()).unwrap_or(u32::MAX),
                cpu_ms: milliseconds(looked.cpu),
                cpu_percent: looked.percent(now),
                memory: with_memory.then(|| tree.memory()).flatten().map(|(bytes, is_proportional)| {
                    if is_proportional { Memory::Pss { bytes } } else { Memory::Rss { bytes } }
                }),
            });
            seen.insert(pid, looked);
        }
    }
}

impl Seen {
    fn looked(self, at: Instant, cpu: Duration) -> Self {
        let cpu = cpu.max(self.cpu);
        if at.duration_since(self.newest.at) < SHORTEST {
            return Self { cpu, ..self };
        }
        Self { cpu, newest: Sample { at, cpu }, before: self.newest, ..self }
    }

    /// Returns the share of one processor since an earlier look, in percent with one digit behind the point.
    fn percent(&self, now: Instant) -> f64 {
        let time = now.duration_since(self.before.at).as_secs_f64();
        let cpu = self.cpu.saturating_sub(self.before.cpu).as_secs_f64();
        if time == 0.0 { 0.0 } else { (cpu / time * 1000.0).round() / 10.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_is_that_since_the_look_before() {
        let begun = Instant::now();
        let after = |ms: u64| begun + Duration::from_millis(ms);
        let cpu = Duration::from_millis;
        let first = Sample { at: begun, cpu: Duration::ZERO };
        let new = Seen { started: 1, cpu: Duration::ZERO, newest: first, before: first };
        let one = new.looked(after(1000), cpu(100));
        let percent = |seen: &Seen, ms| seen.percent(after(ms)).to_string();
        assert_eq!(percent(&one, 1000), "10");
        let two = one.looked(after(2000), cpu(600));
        assert_eq!(percent(&two, 2000), "50");
        // Too soon for a share of its own.
        let soon = two.looked(after(2100), cpu(700));
        assert_eq!((soon.cpu, &*percent(&soon, 2100)), (cpu(700), "54.5"));
        // A process that ended has taken its time along.
        let less = two.looked(after(3000), cpu(400));
        assert_eq!((less.cpu, &*percent(&less, 3000)), (cpu(600), "0"));
        assert_eq!(percent(&new, 0), "0");
    }
}
