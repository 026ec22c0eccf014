#!/usr/bin/env python3
# /// script
# requires-python = ">=3.11,<3.12"
# dependencies = ["torch==1.13.1", "numpy==1.24.2"]
# ///
"""Converts zoos of torch checkpoints to weights.safetensors and facts.csv, which `weightbook zoo import safetensors` reads.

    python3 convert-pt.py SOURCE TARGET [--epochs 1,5,25]
    weightbook zoo import safetensors TARGET --folder ZOO

SOURCE is one of
  - a .pt file of the St. Gallen group's model zoos (torch.save of a dictionary with trainset, valset and testset; each
    a dataset object with data_in, paths, epochs and properties, or a dictionary with weights and properties);
  - a folder of trials as ray tune leaves them: TRIAL/checkpoint_000NNN/checkpoints (a state_dict) and TRIAL/result.json
    with one JSON value a line, whose training_iteration is the epoch.

TARGET is a new folder: weights.safetensors has the tensor `weights` float32 [checkpoints, parameters], with the layout
of a row in its metadata where the checkpoints are state_dicts (layer by layer: kernel, bias; batch norm as gamma, beta,
mean, variance; counters left out); facts.csv has a line a checkpoint.

Pickle is code. Files are loaded with weights_only first. Where that refuses (the zoo files hold objects of classes that
are not installed here) a warning is printed and they are read by convert_pt_loader.py, which runs no code of theirs.

Needs Python 3.11 and torch 1.13 or later (tested with the versions above), nothing else.
"""

import argparse
import csv
import json
import math
import os
import pathlib
import re
import shutil
import struct
import sys

import numpy as np
import torch

from convert_pt_loader import Refused, load

SPLITS = {"trainset": "train", "valset": "validation", "testset": "test"}

# Their names of facts and settings, and those of a zoo's columns.
NAMES = {
    "train_acc": "train_accuracy",
    "test_acc": "test_accuracy",
    "ggap": "generalization_gap",
    "model::nlin": "activation",
    "model::init_type": "init",
    "model::dropout": "dropout",
    "optim::optimizer": "optimizer",
    "optim::lr": "learning_rate",
    "optim::wd": "weight_decay",
    "optim::momentum": "momentum",
    "training::batchsize": "batch_size",
}

# Ray tune's own bookkeeping, of no interest for a network.
BOOKKEEPING = re.compile(r"^(time|timesteps|episodes|pid$|hostname$|node_ip$|trial_id|experiment|date$|done$|iterations_)")


def field(holder, name):
    """A dictionary's entry or an object's field; None where there is none."""
    return holder.get(name) if isinstance(holder, dict) else getattr(holder, name, None)


# Weights ---------------------------------------------------------------------------------------------------------


def layout_of(state):
    """Layout [{layer, name, shape, offset}] of a state_dict's real tensors, and their names in that order."""
    layers = {}
    for name, tensor in state.items():
        if not torch.is_tensor(tensor) or not tensor.is_floating_point():
            continue
        prefix, _, last = name.rpartition(".")
        layers.setdefault(prefix, {})[last] = (name, list(tensor.shape))
    stated = [re.fullmatch(r"(.*\.)?(\d+)", prefix) for prefix in layers]
    numbers = [int(match[2]) if match else None for match in stated]
    starts = {match[1] if match else None for match in stated}
    if None in numbers or len(starts) > 1 or len(set(numbers)) < len(numbers):
        numbers = list(range(len(layers)))
    layout, names, offset = [], [], 0
    for number, parts in sorted(zip(numbers, layers.values()), key=lambda entry: entry[0]):
        plain = {"weight": "kernel", "bias": "bias"}
        norm = {"weight": "gamma", "bias": "beta", "running_mean": "mean", "running_var": "variance"}
        kinds = norm if "running_mean" in parts else plain
        for last in sorted(parts, key=lambda part: list(norm).index(part) if part in norm else 9):
            name, shape = parts[last]
            layout.append({"layer": number, "name": kinds.get(last, "kernel"), "shape": shape, "offset": offset})
            names.append(name)
            offset += math.prod(shape)
    return layout, names


class Flattener:
    """Turns checkpoints into rows, all as the first one is made."""

    def __init__(self, first):
        self.layout, self.names = layout_of(first) if isinstance(first, dict) else (None, None)
        self.parameters = self(first, "the first checkpoint").size

    def __call__(self, checkpoint, where):
        if self.names is None:
            row = torch.as_tensor(checkpoint).reshape(-1)
        else:
            missing = [name for name in self.names if name not in checkpoint]
            if missing:
                raise Refused(f"{where} lacks {', '.join(missing)}, which the first checkpoint has")
            row = torch.cat([checkpoint[name].reshape(-1).float() for name in self.names])
        if getattr(self, "parameters", row.numel()) != row.numel():
            raise Refused(f"{where} has {row.numel()} weights and the first checkpoint {self.parameters}")
        return row.detach().to(torch.float32).numpy()


def write_safetensors(path, rows, parameters, layout, vectors):
    """One tensor `weights` [rows, parameters], row by row; the header is padded so that the data are aligned."""
    metadata = {"layout": json.dumps(layout)} if layout else {}
    tensor = {"dtype": "F32", "shape": [rows, parameters], "data_offsets": [0, 4 * rows * parameters]}
    header = json.dumps({"__metadata__": metadata, "weights": tensor}).encode()
    header += b" " * (-len(header) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(header)) + header)
        for vector in vectors:
            file.write(np.ascontiguousarray(vector, "<f4").tobytes())


# Sources ---------------------------------------------------------------------------------------------------------


def read_zoo_file(path, epochs):
    """Facts and loaders of the checkpoints of a .pt file."""
    zoo = load(path)
    found = {name: field(zoo, name) for name in SPLITS if field(zoo, name) is not None}
    if not found:
        raise Refused(f"{path} has no {', '.join(SPLITS)}; it must be a dictionary of datasets")
    for name, dataset in found.items():
        for key in ("data_in", "weights", "weights_in", "data_out"):
            data = field(dataset, key)
            if data is not None:
                break
        else:
            raise Refused(f"{path}: {name} has no data_in or weights")
        paths, steps = field(dataset, "paths"), field(dataset, "epochs")
        properties = field(dataset, "properties") or {}
        columns = {"model": paths, "epoch": steps, **properties}
        for key, values in columns.items():
            if values is not None and len(values) != len(data):
                raise Refused(f"{path}: {name} has {len(data)} checkpoints but {len(values)} of {key}")
        for index in range(len(data)):
            facts = {NAMES.get(key, key): values[index] for key, values in columns.items() if values is not None}
            facts = {**facts, "model": str(facts.get("model", f"{name}-{index}")), "split": SPLITS[name]}
            facts["epoch"] = int(facts.get("epoch", facts.pop("training_iteration", 0)))
            if epochs is None or facts["epoch"] in epochs:
                yield facts, lambda data=data, index=index: data[index], f"{path}, {name}[{index}]"


def read_trials(folder, epochs):
    """Facts and loaders of the checkpoints of ray tune's trials, by trial, then epoch."""
    for trial in sorted(path for path in folder.iterdir() if path.is_dir()):
        found = {}
        for place in trial.glob("checkpoint_*"):
            number = place.name.rpartition("_")[2]
            if number.isdigit() and (place / "checkpoints").is_file():
                found[int(number)] = place / "checkpoints"
        results = read_results(trial / "result.json") if found else {}
        for epoch in sorted(found):
            if epochs is None or epoch in epochs:
                path = found[epoch]
                facts = {"model": trial.name, "epoch": epoch, **results.get(epoch, {})}
                yield facts, lambda path=path: load(path), str(path)


def read_results(path):
    """Facts by epoch from result.json. A line that a killed run left unfinished at the end is skipped."""
    results = {}
    if not path.is_file():
        return results
    lines = path.read_text().splitlines()
    for number, line in enumerate(lines, 1):
        try:
            value = json.loads(line)
        except json.JSONDecodeError as cause:
            if number == len(lines):
                continue
            raise Refused(f"{path}, line {number}: it is not JSON") from cause
        flat = {**value.get("config", {}), **value}
        facts = {NAMES.get(key, key): entry for key, entry in flat.items() if is_fact(key, entry)}
        epoch = facts.pop("training_iteration", None)
        if epoch is not None:
            results[int(epoch)] = facts
    return results


def is_fact(key, entry):
    return not BOOKKEEPING.match(key) and (entry is None or isinstance(entry, (int, float, str)))


# Conversion ------------------------------------------------------------------------------------------------------


def plain(value):
    """A value as facts.csv has it: blank for NaN and for what is no number or text."""
    if isinstance(value, np.generic) or (torch.is_tensor(value) and value.numel() == 1):
        value = value.item()
    if not isinstance(value, (int, float, str)) or value != value:
        return ""
    return value


def convert(source, target, epochs):
    """Writes TARGET; returns the numbers of checkpoints and weights."""
    if target.exists():
        raise Refused(f"{target} is there already; choose another folder, or remove it")
    if not source.exists():
        raise Refused(f"there is no {source}")
    entries = list(read_trials(source, epochs) if source.is_dir() else read_zoo_file(source, epochs))
    if not entries:
        raise Refused(f"{source} holds no checkpoints of the epochs asked for")
    flatten = Flattener(entries[0][1]())
    columns = list(dict.fromkeys(key for facts, _, _ in entries for key in facts))
    temporary = target.with_name(f"{target.name}.{os.getpid()}.tmp")
    temporary.mkdir(parents=True)
    try:
        vectors = (flatten(open_checkpoint(), where) for _, open_checkpoint, where in entries)
        path = temporary / "weights.safetensors"
        write_safetensors(path, len(entries), flatten.parameters, flatten.layout, vectors)
        with open(temporary / "facts.csv", "w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows([plain(facts.get(key)) for key in columns] for facts, _, _ in entries)
        temporary.rename(target)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    return len(entries), flatten.parameters


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("source", type=pathlib.Path, help="a .pt file, or a folder of ray tune's trials")
    parser.add_argument("target", type=pathlib.Path, help="the folder to make")
    parser.add_argument("--epochs", help="only these epochs, e.g. 1,5,25")
    arguments = parser.parse_args()
    epochs = None if arguments.epochs is None else {int(epoch) for epoch in arguments.epochs.split(",")}
    try:
        rows, parameters = convert(arguments.source, arguments.target, epochs)
    except Refused as refusal:
        sys.exit(f"convert-pt: {refusal}")
    print(f"{rows} checkpoints of {parameters} weights in {arguments.target}")


if __name__ == "__main__":
    main()
