from .equations import bce_loss as bce_loss
from .equations import content_loss_by_name as content_loss_by_name
from .equations import discriminator_accuracy as discriminator_accuracy
from .equations import discriminator_loss as discriminator_loss
from .equations import generator_loss as generator_loss
from .equations import mse_loss as mse_loss
ON_FIXATIONS: tuple
CONTENT_LOSSES: tuple
