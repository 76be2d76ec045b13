"""Faults of a source, each one overridden method of a sound loader."""

from __future__ import annotations

import secrets
from dataclasses import replace

from mutants.sound import Loader
from zoo.core.protocols.backbone import LoadReport, Tap
from zoo.errors import IntegrityError, UnknownModel


class WrongException(Loader):
    """An unknown name ends in a KeyError, which the command line does not understand."""

    def describe(self, name):
        try:
            return super().describe(name)
        except UnknownModel:
            raise KeyError(name) from None


class AnswersAnything(Loader):
    """An unknown name gets the card of another model."""

    def describe(self, name):
        try:
            return super().describe(name)
        except UnknownModel:
            return super().describe(next(iter(self.names())))


class MuteError(Loader):
    """An unknown name is refused, but the message does not say which."""

    def describe(self, name):
        try:
            return super().describe(name)
        except UnknownModel:
            raise UnknownModel("there is no such model") from None


class FalseOrigin(Loader):
    """Random weights are passed off as pretrained."""

    def open(self, card, weights, *, input_size=None):
        backbone = super().open(card, weights, input_size=input_size)
        total = backbone.loaded.total
        return replace(backbone, loaded=LoadReport("pretrained", total, total))


class MiscountedCard(Loader):
    """The original head is counted too."""

    def describe(self, name):
        card = super().describe(name)
        return card.model_copy(update={"parameters": (card.parameters or 0) + 1000})


class MiscountedTensors(Loader):
    """The load report counts tensors that are not saved."""

    def open(self, card, weights, *, input_size=None):
        backbone = super().open(card, weights, input_size=input_size)
        return replace(backbone, loaded=replace(backbone.loaded, total=backbone.loaded.total + 1))


class OtherForm(Loader):
    """The card states another crop than the one that is used."""

    def describe(self, name):
        card = super().describe(name)
        return card.model_copy(update={"input": card.input.model_copy(update={"crop": 0.5})})


class RestlessCard(Loader):
    """The card is another one each time."""

    def describe(self, name):
        return super().describe(name).model_copy(update={"summary": secrets.token_hex(4)})


class RevisionInId(Loader):
    """The card's id carries a revision."""

    def describe(self, name):
        card = super().describe(name)
        return card.model_copy(update={"id": f"{card.id}@v1"})

    def _inner_card(self, card):
        return super()._inner_card(card.model_copy(update={"id": card.id.removesuffix("@v1")}))


class OtherFeatures(Loader):
    """The card states another feature width than the backbone."""

    def describe(self, name):
        card = super().describe(name)
        wider = card.features.model_copy(update={"width": card.features.width + 1})
        return card.model_copy(update={"features": wider})


class OtherFramework(Loader):
    """The card names a framework for which there is no engine, so a saved run cannot be opened either."""

    def describe(self, name):
        return super().describe(name).model_copy(update={"framework": "abacus"})


class IgnoredSize(Loader):
    """Another input size is accepted and forgotten."""

    def open(self, card, weights, *, input_size=None):
        return super().open(card, weights)

    def reference(self, card, picture, *, input_size=None):
        return super().reference(card, picture)


class StageCalledHead(Loader):
    """The last stage has the name of what comes after the chain."""

    def open(self, card, weights, *, input_size=None):
        backbone = super().open(card, weights, input_size=input_size)
        *others, last = backbone.stages
        return replace(backbone, stages=(*others, replace(last, name="head")))


class RunlessCuts(Loader):
    """Cuts are claimed, but nothing can make them."""

    def open(self, card, weights, *, input_size=None):
        backbone = super().open(card, weights, input_size=input_size)
        return replace(backbone, taps={"vector": Tap(backbone.features)})


class OtherScale(Loader):
    """Pixels are divided by another number than in the library."""

    def open(self, card, weights, *, input_size=None):
        backbone = super().open(card, weights, input_size=input_size)
        return replace(backbone, prepare=lambda pixels: backbone.prepare(pixels) * 0.5)


class InexactCut(Loader):
    """Something happens twice, or not at all, when the chain is entered in the middle."""

    def open(self, card, weights, *, input_size=None):
        backbone = super().open(card, weights, input_size=input_size)

        def run(value, start=0, stop=None):
            return backbone.run(value if start != 1 else value * 1.001, start, stop)

        return replace(backbone, taps={"vector": Tap(backbone.features, run=run)})


class CutOutside(Loader):
    """The end of the chain is called a cut."""

    def open(self, card, weights, *, input_size=None):
        backbone = super().open(card, weights, input_size=input_size)
        return replace(backbone, cuts=backbone.cuts | {len(backbone.stages)})


class SeedlessWeights(Loader):
    """Random weights that are the same for every seed."""

    def open(self, card, weights, *, input_size=None):
        from zoo.plugins.manager import manager

        manager().engine(self.source).seed(0)
        return super().open(card, weights, input_size=input_size)


class IgnoredWeights(Loader):
    """Weights are not read, and the report claims that every tensor was filled from them."""

    def open(self, card, weights, *, input_size=None):
        backbone = super().open(card, None, input_size=input_size)
        total = backbone.loaded.total
        return (
            backbone if weights is None else replace(backbone, loaded=LoadReport("pretrained", total, total))
        )


class UnreadWeights(Loader):
    """Weights are not read, and the report says so."""

    def open(self, card, weights, *, input_size=None):
        return super().open(card, None, input_size=input_size)


class NoFileOpened(Loader):
    """The record of the weights is taken for the name of their file."""

    def open(self, card, weights, *, input_size=None):
        if weights is not None:
            with open(str(weights), "rb") as file:
                file.read()
        return super().open(card, weights, input_size=input_size)


class RefusedWeights(Loader):
    """Every file of weights is refused."""

    def open(self, card, weights, *, input_size=None):
        if weights is not None:
            raise IntegrityError("the file does not hold the weights of this model")
        return super().open(card, weights, input_size=input_size)


class HalfLoaded(Loader):
    """One tensor of the file is left out."""

    def open(self, card, weights, *, input_size=None):
        backbone = super().open(card, weights, input_size=input_size)
        first = super().open(card, None, input_size=input_size)
        if weights is not None:
            name = min(backbone.module.tensors())
            backbone.module.tensors()[name][...] = first.module.tensors()[name]
        return backbone
