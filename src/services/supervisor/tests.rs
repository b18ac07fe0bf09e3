//! The supervisor with real processes.

mod stage;
mod states;
mod steering;

use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use self::stage::{Stage, answer_health, answer_http, sh};
use super::api::State;
use super::state::{Processes, Recorded};
use crate::error::Code;
use crate::process::table;

#[tokio::test]
async fn a_dependent_waits_for_ready_and_says_so() {
    let stage = Stage::empty();
    let socket = stage.folder().join("logs.sock");
    let mut logs = sh("logs", "exec sleep 60");
    logs.health_socket = Some(socket.clone());
    let mut way = sh("way", "exec sleep 60");
    way.depends_on = stage::names(&["logs"]);
    let mut stage = stage.start(vec![way, logs]);

    let logs = stage.find("logs", |logs| logs.pid.is_some()).await;
    assert_eq!(logs.state, State::Starting);
    let waiting = stage.status("way").await;
    assert_eq!(
        (waiting.state, &*waiting.why, waiting.pid),
        (State::Waiting, "waits for logs (starting)", None)
    );
    assert!(!stage.is_ready());

    let _service = answer_health(&socket, vec!["apps/prokov is broken".into()]);
    stage.ready().await;
    let logs = stage.status("logs").await;
    assert_eq!((logs.state, logs.problems), (State::Ready, vec!["apps/prokov is broken".to_owned()]));
    assert!(logs.health_us.is_some_and(|latency| 0 < latency));
    let all = stage.all().await;
    let order: Vec<&str> = all.iter().map(|service| service.service.as_str()).collect();
    assert_eq!(order, ["logs", "way"]);
    stage.stop().await;
}

#[tokio::test]
async fn health_over_http_is_good_from_the_first_2xx_on() {
    let (url, status) = answer_http(503).await;
    let mut way = sh("way", "exec sleep 60");
    way.health_url = Some(format!("{url}/health"));
    let mut stage = Stage::empty().start(vec![way]);
    stage.until_why("way", "answered 503").await;
    assert!(!stage.is_ready());
    status.store(204, std::sync::atomic::Ordering::Relaxed);
    stage.ready().await;
    stage.stop().await;
}

#[tokio::test]
async fn what_crashes_again_and_again_fails_with_its_reason() {
    let mut config = Stage::empty();
    config.max_restarts = 2;
    let mut stage = config.start(vec![sh("db", "exit 3"), sh("logs", "exec sleep 60")]);
    let db = stage.until("db", State::Failed).await;
    assert_eq!(db.why, "ended with exit code 3; it was restarted 2 times without being ready for 60s");
    assert_eq!((db.restarts, db.pid), (2, None));
    assert_eq!(stage.status("logs").await.state, State::Ready);
    stage.stop().await;
}

#[tokio::test]
async fn a_dependency_that_fails_is_named_by_those_who_wait_for_it() {
    let mut config = Stage::empty();
    config.max_restarts = 0;
    let mut logs = sh("logs", "exit 1");
    logs.binary = "/nonexistent/program".into();
    logs.health_socket = Some("/nonexistent/socket".into());
    let mut way = sh("way", "exec sleep 60");
    way.depends_on = stage::names(&["logs"]);
    let mut stage = config.start(vec![logs, way]);
    stage.until_why("way", "waits for logs, which failed: /nonexistent/program cannot be started").await;
    stage.stop().await;
}

#[tokio::test]
async fn a_killed_service_comes_back_and_takes_nothing_of_its_own_along() {
    let stage = Stage::empty();
    let note = stage.folder().join("grandchild");
    let script = format!("sleep 61 & echo $! > {}; wait", note.display());
    let mut stage = stage.start(vec![sh("db", &script)]);
    stage.ready().await;
    let grandchild = stage::pid_in(&note).await;
    let before = stage.status("db").await.pid.unwrap();

    kill_process(Pid::from_raw(before.cast_signed()).unwrap(), Signal::KILL).unwrap();
    let db = stage.until_restarted("db", 1).await;
    assert_ne!(db.pid, Some(before));
    assert!(stage::is_gone(grandchild), "what a crash left behind runs beside the new process");
    stage.stop().await;
}

#[tokio::test]
async fn the_stop_is_fast_and_goes_against_the_order_of_the_start() {
    let mut times = Vec::new();
    // A busy machine may delay one stop; a supervisor that waits without need delays each.
    while times.len() < 5 && times.last().is_none_or(|took| Duration::from_millis(200) <= *took) {
        times.push(stop_of_three_that_depend_on_each_other().await);
    }
    assert!(times.last().is_some_and(|took| *took < Duration::from_millis(200)), "{times:?}");
}

async fn stop_of_three_that_depend_on_each_other() -> Duration {
    let stage = Stage::empty();
    let note = stage.folder().join("order");
    let script = |name: &str| {
        // A shell that is told just before it waits would wait first.
        format!(
            "trap 'echo {name} >> {}; exit 0' TERM; echo up; while :; do sleep 0.02; done",
            note.display()
        )
    };
    let mut db = sh("db", &script("db"));
    db.depends_on = stage::names(&["logs"]);
    let mut way = sh("way", &script("way"));
    way.depends_on = stage::names(&["db", "logs"]);
    let mut stage = stage.start(vec![sh("logs", &script("logs")), db, way]);
    stage.ready().await;
    stage.wait_for_output(3).await;
    let took = stage.stop().await;
    assert_eq!(std::fs::read_to_string(note).unwrap(), "way\ndb\nlogs\n");
    took
}

#[tokio::test]
async fn the_stop_is_fast_when_nothing_runs() {
    let mut config = Stage::empty();
    config.restart_delay = Duration::from_secs(60);
    let script = "sleep 0.3; exit 3";
    let mut db = sh("db", script);
    db.depends_on = stage::names(&["logs"]);
    let mut way = sh("way", script);
    way.depends_on = stage::names(&["db", "logs"]);
    let mut stage = config.start(vec![sh("logs", script), db, way]);
    for name in ["logs", "db", "way"] {
        stage.until(name, State::Backoff).await;
    }
    let took = stage.stop().await;
    assert!(took < Duration::from_secs(2), "{took:?}");
}

#[tokio::test]
async fn one_that_ignores_term_is_killed_after_its_time_with_its_children() {
    let stage = Stage::empty();
    let note = stage.folder().join("grandchild");
    // The rest of the group ignores TERM as well, and would live on after its parent.
    let script =
        format!("trap '' TERM; echo up; sleep 62 & echo $! > {}; while :; do wait; done", note.display());
    let mut stubborn = sh("stubborn", &script);
    stubborn.timing.stop_timeout = Duration::from_millis(300);
    let mut stage = stage.start(vec![stubborn]);
    stage.ready().await;
    stage.wait_for_output(1).await;
    let grandchild = stage::pid_in(&note).await;
    let took = stage.stop().await;
    assert!((Duration::from_millis(300)..Duration::from_secs(2)).contains(&took), "{took:?}");
    assert!(stage::is_gone(grandchild));
}

#[tokio::test]
async fn what_left_its_group_is_ended_with_the_rest() {
    let stage = Stage::empty();
    let note = stage.folder().join("stray");
    let script = format!("setsid sh -c 'echo $$ > {}; exec sleep 63' & wait", note.display());
    let mut stage = stage.start(vec![sh("db", &script)]);
    stage.ready().await;
    let stray = stage::pid_in(&note).await;
    stage.stop().await;
    assert!(stage::is_gone(stray));
}

#[tokio::test]
async fn a_second_signal_does_not_wait() {
    let mut stubborn = sh("stubborn", "trap '' TERM; echo up; while :; do sleep 1; done");
    stubborn.timing.stop_timeout = Duration::from_secs(30);
    let mut stage = Stage::empty().start(vec![stubborn]);
    stage.ready().await;
    stage.wait_for_output(1).await;
    stage.signals.stop.cancel();
    stage.until("stubborn", State::Stopping).await;
    stage.signals.force.cancel();
    let took = stage.stop().await;
    assert!(took < Duration::from_secs(2), "{took:?}");
}

#[tokio::test]
async fn a_child_inherits_nothing_that_is_not_its_own() {
    let stage = Stage::empty();
    // Something that leaks if nobody takes care: a descriptor without the close-on-exec mark.
    let file = std::fs::File::open("/dev/null").unwrap();
    let _leak = rustix::io::dup(&file).unwrap();
    let mut db = sh("db", "");
    db.binary = "/bin/sleep".into();
    db.args = vec!["60".into()];
    let mut stage = stage.start(vec![db]);
    stage.ready().await;
    let pid = stage.status("db").await.pid.unwrap();
    let proc = std::path::PathBuf::from(format!("/proc/{pid}"));
    let open = |number: u32| std::fs::read_link(proc.join("fd").join(number.to_string())).ok();
    assert_eq!(std::fs::read_to_string(proc.join("comm")).unwrap(), "sleep\n");
    let inherited = || (3..100).filter_map(open).collect::<Vec<_>>();
    // Right after its start the program's own loader has a library open.
    let until = Instant::now() + Duration::from_secs(10);
    while !inherited().is_empty() {
        assert!(Instant::now() < until, "{:?}", inherited());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(open(0).unwrap().to_str(), Some("/dev/null"));
    let [out, err] = [open(1).unwrap(), open(2).unwrap()];
    assert!(
        out != err && [&out, &err].iter().all(|pipe| pipe.to_str().unwrap().starts_with("pipe:")),
        "{out:?} {err:?}"
    );
    let status = std::fs::read_to_string(proc.join("status")).unwrap();
    for line in ["SigBlk:\t0000000000000000", "SigIgn:\t0000000000000000"] {
        assert!(status.contains(line), "{status}");
    }
    assert_eq!(table::stat(Pid::from_raw(pid.cast_signed()).unwrap()).unwrap().group, pid.cast_signed());
    stage.stop().await;
}

#[tokio::test]
async fn reload_reaches_a_running_service_and_is_refused_otherwise() {
    let mut config = Stage::empty();
    config.max_restarts = 0;
    let note = config.folder().join("reloads");
    let script =
        format!("trap 'echo again >> {}' HUP; echo up; while :; do sleep 60 & wait; done", note.display());
    let mut starting = sh("sogoway", "exec sleep 60");
    starting.health_socket = Some(config.folder().join("nobody.sock"));
    let mut stage = config.start(vec![sh("sogoms-db", &script), sh("sogoms-logs", "exit 1"), starting]);
    stage.wait_for_output(1).await;

    // It would end one that has not begun to listen for it.
    let way = stage.find("sogoway", |way| way.pid.is_some()).await;
    let refused = stage.reload("sogoway").await.unwrap_err();
    assert_eq!(refused.code, Code::Conflict);
    assert!(refused.message.starts_with("sogoway is just starting"), "{refused}");
    assert_eq!(stage.status("sogoway").await.pid, way.pid);

    let db = stage.status("sogoms-db").await;

    let reloaded = stage.reload("sogoms-db").await.unwrap();
    assert_eq!(Some(reloaded.pid), db.pid);
    stage::eventually(|| std::fs::read_to_string(&note).is_ok_and(|text| text == "again\n")).await;
    assert_eq!(stage.status("sogoms-db").await.pid, db.pid);

    stage.until("sogoms-logs", State::Failed).await;
    let refused = stage.reload("sogoms-logs").await.unwrap_err();
    assert_eq!(refused.code, Code::Conflict);
    assert!(refused.message.starts_with("sogoms-logs does not run: it is failed"), "{refused}");

    let unknown = stage.reload("sogom-db").await.unwrap_err();
    assert_eq!((unknown.code, &*unknown.message), (Code::NotFound, "there is no service `sogom-db`"));
    assert_eq!(
        unknown.hint.as_deref(),
        Some("did you mean `sogoms-db`? the services are: sogoms-db, sogoms-logs, sogoway")
    );
    stage.stop().await;
}

#[tokio::test]
async fn survivors_of_a_killed_supervisor_end_before_anything_starts() {
    let stage = Stage::empty();
    let spawn = |script: &str, mark: bool| {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]).process_group(0);
        if mark {
            command.env(super::strays::MARK, super::strays::mark(&stage.places.run));
        }
        command.spawn().unwrap()
    };
    let mut recorded = spawn("sleep 64 & exec sleep 64", false);
    let mut marked = spawn("trap '' TERM; while :; do sleep 64; done", true);
    let mut foreign = spawn("exec sleep 64", false);
    let record = |child: &std::process::Child, later: u64| {
        let pid = Pid::from_child(child);
        let started = table::stat(pid).unwrap().started + later;
        Recorded { service: "db".into(), pid: child.id().cast_signed(), started }
    };
    // One that got the number of a process of ours after that one ended.
    let services = vec![record(&recorded, 0), record(&foreign, 1)];
    let file = Processes::file(&stage.places.run);
    Processes { services, ..Processes::none() }.write(&file).unwrap();

    let begun = Instant::now();
    let mut stage = stage.start(vec![sh("db", "exec sleep 60")]);
    stage.ready().await;
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert!(recorded.try_wait().unwrap().is_some());
    assert!(marked.try_wait().unwrap().is_some());
    assert!(foreign.try_wait().unwrap().is_none(), "a process that is not ours was ended");
    foreign.kill().unwrap();
    foreign.wait().unwrap();

    let db = stage.status("db").await.pid.unwrap();
    assert_eq!(Processes::read(&file).services[0].pid, db.cast_signed());
    stage.stop().await;
    assert!(!file.exists());
}

#[tokio::test]
async fn a_second_supervisor_refuses_to_start() {
    let mut stage = Stage::empty().start(vec![sh("db", "exec sleep 60")]);
    stage.ready().await;
    let second = stage.second(vec![sh("db", "exec sleep 60")]).await.unwrap_err();
    assert_eq!(second.code, Code::Conflict);
    assert_eq!(stage.status("db").await.state, State::Ready);
    stage.stop().await;
}

#[tokio::test]
async fn a_log_that_cannot_be_written_stops_nothing() {
    let mut config = Stage::empty();
    config.places.logs = "/proc/no/such/folder".into();
    let mut stage = config.start(vec![sh("db", "exec sleep 60")]);
    stage.ready().await;
    stage.stop().await;
}
