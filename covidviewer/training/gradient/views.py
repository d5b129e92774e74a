"""Random views of one picture: one affine for all geometry, then grey levels, blur and noise. No torch."""

from __future__ import annotations

import io
import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from covidviewer.training.gradient.settings import ViewSettings

__all__ = ["affine_of", "made_otherwise", "random_view"]

Grey = NDArray[np.uint8]


def affine_of(side: int, size: int, rng: np.random.Generator, s: ViewSettings) -> NDArray[np.float64]:
    """Where each pixel of the view comes from.

    Parameters
    ----------
    side, size
        Of the square picture and of the square view, pixels.
    rng, s
        Chance and ranges. The same number of draws whatever is switched off, so that a change of one range does not
        change all others.

    Returns
    -------
    ndarray of float64, shape (2, 3)
        (x, y, 1) of the view -> (x, y) of the picture, in edge coordinates.
    """
    area = rng.uniform(*s.crop_area)
    aspect = math.exp(rng.uniform(-s.crop_aspect, s.crop_aspect))
    width, height = min(1.0, math.sqrt(area * aspect)), min(1.0, math.sqrt(area / aspect))
    left, top = rng.uniform(0, 1) * (1 - width), rng.uniform(0, 1) * (1 - height)
    angle, shear = np.deg2rad(rng.uniform(-s.rotation, s.rotation)), np.deg2rad(rng.uniform(-s.shear, s.shear))
    shift = rng.uniform(-s.shift, s.shift, 2)
    scale = rng.uniform(*s.scale)
    mirrored, turned = rng.random() < s.flip_horizontal, rng.random() < s.flip_vertical
    # View pixel -> centred unit square -> turned and sheared -> crop -> picture.
    to_unit = np.array([[1 / size, 0, -0.5], [0, 1 / size, -0.5], [0, 0, 1.0]])
    flip = np.diag([-1.0 if mirrored else 1.0, -1.0 if turned else 1.0, 1.0])
    c, n = math.cos(angle) / scale, math.sin(angle) / scale
    turn = np.array([[c, -n, -shift[0]], [n, c, -shift[1]], [0, 0, 1.0]])
    lean = np.array([[1.0, math.tan(shear), 0], [0, 1.0, 0], [0, 0, 1.0]])
    crop = np.array([[width, 0, left + width / 2], [0, height, top + height / 2], [0, 0, 1.0]])
    whole: NDArray[np.float64] = np.diag([side, side, 1.0]) @ crop @ turn @ lean @ flip @ to_unit
    return whole[:2]


def random_view(picture: Grey, size: int, rng: np.random.Generator, settings: ViewSettings, channels: int = 1) -> Grey:
    """One random view.

    Parameters
    ----------
    picture
        Square, grey.
    size
        Side of the view.
    rng
        Source of chance; the same state gives the same view.
    settings
        Ranges and probabilities.
    channels
        3 where the channels get gains of their own (``color``), else 1.

    Returns
    -------
    ndarray of uint8, shape (channels, size, size)
    """
    affine = affine_of(picture.shape[0], size, rng, settings)
    data = tuple(affine.ravel())
    image = Image.fromarray(picture).transform((size, size), Image.Transform.AFFINE, data, Image.Resampling.BILINEAR)
    return _made_otherwise(image, rng, settings, channels)


def made_otherwise(view: Grey, rng: np.random.Generator, settings: ViewSettings) -> Grey:
    """The same view as another scanner, printer or web page might have made it: resolution, JPEG, levels, noise.

    Parameters
    ----------
    view
        Grey, H x W.
    rng
        Source of chance.
    settings
        Ranges and probabilities; those of geometry are not read. Of the views, ``otherwise`` are changed at all.

    Returns
    -------
    ndarray of uint8, shape (H, W); the same values where everything is switched off.
    """
    if rng.random() >= settings.otherwise:
        return view
    made: Grey = _made_otherwise(Image.fromarray(view), rng, settings, 1)[0]
    return made


def _made_otherwise(image: Image.Image, rng: np.random.Generator, settings: ViewSettings, channels: int) -> Grey:
    # A generator of its own: recipes without these two draw what they drew before there were any.
    image = _stored(image, rng.spawn(1)[0], settings)
    blurred, sigma = rng.random() < settings.blur, rng.uniform(*settings.blur_sigma)
    if blurred:
        image = image.filter(ImageFilter.GaussianBlur(sigma))
    values = np.asarray(image, np.float32)
    contrast = 1 + rng.uniform(-settings.contrast, settings.contrast)
    bright = 1 + rng.uniform(-settings.brightness, settings.brightness)
    gains = 1 + rng.uniform(-settings.color, settings.color, channels)
    noisy, strength = rng.random() < settings.noise, rng.uniform(*settings.noise_sigma)
    if contrast != 1 or bright != 1 or (gains != 1).any() or noisy:
        middle = float(values.mean())
        values = ((values - middle) * np.float32(contrast) + np.float32(middle)) * np.float32(bright)
        stack = values[None] * gains[:, None, None].astype(np.float32)
        if noisy:
            stack += rng.standard_normal(values.shape, dtype=np.float32) * np.float32(strength * 255)
    else:
        stack = np.broadcast_to(values[None], (channels, *values.shape))
    result: Grey = np.clip(stack + np.float32(0.5), 0, 255).astype(np.uint8)
    return result


def _stored(image: Image.Image, rng: np.random.Generator, settings: ViewSettings) -> Image.Image:
    """Corners filled, sharpened, brought to fewer pixels and back, stored as JPEG, each by chance."""
    image = _without_corners(image, rng, settings)
    coarse, share = rng.random() < settings.coarse, rng.uniform(*settings.coarse_scale)
    packed, quality = rng.random() < settings.jpeg, rng.integers(*settings.jpeg_quality, endpoint=True)
    sharpened, amount = rng.random() < settings.sharp, rng.uniform(*settings.sharp_amount)
    if sharpened:
        image = image.filter(ImageFilter.UnsharpMask(1, round(100 * amount), 0))
    if coarse:
        few = (max(1, round(image.width * share)), max(1, round(image.height * share)))
        image = image.resize(few, Image.Resampling.BILINEAR).resize(image.size, Image.Resampling.BILINEAR)
    if packed:
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=int(quality))
        with Image.open(buffer) as stored:
            image = stored.convert("L")
    return image


def _without_corners(image: Image.Image, rng: np.random.Generator, settings: ViewSettings) -> Image.Image:
    """Letters, rulers and scanner frames often lie there: each corner by chance, all with one grey."""
    filled, which = rng.random() < settings.corners, rng.random(4) < 0.75
    shares, grey = rng.uniform(*settings.corner_share, (4, 2)), rng.uniform()
    usual = rng.random() < 0.5
    if not filled:
        return image
    values = np.array(image)
    # Half of the time the usual grey, else any.
    fill = np.uint8(values.mean() if usual else 255 * grey)
    rows, columns = values.shape
    for number in np.flatnonzero(which):
        high, wide = (max(1, round(n * share)) for n, share in zip((rows, columns), shares[number], strict=True))
        down = slice(rows - high, rows) if number & 2 else slice(0, high)
        across = slice(columns - wide, columns) if number & 1 else slice(0, wide)
        values[down, across] = fill
    return Image.fromarray(values)
