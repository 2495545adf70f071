//! Everything that is tested from outside: the shape of the code, and what people see.

#![allow(clippy::unwrap_used, reason = "a test reports by panicking")]

mod audit;
mod boxes;
mod automatic;
mod benches;
mod browser;
mod classes;
mod codes;
mod codes_on_pages;
mod command_line;
mod crash;
mod diagnostics;
mod doors;
mod einvoices;
mod hostile;
mod journey;
mod layers;
mod learning;
mod long;
mod ledger;
mod line_items;
mod model;
mod mutations;
mod parsing;
mod parsing_long;
mod parsing_pages;
mod parsing_office;
mod pictures;
mod postgres;
mod readme;
mod replay;
mod servers;
mod several_matters;
mod stages;
mod store;
mod store_model;
mod strangers;
mod supply_chain;
mod support;
mod tables;
mod tidy;
mod walls;
