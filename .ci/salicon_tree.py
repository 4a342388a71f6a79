"""A stand-in for SALICON of its official size and layout, drawn here, and how fast it is prepared.

    python .ci/salicon_tree.py /some/folder 15000

writes images (640x480 JPEG), maps (PNG) and fixations (2017 .mat, 60 workers of 200 samples) of
forty generated scenes over and over, 5 GB for 15,000, then times the cache from images and maps,
from images and fixations, and a second `prepare`. Delete the folder afterwards.
"""
import io
import shutil
import sys
import time
from pathlib import Path

import numpy as np
import scipy.io
from PIL import Image

from salgan.datasets import fixation_density, get_cache, pixels_of, PopOut, SALICON

SIZE, WORKERS = (480, 640), 60


def files_of(index: int) -> dict[str, tuple[str, bytes]]:  # folder -> ending, content
    "One scene as SALICON publishes an image; noise makes the JPEG as large as a photograph's."
    rng, scene = np.random.default_rng(index), PopOut(1, first=index)
    enlarged = Image.fromarray(scene.image(0).permute(1, 2, 0).numpy()).resize(SIZE[::-1])
    picture = np.asarray(enlarged) * 0.8 + rng.integers(0, 50, (*SIZE, 3))
    points = scene.fixations(0)
    points = np.concatenate([points + np.array([0, 0, 15 * k]) + [0.0, 0.0, 0.0] for k in range(4)])
    points[:, :2] += rng.normal(0, 4, (len(points), 2))
    inside = ((points[:, :2] > 0) & (points[:, :2] < np.array(scene.frame[::-1]) - 1)).all(1)
    points = points[inside]
    rows, columns = pixels_of(points, SIZE, scene.frame)
    density = fixation_density(np.stack([columns, rows], 1), SIZE, SALICON.sigma)
    gaze = np.empty((WORKERS, 1), [("location", object), ("timestamp", object), ("fixations", object)])
    for worker in range(WORKERS):
        mine = np.stack([columns, rows], 1)[points[:, 2] == worker] + 1
        gaze[worker, 0] = (rng.random((200, 2)) * 400, np.arange(200)[:, None], mine.astype(np.uint16))
    jpg, png, mat = io.BytesIO(), io.BytesIO(), io.BytesIO()
    Image.fromarray(picture.clip(0, 255).astype(np.uint8)).save(jpg, "JPEG", quality=90)
    Image.fromarray(np.round(density * 255).astype(np.uint8)).save(png, "PNG")
    scipy.io.savemat(mat, dict(gaze=gaze, resolution=[SIZE]), do_compression=True)
    return dict(images=(".jpg", jpg.getvalue()), maps=(".png", png.getvalue()),
                fixations=(".mat", mat.getvalue()))


def main() -> None:
    root, count = Path(sys.argv[1]), int(sys.argv[2])
    distinct = [files_of(i) for i in range(40)]
    for split, images in dict(train=count * 2 // 3, val=count - count * 2 // 3).items():
        for i in range(images):
            for folder, (ending, content) in distinct[i % 40].items():
                file = root / folder / split / f"COCO_{split}2014_{i:012d}{ending}"
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
    for density_from in ("maps", "fixations"):
        shutil.rmtree(root / "cache", ignore_errors=True)
        for turn in ("first", "second"):
            begun = time.perf_counter()
            get_cache(SALICON(root, density_from=density_from), (192, 256), root / "cache")
            took = time.perf_counter() - begun
            print(f"density from {density_from}, {turn} time: {took:.1f} s, {count / took:.0f} images/s")


if __name__ == "__main__":
    main()
