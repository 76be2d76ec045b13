# %% [markdown]
# # Your own plugin: a source of models in one file
#
# A source says which models there are, states facts about them and opens one. It never trains: the engine
# of its framework does. Nothing is inherited. It needs `pip install "zoo-adapters[torch,sample]"`.
#
# In a package of your own the class below stands in a module, the hook in the package's `__init__.py`,
# and one line under `[project.entry-points.zoo]` makes it known: see `docs/plugins.md`.

# %%
import tempfile
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

import zoo
from zoo.errors import IntegrityError, UnknownModel
from zoo.plugin import (
    Backbone,
    Features,
    ImageInput,
    LoadReport,
    ModelCard,
    Source,
    Stage,
    Tap,
    hookimpl,
    manager,
)
from zoo.testing import run_checks

SIDE, WIDTH = 32, 48
FORM = ImageInput(height=SIDE, width=SIDE, mode="squash", interpolation="bilinear")

# %% [markdown]
# ## The network, as a chain
# Head off: what comes out is one vector for each image. Stages are names of its members, from the input
# on.


# %%
class Radar(nn.Module):
    """32 x 32 pixels to 48 features."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, 2, 1), nn.BatchNorm2d(16), nn.ReLU())
        self.near = nn.Sequential(nn.Conv2d(16, 32, 3, 2, 1), nn.BatchNorm2d(32), nn.ReLU())
        self.far = nn.Sequential(nn.Conv2d(32, WIDTH, 3, 2, 1), nn.BatchNorm2d(WIDTH), nn.ReLU())
        self.pool = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())

    def run(self, value, start=0, stop=None):
        """Links ``start`` up to ``stop`` of the chain."""
        for link in (self.stem, self.near, nn.Sequential(self.far, self.pool))[start:stop]:
            value = link(value)
        return value

    def forward(self, value):
        return self.run(value)


# %% [markdown]
# ## The source
# `names`, `describe`, `open`, and `reference`: your own preprocessing of one image, so that the kit can
# compare. `weights` is a `LocalWeights`: a path to a safetensors file whose digest was checked. Every tensor
# is filled from the file, or the file is refused.


# %%
def fill(module, weights, model_id):
    """Fill every tensor of the module from the file, and say so."""
    try:
        module.load_state_dict(load_file(weights))
    except (SafetensorError, RuntimeError) as error:
        why = " ".join(str(error).split())[:300]
        raise IntegrityError(f"not the weights of {model_id}", path=weights, why=why) from None
    total = len(module.state_dict())
    return LoadReport("pretrained", loaded=total, total=total)


class RadarLoader:
    """Implements ``zoo.plugin.Loader``."""

    def names(self):
        return ["tiny"]

    def describe(self, name):
        if name not in self.names():
            raise UnknownModel(f"there is no radar {name!r}", hint="there is only radar:tiny")
        return ModelCard(
            id=f"radar:{name}",
            framework="torch",
            parameters=sum(one.numel() for one in Radar().parameters()),
            input=FORM,
            features=Features(width=WIDTH),
            license="apache-2.0",
            summary="three convolutions",
        )

    def open(self, card, weights, *, input_size=None):
        module = Radar()
        loaded = LoadReport("random", loaded=0, total=len(module.state_dict()))
        if weights is not None:
            loaded = fill(module, weights, card.id)
        return Backbone(
            module=module,
            prepare=lambda pixels: pixels.permute(0, 3, 1, 2).float() / 127.5 - 1,
            input=FORM,
            stages=(Stage("stem", ("stem",)), Stage("near", ("near",)), Stage("far", ("far", "pool"))),
            taps={"vector": Tap(Features(width=WIDTH), run=module.run)},
            loaded=loaded,
            cuts=frozenset({1, 2}),
        )

    def reference(self, card, picture, *, input_size=None):
        pixels = np.asarray(picture.convert("RGB").resize((SIDE, SIDE), resample=2), np.float32)
        return (pixels / 127.5 - 1).transpose(2, 0, 1)


# %% [markdown]
# ## The plugin
# An object with the hook. `manager().add` takes it for this process; an entry point takes it for good.


# %%
class Plugin:
    @hookimpl
    def zoo_sources(self):
        yield Source(name="radar", framework="torch", target=f"{__name__}:RadarLoader")


manager().add(Plugin(), "radar")

# %% [markdown]
# ## Does it keep the promises of the interface?
# The same list as `zoo check radar:tiny`: frozen is still, the same seed gives the same bits, a run that
# goes on ends where one that never stopped does, preprocessing is the source's own, and so on. The kit saves
# weights of its own making and opens the model with them, so a loader that does not load fails.

# %%
results = run_checks("radar:tiny")
for result in results:
    print(f"{result.outcome:15} {result.check}")
assert all(result.good for result in results), [result.reason for result in results if not result.good]

# %% [markdown]
# ## And now it is a model like any other

# %%
torch.manual_seed(0)
data = zoo.data("sample:digits")
model = zoo.load("radar:tiny", from_scratch=True)
report = model.train(data, zoo.TrainConfig(epochs=3, lr=3e-3))
print(f"val accuracy {report.metrics['val']['accuracy']:.3f}")

# %% [markdown]
# ## With weights of your own
# A file on this disk. In a package, on the Hub or at an address it stands on the card: `docs/plugins.md`.

# %%
with tempfile.TemporaryDirectory() as folder:
    trained = Radar()
    save_file(trained.state_dict(), Path(folder) / "radar.safetensors")
    model = zoo.load("radar:tiny", weights=Path(folder) / "radar.safetensors")
print(model.adapter.backbone.loaded)
assert torch.equal(model.adapter.backbone.module.state_dict()["stem.0.weight"].cpu(), trained.stem[0].weight)
