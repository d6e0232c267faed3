mod archive;
mod create;
mod list;
mod redact;
mod retrieve;
mod tags;
mod update;
