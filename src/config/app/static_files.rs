//! `static:` of `app.yaml`: the folder of a front end that the gateway serves beside the API.

use std::path::PathBuf;

use super::Context;
use crate::config::problem::Problem;
use crate::config::source::Sourced;
use crate::config::yaml::Fields;

/// Reads the key.
///
/// The folder is public whole, so one that holds configuration is refused; what is in it is looked at by the gateway.
pub(super) fn read(fields: &mut Fields<'_>, context: &Context<'_>) -> Option<Sourced<PathBuf>> {
    let text = fields.text("static")?;
    let folder = context.path(&text.value);
    // A folder that is not there yet is the gateway's to complain about.
    let real = |path: PathBuf| path.canonicalize().unwrap_or(path);
    let served = real(folder.clone());
    let kept = [real(context.folder.to_path_buf()), real(context.config.to_path_buf())];
    if kept.iter().any(|kept| kept.starts_with(&served)) {
        let message = format!("`{}` holds configuration, which everybody could read then", folder.display());
        let hint = "give the files a folder of their own, such as `static: apps/{app}/web`";
        fields.report.add(Problem::error(&text.at, message).hint(hint));
        return None;
    }
    Some(Sourced::new(folder, text.at))
}
