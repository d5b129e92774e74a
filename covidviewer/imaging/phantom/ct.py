"""The phantom as CT: HU on any plane."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from covidviewer.imaging.phantom import anatomy, trees
from covidviewer.imaging.phantom.plane import Array, Plane, Texture, blend, coverage
from covidviewer.imaging.phantom.tubes import Tubes, cover

_COARSE = Texture.random(101, 14.0, 60.0)
_FINE = Texture.random(102, 3.0, 10.0, 64)
VERTEBRA_MM = 24.0


def sample(plane: Plane, *, noise: float = 0.0, seed: int = 0) -> NDArray[np.int16]:
    """HU of the phantom at the pixels of a plane.

    Parameters
    ----------
    plane : where; any position and orientation, LPS mm.
    noise : standard deviation of the added noise in HU, correlated over neighbouring pixels as a soft kernel's is.
    seed : of the noise; equal seeds give equal images.

    Returns
    -------
    int16 (rows, columns), HU, -1024..3071. Without noise the balls of `POINTS` hold exactly their HU.
    """
    image = tissue(plane)
    if noise:
        image += np.float32(noise) * _grain(plane.shape, seed)
    return np.clip(np.rint(image), -1024, 3071).astype(np.int16)


def tissue(plane: Plane, *, tubes: bool = True, table: bool = True) -> Array:
    """HU without noise, float32 (rows, columns); ``tubes=False`` leaves out lung vessels, small airways and ribs."""
    x, y, z = plane.points
    soft = max(1.1 * plane.pixel_mm, 0.8)
    coarse, fine = _COARSE.on(plane), _FINE.on(plane)
    image = np.full(plane.shape, -1000, np.float32)
    _wall(image, x, y, z, soft, coarse, fine)
    chest = anatomy.cavity(x, y, z)
    inside = coverage(chest + np.float32(0.5), soft)
    blend(image, inside, -95 + 4 * fine)
    if np.min(z) < -20:
        _abdomen(image, x, y, z, soft, inside, coarse, fine)
    above = coverage(-anatomy.diaphragm(x, y, z), soft)
    _mediastinum(image, x, y, z, soft, inside * above, fine)
    lung = anatomy.lungs(x, y, z)
    _lungs(image, plane, lung, soft, coarse, fine, tubes)
    _bones(image, plane, soft, fine, tubes)
    _airways(image, plane, soft)
    if table:
        _table(image, x, y, soft)
    for centre, hu in anatomy.POINTS.values():
        r = np.float32(anatomy.PROBE_MM)
        distance = np.sqrt((x - centre[0]) ** 2 + (y - centre[1]) ** 2 + (z - centre[2]) ** 2) - r
        if distance.min() < 1:
            blend(image, coverage(distance - np.float32(0.5 * soft), soft), hu)
    return image


def lesion_share(plane: Plane, kind: str = "") -> Array:
    """How much of each pixel is diseased lung, float32 0..1; ``kind`` restricts to one of `Lesion.kind`."""
    x, y, z = plane.points
    share = np.zeros(plane.shape, np.float32)
    lung = coverage(anatomy.lungs(x, y, z), 1.0)
    coarse, fine = _COARSE.on(plane), _FINE.on(plane)
    for lesion in anatomy.LESIONS:
        if not kind or lesion.kind == kind:
            np.maximum(share, _lesion(lesion, x, y, z, coarse, fine), out=share)
    return share * lung


def _lesion(lesion: anatomy.Lesion, x: Array, y: Array, z: Array, coarse: Array, fine: Array) -> Array:
    distance = anatomy.ellipsoid(x, y, z, lesion.centre, lesion.radii)
    if distance.min() > lesion.rough_mm * 5 + lesion.soft_mm:
        return np.zeros((1, 1), np.float32)
    return coverage(distance + np.float32(lesion.rough_mm) * (coarse + np.float32(0.35) * fine), lesion.soft_mm)


def _wall(image: Array, x: Array, y: Array, z: Array, soft: float, coarse: Array, fine: Array) -> None:
    skin = anatomy.body(x, y, z)
    blend(image, coverage(skin, soft), 20)
    blend(image, coverage(skin + 2, soft), -102 + 5 * fine)
    fat = anatomy.fat_mm(x, y, z)
    flesh = skin + fat + np.float32(1.2) * coarse
    blend(image, coverage(flesh, soft), 54 + 5 * fine)
    # Planes of fat between the layers of muscle, thicker and thinner as they go.
    for depth, share in ((9.0, 0.75), (16.5, 0.5)):
        layer = np.abs(flesh + np.float32(depth) + 2 * coarse) - np.float32(0.8) - np.float32(0.7) * coarse
        blend(image, coverage(layer, soft) * np.float32(share), -80)
    blend(image, np.clip(fine - 1.4, 0, 0.6) * coverage(flesh + 2, soft), -70)


def _abdomen(
    image: Array, x: Array, y: Array, z: Array, soft: float, inside: Array, coarse: Array, fine: Array
) -> None:
    under = coverage(anatomy.diaphragm(x, y, z), soft) * inside
    if not under.any():
        return
    blend(image, under, -98 + 5 * fine)
    liver = anatomy.ellipsoid(x + 0.25 * z, y, z, (-66, 2, -112), (88, 90, 72))
    blend(image, under * coverage(np.maximum(liver, x - 40) + 2, 2 * soft), 58 + 4 * fine)
    spleen = anatomy.ellipsoid(x, y, z, (86, 40, -108), (34, 40, 40))
    blend(image, under * coverage(spleen, soft), 50 + 4 * fine)
    stomach = anatomy.ellipsoid(x, y, z, (58, -20, -104), (42, 38, 34))
    blend(image, under * coverage(stomach, soft), 40)
    level = coverage(y + 26, soft)  # the patient lies on the back: gas in front
    blend(image, under * coverage(stomach + 4, soft), 12 + 3 * fine)
    blend(image, under * coverage(stomach + 4, soft) * level, -990)
    muscle = np.abs(anatomy.diaphragm(x, y, z)) - np.float32(1.6)
    blend(image, coverage(muscle, soft) * inside, 45)
    kidneys = anatomy.ellipsoid(np.abs(x), y, z, (58, 58, -150), (26, 22, 40))
    blend(image, under * coverage(kidneys, soft), 35)
    _ = coarse


def _mediastinum(image: Array, x: Array, y: Array, z: Array, soft: float, inside: Array, fine: Array) -> None:
    heart = anatomy.heart(x, y, z)
    blend(image, inside * coverage(heart, soft), 42 + 3 * fine)
    # Fat in the grooves of the heart.
    groove = np.abs(anatomy.ellipsoid(x, y, z, (2, -8, -22), (44, 38, 40))) - np.float32(1.2)
    blend(image, inside * coverage(groove, soft) * coverage(heart + 1, soft) * coverage(-heart - 9, 4), -60)
    gullet = anatomy.rod(x, y, (np.float32(8), np.float32(37)), (np.float32(2), np.float32(37))) - 6
    blend(image, inside * coverage(gullet + 0 * z, soft), 34)
    blend(image, inside * coverage(gullet + np.float32(4.6) + 0 * z, soft) * (np.sin(z / 19) > 0.2), -400)
    nodes = np.zeros(np.broadcast_shapes(x.shape, y.shape, z.shape), np.float32)
    for centre in ((-16, 6, 36), (12, 4, 30), (2, 28, 2), (-12, -30, 40), (16, -14, 40)):
        distance = anatomy.ellipsoid(x, y, z, centre, (5.5, 4.0, 6.0))
        if distance.min() < 1:
            np.maximum(nodes, coverage(distance, soft), out=nodes)
    blend(image, inside * nodes, 38)


def _lungs(image: Array, plane: Plane, lung: Array, soft: float, coarse: Array, fine: Array, tubes: bool) -> None:
    x, y, z = plane.points
    # The great vessels lie under the lung: where a hilum bulges, the lung's edge decides.
    great = cover(trees.great_vessels(), plane, soft)
    deep = coverage(anatomy.diaphragm(x, y, z) + 0 * lung, soft)
    blend(image, great * (1 - deep), 45 + 2 * fine)
    blend(image, great * deep, 45)
    here = coverage(lung, soft)
    if not here.any():
        return
    # Denser towards the back, as in a patient who lies on it; a pleural line where lung meets wall.
    matter = -862 + y * np.float32(0.14) + 7 * coarse + 11 * fine
    blend(image, here, matter)
    line = coverage(np.abs(anatomy.fissure(x, y, z)) - np.float32(0.35), soft)
    blend(image, here * line, -640)
    for lesion in anatomy.LESIONS:
        share = _lesion(lesion, x, y, z, coarse, fine)
        if share.any():
            ripple = 22 * fine if lesion.kind == "ground glass" else 9 * fine
            blend(image, here * share, lesion.hu + ripple)
    if tubes:
        near = coverage(lung - 3, soft)
        for tree in trees.vessels():
            blend(image, near * cover(tree, plane, soft), 42)


def _bones(image: Array, plane: Plane, soft: float, fine: Array, tubes: bool) -> None:
    x, y, z = plane.points
    _spine(image, x, y, z, soft, fine)
    if tubes:
        _shell(image, plane, trees.processes(), soft, 520, 230, 1.4)
        bones, cartilages = trees.ribs()
        for part, cortex, marrow, shell in ((bones, 780, 240, 1.7), (cartilages, 120, 95, 1.0)):
            _shell(image, plane, Tubes.join(list(part)), soft, cortex, marrow, shell)
        _shell(image, plane, Tubes.join(list(trees.clavicles())), soft, 850, 260, 2.0)
    front = np.float32(-97) + np.interp(z, [-60, 20, 95], [-2, 2, 20]).astype(np.float32)
    half = np.interp(z, [-52, -20, 50, 64, 84], [5, 13, 12, 16, 23]).astype(np.float32)
    plate = anatomy.rod(x, y, (-half, front), (half, front)) - np.float32(5.5)
    sternum = np.maximum(plate, np.maximum(z - 86, -52 - z))
    blend(image, coverage(sternum, soft), 560)
    blend(image, coverage(sternum + np.float32(1.5), soft), 140 + 25 * fine)
    _scapulae(image, x, y, z, soft, fine)


def _scapulae(image: Array, x: Array, y: Array, z: Array, soft: float, fine: Array) -> None:
    away = np.abs(x)
    rise = np.clip((z - 8) / 90, 0, 1).astype(np.float32)
    inner = (104 - 26 * rise, 82 + 3 * rise)
    outer = (112 + 16 * rise, 76 - 34 * rise)
    blade = anatomy.rod(away, y, inner, outer) - np.float32(2.4) - 2 * rise
    blade = np.maximum(blade, np.maximum(8 - z, z - 104))
    neck = anatomy.ellipsoid(away, y, z, (130, 38, 92), (11, 13, 17))
    spine = anatomy.ellipsoid(away - 0.0 * z, y + 0.45 * (away - 110), z, (110, 78, 88), (26, 4.5, 5))
    both = np.minimum(np.minimum(blade, neck), spine)
    if both.min() > soft:
        return
    blend(image, coverage(both, soft), 720)
    blend(image, coverage(both + np.float32(1.8), soft), 260 + 40 * fine)


def _spine(image: Array, x: Array, y: Array, z: Array, soft: float, fine: Array) -> None:
    phase = np.abs((z / VERTEBRA_MM - np.rint(z / VERTEBRA_MM)) * VERTEBRA_MM)  # 0 in the middle of a vertebra
    waist = np.float32(1.8) * (1 - phase / 12)
    centre = np.float32(61)
    q = np.sqrt((x / 18) ** 2 + ((y - centre) / 15) ** 2)
    column = np.sqrt(x * x + (y - centre) ** 2) * (1 - 1 / np.maximum(q, np.float32(0.05))) + waist
    disc = coverage(9.5 - phase, soft)
    blend(image, coverage(column, soft), 90 * disc + 520 * (1 - disc))
    blend(image, coverage(column + np.float32(1.6), soft), 85 * disc + (185 + 38 * fine) * (1 - disc))
    plates = coverage(np.abs(phase - np.float32(8.8)) - np.float32(0.7), soft)
    blend(image, coverage(column + 1, soft) * plates, 480)
    ring = np.sqrt(x * x + (y - 82) ** 2) - np.float32(12)
    lamina = coverage(7 - phase, 2 * soft)
    blend(image, coverage(ring, soft) * lamina, 480)
    blend(image, coverage(ring + np.float32(3.6), soft) * (1 + 0 * z), 12)
    cord = np.sqrt(x * x / np.float32(1.4) + (y - 82) ** 2) - np.float32(5)
    blend(image, coverage(cord, soft) * (1 + 0 * z), 40)


def _shell(image: Array, plane: Plane, tubes: Tubes, soft: float, cortex: float, marrow: float, mm: float) -> None:
    blend(image, cover(tubes, plane, soft), cortex)
    blend(image, cover(tubes.grown(-mm), plane, soft), marrow)


def _airways(image: Array, plane: Plane, soft: float) -> None:
    tubes = trees.airways()
    wall = cover(tubes.grown(1.1), plane, soft)
    # A thin wall in soft tissue is invisible and must not darken what it touches.
    np.maximum(image, image + wall * (10 - image), out=image)
    blend(image, cover(tubes, plane, soft), -1000)


def _table(image: Array, x: Array, y: Array, soft: float) -> None:
    surface = np.float32(124) - x * x * np.float32(1 / 900)
    for depth, hu in ((0.0, -250), (28.0, -300)):
        sheet = np.abs(y - surface - np.float32(depth)) - np.float32(0.9)
        blend(image, coverage(np.maximum(sheet, np.abs(x) - 200), soft), hu)
    foam = np.maximum(np.abs(y - surface - 14) - 12, np.abs(x) - 198)
    blend(image, coverage(foam, soft), -965)


def _grain(shape: tuple[int, int], seed: int) -> Array:
    """Noise of standard deviation 1, mixed over neighbours."""
    rng = np.random.default_rng([20, seed])
    raw = rng.standard_normal((shape[0] + 2, shape[1] + 2), dtype=np.float32)
    mixed = raw[:-1] + raw[1:]
    mixed = mixed[:, :-1] + mixed[:, 1:]
    mixed = mixed[:-1] + mixed[1:]
    mixed = mixed[:, :-1] + mixed[:, 1:]
    result: Array = mixed * np.float32(1 / 6.0)  # sqrt(36): weights 1 2 1 squared sum to 6 along each axis
    return result
