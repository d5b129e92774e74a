"""Names of networks and explanation methods, and which weight files are usable here. Imports none of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from covidviewer.errors import NotEvaluableError, UsageError, WeightsError
from covidviewer.inference.manifest import SharedFile, WeightsCard, read_manifest
from covidviewer.inference.methods import CLOSED_FORM, METHODS, PERTURBATIONS

__all__ = [
    "BASELINE",
    "CLOSED_FORM",
    "METHODS",
    "NETWORKS",
    "PERTURBATIONS",
    "Listing",
    "builder",
    "cards",
    "choose",
    "known",
    "list_weights",
    "method",
]
from covidviewer.inference.results import Choice

#: Network name -> "module:builder"; a builder takes (class_names, in_channels, **options).
NETWORKS: dict[str, str] = {
    "da_covid_net": "covidviewer.inference.networks.da_covid_net:build",
    "dpn92_gc": "covidviewer.inference.networks.dpn92_gc:build",
    "dpn92_se": "covidviewer.inference.networks.dpn92_se:build",
    "resnet50_fpn_attention": "covidviewer.inference.networks.resnet50_fpn_attention:build",
    "simple_cnn": "covidviewer.inference.networks.simple_cnn:build",
    "vgg": "covidviewer.inference.networks.vgg:build",
    "unet": "covidviewer.inference.networks.unet:build",
    "resunet": "covidviewer.inference.networks.residual_unet:build_resunet",
    "resunet_ecsa": "covidviewer.inference.networks.residual_unet:build_resunet_ecsa",
    "resunet_fprm": "covidviewer.inference.networks.residual_unet:build_resunet_fprm",
    "dresunet": "covidviewer.inference.networks.residual_unet:build_dresunet",
    # Baselines, in none of the papers.
    "efficientnet_lite0": "covidviewer.inference.networks.efficientnet_lite:build_lite0",
    "efficientnet_lite1": "covidviewer.inference.networks.efficientnet_lite:build_lite1",
    "efficientnet_lite2": "covidviewer.inference.networks.efficientnet_lite:build_lite2",
}

#: Any classifier of torchvision, as a baseline: "torchvision:resnet18".
BASELINE = "torchvision:"


@dataclass(frozen=True, slots=True)
class Listing:
    """A network as the list shows it; ``reason`` says why it is unavailable, "" when it is available."""

    card: WeightsCard
    reason: str = ""

    @property
    def available(self) -> bool:
        return not self.reason


def list_weights(folder: Path | None = None, *, checksum: bool = False) -> tuple[Listing, ...]:
    """Every entry of the manifest with the reason why it cannot be used, if there is one.

    Parameters
    ----------
    folder
        Folder of the manifest; the program's own when None.
    checksum
        Read each file and compare its checksum (loading does so always); else only look that it is there.
    """
    return tuple(Listing(card, _why_not(card, checksum)) for card in read_manifest(folder))


def _why_not(card: WeightsCard, checksum: bool) -> str:
    if not known(card.network):
        return f"This version of the program knows no network {card.network}."
    files: list[WeightsCard | SharedFile] = [card] if card.shares is None else [card, card.shares]
    for needed in files:
        if not needed.path.is_file():
            return f"The weight file {needed.file} is missing."
    if checksum:
        from covidviewer.inference.loading import verify

        try:
            for needed in files:
                verify(needed)
        except WeightsError as error:
            return error.message
    return ""


def cards() -> tuple[Listing, ...]:
    """What the network list of the screen shows: all entries, the unavailable ones with their reason."""
    return list_weights()


def choose(name: str = "", modality: str = "CT", folder: Path | None = None) -> WeightsCard:
    """The weights for a name, or the default of a modality.

    Parameters
    ----------
    name
        Id of the weights ("resnet50_fpn_attention.ct_v1"), or a network's name (its default, else first, weights), or
        "" for the modality's default.
    modality
        "CT" or "FILM"; used where ``name`` is "".

    Raises
    ------
    UsageError
        No entry has this name.
    NotEvaluableError
        No network is there for this modality.
    WeightsError
        There is one, but its file is missing.
    """
    listings = list_weights(folder)
    if name:
        found = [x for x in listings if x.card.id == name] or [x for x in listings if x.card.network == name]
        if not found:
            names = ", ".join(x.card.id for x in listings) or "none"
            raise UsageError(f"No network is called {name}.", advice=f"There are: {names}.")
    else:
        found = [x for x in listings if x.card.modality == modality]
        if not found:
            what = {"CT": "chest CT", "FILM": "chest films"}.get(modality, modality)
            raise NotEvaluableError(f"No network for this: there is none for {what}.")
    usable = [x for x in found if x.available]
    if not usable:
        raise WeightsError(found[0].reason, path=found[0].card.path)
    return next((x.card for x in usable if x.card.default), usable[0].card)


def known(network: str) -> bool:
    """Whether this program can build a network of this name; asks neither torch nor torchvision."""
    return network in NETWORKS or (network.startswith(BASELINE) and len(network) > len(BASELINE))


def for_modality(choice: Choice, modality: str, folder: Path | None = None) -> Choice:
    """The choice as far as it fits: a network for the other modality gives way to this modality's default."""
    if not choice.network or choose(choice.network, folder=folder).modality == modality:
        return choice
    if any(x.card.modality == modality and x.available for x in list_weights(folder)):
        return replace(choice, network="")
    return choice


def builder(network: str) -> Callable[..., Any]:
    """The function that builds a network (imports torch)."""
    if network.startswith(BASELINE):
        from covidviewer.inference.networks import torchvision_baseline

        return partial(torchvision_baseline.build, network.removeprefix(BASELINE))
    return _load(NETWORKS, network, "network")


def method(name: str) -> Callable[..., Any]:
    """The function of an explanation method (imports torch)."""
    return _load(METHODS, name, "method")


def _load(table: dict[str, str], name: str, what: str) -> Callable[..., Any]:
    if name not in table:
        raise UsageError(f"No {what} is called {name}.", advice=f"There are: {', '.join(sorted(table))}.")
    module, function = table[name].split(":")
    found: Callable[..., Any] = getattr(import_module(module), function)
    return found
