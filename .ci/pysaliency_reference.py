"""pysaliency's numbers beside ours: on maps that a formula makes, and through the adapters on photographs.

    python -m venv parity
    parity/bin/pip install --editable '.[pysaliency]'
    parity/bin/python .ci/pysaliency_reference.py           how many values are equal, and the largest difference
    parity/bin/python .ci/pysaliency_reference.py --json    case -> metric -> pysaliency's value on the formula's maps

The formula uses only +, -, *, / and %, so its maps are the same everywhere; nbs/metrics/scores.ipynb holds the JSON.
"""
import json
import sys

import numpy as np
import pandas as pd

from salgan.datasets import fixation_counts, OSIEMini
from salgan.metrics import info_gain, kldiv, score
from salgan.prediction import Predictor
from salgan.scoring import (
    Benchmark, density_model, import_pysaliency, PysaliencyPredictor, PysaliencySet, saliency_map_model, score_network,
)

import_pysaliency()
import pysaliency  # noqa: E402
from pysaliency.metrics import MIT_KLDiv  # noqa: E402

SIZE, PHOTOGRAPHS = (96, 128), 30
RULES = dict(protocol="pysaliency")
TUEBINGEN = dict(floors=(0, 2.2204e-16, 2.2204e-16))  # of MIT_KLDiv


class Fixed(pysaliency.SaliencyMapModel):
    "The same map for every image."

    def __init__(self, grid):
        super().__init__(caching=False)
        self.grid = grid

    def _saliency_map(self, stimulus):
        return self.grid.copy()


def as_fixations(points):  # of each image, (N,2) or more columns
    "pysaliency's list of the fixations of some images."
    x, y = np.concatenate(points)[:, :2].T
    numbers = np.repeat(range(len(points)), list(map(len, points)))
    return pysaliency.Fixations.create_without_history(x, y, numbers)


def reference(stimuli, fixations, model, truth, gains):  # further gains: metric -> log density model, its baseline
    "Metric -> pysaliency's value of each image, for a map, and a map of the density."
    uniform = pysaliency.UniformModel()
    gains = {"IG": (pysaliency.models.SaliencyMapNormalizingModel(model), uniform)} | gains
    by_fixation = {"NSS": model.NSSs(stimuli, fixations)} | {
        metric: np.subtract(*(m.log_likelihoods(stimuli, fixations) for m in pair)) / np.log(2)
        for metric, pair in gains.items()}
    return pd.DataFrame({metric: pd.Series(v).groupby(fixations.n).mean() for metric, v in by_fixation.items()} | {
        "AUC-Judd": model.AUC_per_image(stimuli, fixations),
        "sAUC": model.AUC_per_image(stimuli, fixations, nonfixations="shuffled"),
        "CC": model.CCs(stimuli, truth),
        "SIM": model.SIMs(stimuli, truth),
        "KL": model.image_based_kl_divergences(stimuli, truth)})


def formula():
    "Maps by name, density, and the fixations (x, y) of three images."
    y, x = np.mgrid[:SIZE[0], :SIZE[1]].astype(float)
    hill = lambda cx, cy, r: 1 / (1 + ((x - cx) ** 2 + (y - cy) ** 2) / r)
    saliency = hill(40, 60, 600) + hill(90, 24, 240) / 2 + (7 * x + 13 * y) % 17 / 40
    i = np.arange(60) % 45  # the first fifteen come twice
    points = [np.stack([(a * i * i + b * i) % 75 + 20, (c * i * i + d * i) % 59 + 16], 1) for a, b, c, d in
              ((5, 3, 7, 2), (2, 11, 3, 5), (1, 6, 4, 9))]
    cases = dict(smooth=saliency, stepped=np.floor(saliency * 6), sparse=np.maximum(saliency - 0.5, 0),
                 negative=saliency - 0.7, constant=np.full(SIZE, 0.25), zero=np.zeros(SIZE))
    return cases, hill(44, 56, 160) + hill(88, 28, 320), points


def formula_values():
    "Case -> metric -> value of the first image on the formula's maps: pysaliency's, and ours."
    cases, density, points = formula()
    stimuli = pysaliency.Stimuli([np.full((*SIZE, 3), k, np.uint8) for k in range(len(points))])
    counts, others = (fixation_counts(np.concatenate(part), SIZE) for part in (points[:1], points[1:]))
    normalised = pysaliency.models.SaliencyMapNormalizingModel
    theirs, ours = {}, {}
    for name, grid in cases.items():
        model, truth = Fixed(grid), Fixed(density)
        over_density = {"IG over density": (normalised(model), normalised(truth))}
        theirs[name] = reference(stimuli, as_fixations(points), model, truth, over_density).loc[0].to_dict()
        theirs[name] |= {"MIT_KLDiv": MIT_KLDiv(grid.copy(), density)}
        ours[name] = score(grid, counts, density, others, **RULES) | {
            "MIT_KLDiv": kldiv(grid, density, **RULES, **TUEBINGEN),
            "IG over density": info_gain(grid, counts, density, **RULES)}
    return theirs, ours


def photograph_values():
    "Image and model -> metric -> value on photographs, through the adapters: pysaliency's, and ours."
    photographs, images = OSIEMini("test"), range(PHOTOGRAPHS)
    stimuli = pysaliency.Stimuli([photographs.image(i).permute(1, 2, 0).numpy() for i in images])
    fixations = as_fixations([photographs.fixations(i) for i in images])
    data, fast = PysaliencySet(stimuli, fixations, photographs.sigma), Predictor.from_run("fast")
    truth = pysaliency.FixationMap(stimuli, fixations, kernel_size=data.sigma, convolution_mode="constant")
    bench = Benchmark(data, data, "pysaliency")
    theirs, ours = {}, {}
    for name, model, density in (
        ("fast", saliency_map_model(fast), {"log density": density_model(fast)}),
        ("Gaussian", pysaliency.GaussianSaliencyMapModel(), {}),
    ):
        over_uniform = {metric: (m, pysaliency.UniformModel()) for metric, m in density.items()}
        found = score_network(PysaliencyPredictor(model), bench, workers=1)
        for metric, m in (density | {"IG": model}).items():  # over uniform, as theirs
            found[metric] = [info_gain(PysaliencyPredictor(m).predict(data.image(i)),
                                       fixation_counts(data.fixations(i), data.size(i)), **RULES) for i in images]
        rows = reference(stimuli, fixations, model, truth, over_uniform)
        theirs |= {f"{name} {i}": row for i, row in rows.iterrows()}
        ours |= {f"{name} {i}": row for i, row in found.iterrows()}
    return theirs, ours


def compare(title, theirs, ours, tolerance=1e-9):
    "Print how many values of each metric are equal, and the largest difference."
    pairs = pd.DataFrame([(metric, float(value), float(ours[case][metric])) for case, row in theirs.items()
                          for metric, value in row.items()], columns=["metric", "theirs", "ours"])
    with np.errstate(invalid="ignore"):
        pairs["apart"] = np.where(pairs.theirs == pairs.ours, 0, abs(pairs.theirs - pairs.ours))
    table = pairs.groupby("metric", sort=False).agg(
        values=("apart", "size"), equal=("apart", lambda a: int((a <= tolerance).sum())), apart=("apart", "max"))
    print(f"{title}: {table.equal.sum()} of {table['values'].sum()} values equal, largest difference "
          f"{pairs.apart.max():.1e}\n{table.to_string(float_format='{:.1e}'.format)}\n")
    return bool((pairs.apart <= tolerance).all())


if __name__ == "__main__":
    with np.errstate(all="ignore"):
        values = formula_values()
        if "--json" in sys.argv:
            print(json.dumps({c: {k: float(v) for k, v in row.items()} for c, row in values[0].items()}, indent=1))
        else:
            same = [compare("maps of a formula", *values),
                    compare(f"{PHOTOGRAPHS} photographs of OSIE", *photograph_values())]
            sys.exit(not all(same))
