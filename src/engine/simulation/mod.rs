//! Long outages, slow and hanging connectors, poison: what becomes of an office in hours and days, in virtual time.

mod deliveries;
mod fakes;
mod models;
mod world;
