"""The enlarger: only when asked, flagged, the same by tiles as whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch")

from covidviewer.__main__ import main  # noqa: E402
from covidviewer.errors import WeightsError  # noqa: E402
from covidviewer.inference import enlarging  # noqa: E402
from covidviewer.inference.networks.esrgan import build  # noqa: E402
from covidviewer.training.enlarger import start_bilinear  # noqa: E402
from covidviewer.training.finish import save  # noqa: E402


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an enlarger that is the bilinear one."""
    folder = tmp_path / "weights"
    network = build(1, blocks=1)
    start_bilinear(network)
    sha = save(network, folder / "toy.safetensors")
    (folder / "manifest.toml").write_text(
        f'schema = 1\n[[enlargers]]\nid = "toy"\nfile = "toy.safetensors"\nsha256 = "{sha}"\nscale = 2\n'
        "options = { blocks = 1 }\n",
        "utf-8",
    )
    monkeypatch.setenv("COVIDVIEWER_WEIGHTS", str(folder))
    return folder


def smooth(rows: int, columns: int) -> np.ndarray:
    y, x = np.mgrid[:rows, :columns]
    return (127 + 60 * np.sin(y / 9) + 60 * np.cos(x / 7)).astype(np.uint8)


def test_tiles_meet_without_a_seam(weights: Path) -> None:
    _, network = enlarging.load_enlarger()
    picture = smooth(200, 230)  # more than one tile each way
    found = enlarging.enlarge(network, picture)
    assert found.shape == (400, 460)
    x = torch.from_numpy(np.pad(picture, 16, mode="edge").astype(np.float32) / 255)[None, None]
    with torch.no_grad():
        whole = (network(x)[0, 0, 32:-32, 32:-32].clamp(0, 1) * 255).round().numpy()
    assert np.abs(found.astype(int) - whole.astype(int)).max() <= 1


def test_the_command_flags_what_it_wrote_and_the_viewer_says_so(
    weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from covidviewer.study import open_study

    Image.fromarray(smooth(40, 50)).save(tmp_path / "film.png")
    out = tmp_path / "large.png"
    assert main(["enlarge", str(tmp_path / "film.png"), "--out", str(out)]) == 0
    assert "invented" in capsys.readouterr().err
    with Image.open(out) as image:
        assert image.size == (100, 80)
        assert "toy" in image.info["Enlarged"]
    notes = [n.text for n in open_study(out).series[0].stack.notes]
    assert any("enlarged by a network" in text for text in notes)
    assert not any("enlarged" in n.text for n in open_study(tmp_path / "film.png").series[0].stack.notes)


def test_it_is_refused_where_it_cannot_be_trusted(weights: Path, tmp_path: Path) -> None:
    path = weights / "toy.safetensors"
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(WeightsError, match="checksum"):
        enlarging.load_enlarger()
    (weights / "manifest.toml").write_text("schema = 1\n", "utf-8")
    with pytest.raises(WeightsError, match="No enlarger"):
        enlarging.load_enlarger()
    assert main(["enlarge", str(tmp_path), "--out", str(tmp_path / "x.jpg")]) == 2


def test_no_reading_uses_it() -> None:
    folder = Path(enlarging.__file__).parent.parent
    users = [
        str(p.relative_to(folder)) for p in folder.rglob("*.py") if "inference.enlarging import" in p.read_text("utf-8")
        and p.name not in ("enlarging.py", "pictures.py")
    ]  # fmt: skip
    assert users == ["cli/enlarge.py"]
