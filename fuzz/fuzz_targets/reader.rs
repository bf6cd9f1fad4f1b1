//! One reader, named by the variable `READER`; see the library.
#![no_main]

libfuzzer_sys::fuzz_target!(init: lamascope_fuzz::begin(), |bytes: &[u8]| lamascope_fuzz::read(bytes));
