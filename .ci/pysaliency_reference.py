"""Numbers of the pysaliency package on maps that a formula makes.

The formula uses only +, -, *, / and %, so the maps are the same everywhere.

    python -m venv parity
    parity/bin/pip install pysaliency==0.2.22 torch
    parity/bin/python .ci/pysaliency_reference.py

Prints case -> metric -> value as JSON; nbs/metrics/parity.ipynb holds what it printed. NumPy 2.4 removed np.trapz,
which pysaliency 0.2.22 calls.
"""
import json

import numpy as np

if not hasattr(np, "trapz"):
    np.trapz = np.trapezoid
import pysaliency
from pysaliency.metrics import CC, NSS, SIM, MIT_KLDiv, image_based_kl_divergence

H, W, N = 96, 128, 60


def formula():
    "Prediction, density and (image, x, y) of three images' fixations."
    y, x = np.mgrid[:H, :W].astype(float)
    hill = lambda cx, cy, r: 1 / (1 + ((x - cx) ** 2 + (y - cy) ** 2) / r)
    saliency = hill(40, 60, 600) + hill(90, 24, 240) / 2 + (7 * x + 13 * y) % 17 / 40
    density = hill(44, 56, 160) + hill(88, 28, 320)
    i = np.arange(N) % 45  # the first fifteen come twice
    recordings = [((a * i * i + b * i) % 75 + 20, (c * i * i + d * i) % 59 + 16) for a, b, c, d in
              ((5, 3, 7, 2), (2, 11, 3, 5), (1, 6, 4, 9))]
    return saliency, density, recordings


saliency, density, recordings = formula()
cases = dict(smooth=saliency, stepped=np.floor(saliency * 6), sparse=np.maximum(saliency - 0.5, 0),
             negative=saliency - 0.7, constant=np.full((H, W), 0.25), zero=np.zeros((H, W)))
n = np.repeat(range(len(recordings)), N)
xs, ys = (np.concatenate([c[k] for c in recordings]) for k in (0, 1))
stimuli = pysaliency.Stimuli([np.full((H, W, 3), k, np.uint8) for k in range(len(recordings))])
fixations = pysaliency.FixationTrains.from_fixation_trains(
    xs[:, None].astype(float), ys[:, None].astype(float), np.zeros((len(xs), 1)), n, np.arange(len(xs)))


class Fixed(pysaliency.SaliencyMapModel):
    "The same map for every image."

    def __init__(self, grid):
        super().__init__(caching=False)
        self.grid = grid

    def _saliency_map(self, stimulus):
        return self.grid.copy()


table = {}
for name, grid in cases.items():
    model = Fixed(grid)
    own = fixations[fixations.n == 0]
    only = stimuli[:1]
    with np.errstate(all="ignore"):
        probabilistic = pysaliency.models.SaliencyMapNormalizingModel(model)
        centre = pysaliency.models.SaliencyMapNormalizingModel(Fixed(density))
        table[name] = {
            "AUC-Judd": model.AUC_per_image(only, own)[0],
            "sAUC": model.AUC_per_image(stimuli, fixations, nonfixations="shuffled")[0],
            "NSS": NSS(grid, own.x_int, own.y_int).mean(),
            "CC": CC(grid, density),
            "SIM": SIM(grid.copy(), density),
            "KL": image_based_kl_divergence(grid.copy(), density),
            "MIT_KLDiv": MIT_KLDiv(grid.copy(), density),
            "IG": probabilistic.information_gain(only, own, average="image"),
            "IG over density": probabilistic.information_gain(only, own, centre, average="image"),
        }
print(json.dumps({c: {k: float(v) for k, v in row.items()} for c, row in table.items()}, indent=1))
