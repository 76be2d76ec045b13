"""Rows A, B and C: folders, tables and images that cannot be used as they are. Exit code 3."""

from __future__ import annotations

import os
import socket

import pytest
from bad_files import folder, picture, png_claiming, table
from command_errors import complains
from PIL import Image

pytestmark = [pytest.mark.torch, pytest.mark.needs("timm")]

MODEL = "timm:test_resnet.r160_in1k"


def absent(work):
    return "nowhere", ["nowhere"]


def a_text_file(work):
    (work / "notes.txt").write_text("hello")
    return "notes.txt", ["notes.txt"]


def empty(work):
    (work / "data").mkdir()
    return "data", ["data", "sub-folder for each class"]


def one_class(work):
    folder(work / "data", classes=("cat",))
    return "data", ["cat"]


def an_empty_class(work):
    folder(work / "data")
    (work / "data" / "owl").mkdir()
    return "data", ["owl"]


def case_twins(work):
    folder(work / "data", classes=("Cat", "cat"))
    return "data", ["Cat", "cat"]


def unicode_twins(work):
    folder(work / "data", classes=("caf\u00e9", "cafe\u0301"))
    return "data", ["caf"]


def csv_utf16(work):
    table(work, "path,label\n0.png,a\n1.png,b\n".encode("utf-16"))
    return "table.csv", ["table.csv", "UTF-8"]


def csv_latin1(work):
    table(work, "path,label\n0.png,caf\u00e9\n1.png,b\n".encode("latin-1"))
    return "table.csv", ["table.csv", "UTF-8"]


def csv_nul(work):
    table(work, b"path,label\n0.png,a\x00\n1.png,b\n")
    return "table.csv", ["table.csv:2"]


def csv_semicolon(work):
    table(work, "path;label\n0.png;a\n1.png;b\n")
    return "table.csv", ["table.csv", ";"]


def csv_ragged(work):
    table(work, "path,label\n0.png,a\n1.png\n")
    return "table.csv", ["table.csv:3"]


def csv_open_quote(work):
    table(work, 'path,label\n0.png,"a\n1.png,b\n')
    return "table.csv", ["table.csv"]


def csv_huge_field(work):
    table(work, "path,label\n0.png,a\n1.png," + "x" * 140_000 + "\n")
    return "table.csv", ["table.csv"]


def csv_header_only(work):
    table(work, "path,label\n")
    return "table.csv", ["table.csv"]


def csv_wrong_column(work):
    table(work, "path,verdict\n0.png,a\n1.png,b\n")
    return "table.csv", ["table.csv", "label"]


def csv_no_path(work):
    table(work, "thing,label\n0.png,a\n1.png,b\n")
    return "table.csv", ["table.csv", "path"]


def csv_double_column(work):
    table(work, "path,label,label\n0.png,a,a\n1.png,b,b\n")
    return "table.csv", ["table.csv", "label"]


def csv_blank_label(work):
    table(work, "path,label\n0.png,a\n1.png,\n2.png,b\n")
    return "table.csv", ["table.csv:3"]


def csv_nan_label(work):
    table(work, "path,label\n0.png,1.5\n1.png,nan\n2.png,2.5\n")
    return "table.csv", ["table.csv:3"]


def csv_parent(work):
    table(work, "path,label\n0.png,a\n../../../etc/passwd,b\n")
    return "table.csv", ["table.csv:3"]


def csv_absolute(work):
    table(work, "path,label\n0.png,a\n/etc/passwd,b\n")
    return "table.csv", ["table.csv:3"]


def csv_url(work):
    table(work, "path,label\n0.png,a\nhttp://127.0.0.1:9/x.png,b\n")
    return "table.csv", ["table.csv:3"]


def csv_drive(work):
    table(work, "path,label\n0.png,a\nC:\\x.png,b\n")
    return "table.csv", ["table.csv:3"]


def csv_missing_file(work):
    table(work, "path,label\n0.png,a\n9.png,b\n")
    return "table.csv", ["table.csv:3", "9.png"]


def csv_infinite(work):
    table(work, "path,label\n0.png,1.5\n1.png,inf\n2.png,2.5\n")
    return "table.csv", ["table.csv:3"]


def csv_overflow(work):
    table(work, "path,label\n0.png,1.5\n1.png,1e400\n2.png,2.5\n")
    return "table.csv", ["table.csv:3"]


def jsonl_broken(work):
    table(work, '{"path": "0.png", "label": "a"}\n{"path": \n', name="table.jsonl")
    return "table.jsonl", ["table.jsonl:2"]


def picture_case(name, content):
    def make(work):
        folder(work / "data")
        (work / "data" / "dog" / name).write_bytes(content)
        return "data", [name]

    make.__name__ = f"picture_{name.replace('.', '_')}"
    return make


def half_a_jpeg(work):
    folder(work / "data")
    whole = picture(work / "data" / "dog" / "half.jpg", size=64)
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    return "data", ["half.jpg"]


def no_pixels(work):
    folder(work / "data")
    png_claiming(work / "data" / "dog" / "zero.png", 0, 0)
    return "data", ["zero.png"]


def bomb(work):
    folder(work / "data")
    png_claiming(work / "data" / "dog" / "bomb.png", 14_000, 14_000)
    return "data", ["bomb.png", "pixels"]


def another_format(work):
    folder(work / "data")
    Image.new("RGB", (8, 8)).save(work / "data" / "dog" / "x.eps")
    (work / "data" / "dog" / "x.eps").rename(work / "data" / "dog" / "eps.png")
    return "data", ["eps.png"]


CASES = [
    *(absent, a_text_file, empty, one_class, an_empty_class, case_twins, unicode_twins),
    *(csv_utf16, csv_latin1, csv_nul, csv_semicolon, csv_ragged, csv_open_quote, csv_huge_field),
    *(csv_header_only, csv_wrong_column, csv_no_path, csv_double_column, csv_blank_label, csv_nan_label),
    *(
        csv_parent,
        csv_absolute,
        csv_url,
        csv_drive,
        csv_missing_file,
        csv_infinite,
        csv_overflow,
        jsonl_broken,
    ),
    *(no_pixels, bomb, another_format),
    picture_case("empty.png", b""),
    picture_case("text.png", b"not a picture"),
    picture_case("page.jpg", b"<!doctype html><html><body>404</body></html>"),
]


def test_a_picture_that_breaks_off_is_named_when_it_is_read_and_nothing_stays(zoo):
    data, words = half_a_jpeg(zoo.work)
    outcome = zoo(
        "finetune", MODEL, data, "--from-scratch", "--input-size", "32", "--epochs", "1", "--out", "out"
    )
    complains(outcome, 3, *words)
    assert not (zoo.work / "out").exists()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_data_that_cannot_be_used_is_named_before_a_model_is_opened(zoo, case):
    data, words = case(zoo.work)
    outcome = zoo("finetune", MODEL, data, "--from-scratch", "--epochs", "1", "--out", "out")
    complains(outcome, 3, *words)
    assert "model  " not in outcome.err, "the model was opened before the data were understood"


def test_junk_and_special_files_are_left_out_and_counted(zoo):
    data = folder(zoo.work / "data")
    (data / ".hidden").mkdir()
    (data / "__MACOSX").mkdir()
    (data / "cat" / ".DS_Store").write_bytes(b"x")
    (data / "cat" / "Thumbs.db").write_bytes(b"x")
    os.mkfifo(data / "cat" / "pipe.png")
    socket.socket(socket.AF_UNIX).bind(str(data / "dog" / "s.png"))
    outcome = zoo("finetune", MODEL, "data", "--from-scratch", "--dry-run", "--out", "out")
    assert outcome.code == 0, outcome.err
    assert "8 train, 2 val" in outcome.err
    assert "cat, dog" in outcome.err
    assert "left out" in outcome.err or "ignored" in outcome.err


def test_file_names_of_any_bytes_work_and_print(zoo):
    data = folder(zoo.work / "data")
    names = [b"caf\xe9.png", b"n" * 240 + b".png", b"line\nbreak.png", b"red\x1b[31m.png"]
    for name in names:
        os.rename(
            os.fsencode(picture(data / "dog" / "new.png")), os.path.join(os.fsencode(data), b"dog", name)
        )
    broken = os.path.join(os.fsencode(data), b"cat", b"\xff\x1b[2J.png")
    outcome = zoo("finetune", MODEL, "data", "--from-scratch", "--dry-run", "--out", "out")
    assert outcome.code == 0, outcome.err
    with open(broken, "wb") as file:
        file.write(b"no picture")
    complains(zoo("finetune", MODEL, "data", "--from-scratch", "--dry-run", "--out", "out"), 3, "[2J.png")


def test_a_wrong_suffix_is_no_obstacle(zoo):
    data = folder(zoo.work / "data")
    picture(data / "dog" / "really.gif").rename(data / "dog" / "called.jpg")
    assert zoo("finetune", MODEL, "data", "--from-scratch", "--dry-run", "--out", "out").code == 0


def test_every_pillow_mode_is_understood(zoo):
    data = folder(zoo.work / "data")
    for mode in ("1", "L", "LA", "P", "RGBA", "CMYK", "I;16"):
        suffix = "tif" if mode == "CMYK" else "png"
        Image.new(mode, (20, 20)).save(data / "dog" / f"{mode.replace(';', '')}.{suffix}")
    frames = [Image.new("P", (20, 20), color) for color in (1, 2)]
    frames[0].save(data / "dog" / "moving.gif", save_all=True, append_images=frames[1:])
    outcome = zoo("finetune", MODEL, "data", "--from-scratch", "--dry-run", "--out", "out")
    assert outcome.code == 0, outcome.err
