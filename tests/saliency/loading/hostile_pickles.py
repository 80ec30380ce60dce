"""Pickles that would run something: one for each operation that imports or calls, and one for each way to hide it."""

import pickle
import struct

import cloudpickle

TOUCH = b"touch it-ran"


class Reduced:
    """As most attacks are written."""

    def __reduce__(self):
        import os

        return os.system, (TOUCH.decode(),)


def by_value() -> bytes:
    """A class with its code, as cloudpickle writes it."""
    scope: dict = {"__name__": "__main__"}
    exec("class Mine:\n    def __init__(self):\n        open('it-ran', 'w')\n", scope)
    return cloudpickle.dumps(scope["Mine"])


def short(text: bytes) -> bytes:
    return b"\x8c" + bytes([len(text)]) + text


CALLS: dict[str, bytes] = {
    "global-reduce": b"cos\nsystem\n(S'" + TOUCH + b"'\ntR.",
    "stack-global-reduce": b"\x80\x04" + short(b"os") + short(b"system") + b"\x93" + short(TOUCH) + b"\x85R.",
    "inst": b"(S'" + TOUCH + b"'\nios\nsystem\n.",
    "obj": b"(cos\nsystem\nS'" + TOUCH + b"'\no.",
    "newobj": b"csubprocess\nPopen\n(S'" + TOUCH + b"'\nt\x81.",
    "newobj-ex": b"\x80\x04csubprocess\nPopen\n(S'" + TOUCH + b"'\nt}\x92.",
    "build": b"cgymnasium.spaces.box\nBox\n)\x81}(S'low'\ncos\nsystem\n(S'" + TOUCH + b"'\ntRub.",
    "build-on-a-class": b"cstable_baselines3.common.policies\nActorCriticPolicy\n}S'__init__'\ncos\nsystem\nsb.",
    "ext1": b"\x80\x02\x82\x01.",
    "ext2": b"\x80\x02\x83\x01\x00.",
    "ext4": b"\x80\x02\x84\x01\x00\x00\x00.",
    "persid": b"Pit-ran\n.",
    "binpersid": b"\x80\x04" + short(b"it-ran") + b"Q.",
    "next-buffer": b"\x80\x05\x97.",
    "readonly-buffer": b"\x80\x05\x97\x98.",
    "eval": b'cbuiltins\neval\n(S\'open("it-ran", "w")\'\ntR.',
    "exec": b'cbuiltins\nexec\n(S\'open("it-ran", "w")\'\ntR.',
    "getattr": b"cbuiltins\ngetattr\n(cos\nS'system'\ntR(S'" + TOUCH + b"'\ntR.",
    "dotted-attribute": b"\x80\x04" + short(b"stable_baselines3.common.save_util") + short(b"os.system") + b"\x93.",
    "imported-module": b"cstable_baselines3.common.save_util\nos\n.",
    "function-of-sb3": b"cstable_baselines3.common.save_util\nopen_path\n(S'it-ran'\nS'w'\ntR.",
    "function-of-torch": b"ctorch.hub\nload\n(S'it/ran'\nS'x'\ntR.",
    "load-of-torch": b"ctorch\nload\n(S'it-ran'\ntR.",
    "object-of-numpy": b"cnumpy\nload\n(S'it-ran'\nI01\ntR.",
    "foreign-module": b"cantigravity\nfly\n.",
    "module-of-ours": b"csaccade.scripts.train\nmain\n.",
    "parent-module": b"cstable_baselines3..os\nsystem\n.",
    "loads-of-pickle": b"cpickle\nloads\n(C" + bytes([len(pickle.dumps(Reduced()))]) + pickle.dumps(Reduced()) + b"tR.",
    "reduced": pickle.dumps(Reduced()),
    "class-by-value": by_value(),
    "lambda-by-value": cloudpickle.dumps(lambda: exec("open('it-ran', 'w')")),
    "nested": pickle.dumps({"net_arch": [8], "activation_fn": [{"deep": (Reduced(),)}]}),
    "in-ordered-dict": b"ccollections\nOrderedDict\n)R(S'x'\ncos\nsystem\n(S'" + TOUCH + b"'\ntRu.",
}

NO_CALLS: dict[str, bytes] = {
    "memo-bomb": b"\x80\x04Nr" + struct.pack("<I", 2**32 - 1) + b"0N.",
    "deep-tuples": b")" + b"\x85" * 150_000 + b".",
    "deep-tuples-as-key": b"}" + b")" + b"\x85" * 100_000 + b"Ns.",
    "deep-lists": b"]" * 90_000 + b"a" * 89_999 + b".",
    "too-long": b"N0" * 150_000 + b"N.",
    "marks": b"(" * 190_000 + b".",
    "laughs": b"(lp0\n" + b"".join(b"(g%d\ng%d\ng%d\nlp%d\n" % (at, at, at, at + 1) for at in range(60)) + b"(S'net_arch'\ng60\nd.",
    "large-number": b"\x80\x02\x8b" + struct.pack("<i", 2**20) + b"\x7f" * 2**20 + b".",
    "many-digits": b"L" + b"9" * 5000 + b"L\n.",
    "negative-length": b"\x80\x02\x8b" + struct.pack("<i", -5) + b".",
    "text-without-end": b"\x80\x04X" + struct.pack("<I", 2**31) + b"short",
    "long-frame": b"\x80\x04\x95" + struct.pack("<Q", 2**62) + b"N.",
    "empty": b"",
    "no-stop": b"N",
    "empty-stack": b".",
    "unset-memo": b"g77\n.",
    "unknown": b"\xff.",
    "cycle": b"\x80\x04}q\x00" + short(b"net_arch") + b"h\x00s.",
}
