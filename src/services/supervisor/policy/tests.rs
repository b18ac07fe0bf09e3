//! The policy as tables: events with their times, and what has to come of them.

use super::*;

fn rules() -> Rules {
    Rules {
        timing: Timing { max_restarts: 3, ..Timing::default() },
        has_health_check: true,
        announces: false,
    }
}

fn ended() -> Event {
    Event::Ended("ended with exit code 1".into())
}

fn stop() -> Event {
    Event::Stop("was told to stop".into())
}

fn missed() -> Event {
    Event::Missed("no answer".into())
}

/// Feeds events, each at its second, and checks state and action after each.
#[track_caller]
fn follow(rules: &Rules, story: &[(u64, Event, State, Option<Action>)]) -> Life {
    let begin = Instant::now();
    let mut life = Life::new();
    for (second, event, state, action) in story {
        let done = life.step(rules, event.clone(), begin + Duration::from_secs(*second), 0.0);
        assert_eq!((life.state(), done), (*state, *action), "at {second} s, after {event:?}");
    }
    life
}

use Action::{Kill, Spawn, Terminate};
use Event::{Announced, Answered, Cleared, Due, Force, Leaving, Spawned};
use State::{Backoff, Failed, Ready, Starting, Stopped, Stopping, Unhealthy, Waiting};

#[test]
fn a_good_life() {
    let life = follow(
        &rules(),
        &[
            (0, Spawned, Waiting, None),
            (0, Cleared, Starting, Some(Spawn)),
            (0, Spawned, Starting, None),
            (1, missed(), Starting, None),
            (2, Answered, Ready, None),
            (12, Answered, Ready, None),
            (20, Due, Ready, None),
            (30, stop(), Stopping, Some(Terminate)),
            (31, Event::Ended("ended with exit code 0".into()), Stopped, None),
            (32, stop(), Stopped, None),
            (32, Force, Stopped, None),
            (32, Cleared, Stopped, None),
        ],
    );
    assert_eq!(life.why, "was told to stop, and ended with exit code 0");
    assert_eq!(life.restarts, 0);
}

#[test]
fn without_a_health_check_it_is_ready_once_it_runs() {
    let rules = Rules { has_health_check: false, ..rules() };
    follow(&rules, &[(0, Cleared, Starting, Some(Spawn)), (0, Spawned, Ready, None)]);
}

#[test]
fn one_that_says_itself_that_it_is_ready_is_not_so_before() {
    let rules = Rules { announces: true, ..rules() };
    let life = follow(
        &rules,
        &[
            (0, Cleared, Starting, Some(Spawn)),
            (0, Spawned, Starting, None),
            (1, Answered, Starting, None),
            (2, missed(), Starting, None),
            (3, Announced, Ready, None),
            (4, Announced, Ready, None),
            (5, missed(), Unhealthy, None),
            (6, Announced, Unhealthy, None),
            (7, Answered, Ready, None),
            (8, Leaving, Stopping, None),
            (9, Announced, Stopping, None),
            (12, Due, Stopping, None),
            (13, Due, Stopping, Some(Kill)),
            (14, Event::Ended("was killed by SIGKILL".into()), Backoff, None),
        ],
    );
    assert_eq!(life.why, "said that it stops; restart 1 of 3 follows after 2.0s");
    let rules = Rules { has_health_check: false, ..rules };
    follow(
        &rules,
        &[
            (0, Cleared, Starting, Some(Spawn)),
            (0, Spawned, Starting, None),
            (60, Due, Stopping, Some(Terminate)),
            (61, ended(), Backoff, None),
        ],
    );
}

#[test]
fn what_is_told_to_stop_and_says_so_stays_stopped() {
    follow(
        &rules(),
        &[
            (0, Cleared, Starting, Some(Spawn)),
            (1, Announced, Ready, None),
            (2, stop(), Stopping, Some(Terminate)),
            (2, Leaving, Stopping, None),
            (3, ended(), Stopped, None),
            (4, Leaving, Stopped, None),
        ],
    );
}

#[test]
fn a_crash_loop_fails_in_the_end_and_stays_so() {
    let life = follow(
        &rules(),
        &[
            (0, Cleared, Starting, Some(Spawn)),
            (0, ended(), Backoff, None),
            (1, Due, Backoff, None),
            (2, Due, Starting, Some(Spawn)),
            (3, Answered, Ready, None),
            (10, ended(), Backoff, None),
            (13, Due, Backoff, None),
            (14, Due, Starting, Some(Spawn)),
            (14, Event::NotSpawned("cannot be started: no such file".into()), Backoff, None),
            (22, Due, Starting, Some(Spawn)),
            (23, ended(), Failed, None),
            (9999, Due, Failed, None),
            (9999, Cleared, Failed, None),
        ],
    );
    assert_eq!(life.why, "ended with exit code 1; it was restarted 3 times without being ready for 60s");
    assert_eq!(life.restarts, 3);
}

#[test]
fn a_long_time_of_being_ready_makes_up_for_earlier_restarts() {
    let mut story = vec![(0, Cleared, Starting, Some(Spawn))];
    for turn in 0..20_u64 {
        let at = 1000 * turn;
        story.push((at + 1, Answered, Ready, None));
        story.push((at + 61, ended(), Backoff, None));
        // Always the first pause again.
        story.push((at + 63, Due, Starting, Some(Spawn)));
    }
    assert_eq!(follow(&rules(), &story).restarts, 20);
}

#[test]
fn missing_answers_restart_it_after_a_few_in_a_row() {
    let life = follow(
        &rules(),
        &[
            (0, Cleared, Starting, Some(Spawn)),
            (1, Answered, Ready, None),
            (10, missed(), Unhealthy, None),
            (20, missed(), Unhealthy, None),
            (30, Answered, Ready, None),
            (40, missed(), Unhealthy, None),
            (50, missed(), Unhealthy, None),
            (60, missed(), Stopping, Some(Terminate)),
            (61, Answered, Stopping, None),
            (64, Due, Stopping, None),
            (65, Due, Stopping, Some(Kill)),
            (66, Due, Stopping, None),
            (66, Event::Ended("was killed by SIGKILL".into()), Backoff, None),
        ],
    );
    assert_eq!(life.why, "missed 3 health checks in a row: no answer; restart 1 of 3 follows after 2.0s");
}

#[test]
fn one_that_never_gets_ready_is_started_anew() {
    follow(
        &rules(),
        &[
            (0, Cleared, Starting, Some(Spawn)),
            (59, missed(), Starting, None),
            (59, Due, Starting, None),
            (60, Due, Stopping, Some(Terminate)),
            (61, ended(), Backoff, None),
            (63, Due, Starting, Some(Spawn)),
        ],
    );
}

#[test]
fn a_stop_is_never_undone() {
    for (events, state, action) in [
        (vec![], Stopped, None),
        (vec![(0, Cleared)], Stopping, Some(Terminate)),
        (vec![(0, Cleared), (1, Answered)], Stopping, Some(Terminate)),
        (vec![(0, Cleared), (1, Answered), (2, missed())], Stopping, Some(Terminate)),
        (vec![(0, Cleared), (1, ended())], Stopped, None),
        // Already on its way down to be restarted: only the restart is dropped.
        (vec![(0, Cleared), (60, Due)], Stopping, None),
        (vec![(0, Cleared), (1, stop())], Stopping, None),
    ] {
        let begin = Instant::now();
        let mut life = Life::new();
        for (second, event) in &events {
            life.step(&rules(), event.clone(), begin + Duration::from_secs(*second), 0.0);
        }
        let later = begin + Duration::from_secs(61);
        assert_eq!(life.step(&rules(), stop(), later, 0.0), action, "{events:?}");
        assert_eq!(life.state(), state, "{events:?}");
        life.step(&rules(), ended(), later, 0.0);
        life.step(&rules(), Due, later + Duration::from_secs(3600), 0.0);
        assert_eq!(life.state(), Stopped, "{events:?}");
    }
}

#[test]
fn a_failed_one_is_tried_again_where_that_is_configured() {
    let mut rules = rules();
    rules.timing.max_restarts = 0;
    rules.timing.retry_failed_after = Some(Duration::from_secs(300));
    let life = follow(
        &rules,
        &[
            (0, Cleared, Starting, Some(Spawn)),
            (1, ended(), Failed, None),
            (300, Due, Failed, None),
            (301, Due, Starting, Some(Spawn)),
            (302, ended(), Failed, None),
            (602, Due, Starting, Some(Spawn)),
            (603, Answered, Ready, None),
        ],
    );
    assert_eq!(life.restarts, 2);
}

#[test]
fn an_operator_s_start_gives_all_restarts_back() {
    let mut life = follow(
        &rules(),
        &[
            (0, Cleared, Starting, Some(Spawn)),
            (1, ended(), Backoff, None),
            (3, Due, Starting, Some(Spawn)),
            (4, ended(), Backoff, None),
            (8, Due, Starting, Some(Spawn)),
            (9, ended(), Backoff, None),
            (17, Due, Starting, Some(Spawn)),
            (18, ended(), Failed, None),
            (19, Event::Start("was started by user 0".into()), Waiting, None),
            (19, Cleared, Starting, Some(Spawn)),
        ],
    );
    life.step(&rules(), ended(), Instant::now(), 0.0);
    assert!(life.why.contains("restart 1 of 3"), "{}", life.why);
}

#[test]
fn force_kills_at_once_what_runs() {
    for (events, state, action) in [
        (vec![], Stopped, None),
        (vec![Cleared], Stopping, Some(Kill)),
        (vec![Cleared, Answered], Stopping, Some(Kill)),
        (vec![Cleared, stop()], Stopping, Some(Kill)),
        (vec![Cleared, ended()], Stopped, None),
    ] {
        let now = Instant::now();
        let mut life = Life::new();
        for event in events.clone() {
            life.step(&rules(), event, now, 0.0);
        }
        assert_eq!((life.step(&rules(), Force, now, 0.0), life.state()), (action, state), "{events:?}");
    }
}

#[test]
fn pauses_double_up_to_the_cap_and_chance_shortens_them() {
    for (nth, first_ms, chance, expected_ms) in [
        (1, 2000, 0.0, 2000),
        (2, 2000, 0.0, 4000),
        (5, 2000, 0.0, 32_000),
        (6, 2000, 0.0, 60_000),
        (u32::MAX, 2000, 0.0, 60_000),
        (1, 2000, 1.0, 1600),
        (9, 2000, 0.5, 54_000),
        (4, 300_000, 0.0, 300_000),
        (3, 10, 0.0, 40),
    ] {
        let pause = pause_before(nth, Duration::from_millis(first_ms), chance);
        assert_eq!(pause.as_millis(), expected_ms, "{nth} {first_ms} {chance}");
    }
}
