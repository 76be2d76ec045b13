# %% [markdown]
# # Images: from a folder of class folders to a model that answers
#
# Everything here runs without a network. Cells are marked with `# %%`: open the file in an editor that
# knows notebooks, or run it as it is: `python examples/images.py`. It needs
# `pip install "zoo-adapters[starter]"`.

# %%
import tempfile
from pathlib import Path

import zoo

out = Path(tempfile.mkdtemp()) / "digits"

# %% [markdown]
# ## Data
# A path to a folder with one folder for each class would do; `sample:digits` is 1,797 handwritten digits
# that scikit-learn carries with it. A fifth is held out to choose with, another fifth to measure on.

# %%
data = zoo.data("sample:digits", val=0.2, test=0.2)
print(data.counts(), data.task.names)

# %% [markdown]
# ## The four verbs
# `load`, `replace_head`, `freeze`, `train`. `starter:glyphs` is a tiny network whose weights lie in the
# package: it has learned letters of many scripts and has never seen a digit. Any other will do,
# `timm:resnet18.a1_in1k` say, whose weights are fetched at the first call.

# %%
model = zoo.load("starter:glyphs")
model.replace_head(data.task)
print(model.freeze("backbone"))
report = model.train(data)
print({split: round(figures["accuracy"], 3) for split, figures in report.metrics.items()})

# %% [markdown]
# ## Answers
# Paths or arrays, one or many; the images are resized, cropped and normalised as this model wants them.

# %%
picture = data.inputs.name(int(data.splits["test"][0]))
[answer] = model.predict(picture)
print(Path(picture).name, "is a", answer.label, f"({answer.score:.0%})")

# %% [markdown]
# ## Keep it
# A run is a folder. It opens again with `zoo.load`, and its page shows what happened.

# %%
model.save(out)
again = zoo.load(out)
assert again.predict(picture)[0].label == answer.label
print(sorted(path.name for path in out.iterdir()))

# %% [markdown]
# ## Was it the pretraining?
# The pretrained network on a dozen examples of each digit, and the same network from random weights on the
# very same ones, ten epochs. `zoo transfer` does this properly: several draws, more baselines, intervals.

# %%
few = zoo.data("sample:digits", val=0.0, test=0.93)
print(few.counts())
for name, options in {"pretrained": {"freeze": "backbone"}, "from scratch": {"from_scratch": True}}.items():
    run = zoo.finetune("starter:glyphs", few, out=out.with_name(name), epochs=10, report=False, **options)
    print(f"{name}: {run.report.metrics['test']['accuracy']:.3f}")

# %% [markdown]
# All of the first part in one command: `zoo finetune starter:glyphs sample:digits`, and
# `zoo report runs/glyphs-digits --open` shows its page again.

# %%
print("look at", out / "report.html")
