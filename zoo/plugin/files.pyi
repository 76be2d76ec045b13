"""Files on this disk: digests, types, weights, locks, writing, damage."""

# What is this file? HEAD_BYTES of it are enough to tell; LFS_POINTER begins one that Git LFS has not fetched.
from zoo.utils.file_types import HEAD_BYTES as HEAD_BYTES
from zoo.utils.file_types import LFS_POINTER as LFS_POINTER
from zoo.utils.file_types import detect_type as detect_type

# SHA-256, remembered while a file is unchanged.
from zoo.utils.hashing import file_digest as file_digest

# Weights: vet a file or folder that the user gave, read a header, and the errors of what cannot be used.
from zoo.registry.weights.local import local_weights as local_weights
from zoo.utils.safetensors_header import raise_bad_weights as raise_bad_weights
from zoo.utils.safetensors_header import read_safetensors_header as read_safetensors_header
from zoo.utils.safetensors_header import weights_read_error as weights_read_error

# Context managers: whatever a library raises on damaged files becomes an IntegrityError.
from zoo.utils.library_errors import wrap_library_errors as wrap_library_errors
from zoo.utils.library_errors import wrap_panics as wrap_panics

# zoo's cache, a refusal of folders that other users can write to, a lock between processes.
from zoo.utils.locks import file_lock as file_lock
from zoo.utils.paths import cache_dir as cache_dir
from zoo.utils.permissions import require_guarded as require_guarded

# Writing: the old content or the new, never a part; and what an OSError meant.
from zoo.utils.atomic import atomic_text as atomic_text
from zoo.utils.atomic import disk_error as disk_error

# JSON from outside: bounded size and depth, no duplicate keys, no NaN.
from zoo.utils.strict_json import parse_json as parse_json
