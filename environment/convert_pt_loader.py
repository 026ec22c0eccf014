"""Reads what torch.save wrote, and runs no code of it: the loader of convert-pt.py.

It knows tensors, dictionaries, lists, paths and numpy numbers; an object of any other class becomes a bag of its fields.
"""

import io
import pathlib
import pickle
import sys
import zipfile

import torch


class Refused(Exception):
    """Something is not as it must be; the text says what, and the way out."""


class Fields:
    """Stands for an object of a class that is not known: it keeps the fields and does nothing."""

    def __init__(self, *_args, **_kwargs):
        pass

    def __setstate__(self, state):
        self.__dict__.update(state if isinstance(state, dict) else {"state": state})

    def __call__(self, *_args, **_kwargs):
        return Fields()


# What pickles may name and get as it is; everything else but tensors and paths becomes Fields.
SAFE = {
    ("collections", "OrderedDict"),
    ("collections", "defaultdict"),
    ("builtins", "list"),
    ("builtins", "dict"),
    ("builtins", "set"),
    ("builtins", "int"),
    ("builtins", "float"),
    ("numpy", "dtype"),
    ("numpy", "ndarray"),
    ("numpy.core.multiarray", "scalar"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "scalar"),
    ("numpy._core.multiarray", "_reconstruct"),
}
PATHS = {"PosixPath", "WindowsPath", "Path", "PurePosixPath", "PureWindowsPath"}
STORAGES = {
    "DoubleStorage": torch.float64,
    "FloatStorage": torch.float32,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
}


def rebuild_tensor(values, offset, size, stride, *_):
    return torch.as_strided(values, size, stride, offset)


class CarefulUnpickler(pickle.Unpickler):
    """Unpickles what torch.save wrote, and runs no code of it: tensors and containers are made here.

    Not through torch.load's pickle_module: torch 1.13.0 ignores it.
    """

    def __init__(self, archive):
        self.archive = archive
        (self.main,) = (name for name in archive.namelist() if name.endswith("/data.pkl"))
        self.unknown = set()
        super().__init__(io.BytesIO(archive.read(self.main)), encoding="utf-8")

    def find_class(self, module, name):
        if module == "pathlib" and name in PATHS:
            return pathlib.PurePosixPath
        if module == "torch" and name in STORAGES:
            return STORAGES[name]
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return rebuild_tensor
        if (module, name) == ("torch._utils", "_rebuild_parameter"):
            return lambda tensor, *_: tensor
        if (module, name) in SAFE:
            return super().find_class(module, name)
        self.unknown.add(f"{module}.{name}")
        return Fields

    def persistent_load(self, saved):
        """The values of a tensor: ("storage", type, key, location, numel)."""
        _, dtype, key, _, count = saved
        data = self.archive.read(self.main.replace("data.pkl", f"data/{key}"))
        return torch.frombuffer(bytearray(data), dtype=dtype, count=count) if count else torch.empty(0, dtype=dtype)


def load(path):
    """Loads a torch file to main memory without running code of it."""
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as refusal:
        print(f"warning: {path} holds more than weights ({first_line(refusal)})", file=sys.stderr)
    except Exception as cause:
        raise Refused(f"{path} cannot be read by torch.load ({first_line(cause)}); get it again") from cause
    if not zipfile.is_zipfile(path):
        raise Refused(f"{path} is of the format before torch 1.6; load it and save it again with a later torch")
    try:
        with zipfile.ZipFile(path) as archive:
            unpickler = CarefulUnpickler(archive)
            found = unpickler.load()
    except Exception as cause:
        raise Refused(f"{path} cannot be read ({first_line(cause)}); get it again") from cause
    if unpickler.unknown:
        names = ", ".join(sorted(unpickler.unknown))
        print(f"warning: objects of {names} are read as plain fields; no code of theirs is run", file=sys.stderr)
    return found


def first_line(error):
    text = str(error).splitlines() or [type(error).__name__]
    return text[0].rpartition("WeightsUnpickler error: ")[2]
