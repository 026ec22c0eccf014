"""A hyper-representation of the tetris zoo in torch, written from the paper and independent of lib: the transformer
autoencoder with one token a neuron and a compression token, trained on two views of each weight vector.

  torch_hyper.py FOLDER

FOLDER holds train.f32 and test.f32 (rows of 100 weights: fc1 [5, 16], fc2 [4, 5]; test rows already permuted) and
config.json: loss (ED or EcD), permutation, erasing, width, hidden, blocks, latent, beta, temperature, steps, batch,
learningRate, warmup (share of the steps), seed. Prints {"r2": ..., "seconds": ...} of the test rows as JSON.
"""
import json, math, os, sys, time

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

torch.set_num_threads(1)
folder = sys.argv[1]
with open(os.path.join(folder, "config.json")) as file:
    config = json.load(file)
inputs, units, outputs = 16, 5, 4
parameters = units * inputs + outputs * units
torch.manual_seed(config["seed"])


def rows(name):
    return torch.from_numpy(np.fromfile(os.path.join(folder, name), "<f4").reshape(-1, parameters))


class Block(nn.Module):
    """Pre-norm, one head."""

    def __init__(self, d, hidden):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.qkv, self.out = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.first, self.second = nn.Linear(d, hidden), nn.Linear(hidden, d)

    def forward(self, x):
        q, k, v = self.qkv(self.norm1(x)).chunk(3, -1)
        weights = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1]), -1)
        x = x + self.out(weights @ v)
        return x + self.second(F.gelu(self.first(self.norm2(x))))


class Coder(nn.Module):
    def __init__(self, d, hidden, blocks, latent):
        super().__init__()
        tokens = units + outputs
        position = lambda n: nn.Parameter(0.02 * torch.randn(n, d))
        self.embed = nn.ModuleList([nn.Linear(inputs, d), nn.Linear(units, d)])
        self.restore = nn.ModuleList([nn.Linear(d, inputs), nn.Linear(d, units)])
        self.start, self.positions, self.wanted = position(1), position(tokens), position(tokens)
        self.encoder = nn.Sequential(*[Block(d, hidden) for _ in range(blocks)])
        self.decoder = nn.Sequential(*[Block(d, hidden) for _ in range(blocks)])
        self.compress, self.expand = nn.Linear(d, latent), nn.Linear(latent, d)
        self.project = nn.Sequential(nn.Linear(latent, latent), nn.ReLU(), nn.Linear(latent, latent))

    def encode(self, w):
        first = self.embed[0](w[:, : units * inputs].reshape(-1, units, inputs))
        second = self.embed[1](w[:, units * inputs :].reshape(-1, outputs, units))
        tokens = torch.cat([first, second], 1) + self.positions
        start = self.start.expand(len(w), 1, -1)
        return torch.tanh(self.compress(self.encoder(torch.cat([start, tokens], 1))[:, 0]))

    def decode(self, z):
        y = self.decoder(self.expand(z)[:, None] + self.wanted)
        first, second = self.restore[0](y[:, :units]), self.restore[1](y[:, units:])
        return torch.cat([first.flatten(1), second.flatten(1)], 1)


def permuted(w):
    """Every row with its hidden neurons in an order of its own."""
    order = torch.rand(len(w), units).argsort(1)
    first = w[:, : units * inputs].reshape(-1, units, inputs)
    second = w[:, units * inputs :].reshape(-1, outputs, units)
    first = first.gather(1, order[:, :, None].expand(-1, -1, inputs))
    second = second.gather(2, order[:, None].expand(-1, outputs, -1))
    return torch.cat([first.flatten(1), second.flatten(1)], 1)


def erased(w):
    """Half of the rows with a block of 3 to 30 percent of their weights set to zero."""
    length = ((0.03 + 0.27 * torch.rand(len(w), 1)) * parameters).round().clamp(min=1)
    start = (torch.rand(len(w), 1) * (parameters - length + 1)).floor()
    place = torch.arange(parameters)
    hole = (place >= start) & (place < start + length) & (torch.rand(len(w), 1) < 0.5)
    return w.masked_fill(hole, 0)


def nt_xent(first, second, temperature):
    n = len(first)
    z = F.normalize(torch.cat([first, second]), dim=1)
    similarity = (z @ z.t() / temperature).fill_diagonal_(-math.inf)
    return F.cross_entropy(similarity, torch.arange(2 * n).roll(n))


def rate(step):
    warm = round(config["warmup"] * config["steps"])
    if step < warm:
        return (step + 1) / warm
    return (1 + math.cos(math.pi * (step - warm) / (config["steps"] - warm))) / 2


train = rows("train.f32")
coder = Coder(config["width"], config["hidden"], config["blocks"], config["latent"])
adam = torch.optim.Adam(coder.parameters(), lr=config["learningRate"], weight_decay=1e-9)
schedule = torch.optim.lr_scheduler.LambdaLR(adam, rate)
batch, order = config["batch"], torch.empty(0, dtype=torch.long)
started = time.time()
for step in range(config["steps"]):
    if len(order) < batch:
        order = torch.randperm(len(train))
    chosen, order = train[order[:batch]], order[batch:]
    clean = torch.cat([chosen, chosen])
    if config["permutation"]:
        clean = permuted(clean)
    z = coder.encode(erased(clean) if config["erasing"] else clean)
    loss = F.mse_loss(coder.decode(z), clean)
    if config["loss"] == "EcD":
        views = coder.project(z)
        contrast = nt_xent(views[:batch], views[batch:], config["temperature"])
        loss = config["beta"] * loss + (1 - config["beta"]) * contrast
    adam.zero_grad(set_to_none=True)
    loss.backward()
    adam.step()
    schedule.step()
seconds = time.time() - started
with torch.no_grad():
    test = rows("test.f32")
    found = torch.cat([coder.decode(coder.encode(part)) for part in test.split(2000)])
    r2 = 1 - ((test - found) ** 2).sum() / ((test - test.mean(0)) ** 2).sum()
print(json.dumps({"r2": float(r2), "seconds": seconds}))
