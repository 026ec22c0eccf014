"""scikit-learn's randomized TruncatedSVD of 50 components; the singular values. --exact adds those of the float64 Gram
matrix, which are right to 1e-12.

  sklearn_svd.py PATH THREADS [--exact]
"""
import sys
from large import emit, measure, np, read
from sklearn.decomposition import TruncatedSVD

x = read("float64")
count = min(50, *x.shape)


def fit():
    svd = TruncatedSVD(n_components=count, algorithm="randomized", random_state=0)
    svd.fit_transform(x)
    return svd.singular_values_


record = measure(fit)
if "--exact" in sys.argv:
    gram = x.T @ x if x.shape[0] >= x.shape[1] else x @ x.T
    record["exact"] = np.sqrt(np.linalg.eigvalsh(gram)[::-1][:count]).tolist()
emit(record)
