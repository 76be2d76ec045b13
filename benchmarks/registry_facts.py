"""Whether the registry tells the truth: facts derived again, and models built by the libraries' own doors.

    python benchmarks/registry_facts.py [--facts 200] [--timm 60] [--seed 0] [--save registry-facts]

First ``zoo registry check --deep`` for each source that a library can be asked about, all Keras Applications
and at least ``--facts`` facts of each other. Then parameters and widths alone, without any code of zoo's
plugins: ``--timm`` tags of at most 100M parameters drawn at random, made by ``timm.create_model`` with their
real sizes, and all Keras Applications made by ``keras.applications``, with their heads too, against the
numbers that Keras' documentation stated while it stated them exactly. Both frameworks must be installed.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
from typing import Any

from record import record

from zoo.registry.audit import audit
from zoo.registry.reader import own_registry, read_catalogue

# With the head for 1,000 classes, moving statistics included.
PUBLISHED = {
    "ConvNeXtBase": 88_591_464,
    "ConvNeXtLarge": 197_767_336,
    "ConvNeXtSmall": 50_223_688,
    "ConvNeXtTiny": 28_589_128,
    "ConvNeXtXLarge": 350_196_968,
    "DenseNet121": 8_062_504,
    "DenseNet169": 14_307_880,
    "DenseNet201": 20_242_984,
    "EfficientNetB0": 5_330_571,
    "EfficientNetB1": 7_856_239,
    "EfficientNetB2": 9_177_569,
    "EfficientNetB3": 12_320_535,
    "EfficientNetB4": 19_466_823,
    "EfficientNetB5": 30_562_527,
    "EfficientNetB6": 43_265_143,
    "EfficientNetB7": 66_658_687,
    "EfficientNetV2B0": 7_200_312,
    "EfficientNetV2B1": 8_212_124,
    "EfficientNetV2B2": 10_178_374,
    "EfficientNetV2B3": 14_467_622,
    "EfficientNetV2L": 119_027_848,
    "EfficientNetV2M": 54_431_388,
    "EfficientNetV2S": 21_612_360,
    "InceptionResNetV2": 55_873_736,
    "InceptionV3": 23_851_784,
    "MobileNet": 4_253_864,
    "MobileNetV2": 3_538_984,
    "MobileNetV3Large": 5_507_432,
    "MobileNetV3Small": 2_554_968,
    "NASNetLarge": 88_949_818,
    "NASNetMobile": 5_326_716,
    "ResNet101": 44_707_176,
    "ResNet101V2": 44_675_560,
    "ResNet152": 60_419_944,
    "ResNet152V2": 60_380_648,
    "ResNet50": 25_636_712,
    "ResNet50V2": 25_613_800,
    "VGG16": 138_357_544,
    "VGG19": 143_667_240,
    "Xception": 22_910_480,
}
LARGEST = 100_000_000


def derived(source: str, facts: int, seed: int) -> dict[str, Any]:
    found = audit(own_registry(), facts=facts, seed=seed, only=frozenset({source}))
    return {"models": len(found.models), "facts": found.facts, "wrong": list(found.wrong)}


def in_timm(rows: list[dict[str, Any]], count: int, seed: int) -> dict[str, Any]:
    import timm
    import torch

    small = [row for row in rows if row["parameters"] <= LARGEST]
    drawn = random.Random(seed).sample(small, count)
    models, wrong = [], []
    for row in drawn:
        name = row["id"].partition(":")[2]
        model = timm.create_model(name, pretrained=False, num_classes=0).eval()
        size = model.pretrained_cfg["input_size"]
        with torch.no_grad():
            width = model(torch.zeros(1, *size)).shape[-1]
        built = (sum(one.numel() for one in model.parameters()), width)
        models.append(name)
        if built != (row["parameters"], row["features"]["width"]):
            wrong.append(
                {"model": name, "built": built, "registry": [row["parameters"], row["features"]["width"]]}
            )
        del model
        gc.collect()
    return {"models": len(models), "wrong": wrong, "drawn": sorted(models)}


def in_keras(rows: list[dict[str, Any]]) -> dict[str, Any]:
    import keras

    wrong = []
    for row in rows:
        name = row["id"].partition(":")[2]
        build = getattr(keras.applications, name)
        # Without a size NASNet leaves out layers that its own size needs.
        size = (row["input"]["height"], row["input"]["width"], 3)
        bare = build(weights=None, include_top=False, pooling="avg", input_shape=size)
        built = (sum(int(keras.ops.size(one)) for one in bare.trainable_weights), bare.output_shape[-1])
        whole = build(weights=None).count_params()
        stated = [row["parameters"], row["features"]["width"], PUBLISHED[name]]
        if [*built, whole] != stated:
            wrong.append({"model": name, "built": [*built, whole], "stated": stated})
        keras.backend.clear_session()
        gc.collect()
    return {"models": len(rows), "wrong": wrong}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--facts", type=int, default=200)
    parser.add_argument("--timm", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--save")
    args = parser.parse_args()
    rows = read_catalogue(own_registry())
    by_source = {
        name: [row for row in rows if row["id"].startswith(f"{name}:")] for name in ("timm", "keras")
    }
    every = {"keras": 10**9, "timm": args.facts, "hf": args.facts}
    anew = {}
    for source, facts in every.items():
        anew[source] = derived(source, facts, args.seed)
        print(source, anew[source], flush=True)
    keras = in_keras(by_source["keras"])
    print("keras", keras, flush=True)
    timm = in_timm(by_source["timm"], args.timm, args.seed)
    print("timm", timm, flush=True)
    tree = {
        "cards": len(rows),
        "seed": args.seed,
        "derived_anew": anew,
        "built": {"keras": keras, "timm": timm},
    }
    if args.save:
        print(record(args.save, json.loads(json.dumps(tree)), "keras", "tensorflow", "timm", "torch"))


if __name__ == "__main__":
    main()
