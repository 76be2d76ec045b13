"""The small files that describe a model: which are read at all, and what is refused in them.

Nothing here runs code from a repository, and nothing in a repository can ask for it: what would is refused
by name. Standard library only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from zoo.errors import ConfigError, IntegrityError
from zoo.plugin import files

CONFIG = "config.json"
POOLING = "1_Pooling/config.json"
SENTENCES = "sentence_bert_config.json"
MODULES = "modules.json"
INDEX = "model.safetensors.index.json"
SINGLE = "model.safetensors"

SMALL = (
    CONFIG,
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "bpe.codes",
    "dict.txt",
    "spiece.model",
    "spm.model",
    "sentencepiece.model",
    "sentencepiece.bpe.model",
    "tokenizer.model",
    "prophetnet.tokenizer",
    "byte_maps.json",
    "emoji.json",
    "entity_vocab.json",
    "word_shape.json",
    "word_pronunciation.json",
    "preprocessor_config.json",
    "processor_config.json",
    SENTENCES,
    MODULES,
    POOLING,
)
"""All that is ever read next to the weights; also what a run keeps."""

_TABLES = frozenset(
    {
        "tokenizer.json",
        "vocab.json",
        "byte_maps.json",
        "emoji.json",
        "entity_vocab.json",
        "word_shape.json",
        "word_pronunciation.json",
    }
)
"""Of a tokenizer's tokens, which may be called anything."""
_LARGEST = 64 * 2**20
_SHARD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\.safetensors")
_PICKLED = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".h5", ".msgpack")

_COUNTED = re.compile(r"(?:\w+_)?(?:layers?|blocks?|stages?|levels|labels|classes|experts|heads)")
_MANY = 200_000
"""The most layers or labels: the library makes lists and tables of that length before any tensor."""

_ADDED = 100_000
_SPECIAL = 10_000
"""The most added tokens, and the most of them in a list of special ones, which takes quadratic time."""
_LISTS = {
    "added_tokens_decoder": _ADDED,
    "additional_special_tokens": _SPECIAL,
    "extra_special_tokens": _SPECIAL,
}

# What asks for code, or for files, from somewhere else. CVE-2026-4372 and CVE-2026-5241 went through such.
_CODE = frozenset({"auto_map", "custom_pipelines", "custom_generate", "kernel_config", "use_kernels"})
_REFUSED = frozenset({"_attn_implementation_internal", "_experts_implementation_internal"})
_TRUE_ONLY = frozenset({"trust_remote_code", "use_pretrained_backbone"})
_DROPPED = frozenset({"_name_or_path", "name_or_path", "_attn_implementation", "attn_implementation"})


def read_description(folder: Path) -> dict[str, bytes]:
    """Return the small files of a model, name to content, vetted.

    Raises:
        ConfigError: there is no ``config.json``: not a folder of the transformers library.
        IntegrityError: a file is far too large, not what it should be, or asks for code.
        ResourceError: a file cannot be read.
    """
    found: dict[str, bytes] = {}
    for name in SMALL:
        path = folder / name
        try:
            if not path.is_file():
                continue
            if path.stat().st_size > _LARGEST:
                _refuse(path, f"it has {path.stat().st_size:,} bytes, at most {_LARGEST:,} are read")
            found[name] = path.read_bytes()
        except OSError as error:
            raise files.weights_read_error(error, path) from error
    if CONFIG not in found:
        why, hint = _other_folder(folder)
        raise ConfigError("the folder is no Hugging Face model", path=folder, why=why, hint=hint)
    for name, content in found.items():
        text = content.removeprefix(b"\xef\xbb\xbf").lstrip()
        if content.startswith(files.LFS_POINTER) or (name.endswith(".json") and text[:1] not in (b"{", b"[")):
            kind = files.detect_type(content[: files.HEAD_BYTES], len(content))
            if kind is not None:
                _refuse(folder / name, f"it is {kind.what}", kind.hint)
        # Each added token has this field once.
        added = content.count(b'"single_word"') if name == "tokenizer.json" else 0
        if added > _ADDED:
            _refuse(folder / name, f"it has {added:,} added tokens, at most {_ADDED:,} are read")
        if name == MODULES:
            modules_of(found, folder)
        elif name.endswith(".json") and name not in _TABLES:
            vet_json(name, content, folder)
    return found


def _other_folder(folder: Path) -> tuple[str, str]:
    """Return what a folder without a configuration is, and what to do about it."""
    if (folder / "adapter_config.json").is_file():
        return (
            "it holds PEFT adapters, not a model",
            "merge them into their base model: PeftModel.from_pretrained(BASE_MODEL, FOLDER)"
            ".merge_and_unload().save_pretrained(NEW_FOLDER), and the tokenizer too",
        )
    snapshots = sorted(folder.glob(f"snapshots/*/{CONFIG}"))
    if snapshots:
        return "it is a repository in the Hub's cache", f"give a snapshot of it: {snapshots[0].parent}"
    return f"it has no {CONFIG}", "give the folder that save_pretrained wrote, or hf:ORGANISATION/NAME"


def vet_json(name: str, content: bytes, folder: Path) -> dict[str, Any]:
    """Return a configuration as an object.

    Raises:
        IntegrityError: not a JSON object, or it asks for code from the repository or elsewhere.
    """
    path = folder / name
    try:
        tree = json.loads(content)
    except (ValueError, RecursionError):
        _refuse(path, "it is not JSON")
    if not isinstance(tree, dict):
        _refuse(path, "it is not a JSON object")
    for key, value in _pairs(tree):
        if (key in _CODE and value) or key in _REFUSED or (key in _TRUE_ONLY and value not in (False, None)):
            _refuse(
                path,
                f"it has {key!a}: it asks for a program, or for files, that transformers does not bring",
                "zoo runs no code from a repository; use a model that is part of transformers",
            )
        if _COUNTED.fullmatch(key) and isinstance(value, int) and value > _MANY:
            _refuse(path, f"it has {key!a}: {value:,}, at most {_MANY:,} are possible")
        if key in _LISTS and isinstance(value, (dict, list)) and len(value) > _LISTS[key]:
            _refuse(path, f"it has {len(value):,} tokens in {key!a}, at most {_LISTS[key]:,} are read")
        if key == "quantization_config" and value:
            _refuse(path, "its weights are quantised", "use the model as it was before")
    if name == "added_tokens.json" and len(tree) > _ADDED:
        _refuse(path, f"it has {len(tree):,} added tokens, at most {_ADDED:,} are read")
    return tree


def modules_of(description: Mapping[str, bytes], folder: Path = Path()) -> list[str]:
    """Last names of the classes that sentence-transformers calls one after another; empty: not its model.

    Raises:
        IntegrityError: not a JSON list of objects that name one.
    """
    try:
        return [str(one["type"]).rpartition(".")[2] for one in json.loads(description.get(MODULES, b"[]"))]
    except (ValueError, RecursionError, TypeError, KeyError):
        _refuse(folder / MODULES, "it is not a list of modules")


def configuration(description: Mapping[str, bytes], name: str = CONFIG) -> dict[str, Any]:
    """Return a vetted configuration without what names places on its author's disk; empty where there is
    none."""
    tree = json.loads(description[name]) if name in description else {}
    return {
        key: value
        for key, value in tree.items()
        if key not in _DROPPED and not (key.endswith("_file") and isinstance(value, str))
    }


def shards_of(index: Path) -> list[str]:
    """Return names of the files of weights that an index lists.

    Raises:
        IntegrityError: it is not an index, or a name is not that of a plain file next to it.
    """
    try:
        tree: Any = json.loads(index.read_bytes()) if index.stat().st_size <= _LARGEST else None
    except OSError as error:
        raise files.weights_read_error(error, index) from error
    except (ValueError, RecursionError):
        tree = None
    table = tree.get("weight_map") if isinstance(tree, dict) else None
    if not isinstance(table, dict) or not table or not all(isinstance(one, str) for one in table.values()):
        _refuse(index, "it has no weight_map of tensor names to file names")
    names = sorted(set(table.values()))
    for name in names:
        if not _SHARD.fullmatch(name):
            _refuse(index, f"{name[:80]!a} is not the plain name of a .safetensors file next to it")
    return names


def weight_files(folder: Path) -> list[Path]:
    """Return the files of weights in a folder: ``model.safetensors``, or the shards of its index.

    Raises:
        IntegrityError: there are only pickled weights, or the index is not sound.
        ConfigError: there are none.
    """
    if (folder / SINGLE).is_file():
        return [folder / SINGLE]
    if (folder / INDEX).is_file():
        shards = [folder / name for name in shards_of(folder / INDEX)]
        absent = [shard.name for shard in shards if not shard.exists()]
        if absent:
            why = (
                f"{len(absent)} of the {len(shards)} files that it lists are missing: {', '.join(absent[:3])}"
            )
            _refuse(folder / INDEX, why, "download them")
        return shards
    pickled = sorted(one.name for one in folder.iterdir() if one.name.endswith(_PICKLED))
    if pickled:
        _refuse(
            folder / pickled[0],
            "the weights are pickled, and unpickling can run any program",
            "save the model again with save_pretrained, which writes model.safetensors",
        )
    others = sorted(one.name for one in folder.iterdir() if one.name.endswith(".safetensors"))
    raise ConfigError(
        "the folder holds no weights",
        path=folder,
        why=f"neither {SINGLE} nor {INDEX} is in it" + (f", only {', '.join(others[:3])}" if others else ""),
        hint="give a complete folder, or ask for --from-scratch",
    )


def _pairs(tree: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield key, value
            yield from _pairs(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _pairs(value)


def _refuse(path: Path, why: str, hint: str = "download it again") -> NoReturn:
    raise IntegrityError("cannot use the model", path=path, why=why, hint=hint)
