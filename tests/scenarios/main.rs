//! Whole-system scenarios: the real programs, driven through their command lines and the contract. Each
//! scenario has a cluster of its own and shares nothing with the others. They begin in the order of their names, so the
//! longest one comes first.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a step that cannot be taken has to fail the scenario where it stands"
)]

mod a_year;
mod admission;
mod at_once;
mod backups;
mod bad_files;
mod bad_requests;
mod bad_settings;
mod bad_sources;
mod bulk_review;
mod campaign;
mod clocks;
mod commands;
mod consent;
mod contract;
mod coordinator_away;
mod corrections;
mod damaged_copies;
mod data_folder;
mod deadlines;
mod demands;
mod departments;
mod documents;
mod epoch;
mod fetching;
mod floods;
mod foreign;
mod foreign_clients;
mod foreign_text;
mod forged_log;
mod forged_roster;
mod grace;
mod grant_rules;
mod grant_terms;
mod granted_tables;
mod held_open;
mod help;
mod hostile;
mod identity;
mod jurisdiction;
mod kill9;
mod languages;
mod life_of_a_share;
mod log_forks;
mod lying_providers;
mod many_cities;
mod matrix;
mod month_report;
mod mounted_tables;
mod mounting;
mod notifications;
mod object_stores;
mod onboarding;
mod operation;
mod papers;
mod past_figures;
mod probes;
mod queries;
mod query_bombs;
mod reference;
mod reports;
mod retention;
mod return_flow;
mod review;
mod rotation;
mod rules;
mod searching;
mod security;
mod settings_reference;
mod sources;
mod spreadsheets;
mod standards;
mod stops;
mod story;
mod suspension;
mod tables;
mod usage;
