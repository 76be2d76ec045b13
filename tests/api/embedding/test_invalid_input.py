"""What ``zoo embed`` refuses, with which exit code, and that nothing is left behind."""

from __future__ import annotations

import os

import pytest
from data_files import classes, noise
from embed_process import LIMITED

MODEL = "parrot:mimic-s"


@pytest.fixture
def photos(run):
    classes(run.folder / "photos", {"daisy": 3, "tulip": 3})
    return run.folder / "photos"


def files(run) -> set[str]:
    return {path.name for path in run.folder.iterdir()}


@pytest.mark.parametrize("out", ["vectors.csv", "vectors", "vectors.npy.gz", "vectors.pt"])
def test_another_ending(run, photos, out):
    said = run.embed(MODEL, "photos", "-o", out, code=2)
    assert "hint: name a file that ends in .safetensors, .npy, .parquet" in said
    assert files(run) == {"photos"}


def test_nothing_is_overwritten_unless_forced(run, photos):
    run.embed(MODEL, "photos", "-o", "v.npy")
    before = (run.folder / "v.npy").read_bytes()
    (run.folder / "v.npy").write_bytes(b"mine")
    said = run.embed(MODEL, "photos", "-o", "v.npy", code=2)
    assert "the file exists: 'v.npy'" in said
    assert (run.folder / "v.npy").read_bytes() == b"mine"
    run.embed(MODEL, "photos", "-o", "v.npy", "--force")
    assert (run.folder / "v.npy").read_bytes() == before
    # Nor the table of names alone.
    (run.folder / "w.npy.csv").write_text("mine")
    assert "w.npy.csv" in run.embed(MODEL, "photos", "-o", "w.npy", code=2)
    assert (run.folder / "w.npy.csv").read_text() == "mine"


@pytest.mark.parametrize("force", [(), ("--force",)])
@pytest.mark.parametrize("out", ["photos/v.npy", "photos/daisy/v.npy", "other/v.npy"])
def test_an_output_inside_the_data(run, photos, out, force):
    (run.folder / "other").symlink_to(photos)
    said = run.embed(MODEL, "photos", "-o", out, *force, code=2)
    assert "the output lies inside the data" in said


def test_an_output_over_the_data(run):
    (run.folder / "lines.txt").write_text("a line\n")
    (run.folder / "lines.npy").symlink_to("lines.txt")
    said = run.embed("parrot:words", "lines.txt", "-o", "lines.npy", "--force", code=2)
    assert "the output lies inside the data" in said


def test_a_folder_that_is_not_there(run, photos):
    assert "there is no such folder: 'deep'" in run.embed(MODEL, "photos", "-o", "deep/v.npy", code=2)
    (run.folder / "v.npy").mkdir()
    assert "the output is a folder" in run.embed(MODEL, "photos", "-o", "v.npy", "--force", code=2)


def test_a_damaged_picture_is_named_and_leaves_nothing(run, photos):
    file = photos / "tulip" / "002.png"
    file.write_bytes(file.read_bytes()[:-40])
    said = run.embed(MODEL, "photos", "-o", "v.npy", code=3)
    assert "tulip/002.png" in said
    assert files(run) == {"photos"}


def test_a_pipe_is_not_waited_for(run):
    (run.folder / "flat").mkdir()
    os.mkfifo(run.folder / "flat" / "a.png")
    said = run.embed(MODEL, "flat", "-o", "v.npy", code=3)
    assert "holds no images and no audio clips: 'flat': ignored 1 file (.png)" in said
    # Named on a line it reaches the decoder.
    said = run.embed(MODEL, "-", "-o", "v.npy", stdin=b"flat/a.png\n", code=3)
    assert "the image is no regular file: 'flat/a.png'" in said
    assert files(run) == {"flat"}


def test_lines_that_are_none(run, photos):
    said = run.embed("parrot:words", "-", "-o", "v.npy", stdin=b"good\n\nbad\n", code=3)
    assert "the text is blank: '-:2'" in said
    said = run.embed("parrot:words", "-", "-o", "v.npy", stdin=b"good\n\xff\n", code=3)
    assert "byte 0xff is not UTF-8: '-:2'" in said
    assert "there are no lines" in run.embed("parrot:words", "-", "-o", "v.npy", code=3)
    assert files(run) == {"photos"}


def test_bad_files_are_left_out_on_request(run):
    for name in ("0", "1", "2"):
        (run.folder / "tree" / "2024" / name).mkdir(parents=True)
        noise(9, 9).save(run.folder / "tree" / "2024" / name / "a.png")
    damaged = run.folder / "tree" / "2024" / "1" / "a.png"
    damaged.write_bytes(damaged.read_bytes()[:-40])  # The header is whole.
    said = run.embed(MODEL, "tree", "-o", "v.npy", code=3)
    assert "a.png" in said
    assert "--skip-bad" in said
    assert files(run) == {"tree"}
    said = run.embed(MODEL, "tree", "-o", "v.npy", "--skip-bad", "--json")
    assert '"vectors": 2' in said
    assert "left out 1 bad image: 'tree/2024/1/a.png'" in said
    names = (run.folder / "v.npy.csv").read_text()
    assert "tree/2024/0/a.png" in names
    assert "tree/2024/1/a.png" not in names
    said = run.embed("parrot:words", "-", "-o", "w.npy", "--skip-bad", "--json", stdin=b"good\n\nfair\n")
    assert '"vectors": 2' in said


def test_inputs_of_another_kind(run, photos):
    assert "takes texts, the data are images" in run.embed("parrot:words", "photos", "-o", "v.npy", code=3)
    assert "there is no such file or folder" in run.embed(MODEL, "nowhere", "-o", "v.npy", code=3)
    assert "no parrot" in run.embed("parrot:mimic-x", "photos", "-o", "v.npy", code=4)
    assert files(run) == {"photos"}


@pytest.mark.parametrize("suffix", [".npy", ".safetensors"])
def test_a_file_that_grows_too_large_leaves_nothing(run, photos, suffix):
    run("-m", "zoo", "list")  # so that no cache has to be written
    said = run("-c", LIMITED, "embed", MODEL, "photos", "-o", f"v{suffix}", code=7)
    assert "cannot write the file" in said
    assert "hint:" in said
    assert files(run) == {"photos"}


NO_ROOM = """
import shutil, sys
shutil.disk_usage = lambda path: shutil._ntuple_diskusage(1, 1, 100)
from zoo.cli import main
main()
"""


def test_no_room_is_found_before_anything_is_computed(run, photos):
    said = run("-c", NO_ROOM, "embed", MODEL, "photos", "-o", "v.npy", code=7)
    assert "768 bytes needed, 100 bytes free" in said


NO_PYARROW = """
import sys
sys.modules["pyarrow"] = None
from zoo.cli import main
main()
"""


def test_parquet_needs_a_library(run, photos):
    said = run("-c", NO_PYARROW, "embed", MODEL, "photos", "-o", "v.parquet", code=4)
    assert 'pip install "zoo-adapters[data]"' in said
