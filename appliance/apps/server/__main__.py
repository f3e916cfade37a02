"""`python -P -m appliance_server`, with `APPLIANCE_APP` set and the source as working folder."""

import sys

from .main import main

sys.exit(main())
