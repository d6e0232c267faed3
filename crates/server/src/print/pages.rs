//! Pages of A4: what stands where, and then the drawing of it.

use krilla::Document;
use krilla::color::luma;
use krilla::geom::{PathBuilder, Point, Rect, Size, Transform};
use krilla::image::Image;
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::text::TextDirection;

use super::face::Type;
use super::fonts::Fonts;
use super::{Photo, PrintError};

/// Points.
const WIDTH: f32 = 595.0;
const HEIGHT: f32 = 842.0;
const MARGIN: f32 = 50.0;
const BOTTOM: f32 = HEIGHT - 60.0;
const LABELS: f32 = 165.0;
const BODY: f32 = 9.0;
const LINE: f32 = 13.0;
const MOST_PICTURE_HEIGHT: f32 = 280.0;
const GREY: u8 = 0x60;

enum Mark {
    Text {
        x: f32,
        y: f32,
        size: f32,
        bold: bool,
        grey: bool,
        text: String,
    },
    Rule {
        y: f32,
    },
    Picture {
        y: f32,
        width: f32,
        height: f32,
        photo: Photo,
    },
    /// Across the whole page, below everything else.
    Watermark,
}

/// Grows from top to bottom; a page ends where the next thing has no room.
pub struct Pages<'a> {
    regular: Type<'a>,
    bold: Type<'a>,
    done: Vec<Vec<Mark>>,
    marks: Vec<Mark>,
    y: f32,
}

impl<'a> Pages<'a> {
    /// # Errors
    /// See [`Type::new`].
    pub fn new(fonts: &'a Fonts) -> Result<Self, PrintError> {
        Ok(Self {
            regular: Type::new(dejavu::sans::regular(), fonts)?,
            bold: Type::new(dejavu::sans::bold(), fonts)?,
            done: Vec::new(),
            marks: Vec::new(),
            y: MARGIN,
        })
    }

    fn need(&mut self, height: f32) {
        if self.y + height > BOTTOM && !self.marks.is_empty() {
            self.done.push(std::mem::take(&mut self.marks));
            self.y = MARGIN;
        }
    }

    fn text(&mut self, x: f32, size: f32, bold: bool, grey: bool, text: String) {
        self.marks.push(Mark::Text {
            x,
            y: self.y,
            size,
            bold,
            grey,
            text,
        });
    }

    pub fn title(&mut self, text: &str) {
        self.y += 18.0;
        self.text(MARGIN, 20.0, true, false, text.to_owned());
        self.y += 16.0;
    }

    pub fn heading(&mut self, text: &str) {
        // Never alone at the end of a page.
        self.need(90.0);
        self.y += 24.0;
        self.text(MARGIN, 12.0, true, false, text.to_owned());
        self.y += 13.0;
    }

    pub fn small(&mut self, text: &str) {
        self.need(LINE);
        self.text(MARGIN, 8.0, false, true, text.to_owned());
        self.y += 8.0;
    }

    /// A label and what it says, which may take many lines and go on overleaf.
    pub fn row(&mut self, label: &str, value: &str) {
        let room = WIDTH - 2.0 * MARGIN - LABELS;
        let labels = self.regular.lines(label, BODY, LABELS - 10.0);
        let values = self.regular.lines(value, BODY, room);
        self.need(LINE * 1.5);
        self.marks.push(Mark::Rule { y: self.y });
        for number in 0..labels.len().max(values.len()) {
            self.need(LINE);
            self.y += LINE;
            if let Some(text) = labels.get(number) {
                self.text(MARGIN, BODY, false, true, text.clone());
            }
            if let Some(text) = values.get(number) {
                self.text(MARGIN + LABELS, BODY, false, false, text.clone());
            }
        }
        self.y += 4.0;
    }

    pub fn picture(&mut self, photo: &Photo) {
        #[allow(clippy::cast_precision_loss, reason = "pixels of a photo")]
        let (wide, high) = (photo.width.max(1) as f32, photo.height.max(1) as f32);
        let scale = ((WIDTH - 2.0 * MARGIN) / wide).min(MOST_PICTURE_HEIGHT / high);
        let (width, height) = (wide * scale, high * scale);
        self.need(height + 24.0);
        self.y += 12.0;
        self.text(MARGIN, 8.0, false, true, photo.caption.clone());
        self.y += 6.0;
        self.marks.push(Mark::Picture {
            y: self.y,
            width,
            height,
            photo: photo.clone(),
        });
        self.y += height;
    }

    /// # Errors
    /// See [`super::print`].
    pub fn finish(mut self, id: &str, is_sandbox: bool) -> Result<Vec<u8>, PrintError> {
        let (regular, bold) = (self.regular, self.bold);
        self.done.push(self.marks);
        let many = self.done.len();
        let mut document = Document::new();
        let language = "en".to_owned();
        document.set_metadata(Metadata::new().title(id.to_owned()).language(language));
        for (number, marks) in self.done.into_iter().enumerate() {
            let settings = PageSettings::from_wh(WIDTH, HEIGHT)
                .ok_or_else(|| PrintError("no such page".to_owned()))?;
            let mut page = document.start_page_with(settings);
            let mut surface = page.surface();
            if is_sandbox {
                draw(&mut surface, Mark::Watermark, &regular, &bold);
            }
            for mark in marks {
                draw(&mut surface, mark, &regular, &bold);
            }
            let footer = Mark::Text {
                x: MARGIN,
                y: HEIGHT - 32.0,
                size: 8.0,
                bold: false,
                grey: true,
                text: format!("{id}   page {} of {many}", number + 1),
            };
            draw(&mut surface, footer, &regular, &bold);
            surface.finish();
            page.finish();
        }
        document
            .finish()
            .map_err(|error| PrintError(format!("{error:?}")))
    }
}

fn draw(surface: &mut Surface<'_>, mark: Mark, regular: &Type<'_>, bold: &Type<'_>) {
    match mark {
        Mark::Text {
            x,
            y,
            size,
            bold: is_bold,
            grey,
            text,
        } => {
            ink(surface, if grey { GREY } else { 0 });
            let letters = if is_bold { bold } else { regular };
            write(surface, letters, Point::from_xy(x, y), size, &text);
        }
        Mark::Rule { y } => {
            ink(surface, 0xd0);
            let line = Rect::from_xywh(MARGIN, y + 1.0, WIDTH - 2.0 * MARGIN, 0.5);
            let mut path = PathBuilder::new();
            if let Some(line) = line {
                path.push_rect(line);
            }
            if let Some(path) = path.finish() {
                surface.draw_path(&path);
            }
        }
        Mark::Picture {
            y,
            width,
            height,
            photo,
        } => {
            let image = match photo.mime_type.as_str() {
                "image/png" => Image::from_png(photo.bytes.into(), true),
                "image/webp" => Image::from_webp(photo.bytes.into(), true),
                _ => Image::from_jpeg(photo.bytes.into(), true),
            };
            // One that cannot be drawn leaves its place empty below its caption.
            if let (Ok(image), Some(size)) = (image, Size::from_wh(width, height)) {
                surface.push_transform(&Transform::from_translate(MARGIN, y));
                surface.draw_image(image, size);
                surface.pop();
            }
        }
        Mark::Watermark => {
            const WORD: &str = "SANDBOX";
            const SIZE: f32 = 110.0;
            ink(surface, 0xee);
            let (x, y) = (WIDTH / 2.0, HEIGHT / 2.0);
            surface.push_transform(&Transform::from_rotate_at(-55.0, x, y));
            let start = Point::from_xy(x - bold.width(WORD, SIZE) / 2.0, y + SIZE / 3.0);
            write(surface, bold, start, SIZE, WORD);
            surface.pop();
        }
    }
}

/// One run behind the other. Inside a run letters join and go as their script does; runs go from left to right.
fn write(surface: &mut Surface<'_>, letters: &Type<'_>, start: Point, size: f32, text: &str) {
    let mut x = start.x;
    for run in letters.runs(text) {
        let (at, font) = (Point::from_xy(x, start.y), letters.font(&run));
        surface.draw_text(at, font, size, run.text, false, TextDirection::Auto);
        x += letters.width(run.text, size);
    }
}

fn ink(surface: &mut Surface<'_>, shade: u8) {
    surface.set_fill(Some(Fill {
        paint: luma::Color::new(shade).into(),
        ..Fill::default()
    }));
}
