"""umap-learn in a fresh process: its import and one embedding, which compiles what it needs (3 neighbours, least distance
.3, two dimensions, seeded).

  umap_learn.py PATH THREADS
"""
import time
from large import emit, measure, read
import warnings

warnings.filterwarnings("ignore")
started = time.perf_counter()
import umap
imported = time.perf_counter() - started

x = read("float32")


def fit():
    umap.UMAP(n_neighbors=3, min_dist=.3, random_state=0).fit_transform(x)
    return []


emit(measure(fit, imported))
