"""``analyze`` and ``explain`` on small files, with the toy network: tables, pictures, exit codes."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from covidviewer.__main__ import main
from covidviewer.dicom import writing

pytestmark = pytest.mark.usefixtures("toy_weights", "on_torch")
Make = Callable[..., Any]
COLUMNS = (
    "path,study_instance_uid,series_instance_uid,sop_instance_uid,frame,slice_index,position_mm,network,"
    "weights_sha256,threshold,p_covid,p_noncovid,milliseconds,red_flags,mirrored,lungs_out,distance"
)


@pytest.fixture
def ct(tmp_path: Path, slice_of_chest: Make) -> Path:
    """Twelve slices; the first has no lung."""
    folder = tmp_path / "ct"
    folder.mkdir()
    study = writing.StudyHead("analyze", "Test", "Nobody", "N-1", date="20200101", time="120000")
    head = writing.SeriesHead(study, 1, "Thorax", thickness_mm=2.5, spacing_mm=2.5)
    affine = np.array([[0, 0, 2.0, -160], [0, 2.0, 0, -128], [2.5, 0, 0, -10], [0, 0, 0, 1.0]])
    for i in range(12):
        values = slice_of_chest(128, 160, lungs=i > 0, bright=i % 3 == 0).clip(-1024, 3071)
        writing.write_ct_slice(folder / f"{i:02}.dcm", values, head, affine, i, 12 - i)
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_series_into_tables(ct: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert main(["analyze", str(ct), "--out", str(out), "--device", "cpu"]) == 0
    assert (out / "slices.csv").read_text("utf-8").splitlines()[0] == COLUMNS
    slices = rows(out / "slices.csv")
    assert [int(r["slice_index"]) for r in slices] == list(range(1, 12))
    first = slices[0]
    assert Path(first["path"]) == ct / "01.dcm"
    assert first["frame"] == "1"
    assert float(first["position_mm"]) - float(slices[1]["position_mm"]) == pytest.approx(-2.5)
    assert first["network"] == "toy.ct_v1"
    assert len(first["weights_sha256"]) == 64
    assert first["threshold"] == "0.5"
    assert float(first["p_covid"]) + float(first["p_noncovid"]) == pytest.approx(1, abs=2e-6)
    assert float(first["milliseconds"]) > 0
    by_index = {int(r["slice_index"]): float(r["p_covid"]) for r in slices}
    assert min(by_index[i] for i in (3, 6, 9)) > max(v for i, v in by_index.items() if i % 3)
    (series,) = rows(out / "series.csv")
    assert (series["slices"], series["evaluated"]) == ("12", "11")
    assert float(series["p_covid"]) == pytest.approx(np.mean([by_index[i] for i in (3, 6, 9)]), abs=1e-5)
    assert series["slices_used"] == "3 6 9"
    assert "not calibrated" in series["rule"]
    assert series["input_check"] == "caution"
    assert "Only 12 slices." in series["reasons"]
    # The slices that the score rests on were put to trial; the toy network does not mind the mirror.
    leading = [r for r in slices if int(r["slice_index"]) in (3, 6, 9)]
    assert all(abs(float(r["mirrored"]) - float(r["p_covid"])) < 0.01 for r in leading)
    assert all(float(r["lungs_out"]) >= 0 for r in leading)
    assert float(series["mirrored"]) == pytest.approx(np.mean([float(r["mirrored"]) for r in leading]), abs=1e-5)
    assert "mirror" not in series["red_flags"].split(";")
    (skipped,) = rows(out / "skipped.csv")
    assert skipped == {"path": str(ct / "00.dcm"), "reason": "Too little lung in this slice."}
    assert not (out / "maps").exists()


def test_what_is_left_out_is_in_the_table_and_in_the_exit_code(ct: Path, tmp_path: Path) -> None:
    (ct / "notes.txt").write_text("no image", "utf-8")
    data = (ct / "05.dcm").read_bytes()
    (ct / "05.dcm").write_bytes(data[: len(data) // 2])
    out = tmp_path / "out"
    assert main(["analyze", str(ct), "--out", str(out), "--device", "cpu"]) == 1
    skipped = {Path(r["path"]).name: r["reason"] for r in rows(out / "skipped.csv")}
    assert {"notes.txt", "05.dcm", "00.dcm"} <= set(skipped)
    assert all(reason for reason in skipped.values())
    assert len(rows(out / "slices.csv")) == 10


def test_maps_are_drawn_with_their_legend(ct: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert main(["analyze", str(ct), "--out", str(out), "--device", "cpu", "--maps"]) == 0
    (series,) = rows(out / "series.csv")
    pictures = sorted((out / series["maps"]).glob("*.png"))
    assert len(pictures) == 11
    picture = np.asarray(Image.open(out / series["maps"] / "slice-0003.png"))
    assert picture.shape[1] >= 512
    height = round(picture.shape[1] * 128 / 160)
    assert picture.shape[0] > height + 100  # room for the legend and the research line
    image = picture[:height].astype(int)
    coloured = image.max(axis=2) - image.min(axis=2) > 40
    dense = coloured[int(height * 0.5) : int(height * 0.7), int(picture.shape[1] * 0.65) : int(picture.shape[1] * 0.77)]
    assert dense.mean() > 0.9
    assert not coloured[: height // 20].any()


def test_nothing_readable(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.dcm").write_bytes(b"nonsense")
    assert main(["analyze", str(tmp_path / "in"), "--out", str(tmp_path / "out")]) == 3
    (skipped,) = rows(tmp_path / "out" / "skipped.csv")
    assert Path(skipped["path"]).name == "a.dcm"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (["nothing-here"], "does not exist"),
        (["CT", "--network", "nonsense"], "No network is called nonsense"),
        (["CT", "--series", "77"], "no series 77"),
    ],
)
def test_wrong_calls(
    ct: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], change: list[str], said: str
) -> None:
    words = [str(ct) if w == "CT" else w for w in change]
    assert main(["analyze", *words, "--out", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error


def test_out_must_be_a_folder(ct: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", "utf-8")
    assert main(["analyze", str(ct), "--out", str(tmp_path / "file")]) == 2


def test_arguments_that_argparse_refuses(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["analyze"])
    assert stop.value.code == 2
    assert "--out" in capsys.readouterr().err


def test_pictures_need_a_kind_or_a_good_guess(tmp_path: Path, slice_of_chest: Make) -> None:
    grey = np.random.default_rng(0).integers(0, 256, (200, 260)).astype(np.uint8)
    Image.fromarray(grey).save(tmp_path / "noise.png")
    out = tmp_path / "out"
    assert main(["analyze", str(tmp_path / "noise.png"), "--out", str(out)]) == 1
    assert "--kind ct" in rows(out / "skipped.csv")[0]["reason"]
    assert main(["analyze", str(tmp_path / "noise.png"), "--out", str(out), "--kind", "ct"]) == 0
    (one,) = rows(out / "slices.csv")
    assert one["position_mm"] == ""
    (series,) = rows(out / "series.csv")
    assert series["rule"] == "slice scores only"
    assert series["p_covid"] == ""
    assert "said to be a CT slice" in series["reasons"]
    assert main(["analyze", str(tmp_path / "noise.png"), "--out", str(out), "--kind", "film"]) == 1


def test_explain_draws_one_map(ct: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = {}
    for method in ("cam", "gradcam"):
        out = tmp_path / f"{method}.png"
        call = ["explain", str(ct), "--slice", "3", "--method", method, "--device", "cpu", "--out", str(out)]
        assert main(call) == 0
        found[method] = np.asarray(Image.open(out)).astype(int)
    assert "p(covid) = " in capsys.readouterr().out
    top = found["cam"].shape[0] - 160  # the lines below name the method
    assert np.abs(found["cam"][:top] - found["gradcam"][:top]).max() <= 4


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--slice", "0"], 1, "Too little lung"),
        (["--slice", "40"], 2, "no slice 40"),
        (["--class", "flu"], 2, "No class is called flu"),
    ],
)
def test_explain_says_why_not(
    ct: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, said: str
) -> None:
    assert main(["explain", str(ct), *words, "--out", str(tmp_path / "x.png"), "--device", "cpu"]) == code
    assert said in capsys.readouterr().err
    assert not (tmp_path / "x.png").exists()


def test_the_python_face_reads_the_same(ct: Path, tmp_path: Path) -> None:
    import covidviewer as cv
    from covidviewer.errors import NotEvaluableError

    study = cv.open(ct)
    seen: list[tuple[int, int]] = []
    reading = cv.read(study.series[0], device="cpu", progress=lambda done, count: seen.append((done, count)))  # type: ignore[call-arg]
    assert reading.classes == ("covid", "noncovid")
    assert reading.probabilities.shape == (12, 2)
    assert np.isnan(reading.probabilities[0]).all()
    assert reading.map(3, "covid").shape == (128, 160)
    assert reading.map(3, "covid")[77, 113] > reading.map(3, "covid")[30, 10]
    assert np.isnan(reading.map(0, "covid")).all()
    assert seen[-1] == (12, 12)
    assert reading.score is not None
    for path in ct.glob("*.dcm"):
        if path.name != "00.dcm":
            path.unlink()
    with pytest.raises(NotEvaluableError, match="no lungs"):
        cv.read(cv.open(ct).series[0], device="cpu")


def test_maps_by_any_method_and_for_any_class(ct: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from covidviewer.inference.explain import settings as policy

    # The toy pools its whole input and hardly minds a superpixel that is replaced by its mean: hence the fine scale.
    for key, value in {"samples": 80, "segments": "slic", "full": 0.00005}.items():
        monkeypatch.setitem(policy.settings()["lime"], key, value)
    for path in set(ct.iterdir()) - {ct / "03.dcm"}:
        path.unlink()  # one slice, with lung and consolidation, is enough

    def drawn(name: str, *options: str) -> np.ndarray:
        out = tmp_path / name
        assert main(["analyze", str(ct), "--out", str(out), "--device", "cpu", "--maps", *options]) == 0
        (series,) = rows(out / "series.csv")
        (picture,) = (out / series["maps"]).glob("*.png")
        return np.asarray(Image.open(picture)).astype(int)[:400]  # the slice, without the words below it

    lime, other = (drawn(name, "--method", "lime", "--class", name) for name in ("covid", "noncovid"))
    red, blue = (lime[..., 0] - lime[..., 2] > 40), (lime[..., 2] - lime[..., 0] > 40)
    assert red.any() or blue.any()
    # Of two classes, what speaks for one speaks against the other.
    turned_red, turned_blue = (other[..., 0] - other[..., 2] > 40), (other[..., 2] - other[..., 0] > 40)
    assert (turned_red == blue).mean() > 0.99
    assert (turned_blue == red).mean() > 0.99
    assert not np.array_equal(drawn("pp", "--method", "gradcam++"), lime)
    # The closed form is what comes without a method.
    assert np.array_equal(drawn("plain"), drawn("cam", "--method", "cam"))


def test_a_class_that_is_none_is_a_wrong_call(ct: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call = ["analyze", str(ct), "--out", str(tmp_path / "out"), "--device", "cpu", "--maps", "--class", "flu"]
    assert main(call) == 2
    assert "No class is called flu." in capsys.readouterr().err
