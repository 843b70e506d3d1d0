//! Departments that were merged into others (机构合并), and the rights and lists that follow them.

pub(crate) mod records;
pub(crate) mod service;
