from . import channels
from . import models
