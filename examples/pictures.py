# %% [markdown]
# # Pictures: from a folder of class folders to a model that answers
#
# Everything here runs without a network. Cells are marked with `# %%`: open the file in an editor that
# knows notebooks, or run it as it is: `python examples/pictures.py`. It needs `pip install
# "zoo-adapters[timm,sample]"`.

# %%
import tempfile
from pathlib import Path

import zoo

out = Path(tempfile.mkdtemp()) / "digits"

# %% [markdown]
# ## Data
# A path to a folder with one folder for each class would do; `sample:digits` is 1,797 handwritten digits
# that scikit-learn carries with it. A fifth is held out to choose the best epoch, another fifth to
# measure on.

# %%
data = zoo.data("sample:digits", val=0.2, test=0.2)
print(data.counts(), data.task.names)

# %% [markdown]
# ## The four verbs
# `load`, `replace_head`, `freeze`, `train`. The weights are random here, since published ones would have
# to be fetched: leave `from_scratch` out for those, and freeze the backbone (`model.freeze("backbone")`).

# %%
model = zoo.load("timm:test_resnet.r160_in1k", from_scratch=True, input_size=32)
model.replace_head(data.task)
print(model.freeze("nothing"))
report = model.train(data, zoo.TrainConfig(epochs=4, lr=2e-3))
print({split: round(figures["accuracy"], 3) for split, figures in report.metrics.items()})

# %% [markdown]
# ## Answers
# Paths or arrays, one or many; the pictures are resized, cropped and normalised as this model wants them.

# %%
picture = data.inputs.name(int(data.splits["test"][0]))
[answer] = model.predict(picture)
print(Path(picture).name, "is a", answer.label, f"({answer.score:.0%})")

# %% [markdown]
# ## Keep it
# A run is a folder. It opens again with `zoo.load`, and its page shows what happened: `zoo report`
# compares several.

# %%
model.save(out)
again = zoo.load(out)
assert again.predict(picture)[0].label == answer.label
print(sorted(path.name for path in out.iterdir()))

# %% [markdown]
# All of that in one call, or in one command, `zoo finetune timm:test_resnet.r160_in1k sample:digits
# --from-scratch`:

# %%
run = zoo.finetune(
    "timm:test_resnet.r160_in1k", data, from_scratch=True, input_size=32, epochs=1, out=out.with_name("again")
)
print(run)
print("look at", run.html)
