from . import models
from .hooks import make_companies
