//! How a server is doing, and which of several is to be the primary. Pure.
//!
//! The primary stays until it is lost: whoever changed places at every sign would write to two servers by turns. Only
//! on Galera, where every node holds the same rows, is an earlier host gone back to once it has been well for a while:
//! so all that write to the cluster come together on one node again. A former primary of plain replication may lack
//! what was written since, and is left alone until the present one is lost or sogoms-db starts anew.

use std::time::Duration;

/// How long an earlier Galera node has to be well before the work goes back to it.
pub(super) const STEADY: Duration = Duration::from_secs(10);

/// How a server is doing, from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// It takes reads and writes.
    Ready,
    /// A Galera node that serves, but is not in step with the others: it feeds another node, or was taken out.
    Desynced,
    /// It is alive and has no connection left.
    Crowded,
    /// It takes reads alone.
    ReadOnly,
    /// A Galera node that serves nobody: it has lost the others, or is joining them.
    Detached,
    /// It refuses, or does not answer.
    Down,
}

impl Standing {
    /// Tells whether statements that read are answered.
    pub(super) fn answers(self) -> bool {
        self < Self::Detached
    }
}

/// One host as the choice sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    /// How it is doing.
    pub(super) standing: Standing,
    /// For how long.
    pub(super) steady: Duration,
    /// Whether it is a node of a Galera cluster.
    pub(super) galera: bool,
}

/// Where the work is to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    /// It stays where it is.
    Stay,
    /// The present host is lost: everything goes to this one at once.
    Leave(usize),
    /// This one is preferred and well again: the work goes there when what runs has ended.
    Return(usize),
}

/// Chooses among the hosts, which stand in order of preference.
pub(super) fn choose(current: usize, hosts: &[Candidate]) -> Choice {
    let Some(present) = hosts.get(current) else { return Choice::Stay };
    // Going away from a crowded server would crowd the next one.
    if present.standing != Standing::Crowded {
        let best = hosts.iter().enumerate().min_by_key(|(_, host)| host.standing);
        if let Some((index, best)) = best
            && best.standing < present.standing
        {
            return Choice::Leave(index);
        }
    }
    let is_well = |host: &Candidate| host.galera && host.standing == Standing::Ready && STEADY <= host.steady;
    match hosts.iter().take(current).position(is_well) {
        Some(earlier) if present.galera => Choice::Return(earlier),
        _ => Choice::Stay,
    }
}

#[cfg(test)]
mod tests {
    use super::Standing::{Crowded, Desynced, Detached, Down, ReadOnly, Ready};
    use super::*;

    fn hosts(standings: &[Standing], galera: bool, steady: u64) -> Vec<Candidate> {
        let steady = Duration::from_secs(steady);
        standings.iter().map(|standing| Candidate { standing: *standing, steady, galera }).collect()
    }

    #[test]
    fn the_present_host_is_left_for_a_better_one_alone() {
        let cases: &[(usize, &[Standing], Choice)] = &[
            (0, &[Ready, Ready], Choice::Stay),
            (0, &[Down, Ready], Choice::Leave(1)),
            (0, &[Detached, ReadOnly, Ready], Choice::Leave(2)),
            (0, &[ReadOnly, Down, Ready, Ready], Choice::Leave(2)),
            (2, &[Ready, Ready, Down], Choice::Leave(0)),
            (0, &[Desynced, Ready], Choice::Leave(1)),
            (0, &[Desynced, Desynced], Choice::Stay),
            (0, &[ReadOnly, ReadOnly], Choice::Stay),
            (0, &[Down, Down], Choice::Stay),
            // A standby that may not be written to is still read from.
            (0, &[Down, ReadOnly], Choice::Leave(1)),
            (0, &[Crowded, Ready], Choice::Stay),
            (0, &[Down, Crowded], Choice::Leave(1)),
            (1, &[Ready, Ready], Choice::Stay),
            (7, &[Ready], Choice::Stay),
        ];
        for (current, standings, expected) in cases {
            assert_eq!(choose(*current, &hosts(standings, false, 60)), *expected, "{current} {standings:?}");
        }
    }

    #[test]
    fn an_earlier_galera_node_is_gone_back_to_when_it_has_been_well_for_a_while() {
        let cases: &[(usize, &[Standing], bool, u64, Choice)] = &[
            (1, &[Ready, Ready], true, 10, Choice::Return(0)),
            (1, &[Ready, Ready], true, 9, Choice::Stay),
            (1, &[Ready, Ready], false, 60, Choice::Stay),
            (2, &[Desynced, Ready, Ready], true, 60, Choice::Return(1)),
            (1, &[Down, Ready], true, 60, Choice::Stay),
            (0, &[Ready, Ready], true, 60, Choice::Stay),
            // Lost is lost: nobody waits for what runs.
            (1, &[Ready, Down], true, 60, Choice::Leave(0)),
        ];
        for (current, standings, galera, steady, expected) in cases {
            let hosts = hosts(standings, *galera, *steady);
            assert_eq!(choose(*current, &hosts), *expected, "{current} {standings:?} {galera} {steady}");
        }
    }
}
