"""HistGradientBoostingRegressor on layer-statistics-like features; seconds for one fit on one thread.

  sklearn_trees.py ROWS COLS ITERATIONS
"""
import os, sys
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor
from common import bench, scaled, emit

rows, cols, iterations = (int(word) for word in sys.argv[1:4])
rng = np.random.default_rng(0)
x = rng.normal(size=(rows, cols)).astype(np.float32)
y = x[:, 0] * x[:, 1] + np.sin(2 * x[:, 2]) + np.abs(x[:, 3]) + .3 * rng.normal(size=rows)


def fit():
    HistGradientBoostingRegressor(learning_rate=.1, max_iter=iterations, max_leaf_nodes=31, min_samples_leaf=20,
                                  early_stopping=False, validation_fraction=None).fit(x, y)


emit({"script": "sklearn_trees", "rows": rows, "cols": cols, "iterations": iterations,
      "s": scaled(bench(fit, 1, warmup=0), 1)})
