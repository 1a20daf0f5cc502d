"""A Slurm of one node on this machine, for the tests: Debian's slurm-wlm and munge, as root.

    python tests/slurm/cluster.py start FOLDER    starts munged, slurmctld and slurmd
    python tests/slurm/cluster.py stop FOLDER     stops them and removes what they wrote

It installs nothing: `apt-get install -y slurm-wlm munge` does. State and logs lie in FOLDER; only
`slurm.conf` and `gres.conf` stand at their default place, /etc/slurm, since jobs do not inherit
SLURM_CONF. A configuration that is already there is never replaced.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

CONFIGURATION = Path("/etc/slurm/slurm.conf")
GPUS = CONFIGURATION.with_name("gres.conf")
PARTITION = "debug"
_MARK = "# written by tests/slurm/cluster.py"
_PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch")
_TEXT = """{mark}
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort=16817
SlurmdPort=16818
AuthType=auth/munge
# A requeued job waits until its credential has expired: 120 s by default.
AuthInfo=socket={folder}/munge.socket,cred_expire=10
CryptoType=crypto/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
SchedulerParameters=sched_interval=2,batch_sched_delay=0
MinJobAge=600
KillWait=30
OverTimeLimit=0
MpiDefault=none
ReturnToService=2
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory} Gres=gpu:1 State=UNKNOWN
PartitionName={partition} Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def missing() -> str | None:
    """Return why a cluster cannot be started here; None if it can."""
    if os.geteuid() != 0:
        return "only root can start Slurm's daemons"
    absent = [program for program in _PROGRAMS if shutil.which(program) is None]
    if absent:
        return f"{', '.join(absent)} not found: apt-get install -y slurm-wlm munge"
    for file in (CONFIGURATION, GPUS):
        if file.exists() and _MARK not in file.read_text():
            return f"{file} is there and not of these tests: it stays as it is"
    return None


def start(folder: Path) -> None:
    """Start the daemons and wait until the node takes jobs."""
    reason = missing()
    if reason:
        raise SystemExit(reason)
    for name in ("state", "spool"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    _start_munge(folder)
    CONFIGURATION.parent.mkdir(exist_ok=True)
    CONFIGURATION.write_text(_configuration(folder))
    # A GPU in name only: Slurm hands it out, and nothing computes on it.
    GPUS.write_text(f"{_MARK}\nName=gpu File=/dev/null\n")
    subprocess.run(["slurmctld"], check=True)
    subprocess.run(["slurmd"], check=True)
    _wait_for_node(folder)


def stop(folder: Path) -> None:
    """Cancel all jobs, stop the daemons of `start` and remove the configuration."""
    subprocess.run(["scancel", "--partition", PARTITION], check=False)
    time.sleep(1)
    for name in ("slurmctld", "slurmd", "munged"):
        _end(folder / f"{name}.pid")
    for file in (CONFIGURATION, GPUS):
        if file.exists() and _MARK in file.read_text():
            file.unlink()
    shutil.rmtree(folder, ignore_errors=True)


def _start_munge(folder: Path) -> None:
    """Start munged with a key and a socket of its own; the system's is left alone."""
    key = folder / "munge.key"
    key.write_bytes(os.urandom(128))
    key.chmod(0o400)
    folder.chmod(0o755)
    options = {
        "key-file": key,
        "socket": folder / "munge.socket",
        "pid-file": folder / "munged.pid",
        "log-file": folder / "munged.log",
        "seed-file": folder / "munged.seed",
    }
    subprocess.run(["munged", "--force", *(f"--{k}={v}" for k, v in options.items())], check=True)


def _configuration(folder: Path) -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return _TEXT.format(
        mark=_MARK,
        host=socket.gethostname().split(".")[0],
        folder=folder,
        cpus=os.cpu_count(),
        memory=int(memory * 0.95),
        partition=PARTITION,
    )


def _wait_for_node(folder: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        command = ["sinfo", "--noheader", "--format=%T"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.stdout.strip() in ("idle", "mixed", "allocated"):
            return
        time.sleep(0.5)
    raise SystemExit(f"the node did not come up in 60 s; the logs are in {folder}")


def _end(pid_file: Path) -> None:
    try:
        pid = int(pid_file.read_text())
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            os.kill(pid, 0)
            time.sleep(0.1)
        os.kill(pid, signal.SIGKILL)
    except (FileNotFoundError, ValueError, ProcessLookupError):
        return


if __name__ == "__main__":
    {"start": start, "stop": stop}[sys.argv[1]](Path(sys.argv[2]).resolve())
