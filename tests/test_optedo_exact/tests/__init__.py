from . import test_billing_accounts
from . import test_connection
from . import test_export
from . import test_options
from . import test_payments
from . import test_readiness
from . import test_recovery
from . import test_rights
