//! The queries of scheduled jobs: what the database says of them, and whether they give what the templates read.

use super::because;
use crate::config::{App, Problem, QueryEmail, Work};
use crate::error::{Code, Result};
use crate::ipc::Client;
use crate::services::db::api::{Prepare, Request};
use crate::template::Templates;

/// Checks the jobs of an app; ends early only when sogoms-db itself does not answer.
pub(super) async fn check(db: &Client<Request>, app: &App, problems: &mut Vec<Problem>) -> Result<()> {
    let (templates, _) = Templates::of(app);
    for job in app.cron.iter().flat_map(|cron| &cron.jobs) {
        let Work::QueryEmail(mails) = &job.work else { continue };
        let prepare = Prepare { app_id: app.name.clone(), query: mails.query.value.clone() };
        let found = match db.call(prepare).await {
            Ok(prepared) => {
                let columns: Vec<&str> = prepared.columns.iter().map(|column| column.name.as_str()).collect();
                let mut found = of_columns(mails, &columns);
                found.extend(templates.check_rows(&mails.template, &columns));
                found
            }
            Err(error) if error.code == Code::Unavailable => return Err(error),
            Err(error) => {
                let message = format!("the database refuses the query of `{}`: {}", job.name, error.message);
                vec![because(Problem::error(&mails.query.at, message), error)]
            }
        };
        problems.extend(found.into_iter().map(|problem| problem.app(&*app.name)));
    }
    Ok(())
}

/// Checks the columns that the job itself needs.
fn of_columns(mails: &QueryEmail, columns: &[&str]) -> Vec<Problem> {
    let group_by = mails.group_by.as_ref().map(|column| (column.value.as_str(), &column.at, "group_by"));
    let to = (mails.to.as_str(), &mails.query.at, "to");
    let wanted = [Some(to), group_by].into_iter().flatten();
    let missing = wanted.filter(|(column, ..)| !columns.contains(column)).map(|(column, at, key)| {
        Problem::error(at, format!("the query gives no column `{column}` (`{key}` of the job)"))
            .hint(format!("it gives {}", columns.join(", ")))
    });
    let hidden = columns.iter().filter(|column| **column == Templates::ROWS).map(|column| {
        let message =
            format!("a template does not see the column `{column}`: it is the name of the group's rows");
        Problem::warning(&mails.query.at, message).hint("give the column another name with AS")
    });
    missing.chain(hidden).collect()
}
