from . import datasets as datasets
from . import losses as losses
from . import metrics as metrics
from . import models as models
from . import prediction as prediction
from . import scoring as scoring
from . import training as training
from .prediction import Predictor as Predictor
from .metrics import score as score
__version__: str
