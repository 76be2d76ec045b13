"""SavedModels as TF Hub has them, small, made by TensorFlow itself.

They derive from ``tf.train.Checkpoint`` because the lists of a reusable SavedModel must be attributes: the
properties of ``tf.Module`` are not saved.
"""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import tensorflow as tf

WORDS = ("good", "bad", "fine", "poor")
LENGTH = 6
BUCKETS = 16


def save(model: tf.train.Checkpoint, folder: Path) -> Path:
    tf.saved_model.save(model, str(folder))
    return folder


def archive(folder: Path) -> bytes:
    """The folder as TF Hub serves it."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as tar:
        for file in sorted(folder.rglob("*")):
            tar.add(file, f"./{file.relative_to(folder)}", recursive=False)
    return content.getvalue()


class Pictures(tf.train.Checkpoint):
    """A feature vector of 6; ``norm`` adds batch norm with running statistics and a regularisation loss."""

    def __init__(
        self,
        *sizes: int | None,
        modes: tuple[bool | tf.TensorSpec | None, ...] = (True, False),
        norm: bool = True,
        trainable: bool = True,
        dropout: float = 0.0,
        batch: int | None = None,
        channels: int = 3,
        first: dict[str, object] | None = None,
    ):
        super().__init__()
        random = tf.random.Generator.from_seed(7)
        self.kernel = tf.Variable(random.normal((3, 3, channels, 6), stddev=0.4), name="kernel")
        self.gamma = tf.Variable(tf.ones(6), name="gamma")
        self.mean = tf.Variable(tf.zeros(6), trainable=False, name="moving_mean")
        self.norm, self.dropout = norm, dropout
        self.variables = [self.kernel, self.gamma, self.mean]
        self.trainable_variables = [self.kernel, self.gamma] if trainable else []
        if norm:
            self.regularization_losses = [self.decay]
        if first:  # a trace that only a caller with these arguments reaches
            spec = tf.TensorSpec([batch, 16, 16, channels], tf.float32, name="inputs")
            self.__call__.get_concrete_function(spec, training=False, **first)
        for size in sizes or (16,):
            spec = tf.TensorSpec([batch, size, size, channels], tf.float32, name="inputs")
            for mode in modes:
                self.__call__.get_concrete_function(spec, training=mode)

    @tf.function
    def __call__(self, inputs, training=False, momentum=0.9, return_endpoints=False):
        outputs = tf.nn.conv2d(inputs, self.kernel, 2, "SAME")
        mean = self.mean
        if training and self.norm:
            mean = tf.reduce_mean(outputs, (0, 1, 2))
            self.mean.assign(momentum * self.mean + (1 - momentum) * mean)
        features = tf.reduce_mean(tf.nn.relu(self.gamma * (outputs - mean)), (1, 2))
        if training and self.dropout > 0:
            features = tf.nn.dropout(features, self.dropout)
        return {"default": features, "map": outputs} if return_endpoints else features

    @tf.function(input_signature=[])
    def decay(self):
        return 0.001 * tf.reduce_sum(self.kernel**2)


class Drawing(tf.train.Checkpoint):
    """Dropout by an operation with a stream of its own, as Keras 2 wrote it, through a function that is
    called ``times`` times."""

    def __init__(self, times=1, seed=None):
        super().__init__()
        self.kernel = tf.Variable(tf.random.stateless_normal((3, 6), (0, 1)), name="kernel")
        self.variables = self.trainable_variables = [self.kernel]
        self.regularization_losses = []
        self.times, self.seed = times, seed
        for mode in (True, False):
            self.__call__.get_concrete_function(tf.TensorSpec((None, 16, 16, 3), tf.float32), training=mode)

    @tf.function
    def drop(self, x):
        return tf.nn.dropout(x, 0.5, seed=self.seed)

    @tf.function
    def __call__(self, inputs, training=False):
        features = tf.reduce_mean(inputs, (1, 2)) @ self.kernel
        for _ in range(self.times if training else 0):
            features = self.drop(features)
        return features


class Modeless(tf.train.Checkpoint):
    """No argument ``training``; ``gives`` makes the outputs from pixels (B, 8, 8, 3) and a weight (3, 5)."""

    def __init__(self, gives, shape=(None, 8, 8, 3), spec=None):
        super().__init__()
        self.weight = tf.Variable(tf.random.Generator.from_seed(3).normal((3, 5)), name="weight")
        self.variables = [self.weight]
        self.trainable_variables = [self.weight]
        self._gives = gives
        self.__call__.get_concrete_function(spec or tf.TensorSpec(shape, tf.float32))

    @tf.function
    def __call__(self, inputs):
        return self._gives(inputs, self.weight)


def vector(inputs, weight):
    return tf.reduce_mean(inputs, (1, 2)) @ weight


class Texts(tf.train.Checkpoint):
    """Strings (B,) to vectors of 4: the mean of the embeddings of their words."""

    def __init__(self):
        super().__init__()
        self.table = tf.Variable(tf.random.Generator.from_seed(5).normal((BUCKETS, 4)), name="embeddings")
        self.variables = [self.table]
        self.trainable_variables = [self.table]
        for mode in (True, False):
            self.__call__.get_concrete_function(tf.TensorSpec([None], tf.string), training=mode)

    @tf.function
    def __call__(self, inputs, training=False):
        words = tf.strings.to_hash_bucket_fast(tf.strings.split(inputs), BUCKETS)
        found = tf.ragged.map_flat_values(tf.gather, self.table, words)
        return tf.ensure_shape(tf.reduce_sum(found, 1), (None, 4))


class Preprocessor(tf.train.Checkpoint):
    """Strings (B,) to the three tensors that BERT takes, by a vocabulary in a lookup table."""

    def __init__(self, dtype=tf.int32):
        super().__init__()
        vocabulary = tf.lookup.KeyValueTensorInitializer(WORDS, tf.range(len(WORDS), dtype=tf.int64))
        self.vocabulary = tf.lookup.StaticVocabularyTable(vocabulary, BUCKETS - len(WORDS) - 1)
        self.dtype = dtype
        self.__call__.get_concrete_function(tf.TensorSpec([None], tf.string))

    @tf.function
    def __call__(self, inputs):
        found = tf.ragged.map_flat_values(self.vocabulary.lookup, tf.strings.split(inputs))
        words = tf.cast((found + 1).to_tensor(0, shape=[None, LENGTH]), self.dtype)
        mask = tf.cast(words > 0, self.dtype)
        return {"input_word_ids": words, "input_mask": mask, "input_type_ids": tf.zeros_like(words)}


class Encoder(tf.train.Checkpoint):
    """Numbered tokens to ``pooled_output`` (B, 4) and ``sequence_output`` (B, length, 4)."""

    def __init__(self):
        super().__init__()
        self.table = tf.Variable(tf.random.Generator.from_seed(6).normal((BUCKETS, 4)), name="embeddings")
        self.variables = [self.table]
        self.trainable_variables = [self.table]
        names = ("input_word_ids", "input_mask", "input_type_ids")
        specs = {name: tf.TensorSpec([None, None], tf.int32, name=name) for name in names}
        for mode in (True, False):
            self.__call__.get_concrete_function(specs, training=mode)

    @tf.function
    def __call__(self, inputs, training=False):
        mask = tf.cast(inputs["input_mask"], tf.float32)[..., None]
        sequence = tf.nn.embedding_lookup(self.table, inputs["input_word_ids"]) * mask
        return {"pooled_output": tf.tanh(tf.reduce_sum(sequence, 1)), "sequence_output": sequence}
