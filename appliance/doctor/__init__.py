"""`appliance doctor`: what keeps visitors or an authority from reaching this machine.

One file a check. A check is a function that takes an `Examination` and yields findings; those
that ask other machines do it in the few seconds they are given, and say so if they cannot.
"""
