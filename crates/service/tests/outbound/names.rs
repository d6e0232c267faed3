//! Resolvers that say what a test wants.

use std::collections::VecDeque;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use selfsame_domain::address::AddressEntry;
use selfsame_service::{Resolve, Resolving};

/// Gives one answer after the other, the last one for ever, whatever the name.
#[derive(Debug)]
pub struct Names(Mutex<VecDeque<Vec<IpAddr>>>);

impl Names {
    pub fn new(answers: &[&[&str]]) -> Arc<Self> {
        let answers = answers
            .iter()
            .map(|texts| texts.iter().map(|text| text.parse().unwrap()).collect());
        Arc::new(Self(Mutex::new(answers.collect())))
    }
}

impl Resolve for Names {
    fn resolve<'a>(&'a self, _: &'a str) -> Resolving<'a> {
        let mut answers = self.0.lock().unwrap();
        let answer = if answers.len() > 1 {
            answers.pop_front().unwrap()
        } else {
            answers[0].clone()
        };
        Box::pin(async { Ok(answer) })
    }
}

/// There is no such name.
#[derive(Debug)]
pub struct NoNames;

impl Resolve for NoNames {
    fn resolve<'a>(&'a self, _: &'a str) -> Resolving<'a> {
        Box::pin(async { Err(io::Error::other("no such host")) })
    }
}

/// The name server is silent.
#[derive(Debug)]
pub struct SilentNames;

impl Resolve for SilentNames {
    fn resolve<'a>(&'a self, _: &'a str) -> Resolving<'a> {
        Box::pin(std::future::pending())
    }
}

pub fn entries(texts: &[&str]) -> Vec<AddressEntry> {
    texts
        .iter()
        .map(|text| AddressEntry::parse(text).unwrap())
        .collect()
}
