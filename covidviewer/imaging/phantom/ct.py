"""The phantom as CT: HU on any plane."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from covidviewer.imaging.phantom import anatomy, trees
from covidviewer.imaging.phantom.plane import Array, Number, Plane, Texture, blend, bounds, coverage
from covidviewer.imaging.phantom.tubes import Tubes, cover

_COARSE = Texture.random(101, 14.0, 60.0, 24)
_FINE = Texture.random(102, 3.0, 10.0, 40)
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


def tissue(plane: Plane, *, tubes: bool = True, table: bool = True, soft_mm: float = 0.0) -> Array:
    """HU without noise, float32 (rows, columns).

    tubes : False leaves out the vessels in the lungs and the ribs. soft_mm : width of edges, at least a pixel.
    """
    soft = max(1.1 * plane.pixel_mm, 0.8, soft_mm)
    image = np.full(plane.shape, -1000, np.float32)
    skin = np.broadcast_to(anatomy.body(*plane.points), plane.shape)
    box = bounds(skin < soft)
    if box is not None:
        part = plane.crop(box)
        _trunk(image[box], part, skin[box], soft, _COARSE.on(part), _FINE.on(part), tubes)
    if table:
        _table(image, plane, soft)
    for centre, hu in anatomy.POINTS.values():
        _ball(image, plane, centre, hu, soft)
    return image


def _trunk(image: Array, plane: Plane, skin: Array, soft: float, coarse: Array, fine: Array, tubes: bool) -> None:
    x, y, z = plane.points
    _wall(image, x, y, z, skin, soft, coarse, fine)
    cavity = np.broadcast_to(anatomy.cavity(x, y, z), plane.shape)
    box = bounds(cavity < soft)
    if box is not None:
        _chest(image[box], plane.crop(box), cavity[box], soft, coarse[box], fine[box], tubes)
    _bones(image, plane, soft, fine, tubes)
    _airways(image, plane, soft)


def _chest(image: Array, plane: Plane, cavity: Array, soft: float, coarse: Array, fine: Array, tubes: bool) -> None:
    x, y, z = plane.points
    inside = coverage(cavity + np.float32(0.5), soft)
    blend(image, inside, -95 + 4 * fine)
    dome = anatomy.diaphragm(x, y, z)
    under = coverage(dome, soft)
    if under.any():
        _abdomen(image, plane, soft, under * inside, dome, fine)
    heart = anatomy.heart(x, y, z)
    _mediastinum(image, plane, heart, soft, inside * coverage(-dome, soft), fine)
    lung = anatomy.lungs(x, y, z, cavity, dome, heart)
    _lungs(image, plane, lung, under, soft, coarse, fine, tubes)


def _ball(image: Array, plane: Plane, centre: tuple[float, float, float], hu: float, soft: float) -> None:
    """A probe: exactly one HU up to `PROBE_MM` from its centre."""
    box = plane.around(centre, anatomy.PROBE_MM + soft)
    if box is None:
        return
    distance = anatomy.ellipsoid(*plane.crop(box).points, centre, (anatomy.PROBE_MM + 0.5 * soft,) * 3)
    blend(image[box], coverage(distance, soft), hu)


def lesion_share(plane: Plane, kind: str = "") -> Array:
    """How much of each pixel is diseased lung, float32 0..1; ``kind`` restricts to one of `Lesion.kind`."""
    x, y, z = plane.points
    share = np.zeros(plane.shape, np.float32)
    lung = coverage(anatomy.lungs(x, y, z), 1.0)
    coarse, fine = _COARSE.on(plane), _FINE.on(plane)
    for lesion in anatomy.LESIONS:
        if not kind or lesion.kind == kind:
            found = _lesion(lesion, plane, coarse, fine)
            if found is not None:
                box, part = found
                np.maximum(share[box], part, out=share[box])
    return share * lung


def _lesion(
    lesion: anatomy.Lesion, plane: Plane, coarse: Array, fine: Array
) -> tuple[tuple[slice, slice], Array] | None:
    """Where on the plane it is, and its share there."""
    box = plane.around(lesion.centre, max(lesion.radii) + lesion.soft_mm + 4 * lesion.rough_mm)
    if box is None:
        return None
    distance = anatomy.ellipsoid(*plane.crop(box).points, lesion.centre, lesion.radii)
    uneven = np.float32(lesion.rough_mm) * (coarse[box] + np.float32(0.35) * fine[box])
    return box, coverage(distance + uneven, lesion.soft_mm)


def _organ(
    image: Array,
    plane: Plane,
    centre: tuple[float, float, float],
    radii: tuple[float, float, float],
    soft: float,
    within: Array,
    hu: Number,
) -> None:
    """An ellipsoid of one matter, inside what ``within`` allows."""
    box = plane.around(centre, max(radii) + soft)
    if box is not None:
        distance = anatomy.ellipsoid(*plane.crop(box).points, centre, radii)
        blend(image[box], coverage(distance, soft) * within[box], hu[box] if isinstance(hu, np.ndarray) else hu)


def _wall(image: Array, x: Array, y: Array, z: Array, skin: Array, soft: float, coarse: Array, fine: Array) -> None:
    blend(image, coverage(skin, soft), 20)
    blend(image, coverage(skin + 2, soft), -102 + 5 * fine)
    fat = anatomy.fat_mm(x, y, z)
    flesh = skin + fat + np.float32(1.2) * coarse
    blend(image, coverage(flesh, soft), 54 + 5 * fine)
    # Planes of fat between the layers of muscle, thicker and thinner as they go.
    for depth, share in ((9.0, 0.75), (16.5, 0.5)):
        layer = np.abs(flesh + np.float32(depth) + 2 * coarse) - np.float32(0.8) - np.float32(0.7) * coarse
        blend(image, coverage(layer, soft) * np.float32(share), -80)
    blend(image, np.clip(fine - 1.9, 0, 0.5) * coverage(flesh + 2, soft), -70)
    # Fat of the armpits, uneven as fat between muscles is.
    armpit = anatomy.ellipsoid(np.abs(x), y, z, (118, 8, 92), (20, 34, 46)) + 5 * coarse + 2 * fine
    if armpit.min() < soft:
        blend(image, coverage(armpit, 2 * soft), -96 + 5 * fine)


def _abdomen(image: Array, plane: Plane, soft: float, under: Array, dome: Array, fine: Array) -> None:
    x, y, z = plane.points
    blend(image, under, -98 + 5 * fine)
    liver = anatomy.ellipsoid(x + np.float32(0.25) * z, y, z, (-66, 2, -112), (88, 90, 72))
    blend(image, under * coverage(np.maximum(liver, x - 40) + 2, 2 * soft), 58 + 4 * fine)
    _organ(image, plane, (86.0, 40.0, -108.0), (34.0, 40.0, 40.0), soft, under, 50 + 4 * fine)
    _organ(image, plane, (58.0, -20.0, -104.0), (42.0, 38.0, 34.0), soft, under, 40)
    _organ(image, plane, (58.0, -20.0, -104.0), (38.0, 34.0, 30.0), soft, under, 12 + 3 * fine)
    gas = under * coverage(y + 26, soft)  # the patient lies on the back: gas in front
    _organ(image, plane, (58.0, -20.0, -104.0), (38.0, 34.0, 30.0), soft, gas, -990)
    for side in (-58.0, 58.0):
        _organ(image, plane, (side, 58.0, -150.0), (26.0, 22.0, 40.0), soft, under, 35)
    blend(image, under * coverage(-dome - np.float32(2.5), soft), 45)


def _mediastinum(image: Array, plane: Plane, heart: Array, soft: float, inside: Array, fine: Array) -> None:
    x, y, z = plane.points
    blend(image, inside * coverage(heart, soft), 42 + 3 * fine)
    if np.min(heart) < 0:  # fat in the groove between atria and ventricles
        groove = np.abs(anatomy.ellipsoid(x, y, z, (2, -8, -22), (44, 38, 40))) - np.float32(1.2)
        blend(image, inside * coverage(groove, soft) * coverage(heart + 1, soft) * coverage(-heart - 9, 4), -60)
    gullet = anatomy.rod(x, y, (8.0, 37.0), (2.0, 37.0)) - 6
    blend(image, inside * coverage(gullet, soft), 34)
    gas = coverage(gullet + np.float32(4.6), soft) * (np.sin(z / 19) > 0.2)
    blend(image, inside * gas, -400)
    for centre in ((-16.0, 6.0, 36.0), (12.0, 4.0, 30.0), (2.0, 28.0, 2.0), (-12.0, -30.0, 40.0), (16.0, -14.0, 40.0)):
        _organ(image, plane, centre, (5.5, 4.0, 6.0), soft, inside, 38)


def _lungs(
    image: Array, plane: Plane, lung: Array, under: Array, soft: float, coarse: Array, fine: Array, tubes: bool
) -> None:
    x, y, z = plane.points
    # The great vessels lie under the lung: where a hilum bulges, the lung's edge decides.
    blend(image, cover(trees.great_vessels(), plane, soft), 45)
    here = coverage(lung, soft)
    if not here.any():
        return
    # Denser towards the back, as in a patient who lies on it; a pleural line where lung meets wall.
    matter = -862 + y * np.float32(0.14) + 7 * coarse + 11 * fine
    blend(image, here, matter)
    line = coverage(np.abs(anatomy.fissure(x, y, z)) - np.float32(0.35), soft)
    blend(image, here * line, -640)
    for lesion in anatomy.LESIONS:
        found = _lesion(lesion, plane, coarse, fine)
        if found is not None:
            box, share = found
            ripple = 22 if lesion.kind == "ground glass" else 9
            blend(image[box], here[box] * share, lesion.hu + ripple * fine[box])
    if tubes:
        near = coverage(lung - 3, soft)
        blend(image, near * cover(trees.all_vessels(), plane, soft), 42)


def _bones(image: Array, plane: Plane, soft: float, fine: Array, tubes: bool) -> None:
    x, y, z = plane.points
    _spine(image, x, y, z, soft, fine)
    if tubes:
        _shell(image, plane, trees.processes(), soft, 520, 230, 1.4)
        bones, cartilages = trees.all_ribs()
        for part, cortex, marrow, shell in ((bones, 780, 240, 1.7), (cartilages, 120, 95, 1.0)):
            _shell(image, plane, part, soft, cortex, marrow, shell)
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
    wall = cover(tubes.grown(0.8), plane, soft)
    # A thin wall in soft tissue is invisible and must not darken what it touches.
    np.maximum(image, image + wall * (10 - image), out=image)
    blend(image, cover(tubes, plane, soft), -1000)


def _table(image: Array, plane: Plane, soft: float) -> None:
    box = bounds(np.broadcast_to(plane.points[1] > 80, plane.shape))
    if box is None:
        return
    image = image[box]
    x, y, _ = plane.crop(box).points
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
