"""Single linkage by scipy on scikit-learn's euclidean_distances, which multiply with BLAS (pdist would take ten times as
long); the last height.

  scipy_linkage.py PATH THREADS
"""
from large import emit, measure, read
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import squareform
from sklearn.metrics.pairwise import euclidean_distances

x = read("float64")
emit(measure(lambda: linkage(squareform(euclidean_distances(x), checks=False), method="single")[-1, 2]))
