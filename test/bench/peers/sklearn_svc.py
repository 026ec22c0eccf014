"""Cross-validation of StandardScaler and LinearSVC on the float32 rows of a .npy file, in given folds; seconds for all
folds on one thread, and the share of right predictions.

  sklearn_svc.py POINTS LABELS_AND_FOLDS C
"""
import os, sys, warnings
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
warnings.filterwarnings("ignore")
import numpy as np
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from common import bench, scaled, emit

x = np.load(sys.argv[1])
labels, folds = np.load(sys.argv[2]).T.astype(int)
hits = 0


def run():
    global hits
    hits = 0
    for fold in np.unique(folds):
        train = folds != fold
        model = make_pipeline(StandardScaler(), LinearSVC(C=float(sys.argv[3]), random_state=0))
        model.fit(x[train], labels[train])
        hits += (model.predict(x[~train]) == labels[~train]).sum()


s = scaled(bench(run, 1, warmup=0), 1)
emit({"script": "sklearn_svc", "rows": x.shape[0], "cols": x.shape[1], "s": s, "accuracy": float(hits / len(labels))})
