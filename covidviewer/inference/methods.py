"""Names of the explanation methods, for whoever offers them: no function of theirs is imported here."""

from __future__ import annotations

#: Explanation method -> "module:function"; those by gradient take (network, batch, class index), the others are in
#: `PERTURBATIONS`. `covidviewer.inference.explaining` knows how to call each.
METHODS: dict[str, str] = {
    "cam": "covidviewer.inference.explain.cam:explain",
    "gradcam": "covidviewer.inference.explain.gradcam:explain",
    "gradcam++": "covidviewer.inference.explain.gradcam_pp:explain",
    "hirescam": "covidviewer.inference.explain.hirescam:explain",
    "lime": "covidviewer.inference.explain.lime:explain",
    "occlusion": "covidviewer.inference.explain.occlusion:explain",
}

#: Methods that ask the network for many changed pictures: seconds a slice, so the screen runs them on demand alone.
PERTURBATIONS = frozenset({"lime", "occlusion"})

#: Methods that equal the closed form where the head is pooling and one linear layer (NETWORKS 6).
CLOSED_FORM = frozenset({"cam", "gradcam"})
