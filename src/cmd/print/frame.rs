//! What is shown again and again: drawn over itself on a terminal, one after the other in a pipe.

use super::Printer;

impl Printer {
    /// Shows one of an endless series of results, which `show` prints; people at a terminal get `heading` above it.
    ///
    /// On a terminal it takes the place of the one before; in a pipe an empty line parts the two. JSON is a line, YAML a
    /// document.
    pub(in crate::cmd) fn frame(&self, heading: &str, show: impl FnOnce()) {
        let count = self.frames.replace(self.frames.get() + 1);
        self.in_series.set(true);
        if self.for_people() && self.terminal {
            *self.frame.borrow_mut() = Some(String::new());
            show();
            let text = self.frame.take().unwrap_or_default();
            let height = terminal_size().map(|(_, height)| height);
            self.write(&drawn_over(&format!("{heading}\n\n{text}"), height, count == 0));
        } else {
            if self.for_people() && count != 0 {
                self.write("\n");
            }
            show();
        }
        self.in_series.set(false);
    }
}

/// Returns text that a terminal puts where the one before stood, cut to its height; the first clears the screen.
fn drawn_over(text: &str, height: Option<u16>, is_first: bool) -> String {
    const HOME: &str = "\x1b[H";
    const CLEAR: &str = "\x1b[2J";
    const REST_OF_LINE: &str = "\x1b[K";
    const REST_OF_SCREEN: &str = "\x1b[J";
    // The cursor stands on the line after the last.
    let lines = height.map_or(usize::MAX, |height| usize::from(height).saturating_sub(1));
    let mut out = String::from(HOME);
    if is_first {
        out.push_str(CLEAR);
    }
    for line in text.lines().take(lines) {
        out.push_str(line);
        out.push_str(REST_OF_LINE);
        out.push('\n');
    }
    out.push_str(REST_OF_SCREEN);
    out
}

/// Returns columns and lines of the terminal; `None` when standard output is none, or does not know.
pub(super) fn terminal_size() -> Option<(u16, u16)> {
    let size = rustix::termios::tcgetwinsize(rustix::stdio::stdout()).ok()?;
    (size.ws_col > 0 && size.ws_row > 0).then_some((size.ws_col, size.ws_row))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_drawn_over_and_cut_to_the_screen() {
        assert_eq!(drawn_over("a\nb\nc\n", Some(3), true), "\x1b[H\x1b[2Ja\x1b[K\nb\x1b[K\n\x1b[J");
        assert_eq!(drawn_over("a\n", None, false), "\x1b[Ha\x1b[K\n\x1b[J");
    }
}
