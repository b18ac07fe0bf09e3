//! The task that owns the jobs: it looks at the clock, decides slots, starts runs, and sees them end.
//!
//! What it knows is on the disk first. While the disk refuses, nothing starts, and the next look tries again.

mod commands;
mod finish;
mod look;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use chrono::{DateTime, Utc};
use tokio::sync::{mpsc, watch};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

pub(super) use self::commands::{Command, Commands};
use self::finish::Finished;
use super::attempt::Outcome;
use super::clock;
use super::jobs::Jobs;
use super::runs::{JobName, Memory, OpenRun, Runs};
use super::tools::Tools;
use crate::error::{Code, Error, Result};

/// How often the clock is read again: whatever it does, and however long the machine slept, is noticed this soon.
const LOOK: Duration = Duration::from_secs(1);
/// Runs that go on at once; further ones wait.
const MOST_RUNNING: usize = 64;
/// How long runs may go on after the stop; they are `interrupted` then.
const GRACE: Duration = Duration::from_secs(4);

/// What others see of the keeper.
#[derive(Debug)]
pub(super) struct Seen {
    /// The jobs in force.
    pub jobs: ArcSwap<Jobs>,
    /// Why the durable state could not be written of late.
    pub failure: ArcSwap<Option<String>>,
    /// Runs that go on.
    pub running: watch::Sender<usize>,
    /// Changes whenever a run has ended.
    pub ended: watch::Sender<u64>,
}

/// The task's own state.
#[derive(Debug)]
pub(super) struct Keeper {
    seen: Arc<Seen>,
    runs: Runs,
    tools: Arc<Tools>,
    /// What is known of each job in force.
    memory: BTreeMap<JobName, Memory>,
    /// The next slot of each job, found when its last ones were decided; `None` where none follows.
    upcoming: HashMap<JobName, Option<DateTime<Utc>>>,
    /// Runs that wait or go on.
    open: BTreeMap<i64, OpenRun>,
    /// What stops each run that goes on.
    stops: HashMap<i64, CancellationToken>,
    going: JoinSet<Outcome>,
    /// Which run a task is, and which attempt of it.
    tasks: HashMap<Id, (i64, u32)>,
    /// Attempts whose end could not be written yet.
    unwritten: VecDeque<Finished>,
    /// When old runs were deleted last.
    pruned: Option<DateTime<Utc>>,
}

impl Keeper {
    /// Takes up what the last process left: runs that it was in the middle of are `interrupted`, and follow the retry rule.
    pub(super) async fn new(seen: Arc<Seen>, runs: Runs, tools: Arc<Tools>) -> Result<Self> {
        let memory = runs.jobs().await?;
        let left = runs.open_runs().await?;
        let mut keeper = Self {
            seen,
            runs,
            tools,
            memory,
            upcoming: HashMap::new(),
            open: left.into_iter().map(|run| (run.run, run)).collect(),
            stops: HashMap::new(),
            going: JoinSet::new(),
            tasks: HashMap::new(),
            unwritten: VecDeque::new(),
            pruned: None,
        };
        keeper.take_up().await?;
        Ok(keeper)
    }

    /// Keeps the jobs until the stop, then lets the runs that go on end within the grace time.
    pub(super) async fn run(mut self, mut commands: mpsc::Receiver<Command>, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(LOOK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                Some(command) = commands.recv() => self.obey(command).await,
                Some(ended) = self.going.join_next_with_id() => self.note(ended).await,
                _ = ticks.tick() => {}
            }
            let looked = self.look().await;
            self.tell(looked);
        }
        drop(commands);
        let draining = async {
            while let Some(ended) = self.going.join_next_with_id().await {
                self.note(ended).await;
            }
        };
        if tokio::time::timeout(GRACE, draining).await.is_err() {
            warn!(
                runs = self.going.len(),
                "The grace time is over with runs still going; they are taken up again later"
            );
        }
    }

    async fn note(&mut self, ended: Result<(Id, Outcome), JoinError>) {
        let (id, outcome) = match ended {
            Ok((id, outcome)) => (id, outcome),
            Err(fault) => {
                let error = Error::new(Code::Internal, "the run ended with a fault of ours");
                (fault.id(), Outcome::failed(error.caused_by(fault)))
            }
        };
        if let Some((run, attempt)) = self.tasks.remove(&id) {
            self.unwritten.push_back(Finished { run, attempt, outcome, at: clock::now() });
            let written = self.write_ends().await;
            self.tell(written);
        }
    }

    /// Makes known whether the durable state can be written.
    fn tell(&self, done: Result<()>) {
        let failure = done.err().map(|error| error.to_string());
        let known = self.seen.failure.load();
        if **known != failure {
            if let Some(failure) = &failure {
                warn!("Nothing starts: {failure}");
            } else {
                info!("The durable state can be written again");
            }
            self.seen.failure.store(Arc::new(failure));
        }
        self.seen.running.send_replace(self.tasks.len());
    }
}
