//! `sogoms-cron`: runs the jobs of the apps when they are due.

pub mod explain;
pub mod schedule;
