"""`python -m appliance`: the command line, also where no script was installed."""

from appliance.cli import main

main()
