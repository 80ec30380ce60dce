"""Files that are made to harm whoever reads them, each from an honest one."""

import base64
import io
import json
import stat
import struct
import zipfile
from collections.abc import Mapping
from typing import Any

import cloudpickle
import numpy as np
import torch as th
from gymnasium import spaces
from hostile_pickles import CALLS, NO_CALLS
from stable_baselines3.common.base_class import BaseAlgorithm

ENTRIES = ("policy_class", "observation_space", "action_space", "policy_kwargs", "use_sde")
MEGA = 2**20
LISTED = b"PK\x01\x02"  # begins each line of a zip file's list


def parts_of(honest: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(honest)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: Mapping[Any, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method, compresslevel=1) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def with_entry(parts: Mapping[str, bytes], name: str, value: Any) -> bytes:
    """An honest file with another value in its JSON."""
    return packed({**parts, "data": json.dumps({**json.loads(parts["data"]), name: value}).encode()})


def pickled(data: bytes) -> dict[str, str]:
    return {":type:": "", ":serialized:": base64.b64encode(data).decode()}


def with_weights(parts: Mapping[str, bytes], pickle: bytes | None = None, **storages: bytes) -> bytes:
    """An honest file with another pickle, or other numbers, in its weights."""
    inner = parts_of(parts["policy.pth"])
    inner |= {"archive/data.pkl": pickle} if pickle is not None else {}
    return packed({**parts, "policy.pth": packed(inner | {f"archive/data/{key}": data for key, data in storages.items()})})


def tensor(size: str, stride: str, count: str = "I1\n", offset: str = "I0\n", kind: str = "FloatStorage") -> bytes:
    """A state dict of one weight, in protocol 0."""
    return (
        f"(S'w'\nctorch._utils\n_rebuild_tensor_v2\n((S'storage'\nctorch\n{kind}\nS'0'\nS'cpu'\n{count}tQ"
        f"{offset}({size}t({stride}tI00\nccollections\nOrderedDict\n)RtRd."
    ).encode()


def hostile_pickles(parts: Mapping[str, bytes]) -> dict[str, bytes]:
    """Every hostile pickle in every place where a reader would unpickle; those that take long to read in two of them."""
    made = {}
    for name, pickle in (CALLS | NO_CALLS).items():
        for entry in ENTRIES if len(pickle) < 50_000 else ("policy_kwargs",):
            made[f"{entry}-{name}"] = with_entry(parts, entry, pickled(pickle))
        made[f"weights-{name}"] = with_weights(parts, pickle)
    return made


def hostile_archives(parts: Mapping[str, bytes]) -> dict[str, bytes]:
    """Zip files that zip programs have tripped over."""
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    twice = io.BytesIO()
    with zipfile.ZipFile(twice, "w") as archive:
        for name, content in [*parts.items(), ("datb", b"{}")]:
            archive.writestr(name, content)
    honest = packed(parts)
    first = zipfile.ZipFile(io.BytesIO(honest)).start_dir
    shared = bytearray(honest)  # every member begins where the first one does
    at = first
    while at >= 0:
        shared[at + 42 : at + 46] = bytes(4)
        at = shared.find(LISTED, at + 4)
    encrypted, lying = bytearray(honest), bytearray(packed({**parts, "data": b" " * MEGA}, zipfile.ZIP_DEFLATED))
    encrypted[first + 8] |= 1
    place = lying.rfind(LISTED, 0, lying.rfind(b"data"))
    lying[place + 24 : place + 28] = struct.pack("<I", 100)
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as archive:
        for number in range(25_000):
            archive.writestr(zipfile.ZipInfo(str(number)), b"")
    return {
        "blanks": packed({**parts, "data": b" " * (70 * MEGA)}, zipfile.ZIP_DEFLATED),
        "blank-weights": packed({**parts, "policy.pth": bytes(130 * MEGA)}, zipfile.ZIP_DEFLATED),
        "blanks-in-weights": packed({**parts, "policy.pth": inner_bomb(parts)}),
        "lying-about-its-size": bytes(lying),
        "shared-bytes": bytes(shared),
        "encrypted": bytes(encrypted),
        "twice": twice.getvalue().replace(b"datb", b"data"),
        "link": packed({**parts, link: b"/etc/passwd"}),
        "above": packed({**parts, "../above": b"x"}),
        "absolute": packed({**parts, "/tmp/absolute": b"x"}),
        "backslashes": packed({**parts, "..\\..\\above": b"x"}),
        "drive": packed({**parts, "C:\\above": b"x"}),
        "bzip2": packed(parts, zipfile.ZIP_BZIP2),
        "lzma": packed(parts, zipfile.ZIP_LZMA),
        "many-parts": many.getvalue(),
        "cut": honest[: len(honest) // 2],
        "no-data": packed({"policy.pth": parts["policy.pth"]}),
        "end-only": honest[-22:],
    }


def inner_bomb(parts: Mapping[str, bytes]) -> bytes:
    return packed({**parts_of(parts["policy.pth"]), "archive/data/0": bytes(60 * MEGA)}, zipfile.ZIP_DEFLATED)


def hostile_sizes(parts: Mapping[str, bytes]) -> dict[str, bytes]:
    """Files of plain data that ask for too much, or for what cannot be."""
    nested: Any = spaces.Discrete(2)
    for _ in range(12):
        nested = spaces.Dict({"a": nested})
    box = spaces.Box(0, 1, (2,), np.float32)
    spoilt = cloudpickle.dumps(box).replace(np.array([1, 1], "f4").tobytes(), np.array([np.nan, -9], "f4").tobytes())
    kwargs: dict[str, Any] = {
        "wide": {"net_arch": [10**9]},
        "wider": {"net_arch": [10**18, 10**18]},
        "widest": {"net_arch": [10**30]},
        "negative": {"net_arch": [-1]},
        "deep": {"net_arch": [4] * 15_000},
        "too-deep": {"net_arch": [1] * 250_000},
        "text-for-layers": {"net_arch": "wide"},
        "float-for-layers": {"net_arch": [1e300]},
        "unknown-word": {"colour": "red"},
        "features": {"features_extractor_kwargs": {"features_dim": 10**12}},
        "text-for-class": {"activation_fn": "os.system"},
        "long-text": {"x": "y" * 100_000},
        "list-for-kwargs": [1, 2],
        "optimizer": {"optimizer_kwargs": {"lr": "fast"}},
    }
    weights = {
        "huge-weight": tensor("I1000000000000\n", "I0\n"),
        "huge-square": tensor("I1000000\nI1000000\n", "I1\nI1\n"),
        "far-weight": tensor("I1\n", "I1\n", offset="I1000000000\n"),
        "negative-weight": tensor("I-1\n", "I1\n"),
        "miscounted": tensor("I2\n", "I1\n", count="I2000000000\n"),
        "objects": tensor("I1\n", "I1\n", kind="UntypedStorage"),
    }
    entries: dict[str, Any] = {
        "huge-actions": ("action_space", pickled(cloudpickle.dumps(spaces.Discrete(2**62)))),
        "huge-observations": ("observation_space", pickled(cloudpickle.dumps(spaces.MultiBinary(2**40)))),
        "huge-counts": ("observation_space", pickled(cloudpickle.dumps(spaces.MultiDiscrete([2**62, 2**62])))),
        "nested-spaces": ("observation_space", pickled(cloudpickle.dumps(nested))),
        "text-space": ("observation_space", pickled(cloudpickle.dumps(spaces.Text(5)))),
        "impossible-bounds": ("action_space", pickled(spoilt)),
        "objects-in-box": ("action_space", pickled(cloudpickle.dumps(np.array([{}], object)))),
        "abstract-policy": ("policy_class", pickled(b"cstable_baselines3.common.policies\nBasePolicy\n.")),
        "optimizer-as-policy": ("policy_class", pickled(cloudpickle.dumps(th.optim.Adam))),
        "algorithm-as-policy": ("policy_class", pickled(cloudpickle.dumps(BaseAlgorithm))),
        "number-as-policy": ("policy_class", 5),
        "no-base64": ("policy_class", {":serialized:": "\u00e4"}),
        "list-as-pickle": ("policy_class", {":serialized:": [1]}),
        "switch": ("use_sde", [True]),
    }
    texts = {
        "deep-json": b"[" * 200_000,
        "deep-object": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        "many-values": b"[" + b"0," * 2_000_000 + b"0]",
        "long-number": b'{"policy_class":' + b"9" * 100_000 + b"}",
        "no-json": b"\0\0\0",
        "other-alphabet": '{"policy_class": "\u4e2d"}'.encode("utf-16"),
        "list": b"[]",
    }
    return {
        **{f"kwargs-{name}": with_entry(parts, "policy_kwargs", value) for name, value in kwargs.items()},
        **{f"weights-{name}": with_weights(parts, data, **{"0": bytes(4)}) for name, data in weights.items()},
        **{f"entry-{name}": with_entry(parts, *entry) for name, entry in entries.items()},
        **{f"json-{name}": packed({**parts, "data": text}) for name, text in texts.items()},
    }
