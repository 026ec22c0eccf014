#!/usr/bin/env bash
# A real Slurm of one node on this machine, for tests: munged, slurmctld and slurmd, all files in one folder, on ports
# and a socket of its own, so that neither /etc/slurm nor a Slurm that runs here is touched. Needs root.
#
#   one-node.sh install        installs munge, slurmctld, slurmd and the commands (Debian, Ubuntu)
#   one-node.sh start DIR      starts it and prints how to use it: export SLURM_CONF=DIR/slurm.conf
#   one-node.sh slurmd DIR     starts only slurmd again, e.g. after it was killed
#   one-node.sh stop DIR       cancels all jobs and ends the three daemons
set -euo pipefail

word=${1:-}
dir=${2:-}
host=$(hostname -s)

need_root() {
  [ "$(id -u)" -eq 0 ] || { echo "one-node: Slurm's daemons want root; run it as root" >&2; exit 1; }
}

install() {
  need_root
  command -v apt-get >/dev/null || { echo "one-node: no apt-get; install Slurm as your system does" >&2; exit 1; }
  if command -v munged && command -v slurmctld && command -v slurmd && command -v sbatch; then return 0; fi >/dev/null
  # Debian would start the services with a configuration that is not there.
  export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends munge slurmctld slurmd slurm-client >/dev/null
}

configuration() {
  local memory
  memory=$(awk '/MemTotal/ { print int($2 / 1024) }' /proc/meminfo)
  cat <<CONF
ClusterName=weightbook-test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=${SLURM_TEST_PORT:-16817}
SlurmdPort=$((${SLURM_TEST_PORT:-16817} + 1))
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$dir/munge/socket
CryptoType=crypto/munge
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
ReturnToService=2
# Tests wait for nothing: faults are noticed and answered within seconds.
SlurmctldTimeout=10
SlurmdTimeout=10
KillWait=2
OverTimeLimit=0
SchedulerParameters=sched_interval=2,batch_sched_delay=0,bf_interval=2,requeue_delay=1
MinJobAge=600
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd.pid
SlurmctldLogFile=$dir/slurmctld.log
SlurmdLogFile=$dir/slurmd.log
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) RealMemory=$memory State=UNKNOWN
PartitionName=main Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF
}

# munged trusts only files and folders of its own user that nobody else may write.
start_munge() {
  mkdir -p "$dir/munge"
  dd if=/dev/urandom of="$dir/munge/key" bs=1024 count=1 status=none
  chmod 600 "$dir/munge/key"
  chown -R munge: "$dir/munge"
  chmod 711 "$dir/munge"
  runuser -u munge -- munged --force --key-file "$dir/munge/key" --socket "$dir/munge/socket" \
    --pid-file "$dir/munge/pid" --log-file "$dir/munge/log" --seed-file "$dir/munge/seed" 2>/dev/null
}

start_slurmd() {
  SLURM_CONF="$dir/slurm.conf" slurmd -N "$host"
}

wait_until_idle() {
  local try
  for try in $(seq 60); do
    if SLURM_CONF="$dir/slurm.conf" sinfo -h -o %T 2>/dev/null | grep -Eq 'idle|mixed|allocated'; then return 0; fi
    sleep 0.5
  done
  echo "one-node: the node did not come up; see $dir/slurmctld.log and $dir/slurmd.log" >&2
  return 1
}

start() {
  need_root
  mkdir -p "$dir/state" "$dir/spool"
  chmod 755 "$dir"
  configuration >"$dir/slurm.conf"
  start_munge
  SLURM_CONF="$dir/slurm.conf" slurmctld
  start_slurmd
  wait_until_idle
  echo "export SLURM_CONF=$dir/slurm.conf"
}

end_by() {
  local pid
  [ -f "$1" ] || return 0
  pid=$(cat "$1")
  kill "$pid" 2>/dev/null || return 0
  for _ in $(seq 40); do
    kill -0 "$pid" 2>/dev/null || return 0
    sleep 0.25
  done
  kill -9 "$pid" 2>/dev/null || true
}

stop() {
  need_root
  SLURM_CONF="$dir/slurm.conf" timeout 10 scancel --user=root --quiet 2>/dev/null || true
  sleep 1
  end_by "$dir/slurmd.pid"
  end_by "$dir/slurmctld.pid"
  end_by "$dir/munge/pid"
}

case "$word" in install) ;; start | slurmd | stop) : "${dir:?one-node: name a folder}" ;; esac
[ -z "$dir" ] || dir=$(realpath -m "$dir")
case "$word" in
  install) install ;;
  start) start ;;
  slurmd) need_root; start_slurmd; wait_until_idle ;;
  stop) stop ;;
  *) sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
