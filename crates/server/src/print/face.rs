//! Type: which font has a letter, how wide a text is, and where its lines break.

use krilla::text::Font;
use ttf_parser::Face;
use unicode_normalization::char::is_combining_mark;

use super::PrintError;
use super::fonts::Fonts;

/// The built-in letters, and behind them those that stand in for what they lack.
pub struct Type<'a> {
    faces: Vec<(Font, Face<'a>)>,
}

/// So much of a text as one font draws.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run<'t> {
    /// The place of its font; 0 is the built-in one.
    face: usize,
    pub text: &'t str,
}

impl<'a> Type<'a> {
    /// # Errors
    /// The font is built in; there are none.
    pub fn new(bytes: &'static [u8], others: &'a Fonts) -> Result<Self, PrintError> {
        let unreadable = || PrintError("the font cannot be read".to_owned());
        let font = Font::new(bytes.into(), 0).ok_or_else(unreadable)?;
        let face = Face::parse(bytes, 0).map_err(|_| unreadable())?;
        let mut faces = vec![(font, face)];
        for other in others.iter() {
            faces.extend(other.face().map(|face| (other.font().clone(), face)));
        }
        Ok(Self { faces })
    }

    pub fn font(&self, run: &Run<'_>) -> Font {
        self.faces[run.face].0.clone()
    }

    /// The first font that has the letter; where none has it, the built-in one, which draws an empty box.
    fn face_of(&self, letter: char) -> usize {
        let has = |(_, face): &(Font, Face<'_>)| face.glyph_index(letter).is_some();
        self.faces.iter().position(has).unwrap_or(0)
    }

    /// The text from its first letter to its last, cut where the font changes. What hangs on a letter goes with it.
    pub fn runs<'t>(&self, text: &'t str) -> Vec<Run<'t>> {
        let mut runs: Vec<Run<'t>> = Vec::new();
        let mut begun = 0;
        for (place, letter) in text.char_indices() {
            let face = match runs.last() {
                Some(run) if hangs_on(letter) => run.face,
                _ => self.face_of(letter),
            };
            let end = place + letter.len_utf8();
            match runs.last_mut() {
                Some(run) if run.face == face => run.text = &text[begun..end],
                _ => {
                    begun = place;
                    let text = &text[begun..end];
                    runs.push(Run { face, text });
                }
            }
        }
        runs
    }

    /// In points.
    pub fn width(&self, text: &str, size: f32) -> f32 {
        text.chars().map(|letter| self.advance(letter, size)).sum()
    }

    fn advance(&self, letter: char, size: f32) -> f32 {
        if hangs_on(letter) {
            return 0.0;
        }
        let (_, face) = &self.faces[self.face_of(letter)];
        let glyph = face.glyph_index(letter).unwrap_or_default();
        let advance = face.glyph_hor_advance(glyph).unwrap_or_default();
        f32::from(advance) * size / f32::from(face.units_per_em())
    }

    /// Lines no wider than `room`, broken between words, and inside a word that is wider than a line.
    pub fn lines(&self, text: &str, size: f32, room: f32) -> Vec<String> {
        let mut lines = Vec::new();
        for paragraph in text.split(['\n', '\r']).filter(|it| !it.trim().is_empty()) {
            let mut line = String::new();
            let mut width = 0.0;
            for word in paragraph.split_whitespace() {
                let wide = self.width(word, size);
                let gap = if line.is_empty() {
                    0.0
                } else {
                    self.advance(' ', size)
                };
                if !line.is_empty() && width + gap + wide > room {
                    lines.push(std::mem::take(&mut line));
                    width = 0.0;
                } else if !line.is_empty() {
                    line.push(' ');
                    width += gap;
                }
                for letter in word.chars() {
                    let advance = self.advance(letter, size);
                    if width + advance > room && !line.is_empty() {
                        lines.push(std::mem::take(&mut line));
                        width = 0.0;
                    }
                    line.push(letter);
                    width += advance;
                }
            }
            lines.push(line);
        }
        lines
    }
}

/// Accents, joiners and variation selectors: without a letter before them they are nothing.
fn hangs_on(letter: char) -> bool {
    is_combining_mark(letter) || matches!(letter, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::print::fonts::tests::stand_in;

    fn runs(text: &str) -> Vec<(usize, String)> {
        let fonts = Fonts::load(&[stand_in().path()]).unwrap();
        let letters = Type::new(dejavu::sans::regular(), &fonts).unwrap();
        let runs = letters.runs(text).into_iter();
        runs.map(|run| (run.face, run.text.to_owned())).collect()
    }

    #[test]
    fn b292_a_run_ends_where_another_font_has_the_letter() {
        let own = |text: &str| (0, text.to_owned());
        let other = |text: &str| (1, text.to_owned());
        assert_eq!(runs(""), []);
        assert_eq!(runs("Żofia Διγενής"), [own("Żofia Διγενής")]);
        assert_eq!(
            runs("a一丁 b丁"),
            [own("a"), other("一丁"), own(" b"), other("丁")]
        );
        let hanging = "一\u{fe0f}e\u{301}";
        assert_eq!(runs(hanging), [other("一\u{fe0f}"), own("e\u{301}")]);
        // Nobody has it.
        assert_eq!(runs("a\u{13000}b"), [own("a\u{13000}b")]);
    }

    proptest! {
        #[test]
        fn lines_fit_and_lose_nothing(text in "[a-zA-Zäß一丁 ]{0,200}", room in 30.0_f32..200.0) {
            let fonts = Fonts::load(&[stand_in().path()]).unwrap();
            let letters = Type::new(dejavu::sans::regular(), &fonts).unwrap();
            let lines = letters.lines(&text, 9.0, room);
            for line in &lines {
                prop_assert!(letters.width(line, 9.0) <= room + 0.01, "{line:?}");
                let runs: String = letters.runs(line).iter().map(|run| run.text).collect();
                prop_assert_eq!(&runs, line);
            }
            let plain = |text: &str| text.chars().filter(|it| !it.is_whitespace()).collect::<String>();
            prop_assert_eq!(plain(&lines.concat()), plain(&text));
        }
    }
}
