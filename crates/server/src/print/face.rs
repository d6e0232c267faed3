//! Type: how wide a text is, and where its lines break.

use krilla::text::Font;
use ttf_parser::Face;

use super::PrintError;

pub struct Type {
    pub font: Font,
    face: Face<'static>,
}

impl Type {
    /// # Errors
    /// The font is built in; there are none.
    pub fn new(bytes: &'static [u8]) -> Result<Self, PrintError> {
        let unreadable = || PrintError("the font cannot be read".to_owned());
        Ok(Self {
            font: Font::new(bytes.into(), 0).ok_or_else(unreadable)?,
            face: Face::parse(bytes, 0).map_err(|_| unreadable())?,
        })
    }

    /// In points.
    pub fn width(&self, text: &str, size: f32) -> f32 {
        text.chars().map(|letter| self.advance(letter, size)).sum()
    }

    fn advance(&self, letter: char, size: f32) -> f32 {
        let glyph = self.face.glyph_index(letter).unwrap_or_default();
        let advance = self.face.glyph_hor_advance(glyph).unwrap_or_default();
        f32::from(advance) * size / f32::from(self.face.units_per_em())
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn lines_fit_and_lose_nothing(text in "[a-zA-Zäß ]{0,200}", room in 30.0_f32..200.0) {
            let letters = Type::new(dejavu::sans::regular()).unwrap();
            let lines = letters.lines(&text, 9.0, room);
            for line in &lines {
                prop_assert!(letters.width(line, 9.0) <= room + 0.01, "{line:?}");
            }
            let plain = |text: &str| text.chars().filter(|it| !it.is_whitespace()).collect::<String>();
            prop_assert_eq!(plain(&lines.concat()), plain(&text));
        }
    }
}
