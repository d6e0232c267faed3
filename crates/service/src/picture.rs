//! Uploaded pictures: recognised by content, decoded under limits, re-encoded without metadata (B220, B447, B448).

use std::io::Cursor;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

pub mod limits {
    //! B220.
    pub const MIN_BYTES: usize = 10_000;
    pub const MAX_BYTES: usize = 15_000_000;
    pub const MIN_PIXELS: u32 = 200;
    pub const MAX_PIXELS: u32 = 15_000;
    /// A picture may not unfold into more memory than this, whatever its sides say.
    pub const MAX_DECODED_BYTES: u64 = 256 * 1024 * 1024;
    pub const ACCEPTED: &[&str] = &["image/jpeg", "image/png", "image/webp", "image/tiff"];
}

const JPEG_QUALITY: u8 = 90;

/// A clean JPEG, turned the right way up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    pub jpeg: Vec<u8>,
    pub width: u32,
    pub height: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureProblem {
    TooSmall,
    TooLarge,
    NotAnImage,
    /// Sides, or what they unfold to, outside the limits.
    BadSize,
}

impl Picture {
    pub fn read(bytes: &[u8]) -> Result<Self, PictureProblem> {
        if bytes.len() > limits::MAX_BYTES {
            return Err(PictureProblem::TooLarge);
        }
        let format = image::guess_format(bytes).map_err(|_| PictureProblem::NotAnImage)?;
        if !matches!(
            format,
            ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP | ImageFormat::Tiff
        ) {
            return Err(PictureProblem::NotAnImage);
        }
        if bytes.len() < limits::MIN_BYTES {
            return Err(PictureProblem::TooSmall);
        }
        let mut picture = decode(bytes, format)?;
        let (width, height) = (picture.width(), picture.height());
        let allowed = limits::MIN_PIXELS..=limits::MAX_PIXELS;
        if !allowed.contains(&width) || !allowed.contains(&height) {
            return Err(PictureProblem::BadSize);
        }
        picture = DynamicImage::ImageRgb8(picture.into_rgb8());
        let mut jpeg = Vec::new();
        let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, JPEG_QUALITY);
        picture
            .write_with_encoder(encoder)
            .map_err(|_| PictureProblem::NotAnImage)?;
        Ok(Self {
            jpeg,
            width,
            height,
        })
    }
}

fn decode(bytes: &[u8], format: ImageFormat) -> Result<DynamicImage, PictureProblem> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut bounds = Limits::default();
    bounds.max_image_width = Some(limits::MAX_PIXELS);
    bounds.max_image_height = Some(limits::MAX_PIXELS);
    bounds.max_alloc = Some(limits::MAX_DECODED_BYTES);
    reader.limits(bounds);
    let problem = |error| match error {
        image::ImageError::Limits(_) => PictureProblem::BadSize,
        _ => PictureProblem::NotAnImage,
    };
    let mut decoder = reader.into_decoder().map_err(problem)?;
    if decoder.total_bytes() > limits::MAX_DECODED_BYTES {
        return Err(PictureProblem::BadSize);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(problem)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}
