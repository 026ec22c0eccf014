"""scipy.stats.kendalltau on correlated normals, and on the same rounded to 0.1 (many ties); milliseconds."""
import os, sys
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
import numpy as np
import scipy
from scipy.stats import kendalltau
from common import bench, scaled, emit

n = int(sys.argv[1])
rng = np.random.default_rng(0)
x = rng.normal(size=n)
y = 0.6 * x + rng.normal(size=n)
xt, yt = np.round(x, 1), np.round(y, 1)
emit({"script": "scipy_kendall", "n": n,
      "ms": scaled(bench(lambda: kendalltau(x, y), 5), 1e3),
      "ms_ties": scaled(bench(lambda: kendalltau(xt, yt), 5), 1e3)})
