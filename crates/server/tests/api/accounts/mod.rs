mod archive;
mod create;
mod list;
mod redact;
mod relations;
mod retrieve;
mod tags;
mod update;
