use chrono::TimeDelta;
use tempfile::TempDir;

use super::*;

async fn open(folder: &TempDir) -> Runs {
    let (runs, host) = Runs::open(&folder.path().join("cron.db"), "first".to_owned()).await.unwrap();
    assert_eq!(host, "first");
    runs
}

fn name() -> JobName {
    JobName { app: "prokov".to_owned(), job: "x".to_owned() }
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn slot(key: &str, begin: Result<DateTime<Utc>, Reason>) -> NewRun {
    let due = Due { key: key.to_owned(), at: at(&format!("{key}:00Z")) };
    NewRun { name: name(), due, asked: false, begin, why: None }
}

const SLOT: &str = "2026-03-02T08:00";

#[tokio::test]
async fn a_slot_has_one_row_whoever_decides_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let now = at("2026-03-02T08:00:01Z");
    let memory = Memory { schedule: "* * * * * UTC".to_owned(), decided: now, disabled: false };
    let runs = open(&folder).await;
    let first = runs.decide(vec![slot(SLOT, Ok(now))], vec![(name(), memory.clone())], now).await.unwrap();
    assert_eq!((first.len(), first[0].attempts), (1, 0));
    drop(runs);
    // Another process, with another name for a host that has one.
    let (runs, host) = Runs::open(&folder.path().join("cron.db"), "second".to_owned()).await.unwrap();
    assert_eq!(host, "first");
    assert_eq!(runs.jobs().await.unwrap()[&name()], memory);
    for begin in [Ok(now), Err(Reason::Missed)] {
        assert!(runs.decide(vec![slot(SLOT, begin)], Vec::new(), now).await.unwrap().is_empty());
    }
    let open = runs.open_runs().await.unwrap();
    assert_eq!((open.len(), open[0].run, open[0].begin_at), (1, first[0].run, Some(now)));
}

#[tokio::test]
async fn a_run_is_told_from_its_first_attempt_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let runs = open(&folder).await;
    let now = at("2026-03-02T08:00:01Z");
    let later = now + TimeDelta::minutes(5);
    let run = runs.decide(vec![slot(SLOT, Ok(now))], Vec::new(), now).await.unwrap()[0].run;
    runs.begin(run, 1, now).await.unwrap();
    assert_eq!(runs.one(run).await.unwrap().state, State::Running);
    assert_eq!(runs.open_runs().await.unwrap()[0].begin_at, None);
    let failed = Ended { error: Some("it broke".to_owned()), ..Ended::default() };
    runs.end(run, 1, State::Failed, failed, Then::Wait(later), now).await.unwrap();
    let waits = runs.one(run).await.unwrap();
    assert_eq!((waits.state, waits.attempts, waits.error.as_deref()), (State::Waiting, 1, Some("it broke")));
    assert_eq!(waits.next_attempt.as_deref(), Some("2026-03-02T08:05:01.000Z"));
    runs.begin(run, 2, later).await.unwrap();
    let done = Ended { result: Some(r#"{"groups":2}"#.to_owned()), ..Ended::default() };
    runs.end(run, 2, State::Succeeded, done, Then::End(State::Succeeded), later).await.unwrap();
    let told = runs.one(run).await.unwrap();
    assert_eq!((told.state, told.error, told.result["groups"].as_u64()), (State::Succeeded, None, Some(2)));
    let states: Vec<State> = told.attempt_list.iter().map(|attempt| attempt.state).collect();
    assert_eq!(states, [State::Failed, State::Succeeded]);
    assert!(runs.open_runs().await.unwrap().is_empty());
    assert_eq!(runs.latest().await.unwrap()[&name()].run, run);
}

#[tokio::test]
async fn an_attempt_that_was_none_does_not_count() {
    let folder = tempfile::tempdir().unwrap();
    let runs = open(&folder).await;
    let now = at("2026-03-02T08:00:01Z");
    let run = runs.decide(vec![slot(SLOT, Ok(now))], Vec::new(), now).await.unwrap()[0].run;
    runs.begin(run, 1, now).await.unwrap();
    runs.end(run, 1, State::NotRun, Ended::default(), Then::PutOff(now), now).await.unwrap();
    assert_eq!(runs.one(run).await.unwrap().attempts, 0);
    runs.begin(run, 1, now).await.unwrap();
    let why = Some("the host b has the slot".to_owned());
    let ended = Ended { why, ..Ended::default() };
    runs.end(run, 1, State::NotRun, ended, Then::NotRun(Reason::OtherHost), now).await.unwrap();
    let told = runs.one(run).await.unwrap();
    assert_eq!((told.state, told.reason, told.attempts), (State::NotRun, Some(Reason::OtherHost), 0));
    assert_eq!(told.why.as_deref(), Some("the host b has the slot"));
}

#[tokio::test]
async fn a_clock_that_is_put_back_forgets_what_was_not_run_and_keeps_what_ran() {
    let folder = tempfile::tempdir().unwrap();
    let runs = open(&folder).await;
    let wrong = at("2030-01-01T00:00:00Z");
    let memory = Memory { schedule: "s".to_owned(), decided: wrong, disabled: false };
    let ran = runs.decide(
        vec![slot("2029-12-31T08:00", Err(Reason::Missed)), slot("2030-01-01T00:00", Ok(wrong))],
        vec![(name(), memory)],
        wrong,
    );
    let run = ran.await.unwrap()[0].run;
    runs.begin(run, 1, wrong).await.unwrap();
    runs.end(run, 1, State::Succeeded, Ended::default(), Then::End(State::Succeeded), wrong).await.unwrap();
    let right = at("2026-03-02T08:00:00Z");
    runs.rewind(right).await.unwrap();
    assert_eq!(runs.jobs().await.unwrap()[&name()].decided, right);
    let all = Asked { limit: 10, ..Asked::default() };
    let (left, more) = runs.page(all).await.unwrap();
    assert_eq!((left.len(), left[0].run, more), (1, run, false));
}

#[tokio::test]
async fn old_runs_are_deleted_and_a_disabled_job_stays_so_while_its_file_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let runs = open(&folder).await;
    let now = at("2026-03-02T08:00:01Z");
    let memory = Memory { schedule: "s".to_owned(), decided: now, disabled: false };
    let kept = slot("2026-03-01T08:00", Err(Reason::Disabled));
    let new = vec![slot("2026-02-01T08:00", Err(Reason::Disabled)), kept, slot("2026-01-01T08:00", Ok(now))];
    runs.decide(new, vec![(name(), memory)], now).await.unwrap();
    // One that waits is not old, whatever its slot.
    assert_eq!(runs.prune(name(), now - TimeDelta::days(7)).await.unwrap(), 1);
    assert!(runs.page(Asked { limit: 1, ..Asked::default() }).await.unwrap().1);
    runs.set_disabled(name(), true).await.unwrap();
    runs.forget(vec![name()]).await.unwrap();
    let known = &runs.jobs().await.unwrap()[&name()];
    assert!(known.disabled && known.schedule.is_empty(), "{known:?}");
    runs.set_disabled(name(), false).await.unwrap();
    runs.forget(vec![name()]).await.unwrap();
    assert!(runs.jobs().await.unwrap().is_empty());
}
