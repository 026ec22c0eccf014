"""A square float32 product in torch on one thread; milliseconds."""
import os, sys
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
import torch
from common import bench, scaled, emit

torch.set_num_threads(1)
n = int(sys.argv[1])
a, b = torch.rand(n, n), torch.rand(n, n)
emit({"script": "torch_matmul", "n": n, "ms": scaled(bench(lambda: a @ b, 9), 1e3)})
