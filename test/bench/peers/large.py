"""What the scripts that take PATH THREADS share: threads, data, and one line with seconds, peak memory and values."""
import json, os, resource, sys, time

path, threads = sys.argv[1:3]
for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = threads
import numpy as np


def read(dtype):
    """The matrix of the .npy file."""
    return np.ascontiguousarray(np.load(path), dtype)


def held_mib():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 2 ** 20


def measure(work, before=0.):
    """Runs work once; its values, and its seconds plus those that `before` took. Peak memory is above what was held."""
    held, started = held_mib(), time.perf_counter()
    values = work()
    seconds = time.perf_counter() - started + before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - held
    return {"seconds": seconds, "peakMiB": peak, "values": np.atleast_1d(values).tolist()}


def emit(record):
    print(json.dumps(record), flush=True)
    os._exit(0)
