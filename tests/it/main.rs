//! The integration tests: one binary, a harness, then a file per feature.
//!
//! Every test runs the real program: real processes, sockets, HTTP, SQLite files and private MariaDB servers.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(missing_docs, unreachable_pub, reason = "the names of tests are sentences")]
#![allow(clippy::print_stderr, reason = "what the processes wrote is shown when a test fails")]
#![allow(clippy::disallowed_methods, reason = "the harness clears the environment of what it starts")]

mod harness;
mod hostile;

mod app_verbs;
mod bad_configuration;
mod bad_requests;
mod chaos;
mod command_line;
mod completion;
mod compression;
mod config_show;
mod contract_api;
mod cors;
mod cron;
mod database_hosts;
mod demo;
mod doctor;
mod etags;
mod false_filter;
mod floors;
mod front_end;
mod generated;
mod hosts_and_tokens;
mod idempotency;
mod init;
mod install;
mod instances;
mod ipc;
mod limits;
mod listen;
mod lists;
mod logs;
mod mail;
mod matrix;
mod metrics;
mod migrate;
mod odd_json;
mod outages;
mod output;
mod ownership;
mod problems;
mod process_one;
mod references;
mod reload;
mod schedules;
mod shell;
mod smtp_wire;
mod supervision;
mod templates;
mod tenants;
mod units;
mod upgrade;
mod users;
mod watch;
