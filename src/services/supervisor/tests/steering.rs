//! What operators have the services do, and a newer sogoctl.yaml.

use rustix::process::{Pid, Signal, kill_process};

use super::stage::{self, Stage, names, sh};
use crate::error::Code;
use crate::services::supervisor::api::{Goal, ReloadSelf, Restart, Start, State, Stop, Wait, Why};

fn services(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[tokio::test]
async fn an_operator_s_stop_stays_and_those_who_wait_say_so() {
    let stage = Stage::empty();
    let mut way = sh("way", "exec sleep 60");
    way.depends_on = names(&["db"]);
    let mut stage = stage.start(vec![sh("db", "exec sleep 60"), way]);
    stage.ready().await;
    stage.ask(Stop { services: services(&["db"]) }).await.unwrap();
    stage.ask(Wait { services: services(&["db"]), until: Goal::Stopped }).await.unwrap();
    let db = stage.status("db").await;
    assert_eq!((db.state, db.pid), (State::Stopped, None));
    assert!(db.why.starts_with("was stopped by user"), "{}", db.why);
    assert_eq!(stage.status("way").await.state, State::Ready, "what depends on it goes on");

    // The dependent ends by itself, and cannot come back.
    stage.ask(Restart { services: services(&["way"]) }).await.unwrap();
    let way = stage.until_why("way", "waits for db, which was stopped by user").await;
    assert_eq!(way.state, State::Waiting);
    let wait = Wait { services: services(&["way"]), until: Goal::Ready };
    let error = stage.ask(wait).await.unwrap_err();
    assert_eq!(error.code, Code::TargetFailed);
    assert!(
        error.message.starts_with("way does not get ready: it waits for db, and that is why: it was stopped")
    );

    stage.ask(Start { services: services(&["db"]) }).await.unwrap();
    stage.ask(Wait { services: Vec::new(), until: Goal::Ready }).await.unwrap();
    let detail = stage.ask(Why { service: "way".to_owned() }).await.unwrap();
    assert_eq!(detail.needs[0].state, State::Ready);
    let states: Vec<State> = detail.events.iter().map(|event| event.to).collect();
    assert_eq!(states.last(), Some(&State::Ready), "{states:?}");
    stage.stop().await;
}

#[tokio::test]
async fn nothing_is_done_when_one_name_is_wrong() {
    let mut stage = Stage::empty().start(vec![sh("db", "exec sleep 60"), sh("logs", "exec sleep 60")]);
    stage.ready().await;
    let before = stage.all().await.iter().map(|service| service.pid).collect::<Vec<_>>();
    let error = stage.ask(Restart { services: services(&["db", "log"]) }).await.unwrap_err();
    assert_eq!((error.code, &*error.message), (Code::NotFound, "there is no service `log`"));
    assert!(error.hint.unwrap().starts_with("did you mean `logs`?"));
    assert_eq!(stage.ask(Stop { services: Vec::new() }).await.unwrap_err().code, Code::Validation);
    assert_eq!(stage.all().await.iter().map(|service| service.pid).collect::<Vec<_>>(), before);
    stage.stop().await;
}

#[tokio::test]
async fn restarts_follow_each_other_and_end_where_one_does_not_come_up() {
    let config = Stage::empty();
    let broken = config.folder().join("broken");
    let socket = config.folder().join("a.sock");
    let well = stage::answer_health(&socket, Vec::new());
    let mut a = sh("a", &format!("[ ! -e {} ] || exit 1; exec sleep 60", broken.display()));
    a.health_socket = Some(socket);
    let mut config = config;
    config.max_restarts = 1;
    let mut stage = config.start(vec![a, sh("b", "exec sleep 60"), sh("c", "exec sleep 60")]);
    stage.ready().await;
    let pids = stage.all().await;

    let all = services(&["a", "b", "c"]);
    let steered = stage.ask(Restart { services: all.clone() }).await.unwrap();
    assert!(steered.services.iter().all(|service| service.changed));
    let reached = stage.ask(Wait { services: all.clone(), until: Goal::Ready }).await.unwrap();
    for (before, after) in pids.iter().zip(&reached.services) {
        assert_ne!(before.pid, after.pid);
    }
    // Each had become ready before the next was stopped.
    let order: Vec<(String, State)> = (stage.events().await.into_iter())
        .filter(|event| matches!(event.to, State::Stopping) || event.from == State::Starting)
        .map(|event| (event.service, event.to))
        .skip(3)
        .collect();
    let expected =
        ["a", "b", "c"].map(|name| [State::Stopping, State::Ready].map(|state| (name.to_owned(), state)));
    assert_eq!(order, expected.as_flattened());

    std::fs::write(&broken, "").unwrap();
    drop(well);
    stage.ask(Restart { services: all.clone() }).await.unwrap();
    let error = stage.ask(Wait { services: all, until: Goal::Ready }).await.unwrap_err();
    assert_eq!(error.code, Code::TargetFailed);
    let after = stage.all().await;
    assert_eq!(after[0].state, State::Failed);
    assert_eq!(
        after[1..].iter().map(|one| one.pid).collect::<Vec<_>>(),
        reached.services[1..].iter().map(|one| one.pid).collect::<Vec<_>>()
    );
    stage.stop().await;
}

#[tokio::test]
async fn a_newer_file_is_a_plan_and_a_bad_one_changes_nothing() {
    let stage = Stage::empty();
    let file = stage.places.config.join("sogoctl.yaml");
    std::fs::create_dir_all(&stage.places.config).unwrap();
    let mut stage = stage.start(vec![
        sh("stays", "exec sleep 60"),
        sh("goes", "exec sleep 60"),
        sh("changes", "exec sleep 60"),
    ]);
    stage.ready().await;
    let pid = |status: crate::services::supervisor::api::ServiceStatus| status.pid.unwrap();
    let (stays, changes) = (pid(stage.status("stays").await), pid(stage.status("changes").await));

    let write = |text: &str| std::fs::write(&file, text).unwrap();
    write("services:\n  stays: { binary: /nonexistent }\n");
    let error = stage.ask(ReloadSelf { dry_run: false }).await.unwrap_err();
    assert_eq!(error.code, Code::Config);
    assert!(error.message.contains("sogoctl.yaml:2:"), "{}", error.message);
    assert_eq!(stage.all().await.len(), 3);

    let script = "exec sleep 60";
    write(&format!(
        "services:\n  stays: {{ binary: /bin/sh, args: [-c, {script}], stop_timeout: 1s, restart_delay: 20ms }}\n  \
         changes: {{ binary: /bin/sh, args: [-c, exec sleep 61] }}\n  \
         new: {{ binary: /bin/sh, args: [-c, {script}], depends_on: [changes] }}\n"
    ));
    let plan = stage.ask(ReloadSelf { dry_run: true }).await.unwrap();
    assert_eq!((plan.start.clone(), plan.stop.clone()), (services(&["new"]), services(&["goes"])));
    assert_eq!(plan.restart[0].service, "changes");
    assert_eq!(plan.restart[0].keys[0], "args");
    assert_eq!(plan.update[0].keys.last().unwrap(), "stop_timeout");
    assert_eq!(stage.all().await.len(), 3, "it was only told");

    let done = stage.ask(ReloadSelf { dry_run: false }).await.unwrap();
    assert_eq!((done.restart, done.dry_run), (plan.restart, false));
    stage.ask(Wait::default()).await.unwrap();
    assert_eq!(pid(stage.status("stays").await), stays);
    assert_ne!(pid(stage.status("changes").await), changes);
    assert_eq!(stage.status("new").await.state, State::Ready);
    stage::eventually_async(async || stage.all().await.len() == 3).await;

    // The new values hold: the pause before a restart is that of the file.
    kill_process(Pid::from_raw(stays.cast_signed()).unwrap(), Signal::KILL).unwrap();
    stage.until_restarted("stays", 1).await;
    stage.stop().await;
}
