//! The app that a command names.

use std::sync::Arc;

use super::context::Context;
use crate::config::{self, App, Registry};
use crate::error::{Code, Error, Result};

/// Reads the configuration and returns the app of this name.
///
/// # Errors
/// [`Code::NotFound`] when there is none, with the name that was probably meant; [`Code::Config`] when it is there and
/// cannot be used.
pub(super) fn find(context: &Context, name: &str) -> Result<Arc<App>> {
    let registry = config::load(&context.places.config);
    registry.app(name).cloned().ok_or_else(|| absent(context, &registry, name))
}

/// Tells whether an app has a folder of this name, whatever is in it.
pub(super) fn has_folder(context: &Context, name: &str) -> bool {
    let is_name = !name.is_empty() && !name.starts_with('.') && !name.contains('/');
    is_name && context.places.config.join("apps").join(name).is_dir()
}

/// Says why there is no app of this name.
pub(super) fn absent(context: &Context, registry: &Registry, name: &str) -> Error {
    let apps = context.places.config.join("apps");
    if registry.apps.is_empty() && registry.has_errors() {
        let folder = context.places.config.display();
        return Error::new(Code::Config, format!("the configuration in {folder} cannot be used"))
            .hint("see what is wrong with `sogo check`; is it this installation? see --dir and --config");
    }
    if has_folder(context, name) {
        return Error::new(Code::Config, format!("the app `{name}` cannot be used"))
            .hint("see what is wrong with `sogo check`");
    }
    let error = Error::new(Code::NotFound, format!("there is no app `{name}` in {}", apps.display()));
    match config::closest(name, registry.apps.iter().map(|app| app.name.as_str())) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => {
            error.hint("is it this installation? see --dir and --config; `sogo app list` tells what there is")
        }
    }
}
