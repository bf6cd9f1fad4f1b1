//! Every spelling of an option means what it should.

use crate::support::{configuration, folder, lamascope, records, run, templates};

/// The options after `lamascope run`, and the templates that the first fact is asked through.
#[track_caller]
fn asks(args: &[&str], wanted: &str) {
    let home = folder();
    let out = home.path().join("r.feather");
    run(home.path())
        .args(["--max-samples", "1"])
        .args(args)
        .arg("--out")
        .arg(&out)
        .assert()
        .success();
    assert_eq!(templates(&out), wanted, "{args:?}");
}

#[test]
fn selections_of_templates() {
    for (args, wanted) in [
        ([].as_slice(), "m1,m2,a1,a2"),
        (&["--num-manual", "1"], "m1,a1,a2"),
        (&["--num_manual", "1", "--num_auto", "1"], "m1,a1"),
        (&["--num-manual", "0"], "a1,a2"),
        (&["--templates", "a2,m2,m1"], "m2,m1,a2"),
        (&["--num_paraphrases", "3"], "m1,m2,a1"),
        (&["--num_ensemble", "2"], "m1,m2"),
        (&["--num-ensemble", "2"], "m1,m2"),
        (&["--indexs", "0,3"], "m1,a2"),
        (
            &["--templates", "m1,a1", "--repeat", "2"],
            "m1,m1#2,a1,a1#2",
        ),
        (
            &["--templates", "m1,m2,a1", "--groups", "m2,a1/a9"],
            "m2,a1,m1",
        ),
        (
            &["--templates", "m1,m2", "--groups", "m2", "--method", "avg"],
            "m1,m2",
        ),
    ] {
        asks(args, wanted);
    }
}

#[test]
fn of_conflicting_selections_the_last_wins() {
    for (args, wanted) in [
        (
            ["--templates", "m2", "--num-manual", "1", "--num-auto", "0"].as_slice(),
            "m1",
        ),
        (
            &["--num-manual", "1", "--num-auto", "0", "--templates", "m2"],
            "m2",
        ),
        (&["--num_paraphrases", "1", "--indexs", "2"], "a1"),
        (&["--indexs", "2", "--num_paraphrases", "1"], "m1"),
        (&["--num_ensemble", "1", "--num_paraphrases", "2"], "m1,m2"),
        (&["--templates", "m1", "--templates", "m2"], "m2"),
        (
            &[
                "--num-auto",
                "0",
                "--indexs",
                "3",
                "--num_manual",
                "1",
                "--num_auto",
                "1",
            ],
            "m1,a1",
        ),
    ] {
        asks(args, wanted);
    }
}

#[test]
fn old_and_new_words_are_the_same_run() {
    for (old, new) in [
        (
            ["--method", "per_prompt"].as_slice(),
            ["--method", "per-prompt"].as_slice(),
        ),
        (&["--method", "weighted_avg"], &["--method", "weighted-avg"]),
        (&["--method", "weighted_max"], &["--method", "weighted-max"]),
        (
            &["--allow_manual_cross_attention"],
            &["--manual-cross-attention"],
        ),
        (
            &["--max_samples", "2", "--lemmaize"],
            &["--max-samples", "2"],
        ),
        (&["--dataset", "myriadlama"], &[]),
        (
            &["--method", "avg", "--method", "origin"],
            &["--method", "origin"],
        ),
    ] {
        let home = folder();
        let of = |name: &str, args: &[&str]| {
            let out = home.path().join(name);
            run(home.path())
                .args(["--relation", "P1303"])
                .args(args)
                .arg("--out")
                .arg(&out)
                .assert()
                .success();
            out
        };
        let (first, second) = (of("old.feather", old), of("new.feather", new));
        assert_eq!(configuration(&first), configuration(&second), "{old:?}");
        assert_eq!(records(&first).len(), records(&second).len(), "{old:?}");
    }
}

#[test]
fn questions_come_with_their_own_instruction_and_length() {
    let home = folder();
    let out = home.path().join("r.feather");
    lamascope(home.path())
        .args([
            "run",
            "--dataset",
            "webqa",
            "--num_paraphrases",
            "5",
            "--max_samples",
            "2",
            "--device",
            "cpu",
        ])
        .arg("--model")
        .arg(crate::support::fixture("tiny-llama"))
        .arg("--out")
        .arg(&out)
        .assert()
        .success();
    assert_eq!(templates(&out), "m1,a1,a2,a3,a4");
    let configuration = configuration(&out);
    assert_eq!(configuration.max_new_tokens, 20);
    assert!(
        configuration
            .shots
            .instruction
            .starts_with("Answer the question")
    );
}

/// These lines stand in the manuals of the Python originals. Their models are not here: that is what each says.
#[test]
fn lines_of_the_originals_manuals_are_understood() {
    let home = folder();
    for line in [
        "--model llama3.2_3b_it --device auto",
        "--model llama3.2_3b_it --allow_manual_cross_attention --device auto",
        "--model llama3.2_3b_it --num_manual 3 --num_auto 2 --allow_manual_cross_attention --device auto",
        "--model llama3.2_3b_it --max_samples 10 --device auto",
        "--dataset webqa --model llama3.2_3b_it --num_paraphrases 5 --device auto",
        "--dataset webqa --model llama3.2_3b_it --indexs 0,1,2,3,4 --lemmaize",
        "--dataset webqa --model llama3.2_3b_it --method max --num_ensemble 5",
    ] {
        let output = lamascope(home.path())
            .arg("run")
            .args(line.split(' '))
            .assert()
            .code(1);
        let message = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
        assert!(
            message.contains("meta-llama/Llama-3.2-3B-Instruct"),
            "{line}: {message}"
        );
    }
}
