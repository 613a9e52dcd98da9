from . import base_partner_merge
from . import exact_choose_account
from . import exact_choose_division
from . import exact_preview
from . import exact_test_connection
from . import exact_readiness_line
