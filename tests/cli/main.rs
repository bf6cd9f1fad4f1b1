//! What a user sees of the command line: the program itself is run, on tiny models and hand-written data.

mod bench;
mod blend;
mod card;
mod chat;
mod compare;
mod doctor;
mod faults;
mod fetch;
mod figure;
mod foreign;
mod help;
mod inspect;
mod interrupted;
mod judged;
mod mask;
mod oracle;
mod page;
mod refusals;
mod reports;
mod run;
mod shots;
mod spellings;
mod support;
mod sweep;
mod templates;
mod tune;
