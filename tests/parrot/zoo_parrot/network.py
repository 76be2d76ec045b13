"""The native module: a chain of links, each with its tensors, a forward and a backward pass."""

import numpy as np

GRID = 8
_EPS, _MOMENTUM = np.float32(1e-5), np.float32(0.1)


class Pool:
    """Images (B, H, W, 3) to (B, 64): means over an 8 by 8 grid, the colours weighed by ``scale``."""

    buffers = ()

    def __init__(self):
        self.tensors = {"scale": np.full(3, 1 / 3, np.float32)}

    def forward(self, x, training):
        b, h, w, c = x.shape
        cells = x.reshape(b, GRID, h // GRID, GRID, w // GRID, c).mean((2, 4))
        self._cells = cells.reshape(b, GRID * GRID, c)
        return self._cells @ self.tensors["scale"]

    def backward(self, gradient):
        """Gradients of the tensors, and of the input: nothing lies in front of the stem."""
        return {"scale": np.einsum("bn,bnc->c", gradient, self._cells)}, None

    def settle(self):
        """Nothing to settle."""

    def forget(self):
        """Nothing to forget."""


class Table:
    """Shares of rows (B, rows), words or bands of sound, to the vectors of the rows, weighed: (B, width)."""

    buffers = ()

    def __init__(self, rows, width):
        self.tensors = {"weight": np.random.standard_normal((rows, width)).astype(np.float32)}

    def forward(self, x, training):
        self._seen = x
        return x @ self.tensors["weight"]

    def backward(self, gradient):
        """Gradients of the tensors, and of the input: nothing lies in front of the table."""
        return {"weight": self._seen.T @ gradient}, None

    def settle(self):
        """Nothing to settle."""

    def forget(self):
        """Nothing to forget."""


class Dense:
    """(B, inputs) to (B, outputs): a linear map, a norm with running statistics, ReLU."""

    buffers = ("mean", "variance")

    def __init__(self, inputs, outputs):
        weight = np.random.standard_normal((inputs, outputs)) * np.sqrt(2 / inputs)
        self.tensors = {
            "weight": weight.astype(np.float32),
            "scale": np.ones(outputs, np.float32),
            "shift": np.zeros(outputs, np.float32),
            "mean": np.zeros(outputs, np.float32),
            "variance": np.ones(outputs, np.float32),
        }
        self._found = []

    def forward(self, x, training):
        own = self.tensors
        z = x @ own["weight"]
        mean, variance = (z.mean(0), z.var(0)) if training else (own["mean"], own["variance"])
        # Only remembered here: a step that turns out not to be finite must leave no trace.
        self._found += [(mean, variance)] if training else []
        inverse = 1 / np.sqrt(variance + _EPS)
        n = (z - mean) * inverse
        y = np.maximum(n * own["scale"] + own["shift"], 0)
        self._seen = x, n, inverse, y > 0, training
        return y

    def backward(self, gradient):
        """Gradients of the tensors, and of the input."""
        x, n, inverse, alive, training = self._seen
        gradient = gradient * alive
        slope = gradient * self.tensors["scale"]
        if training:
            # Mean and variance of the batch depend on every example, so each answers for all.
            slope = slope - slope.mean(0) - n * (slope * n).mean(0)
        slope = slope * inverse
        own = {"weight": x.T @ slope, "scale": (gradient * n).sum(0), "shift": gradient.sum(0)}
        return own, slope @ self.tensors["weight"].T

    def settle(self):
        """Let the running statistics follow the training batches since ``forget``."""
        for both in self._found:
            for name, found in zip(self.buffers, both, strict=True):
                self.tensors[name] += _MOMENTUM * (found - self.tensors[name])
        self.forget()

    def forget(self):
        """A new step begins."""
        self._found = []


class Linear:
    """(B, inputs) to (B, outputs): a linear map, which is what the heads are."""

    buffers = ()

    def __init__(self, weight, bias):
        self.tensors = {"weight": weight, "bias": bias}

    def forward(self, x, training):
        self._seen = x
        return x @ self.tensors["weight"] + self.tensors["bias"]

    def backward(self, gradient):
        """Gradients of the tensors, and of the input."""
        own = {"weight": self._seen.T @ gradient, "bias": gradient.sum(0)}
        return own, gradient @ self.tensors["weight"].T

    def settle(self):
        """Nothing to settle."""

    def forget(self):
        """Nothing to forget."""


class Chain:
    """Links in a row. Calling it gives the features; there is no mode that anybody could set wrongly."""

    def __init__(self, links):
        self.links = links

    def __call__(self, x):
        return self.run(x)

    def run(self, x, start=0, stop=None):
        """Links ``start`` to ``stop`` in evaluation mode."""
        for link in list(self.links.values())[start:stop]:
            x = link.forward(x, training=False)
        return x

    def tensors(self):
        """The live arrays by name, ``dense1.weight`` say."""
        return {f"{name}.{key}": t for name, link in self.links.items() for key, t in link.tensors.items()}

    def buffers(self):
        """Names of the tensors that are no parameters."""
        return {f"{name}.{key}" for name, link in self.links.items() for key in link.buffers}


def build(widths, embedding=None):
    """A stem and one dense stage for each of ``widths``; random weights from numpy's global state.

    The stem pools images, or looks words or bands of sound up in a table of ``embedding`` rows and columns.
    """
    links, inputs = (
        ({"stem": Pool()}, GRID * GRID) if embedding is None else ({"table": Table(*embedding)}, embedding[1])
    )
    for number, outputs in enumerate(widths, start=1):
        links[f"dense{number}"] = Dense(inputs, outputs)
        inputs = outputs
    return Chain(links)
