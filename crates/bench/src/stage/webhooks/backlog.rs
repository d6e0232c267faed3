//! D4: a large backlog, and what the API and the memory notice of it while it is delivered.

use std::sync::Arc;

use super::{AT, Engine, Ground, rounds, wait_until_written};
use crate::Problem;
use crate::bench::{Bench, Recorder, say};
use crate::books::Books;
use crate::figures::{Cell, to_f64};
use crate::goal::{Bound, Goal, Unit};
use crate::part::{Part, What};
use crate::people::{People, Workload};
use crate::process::watch_memory;
use crate::server::Server;
use crate::sink::Sink;
use crate::stage::resources::{at_most, mib};
use crate::table::whole;

const DATABASE: &str = "backlog";

/// Reads first: what is created leaves something to deliver.
const PAIRS: [(Workload, Cell, Cell); 2] = [
    (
        Workload::Get,
        Cell::new("get", AT),
        Cell::new("get_beside_backlog", AT),
    ),
    (
        Workload::Create,
        Cell::new("create", AT),
        Cell::new("create_beside_backlog", AT),
    ),
];

struct Scene<'a> {
    bench: &'a Bench,
    engine: Engine,
    ground: &'a Ground,
    sink: &'a Sink,
    books: &'a Books,
    people: Arc<People>,
    backlog: u64,
}

pub async fn measure(bench: &Bench, part: &mut Part, engine: Engine) -> Result<(), Problem> {
    let ground = match Ground::new(bench, engine, DATABASE).await {
        Ok(ground) => ground,
        Err(why) => {
            part.skip(Goal::D4, format!("{}: {why}", engine.name));
            return Ok(());
        }
    };
    let sink = Sink::start()?;
    say("  generating the backlog");
    let (generated, books) = ground.fill(&sink, bench.options.large()).await?;
    let backlog = books.last_number().await?;
    books.catch_up().await?;
    let server = ground.installation.start().await?;
    let samples = &generated.samples;
    let people = People::of_generated(
        &server.target,
        generated.names(),
        samples.with_five.clone(),
        samples.inquiries.clone(),
    )
    .await?;
    server.stop().await?;
    let scene = Scene {
        bench,
        engine,
        ground: &ground,
        sink: &sink,
        books: &books,
        people,
        backlog,
    };
    scene.measure(part).await?;
    drop(scene);
    ground.end(bench, books, DATABASE).await
}

impl Scene<'_> {
    async fn measure(&self, part: &mut Part) -> Result<(), Problem> {
        let about = format!("{} events", whole(to_f64(self.backlog)));
        let mut measured = Vec::new();
        let mut most = 0.0_f64;
        for number in 1..=rounds(self.bench) {
            say(&format!("  round {number}"));
            let mut recorder = Recorder::default();
            let mut sides = [false, true];
            if number.is_multiple_of(2) {
                sides.reverse();
            }
            for with_backlog in sides {
                if with_backlog {
                    most = most.max(self.beside(part, &mut recorder, number).await?);
                } else {
                    self.without(&mut recorder).await?;
                }
            }
            part.errors.append(&mut recorder.errors);
            measured.push(recorder.round);
        }
        for ((_, without, beside), name) in PAIRS.into_iter().zip(["get", "create"]) {
            let text = format!(
                "{}: {name} at 32 beside a backlog ÷ without",
                self.engine.name
            );
            let what = What {
                goal: Goal::D4,
                text: &text,
                bound: Some(Bound::at_least(0.85, 0.85)),
            };
            part.ratio(&what, &measured, beside, without);
        }
        let text = if self.engine.is_shared {
            format!(
                "{}: resident while a backlog is delivered",
                self.engine.name
            )
        } else {
            format!(
                "{}: memory while a backlog is delivered, without the mapped file",
                self.engine.name
            )
        };
        let what = at_most(Goal::D4, &text, 150.0, 150.0);
        part.line(&what, Unit::Mib, &[most], about.clone());
        let title = format!("A backlog of {about}, {}", self.engine.name);
        part.group(&title, measured);
        Ok(())
    }

    /// The same server and the same webhook, which has everything but what comes.
    async fn without(&self, recorder: &mut Recorder) -> Result<(), Problem> {
        self.books.catch_up().await?;
        let server = self.ground.installation.start().await?;
        for (workload, cell, _) in PAIRS {
            self.ask(recorder, &server, workload, cell).await?;
        }
        server.stop().await
    }

    /// Gives the most memory the server had, in MiB. In the last round everything is delivered.
    async fn beside(
        &self,
        part: &mut Part,
        recorder: &mut Recorder,
        number: u16,
    ) -> Result<f64, Problem> {
        self.books.rewind().await?;
        self.sink.begin();
        let server = self.ground.installation.start().await?;
        let work = async {
            let mut round = Recorder::default();
            for (workload, _, cell) in PAIRS {
                self.ask(&mut round, &server, workload, cell).await?;
            }
            let left = self.backlog.saturating_sub(self.books.place().await?);
            if number == rounds(self.bench) {
                wait_until_written(self.sink, self.books, self.backlog, self.backlog).await?;
            }
            Ok::<_, Problem>((round, left))
        };
        let (outcome, memory) = watch_memory(server.meter(), work).await;
        let (mut round, left) = outcome?;
        server.stop().await?;
        if left > 0 {
            recorder.round.append(&mut round.round);
            recorder.errors.append(&mut round.errors);
        } else {
            part.notes.push(format!(
                "D4, {}: a backlog of {} was delivered before the cells beside it had ended; give a larger --large",
                self.engine.name,
                whole(to_f64(self.backlog))
            ));
        }
        let kib = if self.engine.is_shared {
            memory.resident_kib
        } else {
            memory.anonymous_kib
        };
        Ok(mib(kib))
    }

    async fn ask(
        &self,
        recorder: &mut Recorder,
        server: &Server,
        workload: Workload,
        cell: Cell,
    ) -> Result<(), Problem> {
        let meter = Some(server.meter());
        let (target, people) = (&server.target, &self.people);
        recorder
            .http(self.bench, cell, target, people, workload, meter)
            .await
    }
}
