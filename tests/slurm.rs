//! A run as a Slurm array, on a cluster of one machine that is started for it: eight tasks, one of them killed and
//! requeued, and a merged file that is byte for byte that of one process.
//!
//! It needs munged, slurmctld and slurmd (Debian: `slurm-wlm`, `munge`), and to be root; where something of that is
//! missing it says so and does nothing.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(120);

/// The task that is killed.
const VICTIM: usize = 3;

fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]);
    folders
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}

/// Ends with the test, however that ends.
struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

struct Cluster {
    folder: PathBuf,
    _daemons: Vec<Daemon>,
}

impl Cluster {
    /// `None` where a program or the right to start it is missing.
    fn start(folder: &Path) -> Option<Cluster> {
        let programs = ["munged", "slurmctld", "slurmd", "sbatch", "scontrol"];
        let missing: Vec<&str> = programs
            .into_iter()
            .filter(|one| find(one).is_none())
            .collect();
        // SAFETY: it takes nothing and only tells who runs this.
        let is_root = unsafe { libc::geteuid() } == 0;
        if !missing.is_empty() || !is_root {
            println!("skipped: needs root and {}", programs.join(", "));
            return None;
        }
        for name in ["state", "spool"] {
            fs::create_dir(folder.join(name)).expect("a folder");
        }
        let key: Vec<u8> = (0..1024u32)
            .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        fs::write(folder.join("munge.key"), key).expect("a file");
        let owner_only = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        fs::set_permissions(folder.join("munge.key"), owner_only).expect("a key of its own");
        let [controller, node] = free_ports();
        let at = folder.display();
        let configuration = format!(
            "ClusterName=lamascope\nSlurmctldHost=localhost(127.0.0.1)\nSlurmUser=root\n\
             SlurmctldPort={controller}\nSlurmdPort={node}\nAuthType=auth/munge\nCredType=cred/munge\n\
             AuthInfo=socket={at}/munge.socket\nStateSaveLocation={at}/state\nSlurmdSpoolDir={at}/spool\n\
             SlurmctldPidFile={at}/slurmctld.pid\nSlurmdPidFile={at}/slurmd.pid\n\
             ProctrackType=proctrack/linuxproc\nTaskPlugin=task/none\nSelectType=select/cons_tres\n\
             SelectTypeParameters=CR_CPU\nReturnToService=2\n\
             SchedulerParameters=sched_interval=1,batch_sched_delay=0\n\
             NodeName=localhost NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN\n\
             PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP\n"
        );
        fs::write(folder.join("slurm.conf"), configuration).expect("a file");
        let file = |name: &str| folder.join(name).display().to_string();
        let munged = [
            "-F".to_owned(),
            "--force".to_owned(),
            format!("--key-file={}", file("munge.key")),
            format!("--socket={}", file("munge.socket")),
            format!("--pid-file={}", file("munge.pid")),
            format!("--log-file={}", file("munge.log")),
            format!("--seed-file={}", file("munge.seed")),
        ];
        let mut cluster = Cluster {
            folder: folder.to_owned(),
            _daemons: Vec::new(),
        };
        cluster.daemon("munged", &munged);
        wait_for("munged", || folder.join("munge.socket").exists());
        cluster.daemon("slurmctld", &["-D".into(), "-f".into(), file("slurm.conf")]);
        cluster.daemon(
            "slurmd",
            &[
                "-D".into(),
                "-N".into(),
                "localhost".into(),
                "-f".into(),
                file("slurm.conf"),
            ],
        );
        wait_for("an idle node", || {
            let said = cluster.ask("sinfo", &["-h", "-o", "%T"]);
            String::from_utf8_lossy(&said.stdout).trim() == "idle"
        });
        Some(cluster)
    }

    fn daemon(&mut self, program: &str, args: &[String]) {
        let log = fs::File::create(self.folder.join(format!("{program}.out"))).expect("a file");
        let child = Command::new(find(program).expect("it was found"))
            .args(args)
            .stdout(log.try_clone().expect("a second handle"))
            .stderr(log)
            .spawn();
        self._daemons.push(Daemon(child.expect("it starts")));
    }

    fn ask(&self, program: &str, args: &[&str]) -> Output {
        Command::new(find(program).unwrap_or_else(|| program.into()))
            .args(args)
            .env("SLURM_CONF", self.folder.join("slurm.conf"))
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .output()
            .expect("it runs")
    }
}

fn free_ports() -> [u16; 2] {
    let listeners = [(); 2].map(|()| std::net::TcpListener::bind("127.0.0.1:0").expect("a port"));
    listeners
        .each_ref()
        .map(|one| one.local_addr().expect("an address").port())
}

fn wait_for(what: &str, mut is_there: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_there() {
        assert!(began.elapsed() < PATIENCE, "{what} does not come");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// `lamascope` on the embedded sample and model, cut off from the user's home.
fn command(home: &Path, args: &str) -> String {
    let program = env!("CARGO_BIN_EXE_lamascope");
    let home = home.display();
    format!(
        "env HOME={home} HF_HUB_OFFLINE=1 {program} run --relation P36,P17 --num-auto 1 --device cpu --quiet {args}"
    )
}

#[test]
fn an_array_whose_task_was_killed_is_the_run_of_one_process() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = folder.path();
    let Some(cluster) = Cluster::start(home) else {
        return;
    };
    // As in the README, but that the victim's first try is killed while its journal grows.
    let run = command(
        home,
        "--batch 1 --shard auto --resume --out R.$SLURM_ARRAY_TASK_ID.feather",
    );
    let script = format!(
        "#!/bin/sh\n\
         if [ \"$SLURM_ARRAY_TASK_ID\" = {VICTIM} ] && [ -z \"$SLURM_RESTART_COUNT\" ]; then\n\
           {run} &\n\
           while ! grep -q -a '\"rows\"' R.{VICTIM}.feather.partial 2>/dev/null; do\n\
             kill -0 $! 2>/dev/null || break\n\
           done\n\
           kill -9 $!\n\
           cp R.{VICTIM}.feather.partial killed\n\
           scontrol requeue ${{SLURM_ARRAY_JOB_ID}}_{VICTIM}\n\
           sleep 60\n\
         fi\n\
         exec {run}\n"
    );
    fs::write(home.join("job.sh"), script).expect("a file");
    let submitted = cluster.ask("sbatch", &["--parsable", "--array=1-8", "job.sh"]);
    let job = String::from_utf8_lossy(&submitted.stdout).trim().to_owned();
    assert!(submitted.status.success(), "{submitted:?}");
    let victim = format!("JobId={job}_{VICTIM}");
    wait_for("the end of all tasks", || {
        // A requeued job waits for two minutes by itself.
        cluster.ask("scontrol", &["update", &victim, "StartTime=now"]);
        let left = cluster.ask("squeue", &["-h", "-j", &job]);
        left.stdout.is_empty()
    });
    assert!(
        home.join("killed").is_file(),
        "the victim was over before it could be killed"
    );

    let shell = |line: &str| {
        let output = Command::new("sh")
            .args(["-c", line])
            .current_dir(home)
            .output();
        let output = output.expect("a shell");
        assert!(
            output.status.success(),
            "{line}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    };
    let program = env!("CARGO_BIN_EXE_lamascope");
    shell(&format!("{program} merge R.*.feather --out merged.feather"));
    shell(&command(home, "--batch 1 --out whole.feather"));
    let read = |name: &str| fs::read(home.join(name)).expect("a file");
    assert!(read("merged.feather") == read("whole.feather"));
}
