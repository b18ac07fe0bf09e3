//! How the supervisor's answers are shown to people.

use crate::cmd::context::Context;
use crate::cmd::print::{Printer, Table};
use crate::cmd::text::{bytes, duration_ms, latency_us};
use crate::services::supervisor::api::{
    ChangedService, Detail, Event, Memory, Neighbour, OutputLine, Plan, Services, Stream, Usage,
};

/// Shows the state of every service, and what each says is wrong with its files.
pub(super) fn status(print: &Printer, status: &Services) {
    print.show(status, || table(status));
    for service in &status.services {
        for problem in &service.problems {
            print.note(&format!("{}: {problem}", service.service));
        }
    }
}

/// The state of every service.
pub(super) fn table(status: &Services) -> Table {
    let mut table =
        Table::new(["SERVICE", "STATE", "PID", "UPTIME", "RESTARTS", "CPU %", "MEMORY", "HEALTH", "WHY"]);
    for service in &status.services {
        table.row([
            service.service.clone(),
            service.state.to_string(),
            service.pid.map(|pid| pid.to_string()).unwrap_or_default(),
            service.uptime_ms.map(duration_ms).unwrap_or_default(),
            service.restarts.to_string(),
            service.usage.map(|usage| format!("{:.1}", usage.cpu_percent)).unwrap_or_default(),
            service.usage.and_then(|usage| usage.memory).map(memory).unwrap_or_default(),
            service.health_us.map(latency_us).unwrap_or_default(),
            match &service.says {
                Some(says) => format!("{}; it says: {says}", service.why),
                None => service.why.clone(),
            },
        ]);
    }
    table
}

/// Memory; what counts shared parts several times says so.
fn memory(memory: Memory) -> String {
    match memory {
        Memory::Pss { bytes: count } => bytes(count),
        Memory::Rss { bytes: count } => format!("{} rss", bytes(count)),
    }
}

/// What is done about a newer file.
pub(super) fn plan(plan: &Plan) -> Table {
    let mut table = Table::new(["SERVICE", "WHAT", "KEYS"]);
    let mut named = |names: &[String], what: &str| {
        for name in names {
            table.row([name.clone(), what.to_owned(), String::new()]);
        }
    };
    named(&plan.start, "start");
    named(&plan.stop, "stop");
    named(&plan.unchanged, "unchanged");
    let mut changed = |services: &[ChangedService], what: &str| {
        for ChangedService { service, keys } in services {
            table.row([service.clone(), what.to_owned(), keys.join(", ")]);
        }
    };
    changed(&plan.restart, "restart");
    changed(&plan.update, "update");
    table
}

/// Everything about one service.
pub(super) fn detail(context: &Context, detail: &Detail) {
    let print = &context.print;
    let status = &detail.status;
    print.line(&format!("{} is {}: it {}", status.service, status.state, status.why));
    if let (Some(ms), Some(next)) = (detail.next_ms, &detail.next) {
        print.line(&format!("In {}: {next}", duration_ms(ms)));
    } else if let Some(next) = &detail.next {
        print.line(&format!("Next: {next}"));
    }
    if let Some(says) = &status.says {
        print.line(&format!("It says: {says}"));
    }
    if let Some(Usage { processes, cpu_ms, cpu_percent, memory: taken }) = status.usage {
        let processes =
            if processes == 1 { "one process".to_owned() } else { format!("{processes} processes") };
        let memory = taken.map(|taken| format!(" and {}", memory(taken))).unwrap_or_default();
        let cpu = duration_ms(cpu_ms);
        print.line(&format!(
            "Takes: {cpu_percent:.1} % of a processor{memory} in {processes}, {cpu} of processor time so far"
        ));
    }
    for problem in &status.problems {
        print.line(&format!("Problem: {problem}"));
    }
    let names = |all: &[Neighbour]| {
        all.iter().map(|one| format!("{} ({})", one.service, one.state)).collect::<Vec<_>>().join(", ")
    };
    if !detail.needs.is_empty() {
        print.line(&format!("Waits for: {}", names(&detail.needs)));
    }
    if !detail.needed_by.is_empty() {
        print.line(&format!("Waited for by: {}", names(&detail.needed_by)));
    }
    if !detail.events.is_empty() {
        print.heading("Latest events");
        detail.events.iter().for_each(|one| print.line(&event(one)));
    }
    if !detail.output.is_empty() {
        print.heading("Last output");
        detail.output.iter().for_each(|line| print.line(&output(line)));
    }
}

/// One change of state, on a line.
pub(super) fn event(event: &Event) -> String {
    let Event { time, service, from, to, why, pid } = event;
    let pid = pid.map(|pid| format!(" [{pid}]")).unwrap_or_default();
    format!("{time} {service}{pid} {from} → {to}: {why}")
}

/// One line that a service has written.
pub(super) fn output(line: &OutputLine) -> String {
    let OutputLine { time, service, stream, continues, text } = line;
    let mark = match (stream, continues) {
        (Stream::Sogoctl, false) => " (sogoctl):",
        (_, false) => ":",
        (_, true) => "+",
    };
    // Tabs are all that was left as it came.
    format!("{time} {service}{mark} {}", text.replace('\t', "    "))
}
