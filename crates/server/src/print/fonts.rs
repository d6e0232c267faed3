//! Fonts that the operator names, for letters that the built-in ones lack (B292).

use std::path::Path;
use std::sync::Arc;

use krilla::text::Font;
use ttf_parser::Face;

/// Read once, in the order in which they stand in for one another; none unless the configuration names some.
#[derive(Clone, Default)]
pub struct Fonts {
    all: Arc<Vec<Loaded>>,
}

/// One font. Its file is kept in memory as long as the server runs; what a PDF gets is the letters that it shows.
pub struct Loaded {
    bytes: Arc<Vec<u8>>,
    index: u32,
    font: Font,
}

impl Fonts {
    /// TrueType and OpenType files, and collections of them: `a.ttc#2` is the third font of one, `a.ttc` the first.
    ///
    /// # Errors
    /// The first entry that cannot be read or is no such font, with its name.
    pub fn load<P: AsRef<Path>>(entries: &[P]) -> Result<Self, String> {
        let all = entries.iter().map(|entry| Loaded::read(entry.as_ref()));
        Ok(Self {
            all: Arc::new(all.collect::<Result<_, _>>()?),
        })
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Loaded> {
        self.all.iter()
    }
}

impl std::fmt::Debug for Fonts {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} fonts", self.all.len())
    }
}

impl Loaded {
    fn read(entry: &Path) -> Result<Self, String> {
        let text = entry.to_string_lossy();
        let numbered = text.rsplit_once('#').and_then(|(file, index)| {
            let index = index.parse::<u32>().ok()?;
            Some((Path::new(file).to_owned(), index))
        });
        let (file, index) = numbered.unwrap_or_else(|| (entry.to_owned(), 0));
        let bytes = std::fs::read(&file)
            .map_err(|error| format!("print.fonts: cannot read {}: {error}", file.display()))?;
        let bytes = Arc::new(bytes);
        // Two libraries look at it: one measures and shapes, one draws.
        let font = match ttf_parser::fonts_in_collection(&bytes).unwrap_or(1) {
            count if index < count => Face::parse(&bytes, index)
                .ok()
                .and_then(|_| Font::new(Arc::clone(&bytes).into(), index)),
            count => {
                return Err(format!(
                    "print.fonts: {} has {count} fonts, counted from 0, and no #{index}",
                    file.display()
                ));
            }
        };
        let font = font.ok_or_else(|| {
            format!(
                "print.fonts: {} is no TrueType or OpenType font",
                file.display()
            )
        })?;
        Ok(Self { bytes, index, font })
    }

    pub(super) fn font(&self) -> &Font {
        &self.font
    }

    /// `None`: never, as it was read before.
    pub(super) fn face(&self) -> Option<Face<'_>> {
        Face::parse(&self.bytes, self.index).ok()
    }
}

#[cfg(test)]
pub mod tests;
