from . import exact_administration
from . import exact_bulk
from . import exact_entry
from . import exact_export
from . import exact_run
